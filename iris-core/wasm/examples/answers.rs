//! Every model of the test data asked as the npm package asks it, on this machine's own CPU: a line of JSON a file,
//! for `npm/test/cases.test.js` to compare the module's answers with, bit by bit.
//!
//! `cargo run --release --example answers -- ../testdata`

use std::io::{self, Write};
use std::path::Path;
use std::{env, fs};

use iris::{Asked, Session};
use serde_json::{Map, Value, json};

/// The tables of cases; of some, the files lie in another table's folder.
const TABLES: [(&str, &str); 16] = [
    ("branches", "branches"),
    ("catboost", "catboost"),
    ("composites", "composites"),
    ("estimators", "onnx"),
    ("formats", "formats"),
    ("label_pickles", "label_pickles"),
    ("old_catboost", "old_catboost"),
    ("old_composites", "old_composites"),
    ("old_pickles", "old_pickles"),
    ("old_transformers", "old_transformers"),
    ("old_trees", "old_trees"),
    ("others", "others"),
    ("pickles", "pickles"),
    ("regressors", "regressors"),
    ("transformers", "transformers"),
    ("trees", "trees"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = env::args().nth(1).ok_or("the folder of the test data, please")?;
    let mut out = io::stdout().lock();
    for (table, folder) in TABLES {
        let cases: Vec<Value> =
            serde_json::from_slice(&fs::read(Path::new(&root).join(format!("{table}.json")))?)?;
        for case in &cases {
            let rows = case["rows"].as_array().ok_or("a case has rows")?;
            let files = match &case["files"] {
                Value::Array(files) => files.as_slice(),
                _ => std::slice::from_ref(&case["file"]),
            };
            for file in files {
                let file = format!("{folder}/{}", file.as_str().ok_or("a file has a name")?);
                writeln!(out, "{}", answers(&fs::read(Path::new(&root).join(&file))?, &file, rows))?;
            }
        }
    }
    let texts: Value = serde_json::from_slice(&fs::read(Path::new(&root).join("texts.json"))?)?;
    let alone: Vec<Value> =
        texts["texts"].as_array().ok_or("there are texts")?.iter().map(|text| json!([text])).collect();
    let frame = texts["frame"].as_array().ok_or("there is a frame")?;
    for model in texts["models"].as_array().ok_or("there are models of texts")? {
        let rows =
            if model["names"].as_array().is_some_and(|names| names.len() == 1) { &alone } else { frame };
        let file = format!("texts/{}", model["file"].as_str().ok_or("a file has a name")?);
        writeln!(out, "{}", answers(&fs::read(Path::new(&root).join(&file))?, &file, rows))?;
    }
    Ok(())
}

fn answers(bytes: &[u8], file: &str, rows: &[Value]) -> Value {
    let mut session = Session::default();
    session.bytes(bytes.len()).expect("a file that was read has room again").copy_from_slice(bytes);
    if session.load(0).is_err() {
        return json!({ "file": file, "refused": said(&session)["message"] });
    }
    let description = said(&session);
    let task = &description["schema"]["task"];
    let mut asked = Vec::new();
    if task["kind"] == "regress" {
        asked.push(Asked::Values);
    } else {
        asked.push(Asked::Classes);
        if task["has_probabilities"] == true {
            asked.push(Asked::Probabilities);
        }
        if description["nScores"] != 0 {
            asked.push(Asked::Scores);
        }
    }
    let mut answers = Map::new();
    for asked in asked {
        let answered = rows.iter().map(|row| answer(&mut session, &description, row, asked)).collect();
        answers.insert(format!("{asked:?}"), Value::Array(answered));
    }
    json!({ "file": file, "rows": rows, "answers": answers })
}

/// The bits of the answer to one row, or what was said instead.
fn answer(session: &mut Session, description: &Value, row: &Value, asked: Asked) -> Value {
    let values = row.as_array().expect("a row is an array");
    let mut numbers = vec![0.0; values.len()];
    session.begin_rows();
    for (feature, value) in values.iter().enumerate() {
        let kind = &description["schema"]["features"][feature]["kind"];
        let code = match value {
            _ if kind == "ignored" => Ok(f64::NAN),
            Value::Number(number) if kind == "number" => Ok(number.as_f64().expect("JSON's numbers are f64")),
            Value::Number(number) => {
                session.encode_number(feature, number.as_f64().expect("JSON's numbers are f64"))
            }
            Value::String(text) => {
                session.bytes(text.len()).expect("a text has room").copy_from_slice(text.as_bytes());
                session.encode_text(feature)
            }
            _ => Ok(f64::NAN),
        };
        let Ok(code) = code else { return said(session)["kind"].clone() };
        numbers[feature] = code;
    }
    session.rows(numbers.len()).expect("a row has room").copy_from_slice(&numbers);
    if session.answer(asked).is_err() {
        return said(session)["message"].clone();
    }
    match asked {
        Asked::Classes => json!(session.classes()),
        _ => session.numbers().iter().map(|number| format!("{:016x}", number.to_bits())).collect(),
    }
}

fn said(session: &Session) -> Value {
    serde_json::from_str(session.said()).expect("what is said is JSON")
}
