//! `FunctionTransformer`: nothing, or one of numpy's functions of every value, or scipy's `expit`.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::library_function;
use crate::error::{Error, Result};
use crate::program::{Function, Step};
use crate::read::pickle::{Object, ObjectId};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    // Without a function it hands on whatever the columns hold.
    if estimator.is_none("func") {
        return Ok(Output::Rows(rows));
    }
    let id = estimator.required("func")?;
    let function = known_name(estimator, id).and_then(Function::named).ok_or_else(|| {
        let what = match estimator.objects.get(id) {
            Object::Global { .. } => estimator.objects.describe(id),
            _ => format!("not given by name, but as {}", estimator.objects.describe(id)),
        };
        Error::unsupported(format!("its function is {what}, which is not read; numpy's own of one value are"))
    })?;
    if library_function::has_arguments(estimator, "kw_args") {
        return Err(Error::unsupported("'kw_args' of its function are not read"));
    }
    let rows = flow.numbers(rows)?;
    flow.stepped(rows, Step::Function(function)).map(Output::from)
}

/// The name of a function of numpy's, or of the one of scipy's that is read.
fn known_name<'t>(estimator: &Estimator<'t, '_>, id: ObjectId) -> Option<&'t str> {
    let (module, name) = library_function::of(estimator, id)?;
    let is_numpy = module == "numpy" || module.starts_with("numpy.");
    let is_scipy = module.starts_with("scipy.special") && name == "expit";
    (is_numpy || is_scipy).then_some(name)
}
