//! The models that were loaded, and from which state of which files.

mod by_clients;
mod look;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use iris_core::Reader;
use tracing::{error, info, warn};

use super::layout::{self, Found, FoundModel, FoundVersion};
use super::outcomes::Outcomes;
use super::source::Source;
use super::stamp::Stamp;
use super::{Aliases, Command, Sources};
use crate::{Catalog, Model};
use look::Looked;

/// The models that were loaded, for the one thread that loads.
#[derive(Debug)]
pub struct Library {
    catalog: Catalog,
    sources: Sources,
    loaded: BTreeMap<Slot, Loaded>,
    /// What could not be loaded as it is, and is not tried again before it changes.
    failed: BTreeMap<Slot, (Stamp, String)>,
    /// What versions are called.
    aliases: BTreeMap<String, Aliases>,
    /// The same as files said it last.
    aliases_in_files: BTreeMap<String, Aliases>,
    /// Models that clients sent: their files are not looked at.
    sent: BTreeSet<String>,
    /// What was read, and is served by the next swap.
    pending: Vec<Model>,
    /// Versions that were replaced, freed here when the last request that began with them is done.
    retired: Vec<Model>,
    outcomes: Arc<Outcomes>,
    looked: Looked,
}

/// A model's name, and the version that its place says, or nothing.
type Slot = (String, String);

/// What was loaded from one place.
#[derive(Debug)]
struct Loaded {
    /// What it was when it was read.
    stamp: Stamp,
    /// What it is served as.
    version: String,
    bytes: u64,
}

impl Library {
    /// Loads the first of everything into this catalog.
    ///
    /// # Errors
    ///
    /// A model that was given by its path cannot be served; or there are models in the folder, and none of
    /// them can be; or there is no folder.
    pub fn open(catalog: &Catalog, sources: Sources) -> Result<Self, String> {
        let mut library = Self {
            catalog: catalog.clone(),
            sources,
            loaded: BTreeMap::new(),
            failed: BTreeMap::new(),
            aliases: BTreeMap::new(),
            aliases_in_files: BTreeMap::new(),
            sent: BTreeSet::new(),
            pending: Vec::new(),
            retired: Vec::new(),
            outcomes: Arc::default(),
            looked: Looked::default(),
        };
        library.looked.loaded = library.signature();
        for file in library.sources.files.clone() {
            let cannot = |reason: String| format!("cannot serve the model {}: {reason}", file.path.display());
            let found = layout::given(&file).map_err(cannot)?;
            let failures = library.apply(found);
            if let Some((_, reason)) = failures.into_iter().next() {
                return Err(cannot(reason));
            }
        }
        if library.sources.folder.is_some() {
            let failures = library.load_folder()?;
            if let (true, Some((name, reason))) = (library.loaded.is_empty(), failures.into_iter().next()) {
                return Err(format!("no model of the folder can be served; '{name}': {reason}"));
            }
        }
        Ok(library)
    }

    pub(super) fn outcomes(&self) -> &Arc<Outcomes> {
        &self.outcomes
    }

    pub(super) fn obey(&mut self, command: Command) {
        // Who has gone meanwhile is not told.
        match command {
            Command::Load { name, from, told } => drop(told.send(self.load(&name, from))),
            Command::Unload { name, told } => drop(told.send(self.unload(&name))),
            Command::Alias { name, changes, told } => drop(told.send(self.alias(&name, changes))),
            Command::Reload => self.reload(),
        }
    }

    /// Loads what has changed of the files.
    pub(super) fn look(&mut self) {
        if self.looked.have_changed(self.signature()) {
            self.reload();
        }
    }

    /// All files as they are now.
    fn signature(&self) -> Stamp {
        let given = self.sources.files.iter().map(|file| file.path.as_path());
        Stamp::of_what_is_there(given.chain(self.sources.folder.as_deref()))
    }

    /// Whether a version that was replaced is not done with.
    pub(super) fn is_retiring(&self) -> bool {
        !self.retired.is_empty()
    }

    /// Frees the versions that no request is under way on: here, where nobody waits for it.
    pub(super) fn retire(&mut self) {
        self.retired.retain(|model| !model.is_alone());
    }

