//! `CategoricalNB`: how often each code of a column was seen in each class.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::gaussian_nb::by_logarithms;
use super::{kernel, labels};
use crate::error::{Error, Result};
use crate::program::{Function, Keys, LookUp, Otherwise, Step, Table};
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let id = estimator.required("feature_log_prob_")?;
    let objects = estimator.objects;
    let of_columns = objects.items(id).filter(|columns| columns.len() == width);
    let of_columns = of_columns.ok_or_else(|| estimator.unexpected("feature_log_prob_", id))?;
    let mut outputs = Vec::new();
    for (column, id) in of_columns.iter().enumerate() {
        let Object::Array(array) = objects.get(*id) else {
            return Err(estimator.unexpected("feature_log_prob_", *id));
        };
        let n_codes = match *array.shape() {
            [height, n_codes] if height == n_classes && n_codes > 0 => n_codes,
            ref shape => {
                return Err(Error::malformed(format!(
                    "'feature_log_prob_' of a column is of shape {shape:?}"
                )));
            }
        };
        flow.spend(3 * array.len())?;
        let logarithms = array.floats(objects)?;
        kernel::finite("feature_log_prob_", &logarithms)?;
        for of_class in logarithms.chunks_exact(n_codes) {
            let values = of_class.iter().copied().map(Some).collect();
            let keys = Keys::Codes;
            outputs.push((
                column,
                Table { keys, values, missing: Otherwise::Refuse, unknown: Otherwise::Refuse },
            ));
        }
    }
    let codes = flow.stepped(rows, Step::Function(Function::TRUNC))?;
    let each = flow.stepped(codes, Step::LookUp(LookUp { outputs }))?;
    let priors = estimator.column_numbers("class_log_prior_", n_classes)?;
    flow.spend(width.saturating_mul(n_classes).saturating_mul(n_classes))?;
    let mut weights = vec![0.0; width * n_classes * n_classes];
    (0..width * n_classes).for_each(|from| weights[from * n_classes + from % n_classes] = 1.0);
    let sums = flow.weighted(&each, &weights, n_classes)?;
    let scores = flow.mapped(sums.source, sums.affine.shifted(|class| priors[class]))?;
    by_logarithms(flow, scores, labels, None)
}
