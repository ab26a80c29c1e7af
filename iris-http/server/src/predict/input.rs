//! The input: what is read block by block, and how blocks become rows.

use iris_core::Schema;

use super::columns::Wanted;
use super::csv::{self, Csv};
use super::fields::{csv_field, json_text};
use super::json::{self, Json};
use super::rows::{Reject, Rows};
use super::source::Source;
#[cfg(feature = "tables")]
use super::tables::{self, Batches, Table};
use super::text::Blocks;
use crate::cli::Format;

/// How blocks become rows; shared by all threads.
pub(super) struct Input {
    form: Form,
    delimiter: u8,
    /// Lines in front of the first block.
    pub(super) n_lines_before: u64,
}

enum Form {
    Csv(Csv),
    Json(Json),
    #[cfg(feature = "tables")]
    Table(Table),
}

/// What is read, block by block.
pub(super) enum Feed {
    Text(Blocks),
    #[cfg(feature = "tables")]
    Tables(Batches),
}

/// A block as it is read.
pub(super) enum Block {
    Bytes(Vec<u8>),
    #[cfg(feature = "tables")]
    Batch(Option<arrow_array::RecordBatch>),
}

impl Input {
    /// Looks at the beginning, and finds the columns where they are named there.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with the file.
    pub(super) fn open(
        source: Source,
        format: Format,
        schema: &Schema,
        wanted: &Wanted,
        (delimiter, has_header): (u8, bool),
    ) -> Result<(Self, Feed), String> {
        let input = |form, n_lines_before| Self { form, delimiter, n_lines_before };
        match format {
            Format::Csv => {
                source.check_text()?;
                let mut blocks = Blocks::new(source.into_text(), csv::cut(delimiter));
                let (csv, n_lines) = Csv::open(&mut blocks, schema, wanted, (delimiter, has_header))?;
                Ok((input(Form::Csv(csv), n_lines), Feed::Text(blocks)))
            }
            Format::Jsonl => {
                source.check_text()?;
                let json = Json::new(schema, wanted);
                Ok((input(Form::Json(json), 0), Feed::Text(Blocks::new(source.into_text(), json::cut()))))
            }
            #[cfg(feature = "tables")]
            Format::Parquet | Format::Arrow => {
                let (table, batches) = tables::open(source, format, schema, wanted)?;
                Ok((input(Form::Table(table), 0), Feed::Tables(batches)))
            }
            #[cfg(not(feature = "tables"))]
            Format::Parquet | Format::Arrow => Err(super::failure::NO_TABLES.to_owned()),
        }
    }

    /// Room for the rows of a block.
    pub(super) fn room(&self) -> Rows {
        match &self.form {
            Form::Csv(csv) => csv.room(),
            Form::Json(json) => json.room(),
            #[cfg(feature = "tables")]
            Form::Table(table) => table.room(),
        }
    }

    /// The rows of a block.
    ///
    /// # Errors
    ///
    /// That the block is not what the file said.
    pub(super) fn read(&self, schema: &Schema, block: &Block, rows: &mut Rows) -> Result<(), String> {
        match (&self.form, block) {
            (Form::Csv(csv), Block::Bytes(bytes)) => csv.read(schema, bytes, rows),
            (Form::Json(json), Block::Bytes(bytes)) => json.read(schema, bytes, rows),
            #[cfg(feature = "tables")]
            (Form::Table(table), Block::Batch(Some(batch))) => table.read(schema, batch, rows)?,
            #[cfg(feature = "tables")]
            _ => {}
        }
        Ok(())
    }

