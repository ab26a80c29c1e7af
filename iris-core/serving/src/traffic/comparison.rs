//! What two versions of a model make of the same rows.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use iris_core::{
    Categories, Classified, ColumnKind, Label, Predictor, Rows, RowsMut, Schema, Scratch, Task, Texts,
};

use super::differences::Differences;
use crate::Model;

/// What has been seen of a version in the shadow of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The model.
    pub name: String,
    /// The version that answered.
    pub version: String,
    /// The one in its shadow.
    pub shadow: String,
    /// Rows of which both gave the same class, or the same value but for a millionth.
    pub agreed: u64,
    /// Rows of which they did not.
    pub disagreed: u64,
    /// Rows that the version in the shadow did not answer.
    pub failed: u64,
    /// What half, nine tenths, 99 % and all of the distances between their scores do not exceed: of
    /// the probability of the class that was answered, or of the value. None where there are none.
    pub difference: Option<[f64; 4]>,
    /// What the version that answered took for these rows, and the other, both on the same thread.
    pub took: [Duration; 2],
    /// Why rows were not compared that the models themselves stand in the way of: the latest reason, part of
    /// a sentence about the version in the shadow, such as `its feature 0 is …`. Nothing of the rows is in it.
    pub unlike: Option<String>,
}

/// Why a version did not answer in the shadow of another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failed {
    /// It is another kind of model.
    #[error("{0}")]
    Unlike(String),
    /// One of both has no answer to a row.
    #[error("{0}")]
    Refused(String),
}

/// A row of which they did not say the same, in their words.
#[derive(Debug, PartialEq)]
pub(super) struct Disagreement {
    pub(super) row: usize,
    pub(super) answered: String,
    pub(super) shadow: String,
}

/// The same being counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    agreed: u64,
    disagreed: u64,
    failed: u64,
    differences: Differences,
    took: [Duration; 2],
    unlike: Option<String>,
    /// Whether the version in the shadow is asked first next time. Who is second finds warm caches, so they take turns.
    is_shadow_first: bool,
}

/// By so much of itself a value may differ.
const SAME: f64 = 1e-6;

/// What a version makes of rows.
enum Answers<'p> {
    /// Classes, and row by row the probability of each, if there is such.
    Classes {
        predictor: &'p Predictor,
        classes: Vec<u32>,
        probabilities: Vec<f64>,
    },
    Values(Vec<f64>),
}

impl Tally {
    /// Has both versions answer the rows, and counts; returns a row of which they do not say the same.
    pub(super) fn compare(
        &mut self,
        [answered, shadow]: [&Model; 2],
        (rows, texts): (&[f64], &Texts),
        scratch: &mut Scratch,
    ) -> Result<Option<Disagreement>, Failed> {
        let n_rows = rows.len() / answered.schema().n_features().max(1);
        let both = translated(answered.schema(), shadow.schema(), rows).and_then(|translated| {
            let models = [reading(answered, texts), reading(shadow, texts)];
            let mut ask = |of: usize| answers(&models[of], scratch, [rows, &translated[..]][of]);
            let [(first, took), (second, also_took)] = if self.is_shadow_first {
                let second = ask(1)?;
                [ask(0)?, second]
            } else {
                [ask(0)?, ask(1)?]
            };
            self.is_shadow_first = !self.is_shadow_first;
            Ok((self.count(n_rows, &first, &second)?, [took, also_took]))
        });
        let (disagreement, took) = both.inspect_err(|failed| {
            self.failed += n_rows as u64;
            if let Failed::Unlike(reason) = failed {
                self.unlike = Some(reason.clone());
            }
        })?;
        self.took = [self.took[0] + took[0], self.took[1] + took[1]];
        Ok(disagreement)
    }

