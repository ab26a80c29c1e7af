//! A spam filter through every door of HTTP: texts go in, scikit-learn's answers come out.

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Server, test_data};

/// The core's test data of models that read texts.
#[derive(Deserialize)]
struct Cases {
    texts: Vec<String>,
    frame: Vec<Vec<Value>>,
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    estimator: String,
    file: String,
    names: Vec<String>,
    labels: Option<Vec<String>>,
    probabilities: Option<Vec<Vec<f64>>>,
}

impl Cases {
    fn read() -> Self {
        serde_json::from_slice(&test_data("texts.json")).unwrap()
    }

    fn model(&self, estimator: &str) -> &Model {
        self.models.iter().find(|model| model.estimator == estimator).unwrap()
    }
}

fn server(file: &str) -> Server {
    let predictor = Predictor::read(&test_data(&format!("texts/{file}"))).unwrap();
    Server::start(HttpService::new("spam", "1", predictor), Limits::default())
}

#[test]
fn a_spam_filter_by_every_door() {
    let cases = Cases::read();
    let model = cases.model("spam filter");
    let (labels, probabilities) = (model.labels.as_ref().unwrap(), model.probabilities.as_ref().unwrap());
    let server = server(&model.file);
    let rows: Vec<Value> = cases.texts.iter().map(|text| json!({ "text": text })).collect();
    let answer = server.predict(&json!(rows).to_string()).json();
    let first: Vec<Vec<f64>> =
        answer.as_array().unwrap().iter().map(|answer| of(answer, "probabilities")).collect();
    for (index, (found, expected)) in first.iter().zip(probabilities).enumerate() {
        let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-12);
        assert!(is_near && found.len() == 2, "text {index}: {found:?} is not {expected:?}");
        assert_eq!(answer[index]["predicted_species"], json!(labels[index]), "text {index}");
    }
    // One by one, by name and as a list.
    for (index, text) in cases.texts.iter().enumerate() {
        let alone = server.predict(&json!({ "text": text }).to_string());
        assert_eq!(of(&alone.json(), "probabilities"), first[index], "text {index}");
        let listed = server.predict(&json!([[text]]).to_string());
        assert_eq!(of(&listed.json()[0], "probabilities"), first[index], "text {index}");
    }
    let n_texts = cases.texts.len();
    for (name, shape) in
        [("text", json!([n_texts])), ("text", json!([n_texts, 1])), ("input", json!([n_texts, 1]))]
    {
        let input = json!({ "name": name, "datatype": "BYTES", "shape": shape, "data": cases.texts });
        let outputs = json!([{ "name": "predict" }, { "name": "predict_proba" }]);
        let body = json!({ "inputs": [input], "outputs": outputs }).to_string();
        let answer = server.post("/v2/models/spam/infer", body.as_bytes()).json();
        let outputs = answer["outputs"].as_array().unwrap();
        let output = |name: &str| &outputs.iter().find(|output| output["name"] == name).unwrap()["data"];
        assert_eq!(*output("predict"), json!(labels));
        assert_eq!(*output("predict_proba"), json!(first.concat()));
    }
    let body = json!({ "dataframe_split": { "columns": ["text"], "data": cases.texts.iter().map(|text| [text]).collect::<Vec<_>>() } });
    let answer = server.post("/invocations", body.to_string().as_bytes()).json();
    assert_eq!(answer["predictions"], json!(labels));
}

