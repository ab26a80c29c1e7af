//! `FunctionTransformer`: nothing, or one of numpy's functions of every value, or scipy's `expit`.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
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
    if let Some(arguments) = estimator.get("kw_args")
        && !matches!(estimator.objects.get(arguments), Object::None)
        && !matches!(estimator.objects.get(arguments), Object::Dict(entries) if entries.is_empty())
    {
        return Err(Error::unsupported("'kw_args' of its function are not read"));
    }
    let rows = flow.numbers(rows)?;
    flow.stepped(rows, Step::Function(function)).map(Output::from)
}

/// The name of a function of numpy's or scipy's, which files refer to in several ways.
fn known_name<'t>(estimator: &Estimator<'t, '_>, id: ObjectId) -> Option<&'t str> {
    let objects = estimator.objects;
    let (module, name) = match objects.get(id) {
        Object::Call(call) if objects.global(call.callable)?.1 == "_ufunc_reconstruct" => {
            match objects.items(call.args)? {
                [module, name] => (objects.text(*module)?, objects.text(*name)?),
                _ => return None,
            }
        }
        _ => objects.global(id)?,
    };
    let is_numpy = module == "numpy" || module.starts_with("numpy.");
    let is_scipy = module.starts_with("scipy.special") && name == "expit";
    (is_numpy || is_scipy).then_some(name)
}
