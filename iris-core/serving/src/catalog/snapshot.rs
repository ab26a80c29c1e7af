//! The models as they were at one moment, and how a request finds its own.

use std::collections::HashMap;

use super::names::shown;
use super::served::Served;
use crate::{Model, Refusal};

/// The models as they were at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The default model, or another that is spoken of where there is none.
    first: Model,
    /// Whether `first` may be asked.
    has_default: bool,
    /// The others, by name and age.
    rest: Vec<Model>,
    names: HashMap<Box<str>, Named>,
    /// What should be the default model, for who asks for it where it is not there.
    default: Option<Box<str>>,
}

/// What is served under one name; places are those of [`Snapshot::models`].
#[derive(Debug, Clone)]
struct Named {
    /// By version, from the oldest to the newest.
    versions: Vec<usize>,
    aliases: Vec<(Box<str>, usize)>,
}

/// Names that a message lists.
const LISTED: usize = 12;

impl Snapshot {
    pub(super) fn of(served: &Served) -> Self {
        let default = served.default.as_deref().and_then(|name| served.names.get(name)?.all.last());
        let is_default = |model: &Model| default.is_some_and(|default| std::ptr::eq(default, model));
        let (mut rest, mut names) = (Vec::new(), HashMap::new());
        for (name, versions) in &served.names {
            let mut places = Vec::new();
            for model in &versions.all {
                if is_default(model) {
                    places.push(0);
                } else {
                    rest.push(model.clone());
                    // Where there is no default model, the first of the rest takes its place.
                    places.push(rest.len() - usize::from(default.is_none()));
                }
            }
            let place = |version: &str| versions.all.iter().position(|model| model.version() == version);
            let alias =
                |(alias, version): (&String, &String)| Some((alias.as_str().into(), places[place(version)?]));
            let aliases = versions.aliases.iter().filter_map(alias).collect();
            names.insert(name.as_str().into(), Named { versions: places, aliases });
        }
        let first = match default {
            Some(model) => model.clone(),
            None if rest.is_empty() => served.stand_in.clone(),
            None => rest.remove(0),
        };
        let has_default = default.is_some();
        Self { first, has_default, rest, names, default: served.default.as_deref().map(Into::into) }
    }

    /// The model of requests that name none, or what stands in its place where there is none:
    /// see [`asked_by_default`](Self::asked_by_default).
    #[inline]
    #[must_use]
    pub fn default_model(&self) -> &Model {
        &self.first
    }

    /// The model of requests that name none.
    ///
    /// # Errors
    ///
    /// [`NotFound`](iris_core::ErrorClass::NotFound) where it is not loaded.
    #[inline]
    pub fn asked_by_default(&self) -> Result<&Model, Refusal> {
        if self.has_default { Ok(&self.first) } else { Err(self.no_default()) }
    }

    /// Every model in each of its versions, the default one first.
    #[must_use]
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Model> {
        let n = if self.names.is_empty() { 0 } else { 1 + self.rest.len() };
        Exactly { all: std::iter::once(&self.first).chain(&self.rest), n }
    }