    pub(super) fn report(&self, [name, version, shadow]: [&str; 3]) -> Comparison {
        let quantile = |share| self.differences.quantile(share);
        let difference = match [quantile(0.5), quantile(0.9), quantile(0.99), quantile(1.0)] {
            [Some(half), Some(most), Some(nearly), Some(all)] => Some([half, most, nearly, all]),
            _ => None,
        };
        Comparison {
            name: name.to_owned(),
            version: version.to_owned(),
            shadow: shadow.to_owned(),
            agreed: self.agreed,
            disagreed: self.disagreed,
            failed: self.failed,
            difference,
            took: self.took,
            unlike: self.unlike.clone(),
        }
    }

    fn count(
        &mut self,
        n_rows: usize,
        answered: &Answers<'_>,
        shadow: &Answers<'_>,
    ) -> Result<Option<Disagreement>, Failed> {
        if !answered.is_like(shadow) {
            return Err(Failed::Unlike(
                "the one answers classes, the other values, or another number of them".to_owned(),
            ));
        }
        let mut first = None;
        for row in 0..n_rows {
            if answered.agrees(shadow, row, n_rows) {
                self.agreed += 1;
            } else {
                self.disagreed += 1;
                first.get_or_insert(row);
            }
            answered.scores(shadow, row, n_rows, |a, b| self.differences.add(a, b));
        }
        Ok(first.map(|row| Disagreement {
            row,
            answered: answered.said(row, n_rows),
            shadow: shadow.said(row, n_rows),
        }))
    }
}

impl Answers<'_> {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Classes { .. }, Self::Classes { .. }) => true,
            (Self::Values(values), Self::Values(others)) => values.len() == others.len(),
            _ => false,
        }
    }

    /// The class's label, which the versions may have in another order.
    fn label(&self, row: usize) -> Option<Label<'_>> {
        match self {
            Self::Classes { predictor, classes, .. } => {
                predictor.schema().labels().get(*classes.get(row)? as usize)
            }
            Self::Values(_) => None,
        }
    }

    fn values(&self, row: usize, n_rows: usize) -> &[f64] {
        match self {
            Self::Values(values) => {
                let n = values.len() / n_rows;
                &values[row * n..(row + 1) * n]
            }
            Self::Classes { .. } => &[],
        }
    }

    fn agrees(&self, other: &Self, row: usize, n_rows: usize) -> bool {
        let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= SAME * a.abs().max(b.abs());
        self.label(row) == other.label(row)
            && self.values(row, n_rows).iter().zip(other.values(row, n_rows)).all(is_same)
    }

    /// The numbers that are compared: the probability of the class answered, or each value.
    fn scores(&self, other: &Self, row: usize, n_rows: usize, mut compare: impl FnMut(f64, f64)) {
        let (values, others) = (self.values(row, n_rows), other.values(row, n_rows));
        values.iter().zip(others).for_each(|(a, b)| compare(*a, *b));
        if let Some(label) = self.label(row)
            && let (Some(a), Some(b)) = (self.probability(row, label), other.probability(row, label))
        {
            compare(a, b);
        }
    }

    /// That of a class, which is 0 where the version does not know it; none from one that has none.
    fn probability(&self, row: usize, label: Label<'_>) -> Option<f64> {
        let Self::Classes { predictor, probabilities, .. } = self else { return None };
        let n = predictor.schema().n_classes();
        let of_row = probabilities.get(row * n..(row + 1) * n)?;
        let place = predictor.schema().labels().iter().position(|known| known == label);
        Some(place.map_or(0.0, |place| of_row[place]))
    }

    fn said(&self, row: usize, n_rows: usize) -> String {
        match self.label(row) {
            Some(label) => label.to_string(),
            None => format!("{:?}", self.values(row, n_rows)),
        }
    }
}

fn reading(model: &Model, texts: &Texts) -> Predictor {
    if texts.is_empty() { model.predictor().clone() } else { model.predictor().reading(texts.clone()) }
}

