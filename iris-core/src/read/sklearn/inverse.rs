//! `inverse_transform`: from what a transformer has made back to what came to it.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers};
use super::{library_function, pipeline};
use crate::error::{Error, Result};
use crate::program::{Function, Inverse, InverseQuantiles, Step};
use crate::read::pickle::ObjectId;
use crate::read::transposed;

type Inverter = fn(&Estimator<'_, '_>, &mut Flow<'_, '_>, Numbers) -> Result<Numbers>;

const INVERTERS: &[(&str, &str, Inverter)] = &[
    ("preprocessing", "StandardScaler", standard_scaler),
    ("preprocessing", "MinMaxScaler", min_max_scaler),
    ("preprocessing", "MaxAbsScaler", max_abs_scaler),
    ("preprocessing", "RobustScaler", robust_scaler),
    ("preprocessing", "PowerTransformer", power_transformer),
    ("preprocessing", "QuantileTransformer", quantile_transformer),
    ("preprocessing", "FunctionTransformer", function_transformer),
    ("pipeline", "Pipeline", inverse_pipeline),
];

/// numpy's names of functions that inverses are; scipy's are `expit` and `logit`.
const FUNCTIONS: &[&str] = &[
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "square",
    "reciprocal",
    "negative",
    "positive",
    "absolute",
    "sinh",
    "arcsinh",
    "tanh",
    "arctanh",
    "sin",
    "arcsin",
    "tan",
    "arctan",
    "rad2deg",
    "degrees",
    "deg2rad",
    "radians",
];

/// What a transformer's `inverse_transform` makes of numbers.
pub(super) fn of(flow: &mut Flow<'_, '_>, id: ObjectId, numbers: Numbers) -> Result<Numbers> {
    flow.within(id, |flow| {
        let transformer = flow.open(id)?;
        let found = INVERTERS.iter().find(|(package, class, _)| transformer.is(package, class));
        match found {
            Some((_, _, inverter)) => inverter(&transformer, flow, numbers),
            None => Err(Error::unsupported("the inverse of this transformer is not read")),
        }
    })
}

fn standard_scaler(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    scaled_and_shifted(estimator, flow, numbers, ("with_std", "scale_"), ("with_mean", "mean_"))
}

fn robust_scaler(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    scaled_and_shifted(estimator, flow, numbers, ("with_scaling", "scale_"), ("with_centering", "center_"))
}

/// `y · scale + shift`, each where its flag says so.
fn scaled_and_shifted(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
    (is_scaled, scale): (&str, &str),
    (is_shifted, shift): (&str, &str),
) -> Result<Numbers> {
    let width = numbers.width();
    let mut affine = numbers.affine;
    if estimator.flag(is_scaled, true)? {
        let scale = estimator.column_numbers(scale, width)?;
        affine = affine.scaled(|column| scale[column]);
    }
    if estimator.flag(is_shifted, true)? {
        let shift = estimator.column_numbers(shift, width)?;
        affine = affine.shifted(|column| shift[column]);
    }
    flow.mapped(numbers.source, affine)
}

fn min_max_scaler(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let width = numbers.width();
    let (low, scale) = (estimator.column_numbers("min_", width)?, estimator.column_numbers("scale_", width)?);
    flow.mapped(numbers.source, numbers.affine.shifted(|column| -low[column]).divided(|column| scale[column]))
}

fn max_abs_scaler(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let scale = estimator.column_numbers("scale_", numbers.width())?;
    flow.mapped(numbers.source, numbers.affine.scaled(|column| scale[column]))
}

fn power_transformer(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let lambdas = estimator.column_numbers("lambdas_", numbers.width())?;
    let inverse = match estimator.text("method") {
        Some("yeo-johnson") => Inverse::YeoJohnson(lambdas),
        Some("box-cox") => Inverse::BoxCox(lambdas),
        _ => {
            let method = estimator.required("method")?;
            return Err(estimator.unexpected("method", method));
        }
    };
    let numbers = if estimator.flag("standardize", true)? {
        of(flow, estimator.required("_scaler")?, numbers)?
    } else {
        numbers
    };
    flow.stepped(numbers, Step::Inverse(inverse))
}

fn quantile_transformer(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let is_normal = match estimator.text("output_distribution") {
        Some("normal") => true,
        Some("uniform") => false,
        _ => {
            let distribution = estimator.required("output_distribution")?;
            return Err(estimator.unexpected("output_distribution", distribution));
        }
    };
    let width = numbers.width();
    let references = estimator.numbers("references_")?.values;
    let quantiles = estimator.table("quantiles_", width)?;
    let are_places = references.is_sorted() && references.iter().all(|place| (0.0..=1.0).contains(place));
    if references.is_empty() || quantiles.len() != references.len().saturating_mul(width) || !are_places {
        return Err(Error::malformed(format!(
            "'quantiles_' has {} numbers for {} references and {width} columns",
            quantiles.len(),
            references.len()
        )));
    }
    flow.spend(quantiles.len())?;
    let columns = transposed(&quantiles, width, |value| *value)
        .chunks_exact(references.len())
        .map(<[f64]>::to_vec)
        .collect();
    let inverse = Inverse::Quantiles(InverseQuantiles { references, columns, is_normal });
    flow.stepped(numbers, Step::Inverse(inverse))
}

fn function_transformer(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let Some(id) = estimator.get("inverse_func").filter(|_| !estimator.is_none("inverse_func")) else {
        return Ok(numbers);
    };
    if library_function::has_arguments(estimator, "inv_kw_args") {
        return Err(Error::unsupported("'inv_kw_args' are not read"));
    }
    let step = library_name(estimator, id).and_then(of_name).ok_or_else(|| {
        let described = estimator.objects.describe(id);
        Error::unsupported(format!(
            "'inverse_func' is {described}, which is not read; numpy's own of one number are"
        ))
    })?;
    flow.stepped(numbers, step)
}

/// The function of this name, if inverses are read that are it.
fn of_name(name: &str) -> Option<Step> {
    match name {
        "expit" => Some(Step::Inverse(Inverse::Logistic)),
        "logit" => Some(Step::Inverse(Inverse::Logit)),
        _ => Function::named(name).filter(|_| FUNCTIONS.contains(&name)).map(Step::Function),
    }
}

/// The name of a function of numpy's or of `scipy.special`.
fn library_name<'t>(estimator: &Estimator<'t, '_>, id: ObjectId) -> Option<&'t str> {
    let (module, name) = library_function::of(estimator, id)?;
    let is_known = ["numpy", "scipy.special"].into_iter().any(|library| {
        module.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    is_known.then_some(name)
}

/// The inverses of the steps, the last first.
fn inverse_pipeline(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let id = estimator.required("steps")?;
    let steps = pipeline::steps(estimator).ok_or_else(|| estimator.unexpected("steps", id))?;
    flow.spend(steps.len() * 8)?;
    let mut numbers = numbers;
    for (_, step) in steps.into_iter().rev() {
        if !pipeline::is_passthrough(estimator, step) {
            numbers = of(flow, step, numbers)?;
        }
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_name() {
        assert_eq!(of_name("exp"), Some(Step::Function(Function::EXP)));
        assert_eq!(of_name("logit"), Some(Step::Inverse(Inverse::Logit)));
        for name in ["system", "isnan", "floor", "count logarithm"] {
            assert!(of_name(name).is_none(), "{name}");
        }
        for name in FUNCTIONS {
            assert!(of_name(name).is_some(), "{name}");
        }
    }
}
