//! `SparseCoder`, `DictionaryLearning` and `MiniBatchDictionaryLearning`: shares of few atoms of a dictionary.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Clip, Learned, LeastAngle, Pursuit, Step};

/// Steps after which a row has taken more than it is worth; scikit-learn goes 1000 unless told otherwise.
const MOST_STEPS: usize = 10_000;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let algorithm = match estimator.text("transform_algorithm") {
        Some("threshold") => thresholds,
        Some("omp") => pursued,
        Some("lars" | "lasso_lars") => by_least_angle,
        Some("lasso_cd") => {
            return Err(Error::unsupported(
                "its 'lasso_cd' stops where a bound is low enough, at other digits in each release; 'lasso_lars', \
                 'lars', 'omp' and 'threshold' are read",
            ));
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

/// What is taken from every product. Since 1.2 it is by default what fitting took.
fn cut(estimator: &Estimator<'_, '_>) -> Result<f64> {
    let names =
        if estimator.is_since(1, 2) { &["transform_alpha", "alpha"][..] } else { &["transform_alpha"] };
    let given = names.iter().find(|name| !estimator.is_none(name));
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
    let n_taken = n_asked(estimator, width, n_atoms)?;
    if n_taken == 0 || n_taken > n_atoms {
        return Err(Error::malformed(format!("{n_taken} of {n_atoms} atoms are to be taken")));
    }
    flow.spend(n_taken.saturating_mul(n_taken))?;
    coded(estimator, flow, rows, atoms, |products| Learned::Pursuit(Pursuit { n_atoms, products, n_taken }))
}

/// How many atoms may have a share.
fn n_asked(estimator: &Estimator<'_, '_>, width: usize, n_atoms: usize) -> Result<usize> {
    if estimator.is_none("transform_n_nonzero_coefs") {
        return Ok((width / 10).max(1).min(n_atoms));
    }
    estimator.size("transform_n_nonzero_coefs")
}

/// Shares along the path on which every atom with a share is at the same angle to what is left.
fn by_least_angle(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    atoms: Vec<f64>,
) -> Result<Numbers> {
    let width = rows.width();
    let n_atoms = atoms.len() / width;
    let is_lasso = estimator.text("transform_algorithm") == Some("lasso_lars");
    let is_positive = estimator.flag("positive_code", false)?;
    if is_positive && !is_lasso {
        return Err(Error::malformed("'positive_code' is no way of its 'lars'"));
    }
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let n_features = width as f64;
    let (penalty, n_steps) = if is_lasso {
        // Before 0.22 it was always so many.
        let n = estimator.get("transform_max_iter").map(|_| estimator.size("transform_max_iter"));
        (cut(estimator)? / n_features, n.unwrap_or(Ok(1000))?)
    } else {
        (0.0, n_asked(estimator, width, n_atoms)?)
    };
    if n_steps > MOST_STEPS {
        return Err(Error::unsupported(format!(
            "it goes up to {n_steps} steps for each row; up to {MOST_STEPS} are read"
        )));
    }
    let most_active = n_steps.min(n_atoms);
    flow.spend(most_active.saturating_mul(most_active))?;
    let step = |products| {
        Learned::LeastAngle(LeastAngle {
            n_atoms,
            products,
            n_features,
            penalty,
            n_steps,
            is_lasso,
            is_positive,
        })
    };
    coded(estimator, flow, rows, atoms, step)
}

/// The shares that a step finds, which is made of the products of the atoms with each other; those below nothing
/// apart if that is asked.
fn coded(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    atoms: Vec<f64>,
    step: impl FnOnce(Vec<f64>) -> Learned,
) -> Result<Numbers> {
    let step = step(kernel::products(flow, &atoms, atoms.len() / rows.width())?);
    let products = products(flow, rows, atoms)?;
    let code = flow.stepped(products, Step::Learned(Box::new(step)))?;
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
