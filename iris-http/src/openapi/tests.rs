//! The document of models of every task.

use std::collections::BTreeSet;

use iris_core::Predictor;
use iris_serving::Catalog;
use iris_serving::gate::{Gate, Key, Keys};

use super::*;
use crate::routes::{ROUTES, RouteClass};
use crate::{HttpService, VertexRoutes};

/// As a service describes this model that has no keys.
fn document(model: &Model) -> Value {
    let service = HttpService::serving(Catalog::new(model.clone()));
    super::document(model, &Door::of(&service))
}

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

#[test]
fn keys_are_described_where_they_are_asked_for() {
    let keys = Keys::new([Key::of("app", b"app-key", [RouteClass::Predict])]);
    let service = HttpService::serving(Catalog::new(iris())).with_gate(Gate::with_keys(keys));
    let guarded = super::document(&iris(), &Door::of(&service));
    let schemes = guarded["components"]["securitySchemes"].as_object().unwrap();
    for route in ROUTES.iter().filter(|route| route.path() != "/v2/") {
        let operation = &guarded["paths"][route.path()][route.method().as_str().to_lowercase()];
        let is_guarded = !route.is_told_to_all();
        for status in ["401", "403", "429"] {
            assert_eq!(operation["responses"].get(status).is_some(), is_guarded, "{route:?}");
        }
        let named =
            operation["security"].as_array().into_iter().flatten().flat_map(|one| one.as_object().unwrap());
        let named: BTreeSet<&String> = named.map(|(name, _)| name).collect();
        assert_eq!(named, if is_guarded { schemes.keys().collect() } else { BTreeSet::new() }, "{route:?}");
    }
    let open = document(&iris()).to_string();
    assert!(!open.contains("security") && !open.contains("\"401\"") && !open.contains("\"429\""));
}

#[test]
fn what_a_platform_chose_is_described_too() {
    let vertex = VertexRoutes::new(Some("/vertex/health"), Some("/vertex/predict")).unwrap();
    let service = HttpService::serving(Catalog::new(iris())).with_vertex_routes(vertex).with_server_timing();
    let document = super::document(&iris(), &Door::of(&service));
    assert_eq!(document["paths"]["/vertex/health"]["get"]["tags"][0], "platforms");
    let predict = &document["paths"]["/vertex/predict"]["post"];
    assert_eq!(predict["operationId"], "predictChosen");
    let of_own = &document["paths"]["/predict"]["post"];
    assert_eq!(predict["requestBody"], of_own["requestBody"]);
    assert!(of_own["responses"]["200"]["headers"].get("Server-Timing").is_some());
}

#[test]
fn features_say_their_unit_and_what_was_seen_of_them_in_their_order() {
    let document = document(&iris());
    let properties = document["components"]["schemas"]["Features"]["properties"].as_object().unwrap();
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(names, ["sepal_length", "sepal_width", "petal_length", "petal_width"]);
    let length = &properties["petal_length"];
    assert_eq!(length["description"], "In cm. From 1 to 6.9 in the training data, 3.8 on average");
    assert_eq!((&length["x-unit"], &length["x-training-data"]["max"]), (&json!("cm"), &json!(6.9)));
    assert_eq!(length["examples"], json!([1.4]));
    // What is beyond is answered as well.
    assert!(length.get("minimum").is_none() && length.get("maximum").is_none());
}