    /// What a place in it is called.
    pub(super) fn unit(&self) -> &'static str {
        match &self.form {
            Form::Csv(_) | Form::Json(_) => "line",
            #[cfg(feature = "tables")]
            Form::Table(_) => "row",
        }
    }

    /// What stands above rejected rows, with the end of its line.
    pub(super) fn reject_head(&self) -> Vec<u8> {
        let mut head = b"reason".to_vec();
        match &self.form {
            Form::Csv(csv) if csv.header.is_empty() => return Vec::new(),
            Form::Csv(csv) => {
                head.push(self.delimiter);
                head.extend_from_slice(&csv.header);
            }
            Form::Json(_) => return Vec::new(),
            #[cfg(feature = "tables")]
            Form::Table(table) => {
                for name in table.names() {
                    head.push(b',');
                    csv_field(name.as_bytes(), b',', &mut head);
                }
            }
        }
        head.push(b'\n');
        head
    }

    /// The row as it was.
    pub(super) fn original(&self, block: &Block, reject: &Reject) -> Vec<u8> {
        let bytes = reject.place.bytes.start as usize..reject.place.bytes.end as usize;
        match (&self.form, block) {
            #[cfg(feature = "tables")]
            (Form::Table(_), Block::Batch(Some(batch))) => tables::line(batch, bytes.start),
            (_, Block::Bytes(block)) => block.get(bytes).unwrap_or_default().to_vec(),
            #[cfg(feature = "tables")]
            _ => Vec::new(),
        }
    }

    /// A line for a row that was rejected: the reason, then the row, so that what is put right can be given again.
    pub(super) fn reject_line(&self, reason: &str, row: &[u8], is_sound: bool) -> Vec<u8> {
        let mut line = Vec::new();
        if let Form::Json(_) = &self.form {
            line.extend_from_slice(b"{\"reason\":");
            json_text(reason, &mut line);
            let members = row.trim_ascii().strip_prefix(b"{").filter(|_| is_sound);
            if let Some(members) = members.map(<[u8]>::trim_ascii_start) {
                line.extend_from_slice(if members == b"}" { b"" } else { b"," });
                line.extend_from_slice(members);
            } else {
                line.extend_from_slice(b",\"line\":");
                json_text(&String::from_utf8_lossy(row), &mut line);
                line.push(b'}');
            }
        } else {
            csv_field(reason.as_bytes(), self.delimiter, &mut line);
            line.push(self.delimiter);
            if is_sound {
                line.extend_from_slice(row);
            } else {
                csv_field(row, self.delimiter, &mut line);
            }
        }
        line.push(b'\n');
        line
    }
}

impl Feed {
    /// The next block, in the room of one that is done with; `None` if there are no more.
    ///
    /// # Errors
    ///
    /// What reading says.
    pub(super) fn next(&mut self, room: Block) -> Result<Option<Block>, String> {
        match self {
            Self::Text(blocks) => {
                let mut bytes = match room {
                    Block::Bytes(bytes) => bytes,
                    #[cfg(feature = "tables")]
                    Block::Batch(_) => Vec::new(),
                };
                let is_block = blocks.next(&mut bytes).map_err(|error| error.to_string())?;
                Ok(is_block.then_some(Block::Bytes(bytes)))
            }
            #[cfg(feature = "tables")]
            Self::Tables(batches) => Ok(batches.next()?.map(|batch| Block::Batch(Some(batch)))),
        }
    }

    /// How far it is, in bytes or in rows.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Text(blocks) => blocks.position,
            #[cfg(feature = "tables")]
            Self::Tables(batches) => batches.position,
        }
    }

    /// Where it ends, in the same unit, if that is known.
    pub(super) fn end(&self, len: Option<u64>) -> Option<u64> {
        match self {
            Self::Text(_) => len,
            #[cfg(feature = "tables")]
            Self::Tables(batches) => batches.n_rows,
        }
    }
}

impl Block {
    /// Room to begin with.
    pub(super) fn empty() -> Self {
        Self::Bytes(Vec::new())
    }

    /// The same without what it holds.
    pub(super) fn emptied(self) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes),
            #[cfg(feature = "tables")]
            Self::Batch(_) => Self::Batch(None),
        }
    }
}