    /// The names of the models, each once, the default one first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.keys().map(|name| &**name).collect();
        names.sort_unstable_by_key(|name| (*name != self.first.name(), *name));
        names
    }

    /// The versions of a model that are served, from the oldest to the newest.
    pub fn versions_of(&self, name: &str) -> impl Iterator<Item = &Model> {
        let places = self.names.get(name).map_or(&[][..], |named| &named.versions);
        places.iter().filter_map(|place| self.at(*place))
    }

    /// What a version of a model is called beside its number.
    pub fn aliases_of(&self, model: &Model) -> impl Iterator<Item = &str> {
        let aliases = self.names.get(model.name()).map_or(&[][..], |named| &named.aliases);
        let (name, version) = (model.name(), model.version());
        let is_it = move |place: usize| {
            self.at(place).is_some_and(|other| other.name() == name && other.version() == version)
        };
        aliases.iter().filter(move |(_, place)| is_it(*place)).map(|(alias, _)| &**alias)
    }

    /// The model of this name. No version, or an empty one, means the newest; an alias stands
    /// in the version's place or behind the name, as `name@alias`.
    ///
    /// # Errors
    ///
    /// [`NotFound`](iris_core::ErrorClass::NotFound), naming what is served.
    #[inline]
    pub fn find(&self, name: &str, version: Option<&str>) -> Result<&Model, Refusal> {
        let first = &self.first;
        let is_first = name == first.name()
            && self.has_default
            && version.is_none_or(|version| version.is_empty() || version == first.version());
        if is_first { Ok(first) } else { self.look_up(name, version.unwrap_or_default()) }
    }

    fn look_up(&self, name: &str, version: &str) -> Result<&Model, Refusal> {
        let (name, named, alias) = match (self.names.get(name), name.split_once('@')) {
            (Some(named), _) => (name, named, ""),
            (None, Some((bare, alias))) => match self.names.get(bare) {
                Some(named) => (bare, named, alias),
                None => return Err(self.no_model(bare)),
            },
            (None, None) => return Err(self.no_model(name)),
        };
        let place = match (alias, version) {
            ("", "") => named.versions.last().copied(),
            ("", version) => self.place(named, version).or_else(|| named.alias(version)),
            (alias, "") => named.alias(alias),
            (_, version) => {
                return Err(Refusal::invalid(format!(
                    "both an alias, in '{name}@…', and version '{}'; expected one of them",
                    shown(version)
                )));
            }
        };
        let asked = if alias.is_empty() { version } else { alias };
        place.and_then(|place| self.at(place)).ok_or_else(|| self.no_version(name, named, asked))
    }

    fn place(&self, named: &Named, version: &str) -> Option<usize> {
        let is_it = |place: &usize| self.at(*place).is_some_and(|model| model.version() == version);
        named.versions.iter().copied().find(is_it)
    }

    fn at(&self, place: usize) -> Option<&Model> {
        match place.checked_sub(1) {
            None => Some(&self.first),
            Some(place) => self.rest.get(place),
        }
    }

    #[cold]
    fn no_model(&self, name: &str) -> Refusal {
        let (name, names) = (shown(name), self.names());
        Refusal::not_found(match names.as_slice() {
            [] => format!("there is no model '{name}'; no model is loaded"),
            [one] => format!("there is no model '{name}'; the model served is '{one}'"),
            several => format!("there is no model '{name}'; the models served are {}", listed(several)),
        })
    }

    #[cold]
    fn no_default(&self) -> Refusal {
        let names = self.names();
        let default = self.default.as_deref().unwrap_or_default();
        Refusal::not_found(match names.as_slice() {
            [] => "no model is loaded".to_owned(),
            _ if default.is_empty() => format!("there is no default model; name one of {}", listed(&names)),
            _ => format!(
                "the default model, '{}', is not loaded; name one of {}",
                shown(default),
                listed(&names)
            ),
        })
    }

    #[cold]
    fn no_version(&self, name: &str, named: &Named, version: &str) -> Refusal {
        let version = shown(version);
        let mut served: Vec<&str> =
            named.versions.iter().filter_map(|place| self.at(*place)).map(Model::version).collect();
        if let ([one], []) = (served.as_slice(), named.aliases.as_slice()) {
            return Refusal::not_found(format!(
                "model '{name}' has no version '{version}'; the version served is '{one}'"
            ));
        }
        served.extend(named.aliases.iter().map(|(alias, _)| &**alias));
        Refusal::not_found(format!(
            "model '{name}' has no version '{version}'; served are {}",
            listed(&served)
        ))
    }
}

impl Named {
    fn alias(&self, alias: &str) -> Option<usize> {
        self.aliases.iter().find(|(known, _)| **known == *alias).map(|(_, place)| *place)
    }
}

/// So many of them.
struct Exactly<I> {
    all: I,
    n: usize,
}

impl<I: Iterator> Iterator for Exactly<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.n = self.n.checked_sub(1)?;
        self.all.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.n, Some(self.n))
    }
}

impl<I: Iterator> ExactSizeIterator for Exactly<I> {}

/// `'a', 'b' and 3 more`.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|name| format!("'{name}'")).collect();
    match names.len() - quoted.len() {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}
