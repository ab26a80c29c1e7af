//! The examples of `/openapi.json` are answered, and as the document says.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_http::{HttpService, router};
use iris_telemetry::{Settings, Telemetry};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::server::test_data;

const MODELS: [&str; 6] = [
    "onnx/logistic_regression_three_ints_double.onnx",
    "onnx/linear_svc_two_strings_float.onnx",
    "onnx/column_transformer_simple_imputer_logistic_regression_three_strings_double_columns.onnx",
    "regressors/linear_regression_one_target_double.onnx",
    "regressors/linear_regression_three_targets_double.onnx",
    "regressors/simple_imputer_lasso_one_target_float.onnx",
];

#[test]
fn every_example_is_answered_as_it_is_described() {
    every_example_is_answered(HttpService::new("iris", "1", Predictor::iris()));
    for file in MODELS {
        let predictor = Predictor::read(&test_data(file)).unwrap();
        every_example_is_answered(HttpService::new("model", "7", predictor));
    }
}

#[test]
fn columns_of_texts_are_described_by_what_they_take() {
    let predictor = Predictor::read(&test_data("mixed/churn.joblib")).unwrap();
    let service = HttpService::new("churn", "1", predictor);
    let document: Value =
        serde_json::from_str(&ask(&router(&service), "get", "/openapi.json", None).2).unwrap();
    let features = &document["components"]["schemas"]["Features"];
    assert_eq!(features["required"], json!(["age", "income", "city", "plan", "vip"]));
    let properties = &features["properties"];
    assert_eq!(properties["age"]["type"], json!(["number", "boolean", "null"]));
    assert_eq!(properties["vip"]["type"], json!(["number", "boolean"]));
    assert_eq!(properties["plan"], json!({ "type": "string", "enum": ["basic", "plus", "pro"] }));
    assert_eq!(properties["city"]["type"], json!(["string", "null"]));
    assert!(properties["city"]["examples"].as_array().unwrap().contains(&json!("Lyon")));
    assert!(properties["city"]["enum"].is_null() && properties["note"]["type"].is_null());
    let row = &document["components"]["schemas"]["Row"]["anyOf"][1];
    assert_eq!(row["prefixItems"][3], properties["plan"]);
    every_example_is_answered(service);
}

fn every_example_is_answered(service: HttpService) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let router = router(&service.with_telemetry(&telemetry));
    let document = Document(serde_json::from_str(&ask(&router, "get", "/openapi.json", None).2).unwrap());
    let paths = document.0["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let path = with_examples(path, operation);
            let bodies = bodies(operation);
            assert!(operation.get("requestBody").is_none() || !bodies.is_empty(), "{operation}");
            for body in bodies.iter().map(Some).chain(bodies.is_empty().then_some(None)) {
                let body = body.map(|(media_type, body)| (media_type.as_str(), body.as_str()));
                let (status, media_type, answer) = ask(&router, method, &path, body);
                assert!(status == 200 || status == 501, "{method} {path} {body:?}: {status} {answer}");
                let contents = &operation["responses"][status.to_string()]["content"];
                let schema = &contents[media_type.split(';').next().unwrap()]["schema"];
                let is_json = media_type.ends_with("json");
                let answer = if is_json { serde_json::from_str(&answer).unwrap() } else { json!(answer) };
                assert!(document.fits(schema, &answer), "{method} {path}: {answer} is no {schema}");
            }
        }
    }
}

/// The path with the examples of its parameters in place of their names.
fn with_examples(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    parameters.filter(|parameter| parameter["in"] == "path").fold(path.to_owned(), |path, parameter| {
        let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
        path.replace(&name, parameter["example"].as_str().unwrap())
    })
}

/// Every example of a body, with its media type.
fn bodies(operation: &Value) -> Vec<(String, String)> {
    let none = Map::new();
    let contents = operation["requestBody"]["content"].as_object().unwrap_or(&none);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let of_content = |(media_type, content): (&String, &Value)| {
        let named = content["examples"].as_object().into_iter().flat_map(Map::values);
        let values = named.map(|example| &example["value"]).chain(content.get("example"));
        values.map(|value| (media_type.clone(), text(value))).collect::<Vec<_>>()
    };
    contents.iter().flat_map(of_content).collect()
}

fn ask(router: &axum::Router, method: &str, path: &str, body: Option<(&str, &str)>) -> (u16, String, String) {
    let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(path);
    if let Some((media_type, _)) = body {
        request = request.header("content-type", media_type);
    }
    let body = body.map_or_else(Body::empty, |(_, body)| Body::from(body.to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (parts.status.as_u16(), media_type, text)
    })
}

struct Document(Value);

impl Document {
    /// As JSON Schema has it, in so far as the document uses that; and nothing
    /// may be there that is not described.
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        if let Some(name) = schema["$ref"].as_str() {
            return self.fits(self.0.pointer(&name[1..]).unwrap(), value);
        }
        let is_any =
            |all: &Value, one: &dyn Fn(&Value) -> bool| all.as_array().is_none_or(|all| all.iter().any(one));
        let types = if schema["type"].is_string() { json!([schema["type"]]) } else { schema["type"].clone() };
        let is_of_type = |name: &Value| match name.as_str().unwrap() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{other} is no type"),
        };
        is_any(&schema["anyOf"], &|schema| self.fits(schema, value))
            && is_any(&schema["enum"], &|known| known == value)
            && schema.get("const").is_none_or(|known| known == value)
            && is_any(&types, &is_of_type)
            && value.as_object().is_none_or(|object| self.members_fit(schema, object))
            && value.as_array().is_none_or(|array| self.items_fit(schema, array))
    }

    fn members_fit(&self, schema: &Value, object: &Map<String, Value>) -> bool {
        let mut required = schema["required"].as_array().into_iter().flatten();
        let is_described = |(name, value): (&String, &Value)| {
            let others = &schema["additionalProperties"];
            let described = schema["properties"].get(name).or(others.is_object().then_some(others));
            described.map_or(schema["properties"].is_null(), |schema| self.fits(schema, value))
        };
        required.all(|name| object.contains_key(name.as_str().unwrap())) && object.iter().all(is_described)
    }

    fn items_fit(&self, schema: &Value, array: &[Value]) -> bool {
        let len = array.len() as u64;
        let first = schema["prefixItems"].as_array();
        let is_described = |(index, value): (usize, &Value)| {
            let of_place = first.and_then(|first| first.get(index));
            of_place.or(schema.get("items")).is_none_or(|schema| self.fits(schema, value))
        };
        schema["minItems"].as_u64().is_none_or(|min| len >= min)
            && schema["maxItems"].as_u64().is_none_or(|max| len <= max)
            && array.iter().enumerate().all(is_described)
    }
}
