//! What is served, as it is changed: versions under their names, and what else they are called.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use iris_telemetry::{RecordedModel, Recorder};

use crate::{Model, Traffic};

/// The models with their versions and aliases, for who [changes](crate::Catalog::change) them.
#[derive(Debug, Clone)]
pub struct Served {
    pub(super) names: BTreeMap<String, Versions>,
    /// The model that is asked where none is named, whether it is there or not; the first that comes if nobody says.
    pub(super) default: Option<String>,
    /// What is spoken of where there is no default model.
    pub(super) stand_in: Model,
    /// How requests for their versions go.
    pub(super) traffic: Traffic,
}

/// What is served under one name.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions {
    /// From the oldest to the newest, which answers where no version is named.
    pub(super) all: Vec<Model>,
    /// Versions by alias.
    pub(super) aliases: BTreeMap<String, String>,
    /// How records name those that are asked by an alias, by that; and which model each was.
    pub(super) recorded: BTreeMap<String, (Model, RecordedModel)>,
}

impl Versions {
    /// The version of this name.
    pub(super) fn version(&self, version: &str) -> Option<&Model> {
        self.all.iter().find(|model| model.version() == version)
    }
}

impl Served {
    pub(super) fn new(model: Model) -> Self {
        let mut served = Self::empty(model.clone());
        served.put(model);
        served
    }

    pub(super) fn empty(stand_in: Model) -> Self {
        Self { names: BTreeMap::new(), default: None, stand_in, traffic: Traffic::default() }
    }

    /// Adds a version of a model, or puts it in the place of the one that has its name and version.
    pub fn put(&mut self, model: Model) {
        self.default.get_or_insert_with(|| model.name().to_owned());
        let versions = self.names.entry(model.name().to_owned()).or_default();
        versions.all.retain(|known| known.version() != model.version());
        let place = versions.all.partition_point(|known| by_age(known.version(), model.version()).is_lt());
        versions.all.insert(place, model);
    }

    /// Takes away the versions of a model that `keeps` refuses, and with them what they were called.
    /// A name without a version is no name any more.
    pub fn retain(&mut self, name: &str, keeps: impl Fn(&str) -> bool) {
        let Some(versions) = self.names.get_mut(name) else { return };
        versions.all.retain(|model| keeps(model.version()));
        let Versions { all, aliases, .. } = versions;
        aliases.retain(|_, version| all.iter().any(|model| model.version() == version));
        if versions.all.is_empty() {
            self.names.remove(name);
        }
    }

    /// Takes a model away, with all its versions; returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.names.remove(name).is_some()
    }

    /// Calls these versions of a model so, and no other; one that is not served is left out.
    /// Returns those left out.
    pub fn set_aliases(&mut self, name: &str, aliases: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let Some(versions) = self.names.get_mut(name) else { return aliases };
        let (here, missing) = aliases
            .into_iter()
            .partition(|(_, version)| versions.all.iter().any(|model| model.version() == version));
        versions.aliases = here;
        missing
    }

    /// What a model's versions are called: versions by alias.
    #[must_use]
    pub fn aliases(&self, name: &str) -> BTreeMap<String, String> {
        self.names.get(name).map(|versions| versions.aliases.clone()).unwrap_or_default()
    }

    /// The versions of a model, from the oldest to the newest.
    #[must_use]
    pub fn versions(&self, name: &str) -> Vec<String> {
        let all = self.names.get(name).map_or(&[][..], |versions| &versions.all);
        all.iter().map(|model| model.version().to_owned()).collect()
    }

    /// The names of the models.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }

    /// Has this model asked where none is named, once it is there.
    pub fn set_default(&mut self, name: impl Into<String>) {
        self.default = Some(name.into());
    }

    pub(super) fn replace_default(&mut self, model: Model) {
        if let Some(default) = self.default.take() {
            self.names.remove(&default);
        }
        self.stand_in = model.clone();
        self.put(model);
    }

    pub(super) fn recorded_by(&mut self, recorder: &Recorder) {
        self.names.values_mut().for_each(|versions| versions.recorded.clear());
        for model in self.names.values_mut().flat_map(|versions| &mut versions.all) {
            *model = model.clone().recorded_by(recorder);
        }
        self.stand_in = self.stand_in.clone().recorded_by(recorder);
    }

    /// Has those recorded that came without being known to anybody.
    pub(super) fn introduce(&mut self, recorder: &Recorder) {
        for model in self.names.values_mut().flat_map(|versions| &mut versions.all) {
            if model.recorded().is_none() {
                *model = model.clone().recorded_by(recorder);
            }
        }
        for versions in self.names.values_mut() {
            let known = std::mem::take(&mut versions.recorded);
            let called = |(alias, version): (&String, &String)| {
                let model = versions.version(version)?;
                // With many models to be served, nobody is introduced again at each change.
                let same = known.get(alias).filter(|(before, _)| before.is_same(model));
                let known_as = same.map_or_else(|| model.recorded_as(alias, recorder), |(_, same)| *same);
                Some((alias.clone(), (model.clone(), known_as)))
            };
            let all_called = versions.aliases.iter().filter_map(called).collect();
            versions.recorded = all_called;
        }
    }

    /// What records call those that are served.
    pub(super) fn recorded(&self) -> HashSet<RecordedModel> {
        let of_name = |versions: &'_ Versions| {
            let named = versions.all.iter().map(Model::recorded);
            named.chain(versions.recorded.values().map(|(_, recorded)| *recorded)).collect::<Vec<_>>()
        };
        self.names.values().flat_map(of_name).collect()
    }
}

/// Numbers by their value and before texts, which go by their characters.
pub(crate) fn by_age(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
