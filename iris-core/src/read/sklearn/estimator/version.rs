//! Which release of scikit-learn wrote an estimator, also where only what is inside of it says so.

use crate::read::pickle::{Object, ObjectId, Objects};

/// Estimators within estimators that are looked into; imbalanced-learn has a
/// list of pipelines of named steps.
const MAX_DEPTH: usize = 6;

/// Attributes and steps that are looked at on each level.
const MAX_LOOKED_AT: usize = 64;

/// A release such as (1, 9).
pub(super) fn parsed(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    // As in 1.6rc1.
    let digits = minor.bytes().take_while(u8::is_ascii_digit).count();
    Some((major.parse().ok()?, minor[..digits].parse().ok()?))
}

/// What the first estimator within an object says; classes of other libraries do not say it themselves.
pub(super) fn within(objects: &Objects<'_>, id: ObjectId) -> Option<(u32, u32)> {
    let mut level = vec![id];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for id in level {
            let Object::Call(call) = objects.get(id) else {
                // Of steps, the last is the estimator.
                next.extend(objects.items(id).unwrap_or_default().iter().rev().take(MAX_LOOKED_AT));
                continue;
            };
            let Some(Object::Dict(entries)) = call.state.map(|state| objects.get(state)) else { continue };
            for (key, value) in entries.iter().take(MAX_LOOKED_AT) {
                match objects.text(*key) {
                    Some("_sklearn_version") => return parsed(objects.text(*value)?),
                    Some("steps") => next.push(*value),
                    _ => {}
                }
            }
        }
        next.truncate(MAX_LOOKED_AT);
        level = next;
    }
    None
}
