//! The columns that a model was fitted on: how many, and their names.

#[cfg(feature = "boosters")]
use super::booster_columns;
use super::estimator::Estimator;
use super::value::Value;
use super::{category_encoders, dict_vectorizer, feature_union, pipeline, search, vectorizer};
use crate::error::{Error, Result};
use crate::read::pickle::{Budget, Object, ObjectId, Objects};
use crate::schema::{Feature, check_names};

/// What the estimators say of the rows that come in.
pub(super) struct Columns {
    n_features: usize,
    names: Option<Vec<String>>,
}

/// Input columns that a file may declare; each costs a name and a place in a row.
const MAX_FEATURES: usize = 1 << 20;

/// Estimators that are asked before one says what it was fitted on.
const MAX_ASKED: usize = 1_000;

/// What the one column of texts is called that a vectorizer is fitted on, which says nothing of a name.
const TEXT: &str = "text";

/// Attributes of which each column has a number, in the last dimension. They
/// count where a version before 0.24 does not say how many there were.
const OF_COLUMNS: [&str; 7] =
    ["statistics_", "scale_", "center_", "mean_", "components_", "dictionary", "coef_"];

/// What the first estimator that knows says: the outermost, or the first of a
/// pipeline; `None` if none does.
pub(super) fn of(objects: &Objects<'_>, root: ObjectId, budget: &mut Budget) -> Result<Option<Columns>> {
    let mut to_ask = vec![root];
    for _ in 0..MAX_ASKED {
        let Some(id) = to_ask.pop() else { break };
        // What is no estimator is refused by whoever meets it on a row's way.
        let Ok(estimator) = Estimator::new(objects, id, budget) else { continue };
        #[cfg(feature = "boosters")]
        if let Some(names) = booster_columns::names(&estimator, budget) {
            let names = names?;
            return Ok(Some(Columns { n_features: names.len(), names: Some(names) }));
        }
        let of_encoder = category_encoders::names(&estimator, budget);
        if let Some(names) = of_encoder.map_err(|error| error.at_operator(objects.describe(id)))? {
            let names: Vec<Option<String>> = names.into_iter().map(Value::into_text).collect();
            let n_features = check_width(names.len())?;
            return Ok(Some(Columns { n_features, names: names.into_iter().collect() }));
        }
        let of_names = dict_vectorizer::names(&estimator, budget);
        if let Some(names) = of_names.map_err(|error| error.at_operator(objects.describe(id)))? {
            return Ok(Some(Columns { n_features: check_width(names.len())?, names: Some(names) }));
        }
        if vectorizer::reads_texts(&estimator) {
            return Ok(Some(Columns { n_features: 1, names: Some(vec![TEXT.to_owned()]) }));
        }
        if let Some(n_features) = n_features(&estimator) {
            let n_features = check_width(n_features)?;
            return Ok(Some(Columns { n_features, names: names(&estimator, n_features, budget)? }));
        }
        to_ask.extend(search::best(&estimator));
        // Wrappers, whose own class may not say.
        to_ask.extend(
            ["estimator_", "regressor_", "estimator"].into_iter().filter_map(|name| estimator.get(name)),
        );
        let members = estimator.get("estimators_").and_then(|id| objects.items(id)).unwrap_or_default();
        to_ask.extend(members.first());
        let branches = feature_union::branches(&estimator).unwrap_or_default();
        let steps = pipeline::steps(&estimator).unwrap_or(branches);
        budget.spend(steps.len())?;
        to_ask.extend(steps.into_iter().rev().map(|(_, step)| step));
    }
    Ok(None)
}

impl Columns {
    /// The features under the names given, their own, or `x0`, `x1`, ….
    pub(super) fn features(self, given: Option<&[String]>) -> Result<Vec<Feature>> {
        let n_features = self.n_features;
        let names = match (given, self.names) {
            (Some(given), _) => given.to_vec(),
            (None, Some(names)) => names,
            (None, None) => {
                let names = (0..n_features).map(|index| format!("x{index}"));
                return Ok(names.map(Feature::undecided).collect());
            }
        };
        if names.len() != n_features {
            return Err(Error::malformed(format!("{} feature names for {n_features} features", names.len())));
        }
        check_names(&names)?;
        Ok(names.into_iter().map(Feature::undecided).collect())
    }
}

fn check_width(n_features: usize) -> Result<usize> {
    if n_features == 0 || n_features > MAX_FEATURES {
        return Err(Error::malformed(format!("a model of {n_features} input columns")));
    }
    Ok(n_features)
}

fn n_features(estimator: &Estimator<'_, '_>) -> Option<usize> {
    // Releases before 0.24 called it otherwise, or not at all.
    let declared = ["n_features_in_", "n_features_", "_n_features"]
        .into_iter()
        .find_map(|name| estimator.objects.size(estimator.get(name)?));
    let declared = declared.or_else(|| {
        OF_COLUMNS.into_iter().find_map(|name| match estimator.objects.get(estimator.get(name)?) {
            Object::Array(array) => array.shape().last().copied(),
            _ => None,
        })
    });
    if estimator.is("isotonic", "IsotonicRegression") {
        // It is fitted on numbers in no table.
        return Some(1);
    }
    // Encoders had neither.
    declared.or_else(|| estimator.objects.items(estimator.get("categories_")?).map(<[ObjectId]>::len))
}

/// The names of a frame's columns, where the model was fitted on one.
fn names(
    estimator: &Estimator<'_, '_>,
    n_features: usize,
    budget: &mut Budget,
) -> Result<Option<Vec<String>>> {
    // Releases before 1.0 had it in the ColumnTransformer alone.
    let known = ["feature_names_in_", "_df_columns"].into_iter().find_map(|name| estimator.get(name));
    let Some(id) = known else { return Ok(None) };
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("feature_names_in_", id));
    };
    if array.len() != n_features {
        return Err(Error::malformed(format!("{} feature names for {n_features} features", array.len())));
    }
    let names = array.strings(estimator.objects, budget);
    names.map(Some).map_err(|error| error.within("'feature_names_in_'"))
}
