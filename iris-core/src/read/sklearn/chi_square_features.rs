//! `AdditiveChi2Sampler` and `SkewedChi2Sampler`: columns that stand for kernels of histograms.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{ChiSquare, Floor, Function, Learned, Step};

pub(super) fn additive(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    // Since 1.3 what was not given is found out at each call; before, it was written down while fitting.
    let written = ["sample_interval", "sample_interval_"].into_iter().find(|name| !estimator.is_none(name));
    let n_steps = estimator.size("sample_steps")?;
    let interval = match (written, n_steps) {
        (Some(name), _) => estimator.number(name)?,
        (None, 1) => 0.8,
        (None, 2) => 0.5,
        (None, 3) => 0.4,
        (None, _) => return Err(Error::malformed(format!("{n_steps} steps without an interval"))),
    };
    if !(interval > 0.0 && interval.is_finite()) || n_steps == 0 {
        return Err(Error::malformed(format!("{n_steps} steps of {interval}")));
    }
    flow.spend(rows.width().saturating_mul(n_steps).saturating_mul(2))?;
    let step = ChiSquare::new(interval, n_steps);
    flow.stepped(rows, Step::Learned(Box::new(Learned::ChiSquare(step)))).map(Output::from)
}

pub(super) fn skewed(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let (weights, n_outputs) = estimator.directions("random_weights_", rows.width())?;
    let offsets = estimator.column_numbers("random_offset_", n_outputs)?;
    let skewedness = estimator.number("skewedness")?;
    let floor = Floor { least: -skewedness, or_equal: false };
    let rows = flow.stepped(rows, Step::Learned(Box::new(Learned::Floor(floor))))?;
    let rows = flow.mapped(rows.source, rows.affine.shifted(|_| skewedness))?;
    let logarithms = flow.stepped(rows, Step::Function(Function::LOG))?;
    let angles = flow.times(&logarithms.affine, weights, n_outputs)?.shifted(|output| offsets[output]);
    let angles = flow.mapped(logarithms.source, angles)?;
    let cosines = flow.stepped(angles, Step::Function(Function::COS))?;
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let factor = 2.0f64.sqrt() / (n_outputs as f64).sqrt();
    flow.mapped(cosines.source, cosines.affine.scaled(|_| factor)).map(Output::from)
}
