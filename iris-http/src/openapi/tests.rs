//! The document of models of every task.

use std::collections::BTreeSet;

use iris_core::Predictor;

use super::*;
use crate::routes::ROUTES;

fn of(file: &str) -> Model {
    let path = format!("{}/../iris-core/testdata/{file}.onnx", env!("CARGO_MANIFEST_DIR"));
    let predictor = Predictor::read(&std::fs::read(&path).unwrap()).unwrap();
    Model::new("model", "7", predictor)
}

fn iris() -> Model {
    Model::new("iris", "1", Predictor::iris())
}

/// One model of each form of answer.
fn models() -> [Model; 5] {
    [
        iris(),
        of("onnx/logistic_regression_three_ints_double"),
        of("onnx/linear_svc_two_strings_float"),
        of("regressors/linear_regression_one_target_double"),
        of("regressors/linear_regression_three_targets_double"),
    ]
}

#[test]
fn every_route_is_described_and_no_other() {
    let document = document(&iris());
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    // Its other path is the same without the slash.
    let all = ROUTES.iter().filter(|route| route.path() != "/v2/");
    let all: BTreeSet<String> = all.map(|route| format!("{} {}", route.method(), route.path())).collect();
    assert_eq!(all, described);
}

#[test]
fn every_reference_leads_somewhere() {
    for model in models() {
        let document = document(&model);
        let text = document.to_string();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut used = BTreeSet::new();
        for reference in text.split(r##""#/components/schemas/"##).skip(1) {
            let name = &reference[..reference.find('"').unwrap()];
            assert!(schemas.contains_key(name), "{name}");
            used.insert(name);
        }
        let unused: Vec<_> = schemas.keys().filter(|name| !used.contains(name.as_str())).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_an_answer() {
    let document = document(&iris());
    let mut names = BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            let responses = &operation["responses"];
            assert!(responses.get("200").is_some() || responses.get("501").is_some(), "{operation}");
        }
    }
    assert!(names.contains("predict") && names.contains("modelReadyVersion"));
}

#[test]
fn a_parameter_is_described_where_the_path_has_it() {
    let document = document(&iris());
    for route in ROUTES.iter().filter(|route| route.path() != "/v2/") {
        let operation = &document["paths"][route.path()][route.method().as_str().to_lowercase()];
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let in_path = parameters.filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, route.path().matches('{').count(), "{}", route.path());
    }
}

#[test]
fn an_answer_is_described_by_the_models_task() {
    let required = |model: &Model| document(model)["components"]["schemas"]["Prediction"]["required"].clone();
    let class = ["predicted_species", "prediction_probability", "probabilities", "model", "version"];
    let [iris, ints, scores, one, three] = models();
    assert!(iris.is_of_flowers() && !ints.is_of_flowers());
    assert_eq!(required(&iris), json!(class));
    assert_eq!(required(&ints), json!([&["label"], &class[..]].concat()));
    assert_eq!(required(&one), json!(["value", "model", "version"]));
    assert_eq!(required(&three), json!(["values", "model", "version"]));
    let prediction = &document(&scores)["components"]["schemas"]["Prediction"]["properties"];
    assert_eq!(prediction["probabilities"]["type"], "null");
    let tensors = &document(&three)["components"]["schemas"]["OutputTensor"]["anyOf"];
    assert_eq!(tensors.as_array().unwrap().len(), 1);
    assert_eq!(tensors[0]["properties"]["shape"]["prefixItems"][1], json!({ "const": 3 }));
}

/// Other names lead to the outputs that the document says.
#[test]
fn every_name_of_an_output_is_known() {
    for model in models() {
        for name in answers::output_names(&model).as_array().unwrap() {
            model.select([name.as_str().unwrap()]).unwrap();
        }
    }
}
