//! Rows of numbers as lines of CSV: as `SageMaker` sends them, answered by a label
//! a line, or with a header as `MLflow` does, answered in JSON.

use csv::{ByteRecord, ReaderBuilder, Trim, Writer};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use iris_core::{Cell, ColumnKind, Feature, Schema, Task, Texts};
use iris_serving::{Asked, Exchange, Model, Predictions, Want};

use crate::content::Content;
use crate::respond::Reply;
use crate::{Failure, v1};

/// Lines without a header, the features in the model's order; or columns in any
/// order under a header that names them.
pub(super) struct Csv<'b> {
    body: &'b [u8],
    has_header: bool,
}

/// What answers lines.
pub(super) enum Written {
    /// A label a line.
    Lines(Vec<u8>),
    Json(Vec<u8>),
}

impl<'b> Csv<'b> {
    pub(super) fn new(body: &'b [u8]) -> Self {
        Self { body, has_header: false }
    }
}

impl Exchange for Csv<'_> {
    type Answer = Written;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let n_features = model.schema().n_features();
        let (mut values, mut texts) = (Vec::new(), Texts::new());
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(self.body);
        let mut columns = None;
        let mut n_rows = 0;
        for record in reader.byte_records() {
            let record = record.map_err(|error| Failure::wrong(format!("row {n_rows}: {error}")))?;
            if n_rows == 0 && columns.is_none() && is_header(model.schema(), &record) {
                columns = Some(Header::new(model.schema(), &record)?);
                self.has_header = true;
                continue;
            }
            let n_columns = columns.as_ref().map_or(n_features, |header: &Header| header.n_columns);
            if record.len() != n_columns {
                let expected = match &columns {
                    Some(_) => "as the header has".to_owned(),
                    None => model.schema().feature_list(),
                };
                return Err(Failure::wrong(format!(
                    "row {n_rows}: {} values; expected {n_columns}: {expected}",
                    record.len()
                )));
            }
            if n_rows == model.max_rows() {
                return Err(Failure::wrong(format!("more than the {n_rows} rows answered in one request")));
            }
            for (feature, described) in model.schema().features().iter().enumerate() {
                let place = columns.as_ref().map_or(Some(feature), |header| header.places[feature]);
                let field = place.map_or(&b""[..], |place| &record[place]);
                let value = value(described, field, &mut texts)
                    .map_err(|why| Failure::wrong(format!("row {n_rows}: {why}")))?;
                values.push(value);
            }
            n_rows += 1;
        }
        if values.is_empty() {
            return Err(Failure::wrong(format!(
                "no row; expected lines of {}",
                model.schema().feature_list()
            )));
        }
        Ok(Asked { rows: values, texts, want: Want::default() })
    }

    /// A line a row: its label, quoted where it has to be, or its values.
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Written {
        if self.has_header {
            return Written::Json(v1::answer(model, predictions));
        }
        let mut lines = Writer::from_writer(Vec::new());
        // Writing to memory cannot fail.
        match model.schema().task() {
            Task::Classify { .. } => {
                for label in predictions.labels() {
                    let _ = lines.write_record([label.to_string()]);
                }
            }
            Task::Regress { n_targets } => {
                for values in predictions.values().chunks_exact(*n_targets) {
                    let _ = lines.write_record(values.iter().map(f64::to_string));
                }
            }
        }
        Written::Lines(lines.into_inner().unwrap_or_default())
    }
}

/// Where the header has each of the features.
struct Header {
    n_columns: usize,
    /// Nowhere, of columns that the model does not look at.
    places: Vec<Option<usize>>,
}

impl Header {
    /// Columns that the model has not are passed over.
    fn new(schema: &Schema, record: &ByteRecord) -> Result<Self, Failure> {
        let mut places = vec![None; schema.n_features()];
        for (place, name) in record.iter().enumerate() {
            let Some(feature) = feature(schema, name) else { continue };
            if places[feature].replace(place).is_some() {
                let name = schema.features()[feature].name();
                return Err(Failure::wrong(format!("the header names {name} twice")));
            }
        }
        let is_missing = |(feature, place): &(&Feature, &Option<usize>)| {
            place.is_none() && *feature.kind() != ColumnKind::Ignored
        };
        if let Some((missing, _)) = schema.features().iter().zip(&places).find(is_missing) {
            return Err(Failure::wrong(format!("the header has no column {}", missing.name())));
        }
        Ok(Self { n_columns: record.len(), places })
    }
}

/// Whether the first line names columns. Where names are numbers it has to name nothing else.
fn is_header(schema: &Schema, record: &ByteRecord) -> bool {
    let n_named = record.iter().filter(|name| feature(schema, name).is_some()).count();
    n_named == record.len() || (n_named > 0 && record.iter().any(|field| cell(field).is_none()))
}

fn feature(schema: &Schema, name: &[u8]) -> Option<usize> {
    schema.feature_index(std::str::from_utf8(name).ok()?)
}

/// What stands for a field in a row; an empty one is a missing value.
fn value(feature: &Feature, field: &[u8], texts: &mut Texts) -> Result<f64, String> {
    // An empty text is a text, where any is taken.
    if field.is_empty() && *feature.kind() != ColumnKind::Text {
        return Ok(f64::NAN);
    }
    if feature.holds_texts() {
        let text =
            std::str::from_utf8(field).map_err(|error| format!("{} is no text: {error}", feature.name()))?;
        return feature.encode_with(Cell::Text(text), texts).map_err(|error| error.to_string());
    }
    if *feature.kind() == ColumnKind::Ignored {
        return Ok(f64::NAN);
    }
    let number = cell(field).or_else(|| truth(field));
    number.ok_or_else(|| format!("{} is {:?}, no number", feature.name(), String::from_utf8_lossy(field)))
}

/// A truth value, as JSON and Python write them.
fn truth(field: &[u8]) -> Option<f64> {
    match field {
        b"true" | b"True" => Some(1.0),
        b"false" | b"False" => Some(0.0),
        _ => None,
    }
}

/// A number; an empty field is a missing value.
fn cell(field: &[u8]) -> Option<f64> {
    if field.is_empty() {
        return Some(f64::NAN);
    }
    std::str::from_utf8(field).ok()?.parse().ok()
}

impl Reply for Written {
    fn into_response(self) -> Response<Content> {
        let lines = match self {
            Self::Lines(lines) => lines,
            Self::Json(json) => return json.into_response(),
        };
        let mut response = Response::new(lines.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        response
    }
}
