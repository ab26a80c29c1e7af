//! The columns of a batch that are a model's features, read where they lie, a block of rows at a time.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, PrimitiveArray, RecordBatch};
use arrow_cast::cast;
use arrow_schema::DataType;
use iris_core::{Cell, ColumnKind, Error, ErrorKind, Feature, Result, Schema, Texts};

/// Where the features of a model are in a table: the index of each one's column, or none of one that is not looked at.
pub(crate) struct Columns(Vec<Option<usize>>);

impl Columns {
    /// By name; by position where the model or the table knows no names of features.
    ///
    /// # Errors
    ///
    /// [`InputType`](ErrorKind::InputType) if a column is missing, or is there twice.
    pub(crate) fn find(schema: &Schema, table: &arrow_schema::Schema) -> Result<Self> {
        let names: Vec<_> = table.fields().iter().map(|field| field.name().as_str()).collect();
        let unnamed = schema
            .features()
            .iter()
            .enumerate()
            .all(|(index, feature)| feature.name() == format!("x{index}"));
        if unnamed && names.len() == schema.n_features() {
            return Ok(Self((0..names.len()).map(Some).collect()));
        }
        let mut missing = Vec::new();
        let mut found = Vec::with_capacity(schema.n_features());
        for feature in schema.features() {
            let mut places = names.iter().enumerate().filter(|(_, name)| **name == feature.name());
            let place = places.next().map(|(index, _)| index);
            if places.next().is_some() {
                return Err(refused(format!("there are several columns {}", feature.name())));
            }
            if place.is_none() && *feature.kind() != ColumnKind::Ignored {
                missing.push(feature.name());
            }
            found.push(place);
        }
        if missing.is_empty() {
            return Ok(Self(found));
        }
        let (few, more) = missing.split_at(missing.len().min(5));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        Err(refused(format!(
            "the table has no column {}{more}; its columns are {}",
            few.join(", "),
            names.join(", ")
        )))
    }

    /// The columns of one batch. Free texts are added to `texts`, of which the model needs to be told. What no number
    /// can be made of is told to `refuse` with the error, which names the row: the number is then NaN.
    ///
    /// # Errors
    ///
    /// Of a column of a type that holds neither numbers nor texts; what `refuse` gives back.
    pub(crate) fn of<'a>(
        &self,
        schema: &Schema,
        batch: &'a RecordBatch,
        texts: &mut Texts,
        mut refuse: impl FnMut(Error) -> Result<()>,
    ) -> Result<Vec<Column<'a>>> {
        let features = schema.features().iter().enumerate();
        features
            .zip(&self.0)
            .map(|((index, feature), place)| match place {
                Some(place) if *feature.kind() != ColumnKind::Ignored => {
                    Column::new(schema, index, feature, batch.column(*place), texts, &mut refuse)
                }
                _ => Ok(Column::Missing),
            })
            .collect()
    }
}

