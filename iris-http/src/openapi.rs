//! `/openapi.json`: every route described, for people and for generators of
//! clients. What depends on the model, its features and labels, is filled in.

mod paths;
mod schemas;

use iris_serving::Model;
use serde_json::{Value, json};

/// The document, as OpenAPI 3.1 has it.
pub(crate) fn document(served: &Model) -> Value {
    let title = format!("{} predictor", served.name());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": served.schema().description().unwrap_or("A classifier trained with scikit-learn."),
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "tags": [
            { "name": "service", "description": "Named numbers in, a label and probabilities out" },
            { "name": "operations", "description": "Probes and metrics" },
            { "name": "v2", "description": "The Open Inference Protocol, as Triton and KServe speak it" },
            { "name": "v1", "description": "The protocol before it, of TensorFlow Serving" },
            { "name": "platforms", "description": "SageMaker" },
        ],
        "paths": paths::paths(served),
        "components": { "schemas": schemas::schemas(served) },
    })
}

/// A reference to one of the schemas.
fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use iris_core::Predictor;

    use super::*;
    use crate::observe::ROUTES;

    fn iris() -> Value {
        document(&Model::new("iris", "1", Predictor::iris()))
    }

    #[test]
    fn every_route_is_described_and_no_other() {
        let document = iris();
        // The router takes the action for a part of the name.
        let path = |route: &'static str| if route == "/v2/" { "/v2" } else { route };
        let mut routes: BTreeSet<&str> =
            ROUTES.into_iter().filter(|route| !route.is_empty()).map(path).collect();
        routes.insert("/v1/models/{model}:predict");
        let described = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(routes, described);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = iris();
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

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = iris();
        let mut names = BTreeSet::new();
        for operations in document["paths"].as_object().unwrap().values() {
            for operation in operations.as_object().unwrap().values() {
                assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
                assert!(
                    operation["responses"].get("200").is_some()
                        || operation["responses"].get("501").is_some()
                );
            }
        }
    }
}
