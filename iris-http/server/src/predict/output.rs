//! Where answers go: the columns of the output, and the file that they are written to.

#[cfg(feature = "tables")]
mod table;
mod text;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use iris_core::{Label, Predictor, Schema};

use super::answers::{Answers, Asked};
use super::failure::Failure;
use super::fields::{csv_field, json_text};
use super::rows::Rows;
use super::source;
use crate::cli::Format;

/// What each row of the output holds, and how it is written.
pub(super) struct Layout {
    format: Format,
    delimiter: u8,
    pub(super) names: Vec<String>,
    /// The classes as they are written.
    labels: Vec<Vec<u8>>,
    /// The names as the members of an object begin with them.
    members: Vec<Vec<u8>>,
    #[cfg(feature = "tables")]
    table: table::Table,
}

/// A block of answers, ready to be written.
pub(super) enum Encoded {
    Bytes(Vec<u8>),
    #[cfg(feature = "tables")]
    Batch(arrow_array::RecordBatch),
}

/// The open output.
pub(super) struct Output {
    name: String,
    is_closed: Arc<AtomicBool>,
    sink: Sink,
}

enum Sink {
    Bytes(File),
    #[cfg(feature = "tables")]
    Table(Box<table::Writer>),
}

/// A file that remembers whether its reader went away, whatever error that becomes on its way up.
struct Watched {
    file: File,
    is_closed: Arc<AtomicBool>,
}

impl Sink {
    /// What else there is to say of an output that could not be written to its end.
    fn cut_off(&self) -> &'static str {
        match self {
            Self::Bytes(_) => ", and may end within a row",
            #[cfg(feature = "tables")]
            Self::Table(_) => "",
        }
    }
}

impl Layout {
    /// # Errors
    ///
    /// A sentence that names the column that there would be twice.
    pub(super) fn new(
        predictor: &Predictor,
        keep: &[String],
        asked: Asked,
        (format, delimiter): (Format, u8),
    ) -> Result<Self, String> {
        let schema = predictor.schema();
        let names: Vec<String> = keep.iter().cloned().chain(answer_names(schema, asked)).collect();
        let mut seen = HashSet::new();
        if let Some(doubled) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(format!("the output would have two columns {doubled}; see --keep"));
        }
        let label = |label: Label<'_>| {
            if format == Format::Jsonl {
                return serde_json::to_vec(&label).unwrap_or_default();
            }
            let mut field = Vec::new();
            csv_field(label.to_string().as_bytes(), delimiter, &mut field);
            field
        };
        let members = names.iter().enumerate().map(|(index, name)| {
            let mut member = vec![if index == 0 { b'{' } else { b',' }];
            json_text(name, &mut member);
            member.push(b':');
            member
        });
        Ok(Self {
            format,
            delimiter,
            labels: schema.labels().iter().map(label).collect(),
            members: members.collect(),
            #[cfg(feature = "tables")]
            table: table::Table::new(schema),
            names,
        })
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// The answers of a block as they are written.
    ///
    /// # Errors
    ///
    /// A sentence about a column that cannot be written so.
    pub(super) fn encode(&self, rows: &Rows, answers: &Answers) -> Result<Encoded, String> {
        match self.format {
            Format::Csv => text::csv(self, rows, answers).map(Encoded::Bytes),
            Format::Jsonl => text::json(self, rows, answers).map(Encoded::Bytes),
            #[cfg(feature = "tables")]
            Format::Parquet | Format::Arrow => {
                self.table.batch(&self.names, rows, answers).map(Encoded::Batch)
            }
            #[cfg(not(feature = "tables"))]
            Format::Parquet | Format::Arrow => Err(super::failure::NO_TABLES.to_owned()),
        }
    }
}

/// The names of the answers' columns.
fn answer_names(schema: &Schema, asked: Asked) -> Vec<String> {
    let mut names: Vec<String> = match schema.n_targets() {
        n @ 2.. => (0..n).map(|target| format!("prediction_{target}")).collect(),
        _ => vec!["prediction".to_owned()],
    };
    if asked.probabilities {
        names.extend(schema.labels().iter().map(|label| format!("probability_{label}")));
    }
    if asked.contributions {
        let n_outputs = schema.contributions().unwrap_or(0);
        for output in 0..n_outputs {
            let of = match schema.labels().get(output) {
                _ if n_outputs == 1 => String::new(),
                Some(label) => format!("_{label}"),
                None => format!("_{output}"),
            };
            names.extend(
                schema.features().iter().map(|feature| format!("contribution{of}_{}", feature.name())),
            );
            names.push(format!("expected_value{of}"));
        }
    }
    names
}

