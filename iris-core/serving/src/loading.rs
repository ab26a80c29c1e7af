//! Models that are loaded, replaced and taken away while others answer.
//!
//! One thread reads files, one at a time, checks and warms what it has read, and only then
//! puts it among the models that are served, in one step. What fails leaves what was there.

mod layout;
mod library;
mod outcomes;
mod policy;
mod source;
mod stamp;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use iris_core::{Predictor, Quantization, Reader};
use iris_telemetry::Telemetry;
use tokio::sync::oneshot;

use crate::{Catalog, Refusal, panics};
pub use library::Library;
use outcomes::Outcomes;
pub use policy::{NoPolicy, VersionPolicy};
use source::Source;

/// Where models come from, and within which limits.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Models given one by one, the default model first.
    pub files: Vec<ModelFile>,
    /// A folder of models, each a file or a folder, with or without versions.
    pub folder: Option<PathBuf>,
    /// The versions served of a model that says nothing else.
    pub policy: VersionPolicy,
    /// The most rows of a request.
    pub max_rows: usize,
    /// Bytes that the files of all loaded models may have together.
    pub memory: Option<u64>,
    /// In how many bits wide linear models keep their weights.
    pub quantization: Quantization,
}

/// A model's file, or its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// What it is served as, if not by its own name or its file's.
    pub name: Option<String>,
    /// Where it is: a file, with `#key` behind it if it holds a dict; files with commas
    /// between, which are one model; or a folder.
    pub path: PathBuf,
}

impl ModelFile {
    /// The model alone, without a name.
    ///
    /// # Errors
    ///
    /// As those of [`Reader`].
    pub fn read(&self) -> iris_core::Result<Predictor> {
        Source::written(&self.path).read(&Reader::new())
    }
}

impl FromStr for ModelFile {
    type Err = String;

    /// `[NAME=]PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (Some(name.to_owned()), path),
            None => (None, text),
        };
        if path.is_empty() || name.as_ref().is_some_and(String::is_empty) {
            return Err("expected a path, or a name and a path as NAME=PATH".to_owned());
        }
        Ok(Self { name, path: path.into() })
    }
}

/// A file that a client sends to be loaded: the path that it would have in the model's
/// folder, and what is in it.
pub type SentFile = (String, Vec<u8>);

/// What has models loaded. Cheap to clone; clones share one thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Loader {
    commands: SyncSender<Command>,
    outcomes: Arc<Outcomes>,
    by_clients: bool,
}

/// What the thread is to do, and whom to tell.
enum Command {
    Load { name: String, from: From, told: Told<()> },
    Unload { name: String, told: Told<()> },
    Alias { name: String, changes: AliasChanges, told: Told<Aliases> },
    Reload,
}

/// Where a client wants a model loaded from.
enum From {
    /// The models' folder, where it has this name.
    Name,
    /// A place in that folder.
    Path(PathBuf),
    /// What it sends.
    Files(Vec<SentFile>),
}

type Told<T> = oneshot::Sender<Result<T, Refusal>>;

/// Versions by alias.
pub type Aliases = BTreeMap<String, String>;

/// The same as a change: `None` takes an alias away.
pub type AliasChanges = BTreeMap<String, Option<String>>;

/// Commands that may wait.
const WAITING: usize = 64;

/// How far the thread stands back behind the workers, in the units of `nice`: reading a model takes a processor for
/// long, and where a worker shares that, its requests would wait in turn. About a tenth of it is left for the thread.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// How often it is looked whether a version that was replaced is done with.
const RETIRED: Duration = Duration::from_millis(100);