/// One column's numbers.
pub(crate) enum Column<'a> {
    F64(&'a PrimitiveArray<Float64Type>),
    F32(&'a PrimitiveArray<Float32Type>),
    I64(&'a PrimitiveArray<Int64Type>),
    I32(&'a PrimitiveArray<Int32Type>),
    /// What had to be made first: of texts, truth values, decimals and rarer numbers.
    Made(Float64Array),
    /// No column, which the model does not look at.
    Missing,
}

impl<'a> Column<'a> {
    fn new(
        schema: &Schema,
        index: usize,
        feature: &Feature,
        array: &'a ArrayRef,
        texts: &mut Texts,
        refuse: &mut impl FnMut(Error) -> Result<()>,
    ) -> Result<Self> {
        if feature.holds_texts() {
            return codes(schema, index, array, texts, refuse).map(Self::Made);
        }
        Ok(match array.data_type() {
            DataType::Float64 => Self::F64(array.as_primitive()),
            DataType::Float32 => Self::F32(array.as_primitive()),
            DataType::Int64 => Self::I64(array.as_primitive()),
            DataType::Int32 => Self::I32(array.as_primitive()),
            _ => Self::Made(numbers(feature, array)?),
        })
    }

    /// Writes the numbers of rows from `first` on into every `stride`th place of `out`; NaN where there are none.
    pub(crate) fn gather(&self, first: usize, stride: usize, out: &mut [f64]) {
        match self {
            Self::F64(array) => scatter(array, first, stride, out, |value| value),
            Self::F32(array) => scatter(array, first, stride, out, f64::from),
            #[expect(clippy::cast_precision_loss, reason = "as numpy makes float64 of them")]
            Self::I64(array) => scatter(array, first, stride, out, |value| value as f64),
            Self::I32(array) => scatter(array, first, stride, out, f64::from),
            Self::Made(array) => scatter(array, first, stride, out, |value| value),
            Self::Missing => out.iter_mut().step_by(stride).for_each(|to| *to = f64::NAN),
        }
    }
}

fn scatter<T: arrow_array::ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    first: usize,
    stride: usize,
    out: &mut [f64],
    convert: impl Fn(T::Native) -> f64,
) {
    let places = out.iter_mut().step_by(stride);
    for (to, value) in places.zip(&array.values()[first..]) {
        *to = convert(*value);
    }
    if array.null_count() == 0 {
        return;
    }
    let n_rows = out.len().div_ceil(stride);
    for row in 0..n_rows {
        if array.is_null(first + row) {
            out[row * stride] = f64::NAN;
        }
    }
}

/// Numbers of any type that holds such.
fn numbers(feature: &Feature, array: &ArrayRef) -> Result<Float64Array> {
    let holds_numbers = match array.data_type() {
        DataType::Dictionary(_, values) => values.is_numeric() || **values == DataType::Boolean,
        other => other.is_numeric() || matches!(other, DataType::Boolean | DataType::Null),
    };
    if holds_numbers && let Ok(made) = cast(array, &DataType::Float64) {
        return Ok(made.as_primitive().clone());
    }
    let wanted = if feature.holds_texts() { "texts" } else { "numbers" };
    Err(refused(format!("{} is a column of {}, which are no {wanted}", feature.name(), array.data_type())))
}

/// The codes of texts, each text of a dictionary looked up once, or held once.
fn codes(
    schema: &Schema,
    index: usize,
    array: &ArrayRef,
    held: &mut Texts,
    refuse: &mut impl FnMut(Error) -> Result<()>,
) -> Result<Float64Array> {
    let mut codes = Vec::with_capacity(array.len());
    let mut put = |row: usize, code: Result<f64>| {
        let code = match code {
            Ok(code) => code,
            Err(error) => {
                refuse(error.at_row(row))?;
                f64::NAN
            }
        };
        codes.push(code);
        Ok(())
    };
    if let DataType::Dictionary(_, of) = array.data_type() {
        if matches!(**of, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            let dictionary = array.as_any_dictionary();
            if dictionary.values().is_empty() {
                (0..array.len())
                    .try_for_each(|row| put(row, schema.encode_with(index, Cell::Missing, held)))?;
                return Ok(codes.into());
            }
            let texts = cast(dictionary.values(), &DataType::LargeUtf8)
                .map_err(|error| refused(error.to_string()))?;
            let texts = texts.as_string::<i64>();
            // What no row has may be unknown to the model.
            let of_text: Vec<_> = (0..texts.len())
                .map(|text| schema.encode_with(index, cell(texts.is_null(text), texts.value(text)), held))
                .collect();
            let keys = dictionary.normalized_keys();
            for (row, key) in keys.iter().enumerate() {
                let code = match of_text.get(*key) {
                    Some(code) if !array.is_null(row) => code.clone(),
                    _ => schema.encode_with(index, Cell::Missing, held),
                };
                put(row, code)?;
            }
            return Ok(codes.into());
        }
        let plain = cast(array, of).map_err(|error| refused(error.to_string()))?;
        return self::codes(schema, index, &plain, held, refuse);
    }
    match array.data_type() {
        DataType::Utf8 => {
            for (row, text) in array.as_string::<i32>().iter().enumerate() {
                put(row, schema.encode_with(index, text.map_or(Cell::Missing, Cell::Text), held))?;
            }
        }
        DataType::LargeUtf8 => {
            for (row, text) in array.as_string::<i64>().iter().enumerate() {
                put(row, schema.encode_with(index, text.map_or(Cell::Missing, Cell::Text), held))?;
            }
        }
        DataType::Utf8View => {
            for (row, text) in array.as_string_view().iter().enumerate() {
                put(row, schema.encode_with(index, text.map_or(Cell::Missing, Cell::Text), held))?;
            }
        }
        DataType::Boolean => {
            for (row, flag) in array.as_boolean().iter().enumerate() {
                put(row, schema.encode_with(index, flag.map_or(Cell::Missing, Cell::Bool), held))?;
            }
        }
        _ => {
            for (row, number) in numbers(&schema.features()[index], array)?.iter().enumerate() {
                put(row, schema.encode_with(index, number.map_or(Cell::Missing, Cell::Number), held))?;
            }
        }
    }
    Ok(codes.into())
}

fn cell(is_null: bool, text: &str) -> Cell<'_> {
    if is_null { Cell::Missing } else { Cell::Text(text) }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InputType, message)
}
