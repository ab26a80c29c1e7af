//! A model whose columns are numbers, texts, truth values, and one that it ignores.

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use serde_json::{Map, Value, json};

use crate::server::Server;

fn server() -> Server {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../iris-core/testdata/mixed/churn.joblib");
    Server::start(HttpService::new("columns", "1", Predictor::open(file).unwrap()), Limits::default())
}

/// The rows that scikit-learn was asked, and its answers.
struct Expected {
    names: Vec<String>,
    rows: Vec<Map<String, Value>>,
    labels: Vec<String>,
    probabilities: Vec<[f64; 2]>,
}

fn expected() -> Expected {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../iris-core/testdata/mixed/churn.json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let read = |key: &str| json[key].clone();
    Expected {
        names: serde_json::from_value(read("columns")).unwrap(),
        rows: serde_json::from_value(read("rows")).unwrap(),
        labels: serde_json::from_value(read("labels")).unwrap(),
        probabilities: serde_json::from_value(read("probabilities")).unwrap(),
    }
}

impl Expected {
    fn object(&self, row: usize) -> Map<String, Value> {
        self.rows[row].clone()
    }

    fn check(&self, row: usize, answer: &Value) {
        assert_eq!(answer["label"], self.labels[row], "row {row}: {answer}");
        let found = [&answer["probabilities"]["no"], &answer["probabilities"]["yes"]];
        for (found, expected) in found.into_iter().zip(self.probabilities[row]) {
            assert!((found.as_f64().unwrap() - expected).abs() < 1e-12, "row {row}: {answer}");
        }
    }
}

#[test]
fn rows_by_name_and_in_order_get_scikit_learns_answers() {
    let (server, expected) = (server(), expected());
    for row in 0..expected.rows.len() {
        expected.check(row, &server.predict(&Value::from(expected.object(row)).to_string()).json());
        let mut backwards: Vec<String> =
            expected.object(row).iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        backwards.reverse();
        expected.check(row, &server.predict(&format!("{{{}}}", backwards.join(","))).json());
    }
    let in_order = |row: &Map<String, Value>| expected.names.iter().map(|name| row[name].clone()).collect();
    let lists: Vec<Vec<Value>> = expected.rows.iter().map(in_order).collect();
    for body in [json!(expected.rows), json!(lists)] {
        let answers = server.predict(&body.to_string()).json();
        (0..expected.rows.len()).for_each(|row| expected.check(row, &answers[row]));
        let body = json!({ "instances": body }).to_string();
        let answers = server.post("/v1/models/columns:predict", body.as_bytes()).json();
        assert_eq!(answers["predictions"], json!(expected.labels));
    }
}

#[test]
fn escapes_truth_values_and_tokens_are_read_and_a_dropped_column_may_be_absent() {
    let (server, expected) = (server(), expected());
    let escaped = r#"{"age":34,"income":52000,"city":"\u0042erlin","plan":"pr\u006f","vip":1}"#;
    expected.check(0, &server.predict(escaped).json());
    let token = r#"{"age":NaN,"income":1e6,"city":NaN,"plan":"pro","vip":true,"note":{"any":["thing"]}}"#;
    expected.check(6, &server.predict(token).json());
}

#[test]
fn what_does_not_belong_in_a_column_is_named() {
    let server = server();
    for (value, column, message) in [
        ("5", "city", "string_type: Input should be a valid string, not a number"),
        ("true", "city", "string_type: Input should be a valid string, not a boolean"),
        ("[\"Berlin\"]", "city", "string_type: Input should be a valid string, not a list"),
        ("{}", "city", "string_type: Input should be a valid string, not an object"),
        ("Infinity", "city", "string_type: Input should be a valid string, not a number"),
        ("null", "plan", "string_type: Input should be a valid string, not null"),
        ("NaN", "plan", "string_type: Input should be a valid string, not a number"),
        (
            "\"gold\"",
            "plan",
            "unknown_category: plan is 'gold', which the model was not fitted on; known are basic, plus, pro",
        ),
        (r#""\ud83c""#, "city", "string_unicode: Input should be a valid string, not half a surrogate pair"),
        ("\"2024-01-31\"", "age", "float_type: Input should be a valid number, not a string"),
        ("null", "vip", "float_type: Input should be a valid number, not null"),
        ("\"true\"", "vip", "float_type: Input should be a valid number, not a string"),
    ] {
        let mut row: Map<String, Value> = expected().object(0);
        row.remove(column);
        let rest = Value::from(row).to_string();
        let body = format!("{{\"{column}\":{value},{}", &rest[1..]);
        assert_eq!(server.predict(&body).mistakes(), [format!("body.{column}: {message}")], "{body}");
        let twice = format!("{{\"{column}\":{value},\"{column}\":{value},{}", &rest[1..]);
        assert!(server.predict(&twice).mistakes().len() > 1, "{twice}");
    }
    let mistakes = server.predict("{}").mistakes();
    let absent = ["age", "income", "city", "plan", "vip"];
    assert_eq!(mistakes, absent.map(|name| format!("body.{name}: missing: Field required")));
}

/// A model of numbers refuses them, as it always has.
#[test]
fn truth_values_are_numbers() {
    let server = server();
    let body = |value: &str| format!(r#"{{"age":34,"income":5,"city":"Lyon","plan":"pro","vip":{value}}}"#);
    for (flag, number) in [("true", "1"), ("false", "0")] {
        let answer = server.predict(&body(flag));
        assert_eq!((answer.status, answer.json()), (200, server.predict(&body(number)).json()));
    }
    let iris = Server::iris();
    assert_eq!(iris.predict("[[5,3,true,0]]").json(), iris.predict("[[5,3,1,0]]").json());
}
