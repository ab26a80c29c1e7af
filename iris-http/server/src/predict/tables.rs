//! Parquet and Arrow: batches of columns as rows.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, new_empty_array};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use iris_core::{Cell, ColumnKind, Feature, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::{self, Column, Wanted};
use super::fields::{csv_field, json_text};
use super::rows::{Kept, Place, Rows, Texts};
use super::source::Source;
use crate::cli::Format;

/// Rows of a block.
const BLOCK: usize = 1 << 15;

/// How the batches of a file become rows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Those that are read, in the order of the file.
    columns: Vec<Column>,
    fields: SchemaRef,
    n_kept: usize,
}

/// The batches of a file.
pub(super) struct Batches {
    source: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// What is left of a batch that is longer than a block.
    rest: Option<RecordBatch>,
    /// Rows of the file, if it says so.
    pub(super) n_rows: Option<u64>,
    pub(super) position: u64,
}

/// Opens the file, and finds the model's columns in it; only these are read.
///
/// # Errors
///
/// A sentence about what is wrong with it.
pub(super) fn open(
    source: Source,
    format: Format,
    schema: &Schema,
    wanted: &Wanted,
) -> Result<(Table, Batches), String> {
    if format == Format::Parquet {
        return parquet(source.into_file()?, schema, wanted);
    }
    if source.head.starts_with(b"ARROW1") {
        let file = source.into_file()?;
        let again = file.try_clone().map_err(|error| error.to_string())?;
        let all = FileReader::try_new(BufReader::new(file), None).map_err(|error| said(&error))?;
        let (table, chosen) = Table::of(&all.schema(), schema, wanted)?;
        let batches =
            FileReader::try_new(BufReader::new(again), Some(chosen)).map_err(|error| said(&error))?;
        return Ok((table, Batches::new(batches, None)));
    }
    let all =
        StreamReader::try_new(BufReader::new(source.into_text()), None).map_err(|error| said(&error))?;
    let (table, chosen) = Table::of(&all.schema(), schema, wanted)?;
    let batches = all.map(move |batch| batch.and_then(|batch| batch.project(&chosen)));
    Ok((table, Batches::new(batches, None)))
}

fn parquet(file: File, schema: &Schema, wanted: &Wanted) -> Result<(Table, Batches), String> {
    let all = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let (table, chosen) = Table::of(all.schema(), schema, wanted)?;
    let n_rows = u64::try_from(all.metadata().file_metadata().num_rows()).ok();
    let mask = ProjectionMask::roots(all.parquet_schema(), chosen);
    let batches = all.with_projection(mask).with_batch_size(BLOCK).build();
    Ok((table, Batches::new(batches.map_err(|error| error.to_string())?, n_rows)))
}

impl Table {
    /// The columns that are read, and their numbers in the file.
    fn of(fields: &SchemaRef, schema: &Schema, wanted: &Wanted) -> Result<(Self, Vec<usize>), String> {
        let names: Vec<String> = fields.fields().iter().map(|field| field.name().clone()).collect();
        let all = columns::columns(schema, &names, wanted)?;
        for (column, field) in all.iter().zip(fields.fields()) {
            if let Some(feature) = column.feature {
                check_type(&schema.features()[feature], field.data_type())?;
            }
        }
        let chosen: Vec<usize> = (0..all.len()).filter(|index| all[*index] != Column::default()).collect();
        let columns = chosen.iter().map(|index| all[*index]).collect();
        let fields = fields.project(&chosen).map_err(|error| said(&error))?;
        Ok((Self { columns, fields: Arc::new(fields), n_kept: wanted.keep.len() }, chosen))
    }

    /// The names of the columns that are read.
    pub(super) fn names(&self) -> Vec<String> {
        self.fields.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Room for rows of this file.
    pub(super) fn room(&self) -> Rows {
        let mut kept: Vec<ArrayRef> = vec![new_empty_array(&DataType::Null); self.n_kept];
        for (column, field) in self.columns.iter().zip(self.fields.fields()) {
            if let Some(keep) = column.keep {
                kept[keep] = new_empty_array(field.data_type());
            }
        }
        Rows { kept: kept.into_iter().map(Kept::Array).collect(), ..Rows::default() }
    }

    /// Reads the rows of a batch.
    ///
    /// # Errors
    ///
    /// That a column is not what the file said.
    pub(super) fn read(&self, schema: &Schema, batch: &RecordBatch, rows: &mut Rows) -> Result<(), String> {
        let (n_rows, width) = (batch.num_rows(), schema.n_features());
        rows.values.resize(n_rows * width, f64::NAN);
        let mut reasons: Vec<Option<String>> = vec![None; n_rows];
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            if let Some(feature) = column.feature {
                let out = rows.values.iter_mut().skip(feature).step_by(width);
                fill(&schema.features()[feature], array, out, &mut reasons)?;
            }
            if let Some(keep) = column.keep {
                rows.kept[keep] = Kept::Array(array.clone());
            }
        }
        let place = |row: usize| {
            let number = u32::try_from(row).expect("a block has few rows");
            Place { line: row as u64, bytes: number..number }
        };
        rows.places.extend((0..n_rows).map(place));
        rows.n_lines = n_rows as u64;
        if reasons.iter().any(Option::is_some) {
            rows.reject(reasons);
        }
        Ok(())
    }
}

