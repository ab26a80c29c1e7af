//! What keeps others out: the certificates and the keys, read at the start and again.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use iris_serving::Loader;
use iris_serving::gate::{Gate, Keys};
use iris_serving::net::{Address, Tls};
use tracing::{error, info, warn};

use crate::cli::Cli;

/// Both, if there are any.
#[derive(Default)]
pub(crate) struct Access {
    pub(crate) tls: Option<Tls>,
    pub(crate) gate: Gate,
    /// What loads models again.
    pub(crate) models: Option<Loader>,
    keys: Option<PathBuf>,
    /// The files as they were when they were last read.
    seen: Vec<Option<Stamp>>,
}

/// What tells one state of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
}

/// How often the files are looked at. No notice is sent of all changes: of those
/// behind a link, as Kubernetes makes them, for one.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

impl Access {
    pub(crate) fn open(cli: &Cli) -> Result<Self, String> {
        let tls = cli.access.tls.files().map(Tls::open).transpose();
        let tls = tls.map_err(|error| format!("no TLS: {error}"))?;
        let keys = cli.access.api_keys.clone();
        let gate =
            keys.as_deref().map(|path| read(path).map(Gate::with_keys)).transpose()?.unwrap_or_default();
        let mut access = Self { tls, gate, models: None, keys, seen: Vec::new() };
        access.seen = access.stamps();
        Ok(access)
    }

    /// Says what everybody can reach who reaches this machine.
    pub(crate) fn warn_of_open(&self, addresses: &[Address]) {
        let is_open =
            self.gate.is_open() && self.tls.as_ref().is_none_or(|tls| tls.files().client_ca.is_none());
        let public: Vec<String> =
            addresses.iter().filter(|address| !address.is_local()).map(Address::to_string).collect();
        if is_open && !public.is_empty() {
            warn!(
                addresses = public.join(" "),
                "whoever reaches this machine may ask: there are neither --api-keys nor --tls-client-ca"
            );
        }
    }

    /// Reads the files again if one of them has changed.
    pub(crate) fn look(&mut self) {
        if self.stamps() != self.seen {
            self.reload();
        }
    }

    /// Reads the files again; what cannot be read stays as it was.
    pub(crate) fn reload(&mut self) {
        // Before they are read: what changes meanwhile is seen the next time.
        self.seen = self.stamps();
        if self.seen.is_empty() && self.models.is_none() {
            info!("there is nothing to reload");
        }
        if let Some(tls) = &self.tls {
            match tls.reload() {
                Ok(()) => info!("the certificates are read again"),
                Err(error) => error!("the certificates stay as they were: {error}"),
            }
        }
        if let Some(path) = &self.keys {
            match read(path) {
                Ok(keys) => {
                    let count = keys.names().len();
                    self.gate.replace(keys);
                    info!(keys = count, "the keys are read again");
                }
                Err(reason) => error!("the keys stay as they were: {reason}"),
            }
        }
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        let files = self.tls.iter().flat_map(|tls| tls.files().paths()).chain(self.keys.as_deref());
        files.map(Stamp::of).collect()
    }
}

impl Stamp {
    /// `None` for a file that is not there.
    fn of(path: &Path) -> Option<Self> {
        let found = path.metadata().ok()?;
        Some(Self { modified: found.modified().ok(), len: found.len() })
    }
}

fn read(path: &Path) -> Result<Keys, String> {
    Keys::open(path).map_err(|error| format!("no keys: {error}"))
}
