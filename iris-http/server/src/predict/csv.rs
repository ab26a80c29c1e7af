//! CSV: a header that names columns, and records under it as rows.

mod number;
mod records;

use iris_core::{Cell, ColumnKind, Schema};

use super::columns::{self, Column, Wanted};
use super::rows::{Kept, Place, Reject, Rows, Texts};
use super::text::Blocks;
use number::{number, truth};
use records::{Quotes, Record, Records};

/// How the records of a file become rows.
#[derive(Debug, Clone)]
pub(super) struct Csv {
    columns: Vec<Column>,
    delimiter: u8,
    /// The header as it was, to be written above rejected rows; none of a file without.
    pub(super) header: Vec<u8>,
    n_kept: usize,
}

/// What is done with one field.
enum Refused {
    Missing,
    NoText,
    Told(String),
}

/// Ends the blocks of CSV between records.
pub(super) fn cut(delimiter: u8) -> super::text::Cut {
    Box::new(move |bytes, _| Records::new(bytes, delimiter).cut())
}

impl Csv {
    /// Reads the header, and finds the model's columns in it.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with it.
    pub(super) fn open(
        blocks: &mut Blocks,
        schema: &Schema,
        wanted: &Wanted,
        (delimiter, has_header): (u8, bool),
    ) -> Result<(Self, u64), String> {
        let n_kept = wanted.keep.len();
        if !has_header {
            if n_kept > 0 {
                return Err("--keep names columns, and with --no-header they have no names".to_owned());
            }
            let column = |feature| Column { feature: Some(feature), keep: None };
            let columns = (0..schema.n_features()).map(column).collect();
            return Ok((Self { columns, delimiter, header: Vec::new(), n_kept }, 0));
        }
        let bytes = blocks
            .first_record(|bytes, is_at_end| Records::new(bytes, delimiter).first(is_at_end))
            .map_err(|error| error.to_string())?;
        let mut records = Records::new(&bytes, delimiter);
        let Some(record) = records.next() else {
            return Err("there is nothing in it, not even a header".to_owned());
        };
        if let Quotes::Broken(why) = record.quotes {
            return Err(format!("line {}, the header: {why}", record.line + 1));
        }
        let mut names = Vec::new();
        record.fields(delimiter, &mut Vec::new(), |_, name| {
            names.push(String::from_utf8(name.to_vec()).map_err(|_| "the header is no text of UTF-8"));
        });
        let names: Vec<String> = names.into_iter().collect::<Result<_, _>>()?;
        let columns = columns::columns(schema, &names, wanted)?;
        let csv = Self { columns, delimiter, header: record.bytes.to_vec(), n_kept };
        Ok((csv, records.n_lines()))
    }

    /// Room for rows of this file.
    pub(super) fn room(&self) -> Rows {
        let kept = (0..self.n_kept).map(|_| Kept::Texts(Texts::of(false))).collect();
        Rows { kept, ..Rows::default() }
    }

    /// Reads the rows of a block.
    pub(super) fn read(&self, schema: &Schema, block: &[u8], rows: &mut Rows) {
        let mut records = Records::new(block, self.delimiter);
        let mut room = Vec::new();
        for record in records.by_ref() {
            let bytes = place(record.start)..place(record.start + record.bytes.len());
            let place = Place { line: record.line, bytes };
            match self.row(schema, record, rows, &mut room) {
                Ok(()) => rows.places.push(place),
                Err((reason, is_sound)) => {
                    Self::take_back(schema, rows);
                    rows.rejects.push(Reject { place, reason, is_sound });
                }
            }
        }
        (rows.n_lines, rows.n_blank) = (records.n_lines(), records.n_blank);
    }

    /// Reads one row; what it has written is to be taken back if it fails.
    #[inline]
    fn row(
        &self,
        schema: &Schema,
        record: Record<'_>,
        rows: &mut Rows,
        room: &mut Vec<u8>,
    ) -> Result<(), (String, bool)> {
        if let Quotes::Broken(why) = record.quotes {
            return Err((why.to_owned(), false));
        }
        let start = rows.values.len();
        rows.values.resize(start + schema.n_features(), f64::NAN);
        let (values, kept) = (&mut rows.values[start..], &mut rows.kept);
        let (mut n_fields, mut refused) = (0, None);
        record.fields(self.delimiter, room, |index, field| {
            n_fields = index + 1;
            let Some(column) = self.columns.get(index) else { return };
            if let Some(feature) = column.feature {
                match value(schema, feature, field) {
                    Ok(value) => values[feature] = value,
                    Err(why) => {
                        refused.get_or_insert((feature, why));
                    }
                }
            }
            if let Some(texts) = column.keep.and_then(|keep| kept[keep].texts_mut()) {
                if std::str::from_utf8(field).is_err() {
                    refused.get_or_insert((usize::MAX, Refused::NoText));
                }
                texts.push(field);
            }
        });
        if n_fields != self.columns.len() {
            let expected = self.columns.len();
            let s = if n_fields == 1 { "" } else { "s" };
            return Err((format!("{n_fields} field{s}; expected {expected}"), true));
        }
        match refused {
            None => Ok(()),
            Some((feature, refused)) => Err((refused.told(schema, feature), true)),
        }
    }

