//! Schemas and predictions as JSON, with the feature `serde`.

use iris_core::Predictor;
use serde_json::{json, to_value};

use crate::cases;

#[test]
fn a_classifiers_schema_and_answer() {
    let predictor = Predictor::iris();
    let schema = to_value(predictor.schema()).unwrap();
    assert_eq!(schema["name"], "iris");
    assert_eq!(schema["dtype"], "FP64");
    assert_eq!(
        schema["task"],
        json!({
            "kind": "classify",
            "labels": ["setosa", "versicolor", "virginica"],
            "has_probabilities": true,
        })
    );
    let feature = &schema["features"][3];
    assert_eq!(
        (&feature["name"], &feature["unit"], &feature["kind"]),
        (&json!("petal_width"), &json!("cm"), &json!("number"))
    );
    assert_eq!(feature["statistics"]["max"], 2.5);
    assert_eq!(feature["accepts_missing"], false);
    let answer = predictor.predict(&[5.1, 3.5, 1.4, 0.2]).unwrap();
    let probability = answer.probability();
    assert_eq!(
        to_value(answer).unwrap(),
        json!({ "label": "setosa", "class_index": 0, "probability": probability })
    );
}

#[test]
fn a_regressors_schema_and_answer() {
    let predictor = Predictor::read(&cases::model_in("regressors", "ridge_one_target_double.onnx")).unwrap();
    let schema = to_value(predictor.schema()).unwrap();
    assert_eq!(schema["task"], json!({ "kind": "regress", "n_targets": 1 }));
    let answer = predictor.predict(&[0.0; 10]).unwrap();
    assert_eq!(to_value(answer).unwrap(), json!({ "value": answer.value() }));
}
