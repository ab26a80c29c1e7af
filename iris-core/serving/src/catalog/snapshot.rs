//! The models as they were at one moment, and how a request finds its own.

use std::collections::HashMap;

use super::names::shown;
use super::served::{Served, Versions};
use crate::traffic::Extra;
use crate::{Model, Refusal, Traffic};

/// The models as they were at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The default model, or another that is spoken of where there is none.
    first: Model,
    /// Whether `first` answers whoever asks it, or where no model is named.
    is_asked: bool,
    /// What answers in its place, where its requests are split among its versions.
    split: Option<Model>,
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
    /// Each with its version, of which records say that it was asked so.
    aliases: Vec<(Box<str>, Model)>,
    /// What answers where no version is named, if that is not the newest.
    split: Option<Model>,
}

/// Names that a message lists.
const LISTED: usize = 12;

impl Snapshot {
    pub(super) fn of(served: &Served) -> Self {
        let default = served.default.as_deref().and_then(|name| served.names.get(name)?.all.last());
        let is_default = |model: &Model| default.is_some_and(|default| std::ptr::eq(default, model));
        let (mut rest, mut names) = (Vec::new(), HashMap::new());
        let mut first = None;
        for (name, versions) in &served.names {
            let of_name = OfName { versions, traffic: &served.traffic };
            let mut places = Vec::new();
            for model in &versions.all {
                let as_served = of_name.as_served(model);
                if is_default(model) {
                    first = Some(as_served);
                    places.push(0);
                } else {
                    rest.push(as_served);
                    // Where there is no default model, the first of the rest takes its place.
                    places.push(rest.len() - usize::from(default.is_none()));
                }
            }
            let called = |(alias, version): (&String, &String)| {
                let model = of_name.as_served(versions.version(version)?);
                let recorded =
                    versions.recorded.get(alias).map(|(_, recorded)| *recorded).unwrap_or_default();
                Some((alias.as_str().into(), model.recorded_so(recorded)))
            };
            let aliases = versions.aliases.iter().filter_map(called).collect();
            names.insert(
                name.as_str().into(),
                Named { versions: places, aliases, split: of_name.split(name) },
            );
        }
        let first = match first {
            Some(model) => model,
            None if rest.is_empty() => served.stand_in.clone(),
            None => rest.remove(0),
        };
        let of_default = default.and_then(|default| names.get(default.name()));
        let split = of_default.and_then(|named: &Named| named.split.clone());
        let is_asked = default.is_some() && split.is_none();
        Self { first, is_asked, split, rest, names, default: served.default.as_deref().map(Into::into) }
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
        if self.is_asked { Ok(&self.first) } else { self.split.as_ref().ok_or_else(|| self.no_default()) }
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
        let version = model.version();
        aliases.iter().filter(move |(_, called)| called.version() == version).map(|(alias, _)| &**alias)
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
            && self.is_asked
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
        let found = match (alias, version) {
            ("", "") => named.split.as_ref().or_else(|| self.at(*named.versions.last()?)),
            ("", version) => self.of_version(named, version).or_else(|| named.alias(version)),
            (alias, "") => named.alias(alias),
            (_, version) => {
                return Err(Refusal::invalid(format!(
                    "both an alias, in '{name}@…', and version '{}'; expected one of them",
                    shown(version)
                )));
            }
        };
        let asked = if alias.is_empty() { version } else { alias };
        found.ok_or_else(|| self.no_version(name, named, asked))
    }

    fn of_version(&self, named: &Named, version: &str) -> Option<&Model> {
        let versions = named.versions.iter().filter_map(|place| self.at(*place));
        versions.into_iter().find(|model| model.version() == version)
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

/// The versions of one name with the rules for their requests.
struct OfName<'s> {
    versions: &'s Versions,
    traffic: &'s Traffic,
}

impl<'s> OfName<'s> {
    /// A version by its own name, or by an alias.
    fn find(&self, version: &str) -> Option<&'s Model> {
        let Versions { aliases, .. } = self.versions;
        self.versions.version(version).or_else(|| self.versions.version(aliases.get(version)?))
    }

    /// A version with what its requests bring about.
    fn as_served(&self, model: &Model) -> Model {
        self.traffic.seen(model, |version| self.find(version))
    }

    /// What answers where no version is named, if requests are split.
    fn split(&self, name: &str) -> Option<Model> {
        let ways =
            self.traffic.ways(name, |version| self.find(version).map(|model| self.as_served(model)))?;
        Some(ways.first().clone().with_extra(Extra::split(ways)))
    }
}

impl Named {
    fn alias(&self, alias: &str) -> Option<&Model> {
        self.aliases.iter().find(|(known, _)| **known == *alias).map(|(_, model)| model)
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
