//! Requests over HTTP: the bodies that clients send, in sizes.

use std::fmt::Write;

use crate::random_rows;

/// `POST /predict` of one flower, or of a list of them.
#[must_use]
pub fn predict(n_rows: usize) -> String {
    let flower = |[a, b, c, d]: [f64; 4]| {
        format!(
            r#"{{"sepal_length":{a:.1},"sepal_width":{b:.1},"petal_length":{c:.1},"petal_width":{d:.1}}}"#
        )
    };
    let flowers: Vec<String> = random_rows(n_rows).into_iter().map(flower).collect();
    if n_rows == 1 { flowers.concat() } else { format!("[{}]", flowers.join(",")) }
}

/// A flower with every member wrong, which is answered by all four mistakes.
pub const REFUSED: &str = r#"{"sepal_length":"5.1","sepal_width":null,"petal_length":[],"petal_width":true}"#;

/// `POST /v2/models/iris/infer` of so many rows as JSON.
#[must_use]
pub fn infer(n_rows: usize) -> String {
    let mut data = String::new();
    for value in random_rows(n_rows).as_flattened() {
        let separator = if data.is_empty() { "" } else { "," };
        write!(data, "{separator}{value:.1}").expect("a string takes anything");
    }
    let shape = format!("[{n_rows},4]");
    format!(r#"{{"inputs":[{{"name":"input-0","datatype":"FP64","shape":{shape},"data":[{data}]}}]}}"#)
}

/// A whole `POST` as it goes over the wire, with these headers beside the ones
/// that it needs; each ends with a line break.
#[must_use]
pub fn post(path: &str, headers: &str, body: &str) -> String {
    let n_bytes = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: iris\r\ncontent-type: application/json\r\n\
         content-length: {n_bytes}\r\n{headers}\r\n{body}"
    )
}