impl Batches {
    fn new(
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
        n_rows: Option<u64>,
    ) -> Self {
        Self { source: Box::new(batches), rest: None, n_rows, position: 0 }
    }

    /// The next rows, at most a block of them.
    ///
    /// # Errors
    ///
    /// What reading says.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, String> {
        let batch = match self.rest.take() {
            Some(rest) => rest,
            None => match self.source.next() {
                Some(batch) => batch.map_err(|error| said(&error))?,
                None => return Ok(None),
            },
        };
        let n_rows = batch.num_rows().min(BLOCK);
        if n_rows < batch.num_rows() {
            self.rest = Some(batch.slice(n_rows, batch.num_rows() - n_rows));
        }
        self.position += n_rows as u64;
        Ok(Some(batch.slice(0, n_rows)))
    }
}

/// A row of a batch as a line of CSV.
pub(super) fn line(batch: &RecordBatch, row: usize) -> Vec<u8> {
    let mut line = Vec::new();
    for (index, array) in batch.columns().iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        let formatted = ArrayFormatter::try_new(array, &FormatOptions::default());
        // What has no text is left out; the reason for the row is there in any case.
        let text = formatted.map(|texts| texts.value(row).to_string()).unwrap_or_default();
        csv_field(text.as_bytes(), b',', &mut line);
    }
    line
}

/// Refuses a column that can hold no value of the feature.
fn check_type(feature: &Feature, found: &DataType) -> Result<(), String> {
    let held = match found {
        DataType::Dictionary(_, held) => held.as_ref(),
        found => found,
    };
    let is_text = matches!(held, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let is_number = held.is_numeric() || matches!(held, DataType::Boolean);
    let (fits, expected) = match feature.kind() {
        ColumnKind::Number => (is_number, "numbers"),
        ColumnKind::Category(_) => (is_text || is_number, "texts"),
        _ => (true, "anything"),
    };
    if fits || matches!(held, DataType::Null) {
        return Ok(());
    }
    Err(format!("the column {} is of {found}, where {expected} belong", feature.name()))
}

/// Writes one feature of each row, and the reason of those that have none.
fn fill<'v>(
    feature: &Feature,
    array: &ArrayRef,
    out: impl Iterator<Item = &'v mut f64>,
    reasons: &mut [Option<String>],
) -> Result<(), String> {
    if matches!(feature.kind(), ColumnKind::Ignored) {
        return Ok(());
    }
    let is_number = matches!(feature.kind(), ColumnKind::Number);
    let refuses_missing = is_number && !feature.accepts_missing();
    let holds_numbers = array.data_type().is_numeric() || *array.data_type() == DataType::Boolean;
    if is_number || holds_numbers {
        let numbers = cast(array, &DataType::Float64).map_err(|error| said(&error))?;
        let numbers = numbers.as_primitive::<Float64Type>();
        if is_number && numbers.null_count() == 0 {
            out.zip(numbers.values().iter()).for_each(|(out, number)| *out = *number);
            return Ok(());
        }
        for ((out, number), reason) in out.zip(numbers).zip(reasons) {
            match number.map(|number| feature.encode(Cell::Number(number))) {
                Some(Ok(number)) => *out = number,
                Some(Err(error)) => {
                    reason.get_or_insert_with(|| error.to_string());
                }
                None if refuses_missing => {
                    reason.get_or_insert_with(|| format!("{} is missing", feature.name()));
                }
                None => {}
            }
        }
        return Ok(());
    }
    let texts = cast(array, &DataType::Utf8).map_err(|error| said(&error))?;
    for ((out, text), reason) in out.zip(texts.as_string::<i32>()).zip(reasons) {
        match text.map(|text| feature.encode(Cell::Text(text))) {
            Some(Ok(code)) => *out = code,
            Some(Err(error)) => {
                reason.get_or_insert_with(|| error.to_string());
            }
            None => {}
        }
    }
    Ok(())
}

/// A column that is kept, as texts: plain ones, or values of JSON.
///
/// # Errors
///
/// That the column has no such form.
pub(super) fn texts(array: &ArrayRef, as_json: bool) -> Result<Texts, String> {
    let formatted =
        ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(|error| said(&error))?;
    let is_bare = array.data_type().is_numeric() || *array.data_type() == DataType::Boolean;
    let (mut texts, mut json) = (Texts::of(as_json), Vec::new());
    for row in 0..array.len() {
        let text = formatted.value(row).to_string();
        json.clear();
        match (as_json, array.is_null(row)) {
            (true, true) => json.extend_from_slice(b"null"),
            (false, true) => {}
            (true, false) if !is_bare || matches!(text.as_str(), "NaN" | "inf" | "-inf") => {
                json_text(&text, &mut json);
            }
            _ => json.extend_from_slice(text.as_bytes()),
        }
        texts.push(&json);
    }
    Ok(texts)
}

fn said(error: &ArrowError) -> String {
    error.to_string()
}
