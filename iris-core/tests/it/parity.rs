//! The embedded model against scikit-learn.

use iris_core::{Dtype, Label, Predictor};

use crate::cases;

fn largest_difference(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn all_150_flowers() {
    let predictor = Predictor::iris();
    let flowers = cases::flowers();
    assert_eq!(flowers.len(), 150);
    for flower in flowers {
        let mut probabilities = [0.0; 3];
        let mut scores = [0.0; 3];
        let prediction = predictor.predict_proba_into(&flower.features, &mut probabilities).unwrap();
        predictor.decision_function_into(&flower.features, &mut scores).unwrap();
        assert_eq!(prediction.label(), Some(Label::String(&flower.label)), "{:?}", flower.features);
        assert!(largest_difference(&probabilities, &flower.probabilities) < 1e-12);
        assert!(largest_difference(&scores, &flower.decision_function) < 1e-12);
        assert_eq!(prediction.probability(), probabilities.into_iter().reduce(f64::max));
        assert_eq!(predictor.predict(&flower.features).unwrap(), prediction);
        assert_eq!(predictor.predict_class(&flower.features).ok(), prediction.class_index());
    }
}

/// Both precisions of the same model: the double one to 1e-12; the float one,
/// whose file keeps seven digits of each weight, to 1e-6.
#[test]
fn a_hundred_thousand_random_rows() {
    let rows = cases::random_rows(100_000);
    assert_eq!(rows[..5], cases::random_rows_head(), "both languages generate the same rows");
    let answers = cases::random_answers();
    assert_eq!(answers.len(), rows.len());
    let float = Predictor::read(&cases::model("logistic_regression_three_strings_float.onnx")).unwrap();
    assert_eq!(float.schema().dtype(), Dtype::F32);
    for (predictor, tolerance) in [(Predictor::iris(), 1e-12), (float, 1e-6)] {
        let mut worst = 0.0f64;
        for (row, answer) in rows.iter().zip(&answers) {
            let mut probabilities = [0.0; 3];
            let prediction = predictor.predict_proba_into(row, &mut probabilities).unwrap();
            assert_eq!(prediction.class_index(), Some(answer.class_index), "{row:?}");
            worst = worst.max(largest_difference(&probabilities, &answer.probabilities));
        }
        assert!(worst < tolerance, "{:?}: {worst:e}", predictor.schema().dtype());
    }
}

#[test]
fn the_embedded_model_describes_itself() {
    let predictor = Predictor::iris();
    let schema = predictor.schema();
    assert_eq!((schema.name(), schema.version()), (Some("iris"), Some("1")));
    assert_eq!((schema.dtype(), schema.n_features(), schema.n_classes()), (Dtype::F64, 4, 3));
    assert!(schema.has_probabilities() && !schema.accepts_missing());
    let names: Vec<_> = schema.features().iter().map(|feature| (feature.name(), feature.unit())).collect();
    let expected = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    assert_eq!(names, expected.map(|name| (name, Some("cm"))));
    let labels: Vec<_> = schema.labels().iter().map(|label| label.to_string()).collect();
    assert_eq!(labels, ["setosa", "versicolor", "virginica"]);
    let petal_width = schema.features()[3].statistics().unwrap();
    assert_eq!((petal_width.min, petal_width.max), (0.1, 2.5));
}
