//! `SplineTransformer`: each column as the values of B-splines over it.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Basis, Beyond, End, Spline, Splines, Step};
use crate::read::pickle::ObjectId;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let takes_missing = match estimator.text("handle_missing") {
        // Before 1.8 they were always refused.
        None | Some("error") => false,
        Some("zeros") => true,
        Some(_) => {
            return Err(estimator.unexpected("handle_missing", estimator.required("handle_missing")?));
        }
    };
    let id = estimator.required("bsplines_")?;
    let splines: Vec<ObjectId> = estimator.objects.items(id).unwrap_or_default().to_vec();
    if splines.len() != rows.width() {
        let message = format!("'bsplines_' is of {} columns where {} come in", splines.len(), rows.width());
        return Err(Error::malformed(message));
    }
    let mut extrapolation = Extrapolation::of(estimator)?;
    let mut columns = Vec::with_capacity(splines.len());
    let mut kept = Vec::new();
    let mut width = 0;
    for id in splines {
        let (basis, n_outputs) = basis(flow, id)?;
        flow.spend(3 * n_outputs)?;
        let beyond = extrapolation.beyond(&basis).ok_or_else(misshapen)?;
        columns.push(Spline::new(basis, beyond));
        // Without a bias each column's last spline is left out.
        let last = usize::from(!estimator.flag("include_bias", true)?);
        kept.extend(width..width + n_outputs - last);
        width += n_outputs;
    }
    if kept.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    let step = Step::Splines(Splines { columns, takes_missing });
    let Numbers { source, affine } = flow.stepped(rows, step)?;
    if kept.len() == width {
        return Ok(Numbers { source, affine }.into());
    }
    flow.mapped(source, affine.columns(&kept)).map(Output::from)
}

/// The basis that one of scipy's `BSpline`s is, and how many outputs it has.
fn basis(flow: &mut Flow<'_, '_>, id: ObjectId) -> Result<(Basis, usize)> {
    let spline = flow.open(id)?;
    // scipy underlined the names in 1.15.
    let [knots, coefficients] = [["_t", "t"], ["_c", "c"]]
        .map(|[name, old]| spline.numbers(if spline.get(name).is_some() { name } else { old }));
    let (knots, coefficients) = (knots?, coefficients?);
    let degree = spline.size("k")?;
    let ([n_splines, n_outputs], [_]) = (coefficients.shape.as_slice(), knots.shape.as_slice()) else {
        return Err(misshapen());
    };
    let basis = Basis::new(knots.values, degree, *n_outputs).ok_or_else(misshapen)?;
    if *n_splines != basis.n_splines() {
        return Err(misshapen());
    }
    // Each spline is an output of its own; periodic ones start over at the end.
    let is_own = |(index, value): (usize, &f64)| {
        let (spline, output) = (index / n_outputs, index % n_outputs);
        *value == if spline % n_outputs == output { 1.0 } else { 0.0 }
    };
    if coefficients.values.iter().enumerate().all(is_own) {
        return Ok((basis, *n_outputs));
    }
    Err(Error::unsupported("its splines have coefficients of their own, which are not read"))
}

/// What becomes of values beyond the knots.
enum Extrapolation {
    Continue,
    Periodic,
    Error,
    /// With the degree.
    Constant(usize),
    Linear(usize),
}

impl Extrapolation {
    fn of(estimator: &Estimator<'_, '_>) -> Result<Self> {
        match estimator.text("extrapolation") {
            Some("continue") => Ok(Self::Continue),
            Some("periodic") => Ok(Self::Periodic),
            Some("error") => Ok(Self::Error),
            Some("constant") => Ok(Self::Constant(estimator.size("degree")?)),
            Some("linear") => Ok(Self::Linear(estimator.size("degree")?)),
            _ => Err(estimator.unexpected("extrapolation", estimator.required("extrapolation")?)),
        }
    }

    /// For the splines of the next column.
    fn beyond(&mut self, basis: &Basis) -> Option<Beyond> {
        let (degree, is_linear) = match self {
            Self::Continue => return Some(Beyond::Continue),
            Self::Periodic => return Some(Beyond::Periodic),
            Self::Error => return Some(Beyond::Refuse),
            Self::Constant(degree) => (*degree, false),
            Self::Linear(degree) => (*degree, true),
        };
        let (low, high) = basis.ends(degree)?;
        let n_lines = match self {
            // Lines need two splines at least. That scikit-learn counts the
            // degree up also for the columns behind, and so lets their lines
            // start further inside, is part of what it answers.
            Self::Linear(degree) if *degree <= 1 => {
                *degree += 1;
                *degree
            }
            _ => degree,
        };
        let end = |at: f64, is_line: &dyn Fn(usize) -> bool| {
            let (values, slopes) = (basis.at(at, false), basis.at(at, true));
            let line = |(output, (value, slope)): (usize, (f64, f64))| {
                let slope = if is_linear { slope } else { 0.0 };
                if is_line(output) { (value, slope) } else { (0.0, 0.0) }
            };
            End { at, lines: values.into_iter().zip(slopes).enumerate().map(line).collect() }
        };
        let n_outputs = basis.n_outputs();
        let low = end(low, &|output| output < n_lines);
        let high = end(high, &|output| output + n_lines >= n_outputs);
        Some(Beyond::Lines { low, high })
    }
}

#[cold]
fn misshapen() -> Error {
    Error::malformed("'bsplines_' has knots that are no basis of splines")
}
