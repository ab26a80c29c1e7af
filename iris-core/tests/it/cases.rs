//! The test data in `testdata/`, whose formats its README describes.

use std::path::PathBuf;

use iris_core::Label;
use serde::Deserialize;

/// One flower with scikit-learn's answers.
#[derive(Deserialize)]
pub(crate) struct Flower {
    pub(crate) features: [f64; 4],
    pub(crate) label: String,
    pub(crate) decision_function: [f64; 3],
    pub(crate) probabilities: [f64; 3],
}

/// A converted estimator with rows and answers.
#[derive(Deserialize)]
pub(crate) struct Estimator {
    pub(crate) file: String,
    #[serde(rename = "estimator")]
    pub(crate) description: String,
    pub(crate) input: String,
    pub(crate) rows: Vec<Vec<Option<f64>>>,
    pub(crate) labels: Vec<CaseLabel>,
    pub(crate) decision_function: Vec<Vec<f64>>,
    /// `null` where the file itself gives NaN, dividing zero by zero.
    pub(crate) probabilities: Option<Vec<Vec<Option<f64>>>>,
    /// scikit-learn's own answers, where the converted file gives others.
    pub(crate) scikit_learn: Option<Answers>,
}

/// A converted regressor with rows and answers.
#[derive(Deserialize)]
pub(crate) struct Regressor {
    pub(crate) file: String,
    #[serde(rename = "estimator")]
    pub(crate) description: String,
    pub(crate) input: String,
    pub(crate) targets: usize,
    pub(crate) rows: Vec<Vec<Option<f64>>>,
    pub(crate) values: Vec<Vec<f64>>,
}

/// A pickled estimator, classifier or regressor, in several files.
#[derive(Deserialize)]
pub(crate) struct Pickled {
    #[serde(rename = "estimator")]
    pub(crate) description: String,
    pub(crate) files: Vec<String>,
    pub(crate) names: Option<Vec<String>>,
    pub(crate) rows: Vec<Vec<Option<f64>>>,
    pub(crate) labels: Option<Vec<CaseLabel>>,
    pub(crate) decision_function: Option<Vec<Vec<f64>>>,
    pub(crate) probabilities: Option<Vec<Vec<f64>>>,
    pub(crate) values: Option<Vec<Vec<f64>>>,
}

/// A pickle of something that is not read: where reading stops, and what is said.
#[derive(Deserialize)]
pub(crate) struct Refused {
    pub(crate) file: String,
    pub(crate) operator: String,
    pub(crate) says: String,
}

/// An estimator behind branches, of either task.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Branched {
    Regressor(Regressor),
    Estimator(Estimator),
}

#[derive(Deserialize)]
pub(crate) struct Answers {
    pub(crate) labels: Vec<CaseLabel>,
    pub(crate) probabilities: Vec<Vec<Option<f64>>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum CaseLabel {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(String),
}

impl PartialEq<CaseLabel> for Label<'_> {
    fn eq(&self, other: &CaseLabel) -> bool {
        match (self, other) {
            (Label::Integer(ours), CaseLabel::Integer(theirs)) => ours == theirs,
            (Label::Boolean(ours), CaseLabel::Boolean(theirs)) => ours == theirs,
            (Label::Float(ours), CaseLabel::Float(theirs)) => ours == theirs,
            (Label::String(ours), CaseLabel::String(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

/// scikit-learn's answer for one random row.
pub(crate) struct RandomAnswer {
    pub(crate) class_index: usize,
    pub(crate) probabilities: [f64; 3],
}

pub(crate) fn flowers() -> Vec<Flower> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Flower>,
    }
    serde_json::from_slice::<File>(&read("flowers.json")).expect("flowers.json is what its README says").cases
}

pub(crate) fn estimators() -> Vec<Estimator> {
    serde_json::from_slice(&read("estimators.json")).expect("estimators.json is what its README says")
}

pub(crate) fn regressors() -> Vec<Regressor> {
    serde_json::from_slice(&read("regressors.json")).expect("regressors.json is what its README says")
}

pub(crate) fn branches() -> Vec<Branched> {
    serde_json::from_slice(&read("branches.json")).expect("branches.json is what its README says")
}

/// The estimators pickled in this folder.
pub(crate) fn pickles(folder: &str) -> Vec<Pickled> {
    serde_json::from_slice(&read(&format!("{folder}.json"))).expect("the answers are what their README says")
}

pub(crate) fn refused_pickles() -> Vec<Refused> {
    serde_json::from_slice(&read("refused_pickles.json"))
        .expect("refused_pickles.json is what its README says")
}

/// Cases in a file of their own form.
pub(crate) fn parsed<T: serde::de::DeserializeOwned>(file: &str) -> T {
    serde_json::from_slice(&read(file)).expect("the file is what its README says")
}

/// A file of another folder than `onnx/`.
pub(crate) fn model_in(folder: &str, file: &str) -> Vec<u8> {
    read(&format!("{folder}/{file}"))
}

pub(crate) fn model(file: &str) -> Vec<u8> {
    read(&format!("onnx/{file}"))
}

/// The first rows as Python generated them.
pub(crate) fn random_rows_head() -> Vec<[f64; 4]> {
    serde_json::from_slice(&read("random_rows_head.json")).expect("five rows of four numbers")
}

/// Rows over the data's range and one range beyond on either side, from a seed.
pub(crate) fn random_rows(n_rows: usize) -> Vec<[f64; 4]> {
    const LOW: [f64; 4] = [0.7, -0.4, -4.9, -2.3];
    const HIGH: [f64; 4] = [11.5, 6.8, 12.8, 4.9];
    let mut state = 20_260_101u64;
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let mantissa = (z >> 11) as f64;
        mantissa * 2f64.powi(-53)
    };
    (0..n_rows).map(|_| std::array::from_fn(|i| LOW[i] + (HIGH[i] - LOW[i]) * uniform())).collect()
}

pub(crate) fn random_answers() -> Vec<RandomAnswer> {
    let bytes = read("random_rows.bin");
    let (records, rest) = bytes.as_chunks::<13>();
    assert!(rest.is_empty(), "records of 13 bytes");
    records
        .iter()
        .map(|record| {
            #[expect(clippy::cast_precision_loss, reason = "48 bits fit")]
            let fixed = |bytes: &[u8]| {
                let word = bytes.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
                word as f64 * 2f64.powi(-47)
            };
            let (first, second) = (fixed(&record[1..7]), fixed(&record[7..13]));
            RandomAnswer {
                class_index: record[0].into(),
                probabilities: [first, second, 1.0 - first - second],
            }
        })
        .collect()
}

fn read(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
