//! The kernels of Gaussian processes, put together of others.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, Result};
use crate::program::KernelPart as Part;
use crate::read::pickle::ObjectId;

/// Kernels put together, and how deep: so many fit on the stack that they are computed on.
const MAX_PARTS: usize = 1000;

/// What a kernel is made of, each behind what it is made of itself.
pub(super) fn of(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    name: &str,
    width: usize,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    walk(flow, estimator.required(name)?, &mut |flow, kernel| {
        parts.push(part(kernel, flow, width)?);
        Ok(())
    })?;
    if Part::depth(&parts).is_none_or(|depth| depth > Part::MAX_DEPTH) {
        return Err(Error::unsupported(format!(
            "its kernel is put together of more than {} at once",
            Part::MAX_DEPTH
        )));
    }
    Ok(parts)
}

/// How alike any row is to itself, noise included.
pub(super) fn of_itself(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, name: &str) -> Result<f64> {
    let mut stack: Vec<f64> = Vec::new();
    walk(flow, estimator.required(name)?, &mut |_, kernel| {
        let value = match kernel.class() {
            "ConstantKernel" => kernel.number("constant_value")?,
            "WhiteKernel" => kernel.number("noise_level")?,
            "DotProduct" => {
                return Err(Error::unsupported(
                    "DotProduct in a classifier's kernel, by which each row has another variance, is not read",
                ));
            }
            "Sum" | "Product" => {
                let (b, a) = (stack.pop().unwrap_or(0.0), stack.pop().unwrap_or(0.0));
                if kernel.class() == "Sum" { a + b } else { a * b }
            }
            "Exponentiation" => stack.pop().unwrap_or(0.0).powf(kernel.number("exponent")?),
            _ => 1.0,
        };
        stack.push(value);
        Ok(())
    })?;
    Ok(stack.pop().unwrap_or(0.0))
}

/// Visits a kernel's parts, those that another is made of before it.
fn walk<'t, 'a>(
    flow: &mut Flow<'t, 'a>,
    root: ObjectId,
    visit: &mut dyn FnMut(&mut Flow<'t, 'a>, &Estimator<'t, 'a>) -> Result<()>,
) -> Result<()> {
    let mut waiting = vec![(root, false)];
    let mut n_visited = 0;
    while let Some((id, is_ready)) = waiting.pop() {
        n_visited += 1;
        if n_visited > MAX_PARTS {
            return Err(Error::unsupported(format!("its kernel has more than {MAX_PARTS} parts")));
        }
        let kernel = flow.open(id)?;
        let inside: &[&str] = match kernel.class() {
            "Sum" | "Product" => &["k1", "k2"],
            "Exponentiation" => &["kernel"],
            _ => &[],
        };
        if is_ready || inside.is_empty() {
            visit(flow, &kernel)?;
            continue;
        }
        waiting.push((id, true));
        for name in inside.iter().rev() {
            waiting.push((kernel.required(name)?, false));
        }
    }
    Ok(())
}

fn part(kernel: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, width: usize) -> Result<Part> {
    let positive = |name: &str| match kernel.number(name)? {
        number if number > 0.0 && number.is_finite() => Ok(number),
        number => Err(Error::malformed(format!("'{name}' is {number}"))),
    };
    Ok(match kernel.class() {
        "ConstantKernel" => Part::Constant(positive("constant_value")?),
        // It is noise of what was seen, and no other row is that.
        "WhiteKernel" => Part::Constant(0.0),
        "RBF" => Part::Rbf { factors: factors(kernel, flow, width)? },
        "Matern" => {
            let factors = factors(kernel, flow, width)?;
            match kernel.number("nu")? {
                0.5 => Part::Matern1 { factors },
                1.5 => Part::Matern3 { factors },
                2.5 => Part::Matern5 { factors },
                f64::INFINITY => Part::Rbf { factors },
                nu => {
                    return Err(Error::unsupported(format!(
                        "Matern with nu={nu}; 0.5, 1.5, 2.5 and inf are read"
                    )));
                }
            }
        }
        "RationalQuadratic" => {
            Part::RationalQuadratic { alpha: positive("alpha")?, length: positive("length_scale")? }
        }
        "ExpSineSquared" => {
            Part::Periodic { length: positive("length_scale")?, period: positive("periodicity")? }
        }
        "DotProduct" => Part::Product { offset: kernel.number("sigma_0")?.powi(2) },
        "Sum" => Part::Plus,
        "Product" => Part::Times,
        "Exponentiation" => Part::Power(kernel.number("exponent")?),
        other => return Err(Error::unsupported(format!("the kernel {other} is not read"))),
    })
}

/// What each column's difference is multiplied by.
fn factors(kernel: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, width: usize) -> Result<Vec<f64>> {
    flow.spend(width)?;
    let lengths = kernel.numbers("length_scale")?.values;
    if !lengths.iter().all(|length| *length > 0.0 && length.is_finite()) {
        return Err(Error::malformed("'length_scale' is no length"));
    }
    match lengths.len() {
        1 => Ok(vec![1.0 / lengths[0]; width]),
        n if n == width => Ok(lengths.iter().map(|length| 1.0 / length).collect()),
        n => Err(Error::malformed(format!("'length_scale' has {n} numbers for {width} columns"))),
    }
}
