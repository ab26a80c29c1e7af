//! Every converted regressor against scikit-learn, and estimators behind branches.

use iris_core::{ErrorKind, Predictor, Rows, RowsMut, Task};

use crate::cases::{self, Branched, Regressor};
use crate::estimators::{self, close};

#[test]
fn every_converted_regressor_answers_as_scikit_learn() {
    let regressors = cases::regressors();
    assert!(regressors.len() > 30, "only {} regressors", regressors.len());
    none(regressors.iter().filter_map(|case| complaint(case, "regressors")));
}

#[test]
fn branches_with_different_preprocessing_meet_before_one_estimator() {
    let branches = cases::branches();
    assert_eq!(branches.len(), 6);
    none(branches.iter().filter_map(|case| match case {
        Branched::Regressor(case) => complaint(case, "branches"),
        Branched::Estimator(case) => {
            let file = cases::model_in("branches", &case.file);
            estimators::check(case, &file).err().map(|error| format!("{}: {error}", case.file))
        }
    }));
}

fn none(complaints: impl Iterator<Item = String>) {
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

fn complaint(case: &Regressor, folder: &str) -> Option<String> {
    check(case, folder).err().map(|error| format!("{} ({}): {error}", case.file, case.description))
}

/// One row and a batch, in our memory and the caller's: scikit-learn's numbers,
/// and each time the same bits.
fn check(case: &Regressor, folder: &str) -> Result<(), String> {
    let text = |error: iris_core::Error| error.to_string();
    let predictor = Predictor::read(&cases::model_in(folder, &case.file)).map_err(text)?;
    let schema = predictor.schema();
    if *schema.task() != (Task::Regress { n_targets: case.targets }) || schema.n_classes() != 0 {
        return Err(format!("its task is {:?}", schema.task()));
    }
    let largest = case.values.iter().flatten().fold(1.0, |largest: f64, value| largest.max(value.abs()));
    // A file in single precision carries seven digits of each weight.
    let tolerance = largest * if case.input == "double" { 1e-12 } else { 1e-4 };
    let mut scratch = predictor.scratch();
    let mut rows = Vec::new();
    let mut answers = Vec::new();
    for (index, row) in case.rows.iter().enumerate() {
        let row: Vec<f64> = row.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let mut values = vec![0.0; case.targets];
        predictor.predict_values_into(&row, &mut values).map_err(text)?;
        close(index, &values, &case.values[index], tolerance)?;
        let mut again = vec![0.0; case.targets];
        predictor.predict_values_with(&mut scratch, &row, &mut again).map_err(text)?;
        assert_eq!(values, again);
        if case.targets == 1 {
            assert_eq!(predictor.predict(&row).map_err(text)?.value(), Some(values[0]));
        }
        rows.extend(row);
        answers.extend(values);
    }
    let mut batch = vec![0.0; answers.len()];
    let rows = Rows::new(&rows, schema.n_features()).map_err(text)?;
    predictor
        .predict_values_batch_into(rows, RowsMut::new(&mut batch, case.targets).map_err(text)?)
        .map_err(text)?;
    assert_eq!(batch, answers);
    Ok(())
}

#[test]
fn what_only_the_other_task_has_is_refused_by_name() {
    let wrong_task = |error: iris_core::Error| {
        assert_eq!(error.kind(), ErrorKind::WrongTask);
        error.to_string()
    };
    let regressor =
        Predictor::read(&cases::model_in("regressors", "ridge_three_targets_double.onnx")).unwrap();
    let row = vec![0.0; 10];
    assert!(wrong_task(regressor.predict_class(&row).unwrap_err()).contains("regressor"));
    assert!(wrong_task(regressor.predict(&row).unwrap_err()).contains("3 targets"));
    wrong_task(regressor.predict_proba_into(&row, &mut []).unwrap_err());
    wrong_task(regressor.decision_function_into(&row, &mut []).unwrap_err());
    assert_eq!(regressor.n_scores(), 0);
    let error = regressor.predict_values_into(&row, &mut [0.0; 2]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputLength);
    let iris = Predictor::iris();
    assert!(wrong_task(iris.predict_values_into(&[0.0; 4], &mut [0.0]).unwrap_err()).contains("classifier"));
}
