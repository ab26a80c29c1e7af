//! `SparseCoder`, `DictionaryLearning` and `MiniBatchDictionaryLearning`, where what is small is cut off or a few
//! atoms are pursued.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Clip, Learned, Pursuit, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let algorithm = match estimator.text("transform_algorithm") {
        Some("threshold") => thresholds,
        Some("omp") => pursued,
        Some(name @ ("lars" | "lasso_lars" | "lasso_cd")) => {
            return Err(Error::unsupported(format!(
                "its '{name}' solves a problem of its own for each row, which is not read; 'omp' and 'threshold' are"
            )));
        }
        _ => {
            let id = estimator.required("transform_algorithm")?;
            return Err(estimator.unexpected("transform_algorithm", id));
        }
    };
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    // A coder keeps what it was given as such.
    let name = if estimator.get("components_").is_some() { "components_" } else { "dictionary" };
    let atoms = estimator.turned_table(name, width)?;
    kernel::finite(name, &atoms)?;
    algorithm(estimator, flow, &rows, atoms).map(Output::from)
}

/// The products of each row with the atoms, as far as they are above a cut, on either side.
fn thresholds(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    atoms: Vec<f64>,
) -> Result<Numbers> {
    let n_atoms = atoms.len() / rows.width();
    let cut = cut(estimator)?;
    let products = products(flow, rows, atoms)?;
    let mut side = |sign: f64| side(flow, &products, sign, cut);
    let positive = side(1.0)?;
    let negative = side(-1.0)?;
    let is_positive = estimator.flag("positive_code", false)?;
    if estimator.flag("split_sign", false)? {
        let negative = if is_positive {
            flow.mapped(negative.source, negative.affine.scaled(|_| 0.0))?
        } else {
            negative
        };
        return flow.beside(vec![positive, negative]);
    }
    if is_positive {
        return Ok(positive);
    }
    let both = flow.beside(vec![positive, negative])?;
    flow.spend(2 * n_atoms.saturating_mul(n_atoms))?;
    let mut weights = vec![0.0; 2 * n_atoms * n_atoms];
    for atom in 0..n_atoms {
        weights[atom * n_atoms + atom] = 1.0;
        weights[(n_atoms + atom) * n_atoms + atom] = -1.0;
    }
    flow.weighted(&both, &weights, n_atoms)
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

/// The shares of a few atoms.
fn pursued(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    atoms: Vec<f64>,
) -> Result<Numbers> {
    let width = rows.width();
    let n_atoms = atoms.len() / width;
    if estimator.flag("positive_code", false)? {
        return Err(Error::malformed("'positive_code' is no way of its 'omp'"));
    }
    let n_taken = match estimator.is_none("transform_n_nonzero_coefs") {
        true => (width / 10).max(1).min(n_atoms),
        false => estimator.size("transform_n_nonzero_coefs")?,
    };
    if n_taken == 0 || n_taken > n_atoms {
        return Err(Error::malformed(format!("{n_taken} of {n_atoms} atoms are to be taken")));
    }
    flow.spend(n_taken.saturating_mul(n_taken))?;
    let gram = kernel::products(flow, &atoms, n_atoms)?;
    let products = products(flow, rows, atoms)?;
    let step = Pursuit { n_atoms, products: gram, n_taken };
    let code = flow.stepped(products, Step::Learned(Box::new(Learned::Pursuit(step))))?;
    if !estimator.flag("split_sign", false)? {
        return Ok(code);
    }
    let sides = [1.0, -1.0].map(|sign| side(flow, &code, sign, 0.0));
    let sides: Vec<Numbers> = sides.into_iter().collect::<Result<_>>()?;
    flow.beside(sides)
}

/// The products of each row with the atoms.
fn products(flow: &mut Flow<'_, '_>, rows: &Numbers, atoms: Vec<f64>) -> Result<Numbers> {
    let n_atoms = atoms.len() / rows.width();
    let products = flow.times(&rows.affine, atoms, n_atoms)?;
    let products = flow.mapped(rows.source, products)?;
    flow.alone(products)
}

/// As far as numbers of one sign are above a cut.
fn side(flow: &mut Flow<'_, '_>, numbers: &Numbers, sign: f64, cut: f64) -> Result<Numbers> {
    let affine = numbers.affine.clone().scaled(|_| sign).shifted(|_| -cut);
    let above = flow.mapped(numbers.source, affine)?;
    flow.stepped(above, Step::Clip(Clip { low: 0.0, high: f64::INFINITY }))
}