impl Loader {
    /// Goes on loading what this library has loaded the first of: when it is told to, and, if `watch`
    /// is given, as often as that, whenever files have changed and have stayed as they are since the last look.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn start(library: Library, watch: Option<Duration>) -> io::Result<Self> {
        let (commands, received) = sync_channel(WAITING);
        let outcomes = library.outcomes().clone();
        thread::Builder::new().name("loader".to_owned()).spawn(move || {
            // On Linux this is the thread's own; elsewhere it would be everybody's.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(NICE);
            run(library, watch, &received);
        })?;
        Ok(Self { commands, outcomes, by_clients: false })
    }

    /// The same for clients, too, who may have models loaded that are in the models' folder, or that they send.
    #[must_use]
    pub fn for_clients(self) -> Self {
        Self { by_clients: true, ..self }
    }

    /// Whether clients may have models loaded.
    #[must_use]
    pub fn is_for_clients(&self) -> bool {
        self.by_clients
    }

    /// Has everything loaded that has changed, some time soon.
    pub fn reload(&self) {
        // Where so much waits, one of these does.
        let _ = self.commands.try_send(Command::Reload);
    }

    /// Loads a model of the models' folder, or what is sent of it instead; it answers when this returns.
    ///
    /// # Errors
    ///
    /// There is no such model, or its file is refused: then what was served is served.
    pub async fn load(&self, name: &str, files: Vec<SentFile>) -> Result<(), Refusal> {
        let from = if files.is_empty() { From::Name } else { From::Files(files) };
        self.load_from(name, from).await
    }

    /// Loads a model of this name from a file or a folder within the models' folder.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and if that place is elsewhere.
    pub async fn load_at(&self, name: &str, path: impl Into<PathBuf>) -> Result<(), Refusal> {
        self.load_from(name, From::Path(path.into())).await
    }

    /// Takes a model away, with all its versions, until it is loaded again.
    ///
    /// # Errors
    ///
    /// There is no such model.
    pub async fn unload(&self, name: &str) -> Result<(), Refusal> {
        self.check_allowed(name, "unloaded")?;
        self.told(|told| Command::Unload { name: name.to_owned(), told }).await
    }

    /// Changes what versions of a model are called, all at once; returns what they are called then.
    ///
    /// # Errors
    ///
    /// There is no such model or version, or an alias is no name.
    pub async fn alias(&self, name: &str, changes: AliasChanges) -> Result<Aliases, Refusal> {
        self.check_allowed(name, "called otherwise")?;
        self.told(|told| Command::Alias { name: name.to_owned(), changes, told }).await
    }

    /// Has the models, and what became of loading them, on the page of metrics.
    pub fn told_by(&self, telemetry: &Telemetry, catalog: &Catalog) {
        let (outcomes, catalog) = (self.outcomes.clone(), catalog.clone());
        telemetry.add_families(move |families| outcomes.write(&catalog.snapshot(), families));
    }

    pub(crate) fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    async fn load_from(&self, name: &str, from: From) -> Result<(), Refusal> {
        self.check_allowed(name, "loaded")?;
        self.told(|told| Command::Load { name: name.to_owned(), from, told }).await
    }

    fn check_allowed(&self, name: &str, what: &str) -> Result<(), Refusal> {
        if self.by_clients { Ok(()) } else { Err(Refusal::fixed_models(name, what)) }
    }

    async fn told<T>(&self, command: impl FnOnce(Told<T>) -> Command) -> Result<T, Refusal> {
        let (told, answer) = oneshot::channel();
        self.commands.try_send(command(told)).map_err(|error| {
            Refusal::unavailable(match error {
                TrySendError::Full(_) => "too many models wait to be loaded",
                TrySendError::Disconnected(_) => "models are loaded no more",
            })
        })?;
        answer.await.unwrap_or_else(|_| Err(Refusal::panicked()))
    }
}

/// The life of the thread.
fn run(mut library: Library, watch: Option<Duration>, commands: &Receiver<Command>) {
    let mut next_look = watch.map(|watch| Instant::now() + watch);
    loop {
        let until_look = next_look.map(|at| at.saturating_duration_since(Instant::now()));
        let retiring = library.is_retiring().then_some(RETIRED);
        let command = match until_look.into_iter().chain(retiring).min() {
            Some(timeout) => commands.recv_timeout(timeout),
            None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match command {
            // A command that panics is answered by dropping whom to tell.
            Ok(command) => drop(panics::caught(|| library.obey(command))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if let (Some(watch), Some(at)) = (watch, next_look)
            && Instant::now() >= at
        {
            panics::caught(|| library.look());
            next_look = Some(Instant::now() + watch);
        }
        library.retire();
    }
}
