//! `PolynomialCountSketch`: columns that stand for a polynomial kernel, by hashing.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{CountSketch, Learned, Step};
use crate::read::pickle::Object;

/// Products that one row may take, about a millisecond.
const MOST_PRODUCTS: usize = 1 << 22;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let number = |name: &str| match estimator.number(name)? {
        number if number >= 0.0 && number.is_finite() => Ok(number),
        number => Err(Error::malformed(format!("'{name}' is {number}"))),
    };
    let (gamma, coef0) = (number("gamma")?, number("coef0")?);
    let (n_outputs, degree) = (estimator.size("n_components")?, estimator.size("degree")?);
    let products = n_outputs.saturating_mul(n_outputs).saturating_mul(degree.saturating_sub(1));
    if n_outputs == 0 || degree == 0 || products > MOST_PRODUCTS {
        let message = format!("{n_outputs} components of degree {degree} are not read");
        return Err(Error::unsupported(message));
    }
    let n_hashed = rows.width() + usize::from(coef0 != 0.0);
    let table = |name: &str| {
        let id = estimator.required(name)?;
        let Object::Array(array) = estimator.objects.get(id) else {
            return Err(estimator.unexpected(name, id));
        };
        if *array.shape() != [degree, n_hashed] {
            let message =
                format!("'{name}' is of shape {:?} where [{degree}, {n_hashed}] is due", array.shape());
            return Err(Error::malformed(message));
        }
        array.floats(estimator.objects)
    };
    let (places, signs) = (table("indexHash_")?, table("bitHash_")?);
    flow.spend(4 * places.len())?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is no place is out of range"
    )]
    let places: Vec<u32> = places.into_iter().map(|place| place as u32).collect();
    if places.iter().any(|place| *place as usize >= n_outputs) {
        return Err(Error::malformed("'indexHash_' names a column beyond those that there are"));
    }
    let factor = gamma.sqrt();
    let rows = flow.mapped(rows.source, rows.affine.scaled(|_| factor))?;
    let sketch = CountSketch { n_outputs, n_hashed, constant: coef0.sqrt(), places, signs };
    flow.stepped(rows, Step::Learned(Box::new(Learned::CountSketch(sketch)))).map(Output::from)
}
