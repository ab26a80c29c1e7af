//! Answers as columns, for Parquet and Arrow.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{Field, Schema as Fields, SchemaRef};
use iris_core::{Labels, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::Watched;
use crate::cli::Format;
use crate::predict::answers::Answers;
use crate::predict::rows::{Kept, Rows, Texts};

/// Rows that Parquet has in one group, which is what is held until it is written.
const ROW_GROUP: usize = 1 << 18;

/// What the columns of answers hold.
pub(super) struct Table {
    labels: Labels,
}

/// An output of tables, opened by the first block, which knows the types of what is kept.
pub(super) struct Writer {
    waiting: Option<Watched>,
    open: Option<Open>,
    format: Format,
    is_stream: bool,
}

enum Open {
    Parquet(Box<ArrowWriter<Watched>>),
    File(Box<FileWriter<Watched>>),
    Stream(Box<StreamWriter<Watched>>),
}

impl Table {
    pub(super) fn new(schema: &Schema) -> Self {
        Self { labels: schema.labels().clone() }
    }

    /// The columns without their names: what is kept, then the answers.
    fn columns(&self, rows: &Rows, answers: &Answers) -> Vec<ArrayRef> {
        let mut columns: Vec<ArrayRef> = rows.kept.iter().map(kept).collect();
        let classes = || answers.classes.iter().map(|class| *class as usize);
        match &self.labels {
            labels if labels.is_empty() => {}
            Labels::Strings(labels) => {
                columns.push(Arc::new(StringArray::from_iter_values(classes().map(|class| &labels[class]))));
            }
            Labels::Integers(labels) => {
                columns.push(Arc::new(Int64Array::from_iter_values(classes().map(|class| labels[class]))));
            }
            Labels::Booleans(labels) => {
                columns.push(Arc::new(classes().map(|class| Some(labels[class])).collect::<BooleanArray>()));
            }
            Labels::Floats(labels) => {
                columns.push(Arc::new(Float64Array::from_iter_values(classes().map(|class| labels[class]))));
            }
            labels => {
                let text = |class| labels.get(class).map(|label| label.to_string());
                columns.push(Arc::new(classes().map(text).collect::<StringArray>()));
            }
        }
        for (numbers, n) in answers.numbers() {
            for column in 0..n {
                let column = numbers.iter().skip(column).step_by(n).copied();
                columns.push(Arc::new(Float64Array::from_iter_values(column)));
            }
        }
        columns
    }

    pub(super) fn batch(
        &self,
        names: &[String],
        rows: &Rows,
        answers: &Answers,
    ) -> Result<RecordBatch, String> {
        let columns = self.columns(rows, answers);
        let field = |(index, (name, column)): (usize, (&String, &ArrayRef))| {
            Field::new(name, column.data_type().clone(), index < rows.kept.len())
        };
        let fields: Vec<Field> = names.iter().zip(&columns).enumerate().map(field).collect();
        RecordBatch::try_new(Arc::new(Fields::new(fields)), columns).map_err(|error| error.to_string())
    }
}

fn kept(kept: &Kept) -> ArrayRef {
    match kept {
        Kept::Array(array) => array.clone(),
        Kept::Texts(texts) => Arc::new((0..texts.len()).map(|row| text(texts, row)).collect::<StringArray>()),
    }
}

/// A text; nothing for JSON's null.
fn text(texts: &Texts, row: usize) -> Option<String> {
    let text = texts.get(row);
    match text {
        b"null" if texts.are_json => None,
        [b'"', ..] if texts.are_json => serde_json::from_slice(text).ok(),
        _ => Some(String::from_utf8_lossy(text).into_owned()),
    }
}

impl Writer {
    pub(super) fn new(file: Watched, format: Format, is_stream: bool) -> Self {
        Self { waiting: Some(file), open: None, format, is_stream }
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        if let Some(file) = self.waiting.take() {
            self.open = Some(Open::new(file, &batch.schema(), self.format, self.is_stream)?);
        }
        match &mut self.open {
            Some(Open::Parquet(writer)) => writer.write(batch).map_err(|error| error.to_string()),
            Some(Open::File(writer)) => writer.write(batch).map_err(|error| error.to_string()),
            Some(Open::Stream(writer)) => writer.write(batch).map_err(|error| error.to_string()),
            None => Err("it could not be opened".to_owned()),
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), String> {
        match &mut self.open {
            Some(Open::Parquet(writer)) => writer.finish().map(drop).map_err(|error| error.to_string()),
            Some(Open::File(writer)) => writer.finish().map_err(|error| error.to_string()),
            Some(Open::Stream(writer)) => writer.finish().map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

impl Open {
    fn new(file: Watched, schema: &SchemaRef, format: Format, is_stream: bool) -> Result<Self, String> {
        if format == Format::Parquet {
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_max_row_group_row_count(Some(ROW_GROUP))
                .build();
            let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
            return writer.map(|writer| Self::Parquet(Box::new(writer))).map_err(|error| error.to_string());
        }
        let opened = if is_stream {
            StreamWriter::try_new(file, schema).map(|writer| Self::Stream(Box::new(writer)))
        } else {
            FileWriter::try_new(file, schema).map(|writer| Self::File(Box::new(writer)))
        };
        opened.map_err(|error| error.to_string())
    }
}