    fn reload(&mut self) {
        self.looked.loaded = self.signature();
        for file in self.sources.files.clone() {
            match layout::given(&file) {
                Ok(found) => drop(self.apply(found)),
                Err(reason) => error!(path = %file.path.display(), "the model stays as it was: {reason}"),
            }
        }
        if self.sources.folder.is_some()
            && let Err(reason) = self.load_folder()
        {
            error!("the models stay as they were: {reason}");
        }
    }

    /// The models of the folder as they are now; returns what failed, by name.
    fn load_folder(&mut self) -> Result<Vec<(String, String)>, String> {
        let Found { models, refused } = self.found()?;
        let mut failures = Vec::new();
        for (name, reason) in refused {
            warn!(name, "not a model: {reason}");
            self.outcomes.set_failing(&name, [(String::new(), reason.clone())]);
            failures.push((name, reason));
        }
        let given: BTreeSet<String> = self.given_names();
        let mut there: BTreeSet<String> = failures.iter().map(|(name, _)| name.clone()).collect();
        for model in models {
            let name = model.name.clone().unwrap_or_else(|| model.stem.clone());
            if !there.insert(name.clone()) || given.contains(&name) {
                let reason = "another model has this name".to_owned();
                self.outcomes.set_failing(&name, [(String::new(), reason.clone())]);
                failures.push((name, reason));
                continue;
            }
            if self.outcomes.is_unloaded(&name) || self.sent.contains(&name) {
                continue;
            }
            failures.extend(self.apply(model).into_iter().map(|(_, reason)| (name.clone(), reason)));
        }
        let is_there = |name: &str| there.contains(name) || given.contains(name) || self.sent.contains(name);
        let gone: BTreeSet<String> =
            self.loaded.keys().map(|(name, _)| name.clone()).filter(|name| !is_there(name)).collect();
        self.outcomes.keep_failing(is_there);
        for name in gone {
            info!(model = name, "the model is no longer there");
            self.take_away(&name);
        }
        Ok(failures)
    }

    fn found(&self) -> Result<Found, String> {
        let Some(folder) = &self.sources.folder else { return Ok(Found::default()) };
        layout::in_folder(folder).map_err(|error| format!("the folder {}: {error}", folder.display()))
    }

    /// The names of those that were given by their paths.
    fn given_names(&self) -> BTreeSet<String> {
        let named = self.sources.files.iter().filter_map(|file| layout::given(file).ok());
        named.filter_map(|found| self.name_of(&found)).collect()
    }

    /// What a model is served as, as far as that is known before it is read.
    fn name_of(&self, found: &FoundModel) -> Option<String> {
        let by_stem = || self.loaded.keys().map(|(name, _)| name).find(|name| **name == found.stem).cloned();
        found.name.clone().or_else(by_stem)
    }

    fn take_away(&mut self, name: &str) {
        self.sent.remove(name);
        self.aliases.remove(name);
        self.aliases_in_files.remove(name);
        self.loaded.retain(|(known, _), _| known != name);
        self.failed.retain(|(known, _), _| known != name);
        self.outcomes.set_failing(name, []);
        self.swap(name, &BTreeSet::new());
    }

    /// Loads what has changed of a model and serves it; returns what failed, by version.
    fn apply(&mut self, found: FoundModel) -> Vec<(String, String)> {
        let policy = found.policy.clone().unwrap_or_else(|| self.sources.policy.clone());
        let known: Vec<String> =
            found.versions.iter().filter_map(|version| version.version.clone()).collect();
        let mut chosen = policy.choose(&known);
        // What is called something is wanted, however old it is.
        let called = self.name_of(&found).and_then(|name| self.aliases.get(&name));
        chosen.extend(found.aliases.values().chain(called.into_iter().flat_map(Aliases::values)).cloned());
        let (mut keep, mut failures) = (BTreeSet::new(), Vec::new());
        let mut name = found.name.clone();
        for FoundVersion { version, source } in &found.versions {
            if version.as_ref().is_some_and(|version| !chosen.contains(version)) {
                continue;
            }
            match self.apply_one(&found, name.as_deref(), version.as_deref(), source) {
                Ok((called, version)) => {
                    name = Some(called);
                    keep.insert(version);
                }
                Err(reason) => failures.push((version.clone().unwrap_or_default(), reason)),
            }
        }
        let name = name.unwrap_or_else(|| found.stem.clone());
        if keep.is_empty() && failures.is_empty() {
            failures.push((String::new(), "none of its versions is to be served".to_owned()));
        }
        if !failures.is_empty() {
            // What was served stays.
            let snapshot = self.catalog.snapshot();
            keep.extend(snapshot.versions_of(&name).map(|model| model.version().to_owned()));
        }
        self.loaded.retain(|(known, _), loaded| *known != name || keep.contains(&loaded.version));
        if self.aliases_in_files.get(&name) != Some(&found.aliases) {
            self.aliases_in_files.insert(name.clone(), found.aliases.clone());
            self.aliases.insert(name.clone(), found.aliases.clone());
        }
        for (alias, version) in self.swap(&name, &keep) {
            let reason = format!("alias '{alias}' is of a version that is not served");
            failures.push((version, reason));
        }
        self.outcomes.set_failing(&name, failures.iter().cloned());
        failures
    }

