//! From input tensors to rows.
//!
//! The features come as one tensor `[rows, features]`, as one row `[features]`,
//! or as a tensor for each feature, by its name, `[rows]` or `[rows, 1]`.

mod numbers;

use iris_core::Schema;

use crate::{Datatype, Model, Refusal};

/// An input as a request declares it, before anybody has looked for its elements.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredInput<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the request calls the type of its elements.
    pub datatype: &'a str,
    /// Its dimensions.
    pub shape: &'a [i64],
    /// Whether its elements are said to lie in memory shared with the client.
    pub in_shared_memory: bool,
}

/// One input tensor, as a request has it. Nothing of it is trusted.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its elements.
    pub datatype: Datatype,
    /// Its dimensions.
    pub shape: &'a [i64],
    /// Its elements, row-major.
    pub data: InputData<'a>,
}

/// The elements of a tensor.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub enum InputData<'a> {
    /// Little-endian bytes, of any datatype.
    Raw(&'a [u8]),
    /// Numbers of any datatype, written as JSON; checked against it.
    Json(&'a [f64]),
    Bool(&'a [bool]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl<'a> DeclaredInput<'a> {
    /// The tensor, with the elements that a transport finds for its datatype.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput), naming the tensor:
    /// it is of no datatype or of strings, its elements are in shared memory, or
    /// `elements` refuses it.
    #[inline]
    pub fn tensor(
        self,
        elements: impl FnOnce(Datatype) -> Result<InputData<'a>, Refusal>,
    ) -> Result<Tensor<'a>, Refusal> {
        let Self { name, datatype, shape, in_shared_memory } = self;
        let datatype = Datatype::named(datatype).ok_or_else(|| Refusal::unknown_datatype(name, datatype))?;
        if in_shared_memory {
            return Err(Refusal::shared_input(name));
        }
        if datatype == Datatype::Bytes {
            return Err(Refusal::strings(name));
        }
        Ok(Tensor { name, datatype, shape, data: elements(datatype)? })
    }
}

impl Model {
    /// The rows that these tensors are, row-major: at least one, at most
    /// [`max_rows`](Self::max_rows).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput), naming the tensor.
    pub fn rows(&self, inputs: &[Tensor<'_>]) -> Result<Vec<f64>, Refusal> {
        let schema = self.schema();
        match inputs {
            [] => Err(Refusal::invalid(format!("no input; expected {}", expected(schema)))),
            [one] if schema.feature_index(one.name).is_none() || schema.n_features() > 1 => self.matrix(one),
            columns => self.columns(columns),
        }
    }

    /// All features in one tensor.
    fn matrix(&self, input: &Tensor<'_>) -> Result<Vec<f64>, Refusal> {
        let n_features = self.schema().n_features();
        let n_rows = match *input.shape {
            [columns] if is(columns, n_features) => 1,
            [rows, columns] if is(columns, n_features) => self.n_rows(input, rows)?,
            _ => {
                let expected = expected(self.schema());
                return Err(Refusal::input(
                    input.name,
                    format!("its shape is {:?}; expected {expected}", input.shape),
                ));
            }
        };
        let n = n_rows.saturating_mul(n_features);
        check_len(input, n)?;
        let mut values = vec![0.0; n];
        numbers::read(input, &mut values, 1)?;
        Ok(values)
    }

    /// A tensor for each feature.
    fn columns(&self, inputs: &[Tensor<'_>]) -> Result<Vec<f64>, Refusal> {
        let schema = self.schema();
        let n_features = schema.n_features();
        let mut columns = vec![None; n_features];
        for input in inputs {
            let feature = schema.feature_index(input.name).ok_or_else(|| {
                Refusal::input(input.name, format!("unknown; expected {}", expected(schema)))
            })?;
            if columns[feature].replace(input).is_some() {
                return Err(Refusal::input(input.name, "given twice"));
            }
        }
        let missing: Vec<&str> = (schema.features().iter().zip(&columns))
            .filter_map(|(feature, column)| column.is_none().then_some(feature.name()))
            .take(8)
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::invalid(format!("inputs are missing: {}", missing.join(", "))));
        }
        let columns: Vec<&Tensor<'_>> = columns.into_iter().flatten().collect();
        let n_rows = self.column_len(columns[0])?;
        for column in &columns {
            let len = self.column_len(column)?;
            if len != n_rows {
                let first = columns[0].name;
                return Err(Refusal::input(column.name, format!("{len} rows, but '{first}' has {n_rows}")));
            }
            check_len(column, n_rows)?;
        }
        let mut values = vec![0.0; n_rows * n_features];
        for (feature, column) in columns.into_iter().enumerate() {
            numbers::read(column, &mut values[feature..], n_features)?;
        }
        Ok(values)
    }

    fn column_len(&self, input: &Tensor<'_>) -> Result<usize, Refusal> {
        match *input.shape {
            [rows] | [rows, 1] => self.n_rows(input, rows),
            _ => Err(Refusal::input(
                input.name,
                format!("its shape is {:?}; a column is [rows] or [rows, 1]", input.shape),
            )),
        }
    }

    fn n_rows(&self, input: &Tensor<'_>, rows: i64) -> Result<usize, Refusal> {
        let max = self.max_rows();
        let n_rows = usize::try_from(rows).ok().filter(|rows| (1..=max).contains(rows));
        n_rows.ok_or_else(|| {
            let reason = format!("{rows} rows; expected at least 1 and at most {max}");
            Refusal::input(input.name, reason)
        })
    }
}

/// There must be as much data as the shape says.
fn check_len(input: &Tensor<'_>, n: usize) -> Result<(), Refusal> {
    let Some(size) = input.datatype.size() else {
        return Err(Refusal::strings(input.name));
    };
    let (unit, expected) = match input.data {
        InputData::Raw(_) => ("bytes", n.saturating_mul(size)),
        _ => ("elements", n),
    };
    let (len, shape, datatype) = (input.data.len(), input.shape, input.datatype);
    if len == expected {
        return Ok(());
    }
    Err(Refusal::input(input.name, format!("{len} {unit}, but {datatype} of shape {shape:?} has {expected}")))
}

fn is(dimension: i64, n: usize) -> bool {
    usize::try_from(dimension) == Ok(n)
}

fn expected(schema: &Schema) -> String {
    format!(
        "one tensor [rows, {}], or a tensor [rows] for each of {}",
        schema.n_features(),
        schema.feature_list()
    )
}
