//! Rows of numbers as lines of CSV, answered by a label a line.

use std::fmt::Write;

use bytes::Bytes;
use csv::{ReaderBuilder, Trim};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body_util::Full;
use iris_serving::{Exchange, Predictions, Rows, Model, Want};

use crate::Failure;
use crate::respond::Reply;

/// Lines without a header, the features in the model's order.
pub(super) struct Csv<'b> {
    pub(super) body: &'b [u8],
}

/// A label a line.
pub(super) struct Lines(String);

impl Exchange for Csv<'_> {
    type Answer = Lines;
    type Refusal = Failure;

    fn decode(&mut self, served: &Model) -> Result<Rows, Failure> {
        let n_features = served.schema().n_features();
        let mut values = Vec::new();
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(self.body);
        for (index, record) in reader.byte_records().enumerate() {
            let record = record.map_err(|error| Failure::wrong(format!("row {index}: {error}")))?;
            if record.len() != n_features {
                let expected = served.schema().feature_list();
                return Err(Failure::wrong(format!(
                    "row {index}: {} values; expected {n_features}: {expected}",
                    record.len()
                )));
            }
            if index == served.max_rows() {
                return Err(Failure::wrong(format!("more than the {index} rows answered in one request")));
            }
            for (field, feature) in record.iter().zip(served.schema().features()) {
                values.push(number(field).ok_or_else(|| {
                    let field = String::from_utf8_lossy(field);
                    Failure::wrong(format!("row {index}: {} is {field:?}, no number", feature.name()))
                })?);
            }
        }
        if values.is_empty() {
            return Err(Failure::wrong(format!(
                "no row; expected lines of {}",
                served.schema().feature_list()
            )));
        }
        Ok(Rows { values, wanted: Want::default() })
    }

    fn encode(&mut self, _: &Model, outputs: &Predictions<'_>) -> Lines {
        let mut lines = String::new();
        for label in outputs.labels() {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{label}");
        }
        Lines(lines)
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
