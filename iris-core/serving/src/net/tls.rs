//! Encrypted connections: certificates that can be read anew, and the handshake.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Stopped, Stream};
use crate::timeouts::timeout;

/// What connections are encrypted with: TLS 1.2 or 1.3. Cheap to clone; clones
/// share it, and learn of what is [read anew](Self::reload).
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
}

/// The files that hold it, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its root.
    pub certificates: PathBuf,
    /// The private key of the first of them.
    pub key: PathBuf,
    /// Certificates of which one must have signed a client's; `None` asks clients for none.
    pub client_ca: Option<PathBuf>,
}

/// A file that cannot be used, and why. It never shows what the file holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct TlsError {
    path: PathBuf,
    reason: String,
}

struct Shared {
    files: TlsFiles,
    config: ArcSwap<ServerConfig>,
}

/// Encrypts the connections of one listener, whose protocol it offers.
pub(super) struct Acceptor {
    tls: Tls,
    protocols: &'static [&'static [u8]],
    /// What all listeners share when this was made of it.
    shared: Arc<ServerConfig>,
    own: Arc<ServerConfig>,
}

/// How long a client may take for the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take to hear goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// If one cannot be read, holds nothing of its kind, or the key is not the certificate's.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let config = ArcSwap::from_pointee(read(&files)?);
        Ok(Self { shared: Arc::new(Shared { files, config }) })
    }

    /// Reads the files again, for the connections to come. Those there are stay as they are.
    ///
    /// # Errors
    ///
    /// As when they were first read; then what was read before is still used.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.shared.config.store(Arc::new(read(&self.shared.files)?));
        Ok(())
    }

    /// The files, of which a change is a reason to read them again.
    #[must_use]
    pub fn files(&self) -> &TlsFiles {
        &self.shared.files
    }

    pub(super) fn offering(self, protocols: &'static [&'static [u8]]) -> Acceptor {
        let shared = self.shared.config.load_full();
        let own = offering(&shared, protocols);
        Acceptor { tls: self, protocols, shared, own }
    }
}

impl TlsFiles {
    /// Each of them.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.certificates), Some(&self.key), self.client_ca.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }
}

/// Says nothing of keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", self.files()).finish_non_exhaustive()
    }
}

impl Acceptor {
    /// The handshake of a client that has just connected. Who speaks something
    /// else is told so by an alert.
    pub(super) fn handshake(
        &mut self,
        stream: TcpStream,
    ) -> impl Future<Output = io::Result<TlsStream<TcpStream>>> + Send + 'static {
        let current = self.tls.shared.config.load();
        if !Arc::ptr_eq(&current, &self.shared) {
            self.shared = Arc::clone(&current);
            self.own = offering(&self.shared, self.protocols);
        }
        let accept = TlsAcceptor::from(Arc::clone(&self.own)).accept(stream);
        async { timeout(HANDSHAKE, accept).await.ok_or(io::ErrorKind::TimedOut)? }
    }
}

impl Stream for TlsStream<TcpStream> {
    fn peer(&self) -> Option<SocketAddr> {
        self.get_ref().0.peer()
    }

    async fn close(mut self) {
        // A client that is gone, or does not listen, misses nothing.
        drop(timeout(GOODBYE, self.shutdown()).await);
    }
}

/// Done a moment after the stop: who has not come to a request by then has lost none.
pub(super) async fn too_late(stopped: Stopped) {
    stopped.wait().await;
    sleep(GOODBYE).await;
}

/// The same with these protocols to choose from; clones share the keys of tickets.
fn offering(config: &ServerConfig, protocols: &[&[u8]]) -> Arc<ServerConfig> {
    let mut config = config.clone();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

fn read(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let TlsFiles { certificates, key, client_ca } = files;
    let chain = certificates_of(certificates)?;
    let at_key = |error: &dyn fmt::Display| TlsError::new(key, error);
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| at_key(&error))?;
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::new(certificates, &error))?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for root in certificates_of(path)? {
                roots.add(root).map_err(|error| TlsError::new(path, &error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::new(path, &error))?)
        }
    };
    let mut config = builder.with_single_cert(chain, private).map_err(|error| at_key(&error))?;
    // Who comes back is known by what was given along, and not by what is kept here.
    config.ticketer = Ticketer::new().map_err(|error| at_key(&error))?;
    Ok(config)
}

fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => Err(TlsError::new(path, &"there is no certificate in it")),
        found => found.map_err(|error| TlsError::new(path, &error)),
    }
}

impl TlsError {
    fn new(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}
