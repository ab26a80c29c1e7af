//! From input tensors to rows.
//!
//! The features come as one tensor `[rows, features]`, as one row `[features]`,
//! or as a tensor for each feature, by its name, `[rows]` or `[rows, 1]`. Where
//! columns hold texts, their tensors are of strings, or the one of all is.

mod numbers;
mod texts;

use iris_core::{ColumnKind, Feature, Schema, Texts as HeldTexts};
pub use texts::{Text, Texts};

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
    /// Strings, of the datatype BYTES.
    Texts(&'a dyn Texts),
}

impl<'a> DeclaredInput<'a> {
    /// The tensor, with the elements that a transport finds for its datatype.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput), naming the tensor:
    /// it is of no datatype, its elements are in shared memory, or `elements`
    /// refuses it.
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
        Ok(Tensor { name, datatype, shape, data: elements(datatype)? })
    }
}

impl Model {
    /// The rows that these tensors are, row-major: at least one, at most
    /// [`max_rows`](Self::max_rows). What they hold of free text is added to `held`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput), naming the tensor.
    pub fn rows(&self, inputs: &[Tensor<'_>], held: &mut HeldTexts) -> Result<Vec<f64>, Refusal> {
        let schema = self.schema();
        let strings = inputs.iter().find(|input| input.datatype == Datatype::Bytes);
        if let (Some(strings), false) = (strings, schema.has_categories()) {
            return Err(Refusal::strings(strings.name));
        }
        match inputs {
            [] => Err(Refusal::invalid(format!("no input; expected {}", expected(schema)))),
            [one] if !is_column(schema, one) => self.matrix(one, held),
            columns => self.columns(columns, held),
        }
    }

    /// All features in one tensor.
    fn matrix(&self, input: &Tensor<'_>, held: &mut HeldTexts) -> Result<Vec<f64>, Refusal> {
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
        let is_text = input.datatype == Datatype::Bytes;
        if self.schema().has_categories() && !is_text {
            return Err(self.numbers_for_texts(input));
        }
        let mut values = vec![0.0; n];
        if is_text {
            texts::read(self.schema(), held, input, 0..n_features, &mut values, 1)?;
        } else {
            numbers::read(input, &mut values, 1)?;
        }
        Ok(values)
    }

    #[cold]
    fn numbers_for_texts(&self, input: &Tensor<'_>) -> Refusal {
        let schema = self.schema();
        let texts = schema.features().iter().find(|feature| feature.holds_texts());
        let texts = texts.map_or("", Feature::name);
        let (datatype, expected) = (input.datatype, expected(schema));
        let reason =
            format!("datatype {datatype}, but the column '{texts}' holds texts; expected {expected}");
        Refusal::input(input.name, reason)
    }

    /// A tensor for each feature.
    fn columns(&self, inputs: &[Tensor<'_>], held: &mut HeldTexts) -> Result<Vec<f64>, Refusal> {
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
            .filter(|(feature, column)| column.is_none() && *feature.kind() != ColumnKind::Ignored)
            .map(|(feature, _)| feature.name())
            .take(8)
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::invalid(format!("inputs are missing: {}", missing.join(", "))));
        }
        let given = || columns.iter().enumerate().filter_map(|(feature, column)| Some((feature, (*column)?)));
        let Some((_, first)) = given().next() else { return Err(Refusal::invalid("no input")) };
        let n_rows = self.column_len(first)?;
        for (_, column) in given() {
            let len = self.column_len(column)?;
            if len != n_rows {
                let first = first.name;
                return Err(Refusal::input(column.name, format!("{len} rows, but '{first}' has {n_rows}")));
            }
            check_len(column, n_rows)?;
        }
        let mut values = vec![f64::NAN; n_rows.saturating_mul(n_features)];
        for (feature, column) in given() {
            let is_text = column.datatype == Datatype::Bytes;
            let out = &mut values[feature..];
            match schema.features()[feature].kind() {
                ColumnKind::Ignored => {}
                ColumnKind::Category(_) | ColumnKind::Text if !is_text => {
                    let reason = format_args!("datatype {}, but the column holds texts", column.datatype);
                    return Err(Refusal::input(column.name, reason));
                }
                _ if is_text => texts::read(schema, held, column, feature..feature + 1, out, n_features)?,
                _ => numbers::read(column, out, n_features)?,
            }
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
    let (unit, expected) = match (input.data, input.datatype.size()) {
        (InputData::Raw(_), Some(size)) => ("bytes", n.saturating_mul(size)),
        // Each string has four bytes at the least; the rest shows as they are read.
        (InputData::Raw(bytes), None) if bytes.len() / 4 >= n => return Ok(()),
        _ => ("elements", n),
    };
    let (len, shape, datatype) = (input.data.len(), input.shape, input.datatype);
    if len == expected {
        return Ok(());
    }
    Err(Refusal::input(input.name, format!("{len} {unit}, but {datatype} of shape {shape:?} has {expected}")))
}

/// Whether a tensor that comes alone is a column, and not all of them.
fn is_column(schema: &Schema, input: &Tensor<'_>) -> bool {
    schema.feature_index(input.name).is_some() && (schema.n_features() == 1 || input.shape.len() == 1)
}

fn is(dimension: i64, n: usize) -> bool {
    usize::try_from(dimension) == Ok(n)
}

fn expected(schema: &Schema) -> String {
    let strings = if schema.has_categories() { " of BYTES" } else { "" };
    format!(
        "one tensor [rows, {}]{strings}, or a tensor [rows] for each of {}",
        schema.n_features(),
        schema.feature_list()
    )
}