    fn take_back(schema: &Schema, rows: &mut Rows) {
        let n_rows = rows.places.len();
        rows.values.truncate(n_rows * schema.n_features());
        rows.kept.iter_mut().filter_map(Kept::texts_mut).for_each(|texts| texts.truncate(n_rows));
    }
}

impl Refused {
    #[cold]
    fn told(self, schema: &Schema, feature: usize) -> String {
        let name = schema.features().get(feature).map_or("a column that is kept", iris_core::Feature::name);
        match self {
            Self::Missing => format!("{name} is missing"),
            Self::NoText => format!("{name} is no text of UTF-8"),
            Self::Told(reason) => reason,
        }
    }
}

/// What stands for a field in a row.
#[inline]
fn value(schema: &Schema, feature: usize, field: &[u8]) -> Result<f64, Refused> {
    let described = &schema.features()[feature];
    if matches!(described.kind(), ColumnKind::Number) {
        if let Some(number) = number(field) {
            return Ok(number);
        }
        return unusual(schema, feature, field);
    }
    if is_missing(field) {
        return Ok(f64::NAN);
    }
    let text = std::str::from_utf8(field).map_err(|_| Refused::NoText)?;
    described.encode(Cell::Text(text)).map_err(|error| Refused::Told(error.to_string()))
}

/// A number's field that has none: missing, a truth value, or wrong.
#[cold]
fn unusual(schema: &Schema, feature: usize, field: &[u8]) -> Result<f64, Refused> {
    let described = &schema.features()[feature];
    let trimmed = field.trim_ascii();
    if is_missing(trimmed) {
        return if described.accepts_missing() { Ok(f64::NAN) } else { Err(Refused::Missing) };
    }
    if let Some(value) = number(trimmed).or_else(|| truth(trimmed)) {
        return Ok(value);
    }
    let text = std::str::from_utf8(field).map_err(|_| Refused::NoText)?;
    described.encode(Cell::Text(text)).map_err(|error| Refused::Told(error.to_string()))
}

/// As pandas and R write what is not there.
fn is_missing(field: &[u8]) -> bool {
    matches!(field, b"" | b"NA" | b"N/A" | b"NaN" | b"nan" | b"null" | b"NULL")
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a block is a few mebibytes at the most")
}

#[cfg(test)]
mod tests {
    use super::*;
    use iris_core::Predictor;

    const HEADER: &str = "id,petal_width,sepal_length,sepal_width,petal_length\n";

    fn read(text: &str) -> Rows {
        let iris = Predictor::iris();
        let mut blocks = Blocks::new(std::io::Cursor::new(text.as_bytes().to_vec()), cut(b','));
        let wanted = Wanted { keep: vec!["id".to_owned()], by_position: false };
        let (csv, n_lines) = Csv::open(&mut blocks, iris.schema(), &wanted, (b',', true)).unwrap();
        assert_eq!(n_lines, 1);
        let (mut rows, mut block) = (csv.room(), Vec::new());
        assert!(blocks.next(&mut block).unwrap());
        csv.read(iris.schema(), &block, &mut rows);
        rows
    }

    #[test]
    fn rows_are_in_the_models_order_with_what_is_kept() {
        let mut rows = read(&format!("{HEADER}\"a,b\",0.2,5.1,3.5,1.4\n\nc, 1.8 ,true,+3,\"4\"\n"));
        assert_eq!(rows.values, [5.1, 3.5, 1.4, 0.2, 1.0, 3.0, 4.0, 1.8]);
        let texts = rows.kept[0].texts_mut().unwrap();
        assert_eq!((texts.get(0), texts.get(1)), (&b"a,b"[..], &b"c"[..]));
        assert_eq!((rows.n_lines, rows.n_blank, rows.places[1].line), (3, 1, 2));
    }

    #[test]
    fn a_row_is_rejected_for_one_reason_and_leaves_nothing() {
        let mut rows = read(&format!(
            "{HEADER}a,0.2,5.1,3.5\nb,0.2,wide,3.5,1.4\nc,0.2,,3.5,1.4\nd,0.2,5.1,3.5,1.4,9\ne,\"0.2,5.1,3.5,1.4\nf,0.2,5.1,3.5,1.4\n"
        ));
        let reasons: Vec<(u64, &str, bool)> = rows
            .rejects
            .iter()
            .map(|reject| (reject.place.line, reject.reason.as_str(), reject.is_sound))
            .collect();
        assert_eq!(
            reasons,
            [
                (0, "4 fields; expected 5", true),
                (1, "sepal_length is the text 'wide', where a number belongs", true),
                (2, "sepal_length is missing", true),
                (3, "6 fields; expected 5", true),
                (4, "a quote is opened and not closed", false),
            ]
        );
        assert_eq!((rows.len(), rows.values.len()), (1, 4));
        let texts = rows.kept[0].texts_mut().unwrap();
        assert_eq!((texts.len(), texts.get(0)), (1, &b"f"[..]));
    }
}
