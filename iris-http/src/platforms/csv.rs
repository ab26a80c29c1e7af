//! Rows of numbers as lines of CSV, answered by a label a line.

use bytes::Bytes;
use csv::{ReaderBuilder, Trim, Writer};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body_util::Full;
use iris_core::Task;
use iris_serving::{Asked, Exchange, Model, Predictions, Want};

use crate::Failure;
use crate::respond::Reply;

/// Lines without a header, the features in the model's order.
pub(super) struct Csv<'b> {
    pub(super) body: &'b [u8],
}

/// A label a line.
pub(super) struct Lines(Vec<u8>);

impl Exchange for Csv<'_> {
    type Answer = Lines;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let n_features = model.schema().n_features();
        let mut values = Vec::new();
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(self.body);
        for (index, record) in reader.byte_records().enumerate() {
            let record = record.map_err(|error| Failure::wrong(format!("row {index}: {error}")))?;
            if record.len() != n_features {
                let expected = model.schema().feature_list();
                return Err(Failure::wrong(format!(
                    "row {index}: {} values; expected {n_features}: {expected}",
                    record.len()
                )));
            }
            if index == model.max_rows() {
                return Err(Failure::wrong(format!("more than the {index} rows answered in one request")));
            }
            for (field, feature) in record.iter().zip(model.schema().features()) {
                values.push(number(field).ok_or_else(|| {
                    let field = String::from_utf8_lossy(field);
                    Failure::wrong(format!("row {index}: {} is {field:?}, no number", feature.name()))
                })?);
            }
        }
        if values.is_empty() {
            return Err(Failure::wrong(format!(
                "no row; expected lines of {}",
                model.schema().feature_list()
            )));
        }
        Ok(Asked { rows: values, want: Want::default() })
    }

    /// A line a row: its label, quoted where it has to be, or its values.
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Lines {
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
        Lines(lines.into_inner().unwrap_or_default())
    }
}

/// A number; an empty field is a missing value.
fn number(field: &[u8]) -> Option<f64> {
    if field.is_empty() {
        return Some(f64::NAN);
    }
    std::str::from_utf8(field).ok()?.parse().ok()
}

impl Reply for Lines {
    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.0)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        response
    }
}