impl Output {
    /// Opens the path, or standard output for `-`, and writes what stands before all rows.
    ///
    /// # Errors
    ///
    /// That it cannot be opened or written.
    pub(super) fn open(path: &Path, layout: &Layout) -> Result<Self, Failure> {
        let is_standard = path.as_os_str() == "-";
        let name = if is_standard { "standard output".to_owned() } else { path.display().to_string() };
        let is_binary = matches!(layout.format, Format::Parquet | Format::Arrow);
        if is_standard && is_binary && io::stdout().is_terminal() {
            return Err(Failure::Told("a table would be written to the terminal; see --output".to_owned()));
        }
        let unwritable = |error: io::Error| Failure::Told(format!("cannot write {name}: {error}"));
        let file = if is_standard {
            File::from(io::stdout().as_fd().try_clone_to_owned().map_err(unwritable)?)
        } else {
            File::create(path).map_err(unwritable)?
        };
        let is_closed = Arc::new(AtomicBool::new(false));
        let sink = if is_binary {
            let watched = Watched { file, is_closed: is_closed.clone() };
            let is_stream = is_standard || path.extension().is_some_and(|ending| ending == "arrows");
            table_sink(watched, layout, is_stream)
        } else {
            Ok(Sink::Bytes(file))
        };
        let failed = |reason| Failure::Told(format!("cannot write {name}: {reason}"));
        let mut output = Self { sink: sink.map_err(failed)?, is_closed, name };
        if layout.format == Format::Csv {
            let mut head = Vec::new();
            for (index, name) in layout.names.iter().enumerate() {
                if index > 0 {
                    head.push(layout.delimiter);
                }
                csv_field(name.as_bytes(), layout.delimiter, &mut head);
            }
            head.push(b'\n');
            output.write(&Encoded::Bytes(head))?;
        }
        Ok(output)
    }

    /// Writes a block.
    ///
    /// # Errors
    ///
    /// What writing says, or that nobody reads.
    pub(super) fn write(&mut self, block: &Encoded) -> Result<(), Failure> {
        let written = match (&mut self.sink, block) {
            (Sink::Bytes(file), Encoded::Bytes(bytes)) => file.write_all(bytes).map_err(|error| {
                self.is_closed.store(error.kind() == io::ErrorKind::BrokenPipe, Ordering::Relaxed);
                error.to_string()
            }),
            #[cfg(feature = "tables")]
            (Sink::Table(writer), Encoded::Batch(batch)) => writer.write(batch),
            #[cfg(feature = "tables")]
            (Sink::Bytes(_), Encoded::Batch(_)) | (Sink::Table(_), Encoded::Bytes(_)) => {
                Err("it was opened for another format".to_owned())
            }
        };
        written.map_err(|reason| self.failure(&reason))
    }

    /// Writes what stands behind all rows.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Bytes(_) => Ok(()),
            #[cfg(feature = "tables")]
            Sink::Table(writer) => writer.finish().map_err(|reason| self.failure(&reason)),
        }
    }

    fn failure(&self, reason: &str) -> Failure {
        if self.is_closed.load(Ordering::Relaxed) {
            return Failure::NobodyReads;
        }
        Failure::Told(format!(
            "cannot write {}: {reason}; it is incomplete{}",
            self.name,
            self.sink.cut_off()
        ))
    }
}

#[cfg(feature = "tables")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is no sink")]
fn table_sink(file: Watched, layout: &Layout, is_stream: bool) -> Result<Sink, String> {
    Ok(Sink::Table(Box::new(table::Writer::new(file, layout.format, is_stream))))
}

#[cfg(not(feature = "tables"))]
fn table_sink(_: Watched, _: &Layout, _: bool) -> Result<Sink, String> {
    Err(super::failure::NO_TABLES.to_owned())
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The format of the output, and what stands between the fields of CSV.
pub(super) fn format(
    path: &Path,
    asked: Option<Format>,
    (input, delimiter): (Format, Option<u8>),
) -> (Format, u8) {
    let by_ending = source::ending(path);
    let of_input = if input == Format::Jsonl { Format::Jsonl } else { Format::Csv };
    let format = asked.or(by_ending.map(|(format, _)| format)).unwrap_or(of_input);
    (format, delimiter.or(by_ending.map(|(_, delimiter)| delimiter)).unwrap_or(b','))
}
