//! What clients have done with models: loaded, sent, unloaded, called otherwise.

use std::collections::BTreeSet;
use std::path::Path;

use tracing::info;

use super::super::layout::{self, Found, FoundModel};
use super::super::stamp::Stamp;
use super::super::{AliasChanges, Aliases, From, ModelFile, SentFile};
use super::{Library, Loaded};
use crate::{Refusal, check_name};

impl Library {
    /// A client wants this model loaded, from the folder or from what it sends.
    pub(super) fn load(&mut self, name: &str, from: From) -> Result<(), Refusal> {
        check_name("model", name)?;
        match from {
            From::Files(files) => return self.load_sent(name, files),
            From::Path(path) => return self.load_at(name, &path),
            From::Name => {}
        }
        let given = self.sources.files.iter().filter_map(|file| layout::given(file).ok());
        let mut given = given.filter(|found| self.name_of(found).as_deref() == Some(name));
        let found = if let Some(found) = given.next() {
            found
        } else {
            let Found { models, refused } = self.found().map_err(Refusal::unavailable)?;
            if let Some((_, reason)) = refused.into_iter().find(|(refused, _)| refused == name) {
                return Err(not_loaded(name, &reason));
            }
            let names: Vec<String> = models.iter().filter_map(|model| model.name.clone()).collect();
            let is_it = |model: &FoundModel| model.name.as_deref() == Some(name);
            models.into_iter().find(is_it).ok_or_else(|| no_such_model(name, &names))?
        };
        self.sent.remove(name);
        self.outcomes.set_unloaded(name, false);
        self.failed.retain(|(known, _), _| known != name);
        match self.apply(found).into_iter().next() {
            None => Ok(()),
            Some((_, reason)) => Err(not_loaded(name, &reason)),
        }
    }

    fn load_at(&mut self, name: &str, path: &Path) -> Result<(), Refusal> {
        let within = self.sources.folder.as_ref().and_then(|folder| folder.canonicalize().ok());
        let asked = path.canonicalize().map_err(|error| not_loaded(name, &error.to_string()))?;
        if !within.is_some_and(|folder| asked.starts_with(folder)) {
            return Err(not_loaded(name, "its place is not in the models' folder"));
        }
        let file = ModelFile { name: Some(name.to_owned()), path: asked };
        let found = layout::given(&file).map_err(|reason| not_loaded(name, &reason))?;
        self.outcomes.set_unloaded(name, false);
        self.failed.retain(|(known, _), _| known != name);
        if let Some((_, reason)) = self.apply(found).into_iter().next() {
            return Err(not_loaded(name, &reason));
        }
        // The folder may have it under another name.
        self.sent.insert(name.to_owned());
        Ok(())
    }

    fn load_sent(&mut self, name: &str, files: Vec<SentFile>) -> Result<(), Refusal> {
        let mut ready = Vec::new();
        for (path, bytes) in files {
            let version = path.split_once('/').map_or("1", |(version, _)| version);
            check_name("version", version)?;
            if ready.iter().any(|(known, _): &(String, u64)| known == version) {
                let reason = format!("two files of version '{version}'; expected one for each");
                return Err(Refusal::invalid(reason));
            }
            let n_bytes = bytes.len() as u64;
            self.check_memory(n_bytes).map_err(|reason| not_loaded(name, &reason))?;
            let reader = self.reader();
            let model =
                self.read(name, Some(version), || reader.read(&bytes).map_err(|error| error.to_string()));
            let model = model.map_err(|reason| not_loaded(name, &reason))?;
            ready.push((version.to_owned(), n_bytes));
            self.serve_later(model);
        }
        let keep: BTreeSet<String> = ready.iter().map(|(version, _)| version.clone()).collect();
        self.sent.insert(name.to_owned());
        self.outcomes.set_unloaded(name, false);
        self.outcomes.set_failing(name, []);
        self.loaded.retain(|(known, _), _| known != name);
        for (version, bytes) in ready {
            let loaded = Loaded { stamp: Stamp::default(), version: version.clone(), bytes };
            self.loaded.insert((name.to_owned(), version), loaded);
        }
        self.swap(name, &keep);
        Ok(())
    }

    pub(super) fn unload(&mut self, name: &str) -> Result<(), Refusal> {
        let snapshot = self.catalog.snapshot();
        if snapshot.versions_of(name).next().is_none() {
            return Err(no_such_model(name, &snapshot.names()));
        }
        drop(snapshot);
        self.outcomes.set_unloaded(name, true);
        self.take_away(name);
        info!(model = name, "unloaded");
        Ok(())
    }

    /// Moves aliases of a model, all of them or none.
    pub(super) fn alias(&mut self, name: &str, changes: AliasChanges) -> Result<Aliases, Refusal> {
        let snapshot = self.catalog.snapshot();
        if snapshot.versions_of(name).next().is_none() {
            return Err(no_such_model(name, &snapshot.names()));
        }
        let mut aliases = self.catalog.change(|served| served.aliases(name));
        for (alias, version) in changes {
            check_name("alias", &alias)?;
            match version {
                None => drop(aliases.remove(&alias)),
                Some(version) => {
                    let found = snapshot.versions_of(name).any(|model| model.version() == version);
                    if !found {
                        // It says which there are.
                        snapshot.find(name, Some(&version)).map(drop)?;
                        return Err(Refusal::invalid(format!("'{version}' is an alias; expected a version")));
                    }
                    aliases.insert(alias, version);
                }
            }
        }
        drop(snapshot);
        self.aliases.insert(name.to_owned(), aliases.clone());
        self.catalog.change(|served| served.set_aliases(name, aliases.clone()));
        info!(model = name, ?aliases, "aliases moved");
        Ok(aliases)
    }
}

#[cold]
fn not_loaded(name: &str, reason: &str) -> Refusal {
    Refusal::invalid(format!("model '{name}' is not loaded: {reason}"))
}

#[cold]
fn no_such_model<N: AsRef<str>>(name: &str, names: &[N]) -> Refusal {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("'{}'", name.as_ref())).collect();
    let there = if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") };
    Refusal::not_found(format!(
        "there is no model '{}' to be found; there is {there}",
        crate::catalog::shown(name)
    ))
}
