//! The flags of encryption.

use std::path::PathBuf;

use clap::Args;
use iris_serving::net::TlsFiles;

/// What connections are encrypted with, if they are.
#[derive(Debug, Args)]
pub(crate) struct TlsFlags {
    /// Certificate of the server, in PEM: HTTP and gRPC are then encrypted by TLS 1.2 or 1.3.
    ///
    /// With those between it and its root. Read again when the file changes, and on SIGHUP.
    #[arg(
        id = "tls_cert",
        long = "tls-cert",
        env = "IRIS_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    cert: Option<PathBuf>,

    /// Private key of the certificate, in PEM.
    #[arg(
        id = "tls_key",
        long = "tls-key",
        env = "IRIS_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    key: Option<PathBuf>,

    /// Certificates of which one must have signed a client's; without them clients need none.
    #[arg(
        id = "tls_client_ca",
        long = "tls-client-ca",
        env = "IRIS_TLS_CLIENT_CA",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    client_ca: Option<PathBuf>,
}

impl TlsFlags {
    /// The files, if connections are to be encrypted.
    pub(crate) fn files(&self) -> Option<TlsFiles> {
        let (certificates, key) = self.cert.clone().zip(self.key.clone())?;
        Some(TlsFiles { certificates, key, client_ca: self.client_ca.clone() })
    }
}