#[test]
fn a_batch_of_events_holds_texts_beside_categories() {
    let cases = Cases::read();
    for (model, rows) in [
        (cases.model("spam filter"), cases.texts.iter().map(|text| vec![json!(text)]).collect()),
        (cases.model("columns"), cases.frame.clone()),
    ] {
        let server = server(&model.file);
        let named =
            |row: &Vec<Value>| Value::Object(model.names.iter().cloned().zip(row.iter().cloned()).collect());
        // One of them has a number where a text belongs.
        let mut data: Vec<Value> = rows.iter().map(named).collect();
        data.insert(1, named(&vec![json!(5); model.names.len()]));
        let event = |(id, data): (usize, &Value)| json!({ "specversion": "1.0", "id": id.to_string(), "source": "/inbox", "type": "mail", "data": data });
        let batch = Value::from(data.iter().enumerate().map(event).collect::<Vec<_>>());
        let answers = post_events(&server, &batch);
        assert_eq!(answers.len(), data.len());
        let (refused, answered) = (&answers[1], [&answers[..1], &answers[2..]].concat());
        assert_eq!(
            (&refused["type"], &refused["data"]["status"]),
            (&json!("iris.prediction.refused"), &json!(422))
        );
        data.remove(1);
        let expected = server.predict(&Value::from(data).to_string()).json();
        for (index, answer) in answered.iter().enumerate() {
            assert_eq!(answer["data"], expected[index], "{} of row {index}", model.estimator);
            assert_eq!(answer["data"]["predicted_species"], json!(model.labels.as_ref().unwrap()[index]));
        }
    }
}

fn post_events(server: &Server, batch: &Value) -> Vec<Value> {
    let response = ureq::post(format!("http://{}/events", server.address))
        .header("content-type", "application/cloudevents-batch+json")
        .send(batch.to_string());
    let answers = response.unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&answers).unwrap()
}

/// What a column of an object holds.
fn of(answer: &Value, member: &str) -> Vec<f64> {
    match &answer[member] {
        Value::Object(named) => named.values().map(|value| value.as_f64().unwrap()).collect(),
        list => serde_json::from_value(list.clone()).unwrap_or_else(|_| panic!("{answer}")),
    }
}

#[test]
fn texts_beside_other_columns() {
    let cases = Cases::read();
    let model = cases.model("columns");
    let server = server(&model.file);
    let rows: Vec<Value> = cases
        .frame
        .iter()
        .map(|row| {
            model.names.iter().cloned().zip(row.iter().cloned()).collect::<serde_json::Map<_, _>>().into()
        })
        .collect();
    let answer = server.predict(&json!(rows).to_string()).json();
    for (index, label) in model.labels.as_ref().unwrap().iter().enumerate() {
        assert_eq!(answer[index]["predicted_species"], json!(label), "row {index}");
    }
    let metadata = server.get("/v2/models/spam").json();
    let datatypes: Vec<&str> = metadata["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["datatype"].as_str().unwrap())
        .collect();
    assert_eq!(datatypes, ["BYTES", "FP64", "BYTES", "BYTES"]);
}

#[test]
fn what_is_no_text_is_refused_and_a_megabyte_is_one() {
    let cases = Cases::read();
    let server = server(&cases.model("spam filter").file);
    for (body, expected) in [
        (json!({ "text": 5 }), "valid string"),
        (json!({ "text": null }), "valid string"),
        (json!({ "text": ["a"] }), "valid string"),
        (json!({ "words": "a" }), "required"),
        (json!([["a", "b"]]), "1 items"),
    ] {
        let answer = server.predict(&body.to_string());
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert!(answer.body.contains(expected), "{body}: {}", answer.body);
    }
    let answer = server.predict("{\"text\": \"half a pair \\ud83c\"}");
    assert_eq!(answer.status, 422, "{answer:?}");
    let not_utf_8 = server.post("/predict", b"{\"text\": \"\xff\xfe\"}");
    assert_eq!(not_utf_8.status, 422, "{not_utf_8:?}");
    let long = "free money now, click here! ".repeat(36_000);
    let answer = server.predict(&json!({ "text": long }).to_string());
    assert_eq!((answer.status, &answer.json()["predicted_species"]), (200, &json!("spam")));
    // Nothing that the model knows.
    for text in ["", "🎉", "\u{0}", "the"] {
        assert_eq!(server.predict(&json!({ "text": text }).to_string()).status, 200, "{text:?}");
    }
}

/// The documents and the page have a text for an example, and the health check answers it.
#[test]
fn a_model_of_texts_is_described() {
    let cases = Cases::read();
    let server = server(&cases.model("spam filter").file);
    assert_eq!(server.get("/health").status, 200);
    let document = server.get("/openapi.json");
    assert_eq!(document.status, 200);
    assert!(document.body.contains("any text"), "no example");
}
