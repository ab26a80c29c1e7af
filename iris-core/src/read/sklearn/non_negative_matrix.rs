//! `NMF`, where what a row becomes does not depend on the rows beside it.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Floor, Learned, NonNegative, Step};

/// Rounds after which a row has taken more than it is worth; scikit-learn goes 200 unless told otherwise.
const MOST_ROUNDS: usize = 10_000;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    check(estimator)?;
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let parts = estimator.turned_table("components_", width)?;
    kernel::finite("components_", &parts)?;
    let n_parts = parts.len() / width;
    let Penalty { absolute, square } = Penalty::of(estimator, width)?;
    let mut products = kernel::products(flow, &parts, n_parts)?;
    products.iter_mut().step_by(n_parts + 1).for_each(|product| *product += square);
    let n_rounds = estimator.size("max_iter")?;
    if n_rounds > MOST_ROUNDS {
        return Err(Error::unsupported(format!("'max_iter' is {n_rounds}; up to {MOST_ROUNDS} are read")));
    }
    let floor = Floor { least: 0.0, or_equal: true };
    let rows = flow.stepped(rows, Step::Learned(Box::new(Learned::Floor(floor))))?;
    let affine = flow.times(&rows.affine, parts, n_parts)?.shifted(|_| -absolute);
    let rows = flow.mapped(rows.source, affine)?;
    let step = NonNegative { n_parts, products, n_rounds };
    flow.stepped(rows, Step::Learned(Box::new(Learned::NonNegative(step)))).map(Output::from)
}

/// That rows neither stop nor start together, that no dice are thrown, and that it counts in double precision.
fn check(estimator: &Estimator<'_, '_>) -> Result<()> {
    let refused = |message: String| Err(Error::unsupported(message));
    match estimator.text("solver") {
        Some("cd") => {}
        Some("mu") => {
            return refused(
                "its solver 'mu' starts every row at the mean of all rows that are asked at once, so that what a \
                 row becomes depends on the others; solver='cd' with tol=0 is read"
                    .to_owned(),
            );
        }
        _ => return Err(estimator.unexpected("solver", estimator.required("solver")?)),
    }
    if estimator.flag("shuffle", false)? {
        return refused("it goes through its parts in an order by chance; shuffle=False is read".to_owned());
    }
    let tolerance = estimator.number("tol")?;
    if tolerance != 0.0 {
        return refused(format!(
            "it stops as soon as all rows that are asked at once have together become good enough ('tol' is \
             {tolerance}), so that what a row becomes depends on the others; tol=0, which goes all rounds, is read"
        ));
    }
    if estimator.is_single("components_") {
        return refused("it was fitted in single precision, in which it calculates".to_owned());
    }
    Ok(())
}

/// What holds parts small.
struct Penalty {
    absolute: f64,
    square: f64,
}

impl Penalty {
    fn of(estimator: &Estimator<'_, '_>, width: usize) -> Result<Self> {
        let alpha = Self::alpha(estimator, width)?;
        let share = estimator.number("l1_ratio")?;
        let penalty = Self { absolute: alpha * share, square: alpha * (1.0 - share) };
        if penalty.absolute >= 0.0 && penalty.square >= 0.0 && alpha.is_finite() {
            return Ok(penalty);
        }
        Err(Error::malformed(format!("parts are held small by {alpha}, of which {share} by their absolutes")))
    }

    /// Since 1.0 that of the rows' side alone counts, times the number of columns; before, and in 1.0 and 1.1
    /// where only `alpha` was given, that of both sides, as it is.
    fn alpha(estimator: &Estimator<'_, '_>, width: usize) -> Result<f64> {
        if estimator.get("alpha_W").is_some() {
            let alpha = estimator.number("alpha_W")?;
            if alpha != 0.0 || estimator.text("alpha_H") != Some("same") {
                #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
                return Ok(width as f64 * alpha);
            }
        }
        // Its texts are "both", "transformation" and "components", or that it is deprecated.
        let is_without = estimator.text("regularization") == Some("components")
            || (estimator.get("regularization").is_some() && estimator.is_none("regularization"));
        if is_without || estimator.is_none("alpha") || estimator.text("alpha") == Some("deprecated") {
            return Ok(0.0);
        }
        estimator.number("alpha")
    }
}