fn answers<'p>(
    predictor: &'p Predictor,
    scratch: &mut Scratch,
    rows: &[f64],
) -> Result<(Answers<'p>, Duration), Failed> {
    let failed = |error: iris_core::Error| Failed::Refused(error.to_string());
    let began = Instant::now();
    let schema = predictor.schema();
    let rows = Rows::new(rows, schema.n_features()).map_err(failed)?;
    let answers = match schema.task() {
        Task::Regress { n_targets } => {
            let mut values = vec![0.0; rows.n_rows() * n_targets];
            let into = RowsMut::new(&mut values, *n_targets).map_err(failed)?;
            predictor.predict_values_batch_with(scratch, rows, into).map_err(failed)?;
            Answers::Values(values)
        }
        Task::Classify { has_probabilities, .. } => {
            let n = if *has_probabilities { schema.n_classes() } else { 0 };
            let (mut classes, mut probabilities) = (vec![0; rows.n_rows()], vec![0.0; n * rows.n_rows()]);
            let into = has_probabilities.then(|| RowsMut::new(&mut probabilities, n));
            let into = Classified {
                classes: &mut classes,
                probabilities: into.transpose().map_err(failed)?,
                scores: None,
            };
            predictor.classify_batch_with(scratch, rows, into).map_err(failed)?;
            Answers::Classes { predictor, classes, probabilities }
        }
    };
    Ok((answers, began.elapsed()))
}

/// Rows of one version as another one reads them: a text of a column has another code there.
fn translated<'r>(from: &Schema, to: &Schema, rows: &'r [f64]) -> Result<Cow<'r, [f64]>, Failed> {
    let (ours, theirs) = (from.features(), to.features());
    if ours.len() != theirs.len() {
        return Err(Failed::Unlike(format!("it has {} features, and not {}", theirs.len(), ours.len())));
    }
    let mut rows = Cow::Borrowed(rows);
    for (index, (our, their)) in ours.iter().zip(theirs).enumerate() {
        if our.name() != their.name() {
            let (our, their) = (our.name(), their.name());
            return Err(Failed::Unlike(format!("its feature {index} is '{their}', and not '{our}'")));
        }
        match (our.kind(), their.kind()) {
            (ColumnKind::Category(ours), ColumnKind::Category(theirs)) if have_same_codes(ours, theirs) => {}
            (ColumnKind::Category(from), ColumnKind::Category(to)) => {
                for value in rows.to_mut().iter_mut().skip(index).step_by(ours.len()) {
                    *value = other_code(from, to, *value).ok_or_else(|| {
                        Failed::Unlike(format!(
                            "its feature '{}' does not know a text of the other's",
                            their.name()
                        ))
                    })?;
                }
            }
            (our, their) if std::mem::discriminant(our) == std::mem::discriminant(their) => {}
            (_, ColumnKind::Ignored) => {}
            _ => return Err(Failed::Unlike(format!("its feature '{}' holds something else", their.name()))),
        }
    }
    Ok(rows)
}

/// Whether a text has the same code in both: in the same vocabulary, and where codes are hashes.
fn have_same_codes(from: &Categories, to: &Categories) -> bool {
    let is_hashed = |known: &Categories| known.accepts_unknown() && known.unknown().is_none();
    from == to || (is_hashed(from) && is_hashed(to))
}

/// The other code of a text. A number that stands for none is a missing one, or one never seen.
fn other_code(from: &Categories, to: &Categories, value: f64) -> Option<f64> {
    if value.is_nan() {
        return Some(value);
    }
    match from.texts().iter().find(|text| from.code(text) == Some(value)) {
        Some(text) => to.code(text),
        None => to.unknown(),
    }
}

#[cfg(test)]
mod tests {
    use iris_core::{Labels, LinearModel, Link};

    use super::*;

    const ROWS: [f64; 12] = [5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6.0, 2.5, 6.1, 2.8, 4.9, 1.8];

