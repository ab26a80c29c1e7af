//! The outline of the objects that a pickle holds.
//!
//! An estimator is an instance whose state is a dict; the attributes in which
//! scikit-learn keeps others are known by their names. Objects may refer to each
//! other in circles and share what they hold, so what is looked at is bounded.

use super::defaults::Parameters;
use super::{Outline, columns, values};
use crate::read::pickle::{Object, ObjectId, Objects};

/// Estimators within estimators, and all of them, that an outline has.
const MAX_DEPTH: usize = 24;
const MAX_NODES: usize = 2_000;

/// Parameters of one estimator that are shown.
const MAX_PARAMETERS: usize = 24;

/// Attributes that hold one estimator, the one that was fitted before the one
/// that it was copied from.
const ONE: [(&str, &str); 7] = [
    ("best_estimator_", "estimator"),
    ("estimator_", "estimator"),
    ("regressor_", "regressor"),
    ("classifier_", "classifier"),
    ("transformer_", "transformer"),
    ("final_estimator_", "final_estimator"),
    ("base_estimator_", "base_estimator"),
];

/// Attributes that hold several, as a list or as pairs with their names.
const SEVERAL: [(&str, &str); 5] = [
    ("steps", "steps"),
    ("transformer_list", "transformer_list"),
    ("transformers_", "transformers"),
    ("calibrated_classifiers_", "calibrated_classifiers_"),
    ("estimators_", "estimators"),
];

/// Whether a module's class has a builder.
type IsRead = fn(&str, &str) -> bool;

/// The outline of what stands at `root`.
pub(in crate::read) fn of(objects: &Objects<'_>, root: ObjectId, is_read: IsRead) -> Outline {
    let mut walk = Walk { objects, is_read, path: Vec::new(), n_nodes: 0 };
    walk.node(root).unwrap_or_else(|| Outline::new(objects.describe(root), false))
}

/// The releases of scikit-learn that wrote the estimators of a file, in order of appearance.
pub(in crate::read) fn versions(objects: &Objects<'_>, root: ObjectId) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    let mut to_ask = vec![root];
    while let Some(id) = to_ask.pop() {
        if seen.len() == MAX_NODES || seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let Some(attributes) = attributes(objects, id) else { continue };
        for (key, value) in attributes {
            match (objects.text(*key), objects.text(*value)) {
                (Some("_sklearn_version"), Some(version)) => {
                    let version: String = version.chars().take(20).flat_map(char::escape_debug).collect();
                    if !versions.contains(&version) {
                        versions.push(version);
                    }
                }
                (Some(name), _) if is_structure(name) => {
                    to_ask.extend(inner(objects, *value).into_iter().rev());
                }
                _ => {}
            }
        }
        if let Object::Dict(_) = objects.get(id) {
            to_ask.extend(attributes.iter().map(|(_, value)| *value));
        }
    }
    versions
}

struct Walk<'t, 'a> {
    objects: &'t Objects<'a>,
    is_read: IsRead,
    /// Those that the one looked at stands within.
    path: Vec<ObjectId>,
    n_nodes: usize,
}

impl Walk<'_, '_> {
    /// An estimator, a dict of such, or the word in place of one; `None` of anything else.
    fn node(&mut self, id: ObjectId) -> Option<Outline> {
        if self.n_nodes == MAX_NODES || self.path.len() == MAX_DEPTH || self.path.contains(&id) {
            return None;
        }
        self.n_nodes += 1;
        self.path.push(id);
        let node = match self.objects.get(id) {
            Object::Str(word) if matches!(&**word, "passthrough" | "drop") => {
                Some(Outline::new(word.to_string(), true))
            }
            Object::None => Some(Outline::new("passthrough".to_owned(), true)),
            Object::Dict(entries) => Some(self.dict(entries)),
            Object::Call(_) => self.estimator(id),
            _ => None,
        };
        self.path.pop();
        node
    }

    /// What people keep beside a model, by its keys.
    fn dict(&mut self, entries: &[(ObjectId, ObjectId)]) -> Outline {
        let mut outline = Outline::new("dict".to_owned(), false);
        for (key, value) in entries.iter().take(MAX_PARAMETERS) {
            let Some(key) = values::plain(self.objects, *key) else { continue };
            match self.objects.get(*value) {
                Object::Call(_) | Object::Dict(_) => {
                    let described = Outline::new(self.objects.describe(*value), false);
                    let node = self.node(*value).unwrap_or(described);
                    outline.within.push(Outline { name: Some(key.trim_matches('\'').to_owned()), ..node });
                }
                _ => {
                    let shown = values::repr(self.objects, *value);
                    let shown = shown.unwrap_or_else(|| self.objects.describe(*value));
                    outline.parameters.push((key, shown));
                }
            }
        }
        outline
    }

