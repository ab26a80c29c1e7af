//! Functions of other libraries that estimators were given, by what files call them.

use super::estimator::Estimator;
use crate::read::pickle::{Object, ObjectId};

/// A function's module and name, to which files refer in several ways.
pub(super) fn of<'t>(estimator: &Estimator<'t, '_>, id: ObjectId) -> Option<(&'t str, &'t str)> {
    let objects = estimator.objects;
    match objects.get(id) {
        Object::Call(call) if objects.global(call.callable)?.1 == "_ufunc_reconstruct" => {
            match objects.items(call.args)? {
                [module, name] => Some((objects.text(*module)?, objects.text(*name)?)),
                _ => None,
            }
        }
        _ => objects.global(id),
    }
}

/// Whether the function is to be called with more than the rows, as this attribute says.
pub(super) fn has_arguments(estimator: &Estimator<'_, '_>, name: &str) -> bool {
    estimator.get(name).is_some_and(|id| match estimator.objects.get(id) {
        Object::None => false,
        Object::Dict(arguments) => !arguments.is_empty(),
        _ => true,
    })
}