    /// Loads one version, unless it is as it was; returns its name and version.
    fn apply_one(
        &mut self,
        found: &FoundModel,
        name: Option<&str>,
        version: Option<&str>,
        source: &Source,
    ) -> Result<(String, String), String> {
        let slot = (name.unwrap_or(&found.stem).to_owned(), version.unwrap_or_default().to_owned());
        let stamp = source.stamp().map_err(|error| format!("the file cannot be read: {error}"))?;
        if let Some(loaded) = self.loaded.get(&slot).filter(|loaded| loaded.stamp == stamp) {
            return Ok((slot.0, loaded.version.clone()));
        }
        if let Some((_, reason)) = self.failed.get(&slot).filter(|(failed, _)| *failed == stamp) {
            return Err(reason.clone());
        }
        let bytes = stamp.bytes();
        let reader = self.reader();
        let outcome = self.check_memory(bytes).and_then(|()| {
            let called = name.map(str::to_owned);
            self.read_named(called.as_deref(), &found.stem, version, || {
                let predictor = source.read(&reader).map_err(|error| error.to_string())?;
                match source.stamp() {
                    Ok(now) if now == stamp => Ok(predictor),
                    _ => Err("the file changed while it was read".to_owned()),
                }
            })
        });
        match outcome {
            Ok(model) => {
                let (name, version) = (model.name().to_owned(), model.version().to_owned());
                self.failed.remove(&slot);
                let slot = (name.clone(), slot.1);
                self.loaded.insert(slot, Loaded { stamp, version: version.clone(), bytes });
                self.serve_later(model);
                Ok((name, version))
            }
            Err(reason) => {
                let (model, version) = (&slot.0, version.unwrap_or_default());
                error!(model, version, "the model is not loaded, and what was served stays: {reason}");
                self.outcomes.failed(model);
                self.failed.insert(slot, (stamp, reason.clone()));
                Err(reason)
            }
        }
    }

    /// How every model is read.
    fn reader(&self) -> Reader {
        Reader::new().quantization(self.sources.quantization)
    }

    /// Has a model among those that the next swap serves.
    fn serve_later(&mut self, model: Model) {
        self.pending.push(model);
    }

    /// Serves what was read of a model, and of its other versions only those to keep: in one step.
    /// Returns aliases that lead nowhere.
    fn swap(&mut self, name: &str, keep: &BTreeSet<String>) -> Aliases {
        let (ready, rest) =
            std::mem::take(&mut self.pending).into_iter().partition(|model| model.name() == name);
        self.pending = rest;
        let before: Vec<Model> = self.catalog.snapshot().versions_of(name).cloned().collect();
        let aliases = self.aliases.get(name).cloned().unwrap_or_default();
        let missing = self.catalog.change(|served| {
            for model in Vec::<Model>::into_iter(ready) {
                served.put(model);
            }
            served.retain(name, |version| keep.contains(version));
            served.set_aliases(name, aliases)
        });
        let after = self.catalog.snapshot();
        let is_gone = |model: &Model| !after.versions_of(name).any(|served| served.is_same(model));
        self.retired.extend(before.into_iter().filter(is_gone));
        missing
    }
}