    fn estimator(&mut self, id: ObjectId) -> Option<Outline> {
        let objects = self.objects;
        let Object::Call(call) = objects.get(id) else { return None };
        let (module, class) = objects.global(call.callable)?;
        let attributes = attributes(objects, id)?;
        let mut outline = Outline::new(objects.describe(id), (self.is_read)(module, class));
        let parameters = Parameters::of(class);
        for (key, value) in attributes {
            let Some(name) = objects.text(*key) else { continue };
            if outline.parameters.len() == MAX_PARAMETERS || is_structure(name) || !parameters.has(name) {
                continue;
            }
            let Some(value) = values::repr(objects, *value) else { continue };
            if !parameters.is_default(name, &value) {
                outline.parameters.push((name.chars().take(40).collect(), value));
            }
        }
        let attribute = |name: &str| {
            let found = attributes.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
            found.map(|(_, value)| *value)
        };
        for (fitted, told) in SEVERAL {
            let (Some(list), names) = (attribute(fitted).or_else(|| attribute(told)), attribute(told)) else {
                continue;
            };
            self.several(list, names, &mut outline);
        }
        for (fitted, told) in ONE {
            // What a search or a calibration was told is what it has fitted copies of.
            let Some(one) =
                attribute(fitted).or_else(|| attribute(told).filter(|_| outline.within.is_empty()))
            else {
                continue;
            };
            // Behind several there is only one that is not what they were copied from.
            if outline.within.is_empty() || fitted.starts_with("final") {
                let node = self.node(one).filter(|node| node.class.contains('.'));
                outline.within.extend(node.map(|node| Outline {
                    name: fitted.starts_with("final").then(|| "final_estimator".to_owned()),
                    ..node
                }));
            }
        }
        Some(outline)
    }

    /// The estimators of a list: pairs with their names, triples with columns too, or bare.
    fn several(&mut self, list: ObjectId, names: Option<ObjectId>, outline: &mut Outline) {
        let objects = self.objects;
        let items = inner(objects, list);
        let names: Vec<ObjectId> = names.map(|names| inner(objects, names)).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let (name, estimator, columns) = match objects.items(*item) {
                Some([name, estimator]) => (Some(*name), *estimator, None),
                Some([name, estimator, columns, ..]) => (Some(*name), *estimator, Some(*columns)),
                _ => {
                    let pair = names.get(index).filter(|_| names.len() == items.len());
                    let name = pair.and_then(|pair| objects.items(*pair)?.first().copied());
                    (name, *item, None)
                }
            };
            let Some(node) = self.node(estimator) else { continue };
            let name = name.and_then(|name| objects.text(name));
            let node = Outline {
                name: name.map(|name| name.chars().take(40).flat_map(char::escape_debug).collect()),
                columns: columns.and_then(|columns| columns::of(objects, columns)),
                ..node
            };
            match outline.within.last_mut().filter(|before| node.name.is_none() && is_like(before, &node)) {
                Some(like) => {
                    like.count += 1;
                    like.parameters.retain(|(name, _)| name != "random_state");
                }
                None => outline.within.push(node),
            }
        }
    }
}

/// Whether it is another of the same kind, as the trees of a forest are but for their seeds.
fn is_like(one: &Outline, other: &Outline) -> bool {
    let told = |outline: &Outline| {
        let is_seed = |(name, _): &&(String, String)| name != "random_state";
        outline.parameters.iter().filter(is_seed).cloned().collect::<Vec<_>>()
    };
    one.name.is_none() && one.class == other.class && told(one) == told(other) && one.within == other.within
}

fn is_structure(name: &str) -> bool {
    ONE.iter().chain(&SEVERAL).any(|(fitted, told)| *fitted == name || *told == name)
}

/// What an instance was given by a dict, or a dict holds.
fn attributes<'t>(objects: &'t Objects<'_>, id: ObjectId) -> Option<&'t [(ObjectId, ObjectId)]> {
    match objects.get(id) {
        Object::Call(call) => match objects.get(call.state?) {
            Object::Dict(entries) => Some(entries),
            _ => None,
        },
        Object::Dict(entries) => Some(entries),
        _ => None,
    }
}

/// The items of a list, a tuple or an array of objects, or the object itself.
fn inner(objects: &Objects<'_>, id: ObjectId) -> Vec<ObjectId> {
    match objects.get(id) {
        Object::Array(array) => array.objects().unwrap_or_default().to_vec(),
        Object::Tuple(items) => items.iter().take(MAX_NODES).copied().collect(),
        Object::List(items) => items.iter().take(MAX_NODES).copied().collect(),
        Object::Call(_) => vec![id],
        _ => Vec::new(),
    }
}
