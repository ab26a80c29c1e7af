//! `SparseCoder`, `DictionaryLearning` and `MiniBatchDictionaryLearning`, where what is small is cut off.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Clip, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    match estimator.text("transform_algorithm") {
        Some("threshold") => {}
        Some(name @ ("omp" | "lars" | "lasso_lars" | "lasso_cd")) => {
            return Err(Error::unsupported(format!(
                "its '{name}' fits each row anew, step by step, so that what it answers is no formula; 'threshold' is read"
            )));
        }
        _ => {
            let id = estimator.required("transform_algorithm")?;
            return Err(estimator.unexpected("transform_algorithm", id));
        }
    }
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    // A coder keeps what it was given as such.
    let name = if estimator.get("components_").is_some() { "components_" } else { "dictionary" };
    let atoms = estimator.turned_table(name, width)?;
    let n_atoms = atoms.len() / width;
    let cut = cut(estimator)?;
    let products = flow.times(&rows.affine, atoms, n_atoms)?;
    let products = flow.mapped(rows.source, products)?;
    let products = flow.alone(products)?;
    let mut side = |sign: f64| {
        let affine = products.affine.clone().scaled(|_| sign).shifted(|_| -cut);
        let above = flow.mapped(products.source, affine)?;
        flow.stepped(above, Step::Clip(Clip { low: 0.0, high: f64::INFINITY }))
    };
    let positive = side(1.0)?;
    let negative = side(-1.0)?;
    let is_positive = estimator.flag("positive_code", false)?;
    if estimator.flag("split_sign", false)? {
        let negative = if is_positive {
            flow.mapped(negative.source, negative.affine.scaled(|_| 0.0))?
        } else {
            negative
        };
        return flow.beside(vec![positive, negative]).map(Output::from);
    }
    if is_positive {
        return Ok(positive.into());
    }
    let both = flow.beside(vec![positive, negative])?;
    flow.spend(2 * n_atoms.saturating_mul(n_atoms))?;
    let mut weights = vec![0.0; 2 * n_atoms * n_atoms];
    for atom in 0..n_atoms {
        weights[atom * n_atoms + atom] = 1.0;
        weights[(n_atoms + atom) * n_atoms + atom] = -1.0;
    }
    flow.weighted(&both, &weights, n_atoms).map(Output::from)
}

/// What is taken from every product.
fn cut(estimator: &Estimator<'_, '_>) -> Result<f64> {
    let given = ["transform_alpha", "alpha"].into_iter().find(|name| !estimator.is_none(name));
    let Some(name) = given else { return Ok(1.0) };
    let cut = estimator.number(name)?;
    if cut >= 0.0 && cut.is_finite() {
        return Ok(cut);
    }
    Err(Error::malformed(format!("'{name}' is {cut}")))
}