    fn compared(a: &Model, b: &Model) -> (Comparison, Result<Option<Disagreement>, Failed>) {
        let mut tally = Tally::default();
        let outcome = tally.compare([a, b], (&ROWS, &Texts::new()), &mut Scratch::new());
        (tally.report([a.name(), a.version(), b.version()]), outcome)
    }

    fn model(version: &str, predictor: Predictor) -> Model {
        Model::new("m", version, predictor)
    }

    #[test]
    fn a_model_agrees_with_itself() {
        let (one, other) = (model("1", Predictor::iris()), model("2", Predictor::iris()));
        let (seen, outcome) = compared(&one, &other);
        assert_eq!(outcome, Ok(None));
        assert_eq!((seen.agreed, seen.disagreed, seen.failed), (3, 0, 0));
        assert_eq!(seen.difference, Some([0.0; 4]));
        assert!(seen.took.iter().all(|took| !took.is_zero()), "{seen:?}");
    }

    /// Says one label for rows whose last number is above 1.75, and the other one below.
    fn linear([below, above]: [&str; 2], sign: f64, scale: f64) -> Predictor {
        let features = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
        Predictor::linear(&LinearModel {
            features: features.map(str::to_owned).into(),
            coefficients: vec![vec![0.0, 0.0, 0.0, sign * scale]],
            intercepts: vec![-1.75 * sign * scale],
            labels: Some(Labels::Strings(vec![below.to_owned(), above.to_owned()])),
            link: Link::Logistic,
        })
        .unwrap()
    }

    #[test]
    fn classes_are_the_same_by_their_labels() {
        let one = model("1", linear(["no", "yes"], 1.0, 1.0));
        let (seen, outcome) = compared(&one, &model("2", linear(["yes", "no"], -1.0, 1.0)));
        assert_eq!((outcome, seen.agreed), (Ok(None), 3), "the same in another order");
        assert!(seen.difference.unwrap()[3] < 1e-12, "{seen:?}");
        let (seen, _) = compared(&one, &model("3", linear(["no", "yes"], 1.0, 2.0)));
        assert!(seen.agreed == 3 && seen.difference.unwrap()[3] > 0.01, "{seen:?}");
        let (seen, outcome) = compared(&one, &model("4", linear(["no", "yes"], -1.0, 1.0)));
        let expected = Disagreement { row: 0, answered: "no".to_owned(), shadow: "yes".to_owned() };
        assert_eq!((outcome, seen.disagreed), (Ok(Some(expected)), 3));
        let (seen, _) = compared(&one, &model("5", linear(["non", "oui"], 1.0, 1.0)));
        assert_eq!((seen.agreed, seen.disagreed), (0, 3), "{seen:?}");
    }

    fn too_large() -> (Comparison, Result<Option<Disagreement>, Failed>) {
        let (one, other) = (model("1", Predictor::iris()), model("2", Predictor::iris()));
        let mut tally = Tally::default();
        let outcome = tally.compare([&one, &other], (&[1e308; 4], &Texts::new()), &mut Scratch::new());
        (tally.report(["m", "1", "2"]), outcome)
    }

    #[test]
    fn who_answers_otherwise_or_not_at_all_is_told() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/pickles/lasso.p1.pkl");
        let regressor = model("2", Predictor::open(path).unwrap());
        let (seen, outcome) = compared(&model("1", Predictor::iris()), &regressor);
        assert_eq!((seen.agreed, seen.disagreed, seen.failed, seen.difference), (0, 0, 3, None));
        let reason = "it has 10 features, and not 4".to_owned();
        assert_eq!((seen.unlike.as_ref(), outcome), (Some(&reason), Err(Failed::Unlike(reason.clone()))));
        // What stood in a row is nobody's but the log's.
        let (seen, outcome) = too_large();
        assert!(matches!(outcome, Err(Failed::Refused(_))), "{outcome:?}");
        assert_eq!((seen.failed, seen.unlike), (1, None));
    }
}
