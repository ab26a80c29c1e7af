//! Encrypted connections, with the protocol of a byte there and a byte back.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use iris_serving::net::{
    self, Address, ClientLimits, Clients, Listener, Protocol, Stream, Tls, TlsFiles, serve,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const GRACE: Duration = Duration::from_secs(20);

/// Gives bytes back until the client ends.
struct Echo;

impl Protocol for Echo {
    const NAMES: &'static [&'static [u8]] = &[b"echo/2", b"echo/1"];

    fn connection<S: Stream>(
        &self,
        stream: S,
        client: net::Client,
    ) -> impl Future<Output = ()> + Send + 'static {
        echo(stream, client)
    }
}

async fn echo(mut stream: impl Stream, client: net::Client) {
    while let Ok(byte) = stream.read_u8().await {
        stream.write_u8(byte).await.unwrap();
        stream.flush().await.unwrap();
    }
    stream.close().await;
    drop(client);
}

/// Somebody who signs certificates, and a folder for them.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("iris-tls-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// Puts a certificate for `localhost` in the place of the one there was.
    fn issue(&self) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = TlsFiles {
            certificates: self.folder.join("cert.pem"),
            key: self.folder.join("key.pem"),
            client_ca: None,
        };
        fs::write(&files.certificates, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    /// The same for clients that it has signed.
    fn issue_mutual(&self) -> TlsFiles {
        TlsFiles { client_ca: Some(self.folder.join("ca.pem")), ..self.issue() }
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A client that trusts `authority` and has a certificate of `signed_by`'s.
struct Client {
    versions: &'static [&'static SupportedProtocolVersion],
    protocols: Vec<Vec<u8>>,
    identity: Option<Arc<Authority>>,
}

impl Client {
    fn plain() -> Self {
        Self { versions: rustls::ALL_VERSIONS, protocols: Vec::new(), identity: None }
    }

    async fn connect(
        &self,
        address: SocketAddr,
        authority: &Authority,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.issuer.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(default_provider().into())
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(signed_by) => {
                let key = KeyPair::generate().unwrap();
                let params = CertificateParams::new(["client".to_owned()]).unwrap();
                let certificate = params.signed_by(&key, &signed_by.issuer).unwrap();
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        };
        config.alpn_protocols.clone_from(&self.protocols);
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
    }

    /// Whether a byte comes back: a client's certificate is refused after the client's own handshake.
    async fn ask(&self, address: SocketAddr, authority: &Authority) -> std::io::Result<TlsStream<TcpStream>> {
        let mut stream = self.connect(address, authority).await?;
        stream.write_u8(7).await?;
        assert_eq!(stream.read_u8().await?, 7);
        Ok(stream)
    }
}

/// Serves while `clients` runs.
async fn serving<T>(tls: &Tls, clients: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let address = Address::Tcp((Ipv4Addr::LOCALHOST, 0).into());
    let bound = address.bind(1.try_into().unwrap()).unwrap().remove(0);
    let Address::Tcp(address) = bound.address().unwrap() else { panic!() };
    let listener = Listener::new(bound).unwrap().with_tls(Some(tls.clone()));
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = serve(listener, |_| Echo, Clients::new(ClientLimits::default()), GRACE, async {
        drop(stopped.await);
    });
    let clients = async {
        let outcome = clients(address).await;
        drop(stop);
        outcome
    };
    let (cut_off, outcome) = tokio::join!(serve, clients);
    assert_eq!(cut_off, 0);
    outcome
}

#[tokio::test]
async fn both_versions_are_spoken_and_goodbye_is_said() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    serving(&tls, async |address| {
        for (versions, spoken) in [
            (&[&version::TLS13][..], ProtocolVersion::TLSv1_3),
            (&[&version::TLS12], ProtocolVersion::TLSv1_2),
        ] {
            let client =
                Client { versions: Box::leak(versions.to_vec().into_boxed_slice()), ..Client::plain() };
            let mut stream = client.ask(address, &authority).await.unwrap();
            assert_eq!(stream.get_ref().1.protocol_version(), Some(spoken));
            stream.shutdown().await.unwrap();
            // Without a goodbye this would be an unexpected end.
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn the_protocol_is_agreed_on() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    let offering = |protocols: &[&str]| Client {
        protocols: protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect(),
        ..Client::plain()
    };
    serving(&tls, async |address| {
        for (offered, chosen) in
            [(&[][..], None), (&["echo/1"], Some("echo/1")), (&["echo/1", "echo/2", "else"], Some("echo/2"))]
        {
            let stream = offering(offered).ask(address, &authority).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), chosen.map(str::as_bytes));
        }
        let error = offering(&["else"]).connect(address, &authority).await.unwrap_err();
        assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn only_clients_that_the_authority_has_signed_get_in() {
    let [authority, other] = [(); 2].map(|()| Arc::new(Authority::new()));
    let tls = Tls::open(authority.issue_mutual()).unwrap();
    serving(&tls, async |address| {
        for (identity, gets_in) in [(Some(&authority), true), (Some(&other), false), (None, false)] {
            let client = Client { identity: identity.cloned(), ..Client::plain() };
            assert_eq!(client.ask(address, &authority).await.is_ok(), gets_in);
        }
    })
    .await;
}

#[tokio::test]
async fn certificates_are_read_anew_and_broken_ones_change_nothing() {
    let [old, new] = [(); 2].map(|()| Authority::new());
    let files = old.issue();
    let tls = Tls::open(files.clone()).unwrap();
    let client = Client::plain();
    serving(&tls, async |address| {
        let mut before = client.ask(address, &old).await.unwrap();
        fs::write(&files.certificates, "broken").unwrap();
        tls.reload().unwrap_err();
        client.ask(address, &old).await.unwrap();
        let renewed = new.issue();
        fs::copy(renewed.certificates, &files.certificates).unwrap();
        // The key is still the other's.
        tls.reload().unwrap_err();
        client.ask(address, &old).await.unwrap();
        fs::copy(renewed.key, &files.key).unwrap();
        tls.reload().unwrap();
        client.ask(address, &new).await.unwrap();
        client.ask(address, &old).await.unwrap_err();
        before.write_u8(9).await.unwrap();
        assert_eq!(before.read_u8().await.unwrap(), 9);
    })
    .await;
}

#[tokio::test]
async fn who_does_not_encrypt_is_told_so_and_does_not_wait() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    serving(&tls, async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        // The alert: its type, the version, its length, how grave it is.
        let mut alert = [0; 7];
        stream.read_exact(&mut alert).await.unwrap();
        assert_eq!((alert[0], alert[5]), (21, 2), "{alert:?}");
        let end = stream.read(&mut [0; 1]).await.map_err(|error| error.kind());
        assert!(matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)), "{end:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_begin_is_let_go_after_ten_seconds() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    serving(&tls, async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let started = tokio::time::Instant::now();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
        assert!((10..12).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_begin_does_not_hold_up_a_stop() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    let started = tokio::time::Instant::now();
    let silent = serving(&tls, async |address| TcpStream::connect(address).await.unwrap()).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    drop(silent);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new();
    let files = authority.issue_mutual();
    for (broken, named) in [
        (TlsFiles { certificates: "/nowhere/cert".into(), ..files.clone() }, "/nowhere/cert"),
        (TlsFiles { certificates: files.key.clone(), ..files.clone() }, "key.pem"),
        (TlsFiles { key: files.certificates.clone(), ..files.clone() }, "cert.pem"),
        (TlsFiles { client_ca: Some(files.key.clone()), ..files.clone() }, "key.pem"),
    ] {
        let error = Tls::open(broken).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains(": "), "{error}");
    }
    assert!(!format!("{:?}", Tls::open(files).unwrap()).contains("PRIVATE"));
}

#[tokio::test]
async fn a_path_is_listened_on_by_every_worker_and_never_encrypted() {
    let authority = Authority::new();
    let tls = Tls::open(authority.issue()).unwrap();
    let path = authority.folder.join("socket");
    let address = Address::Unix(path.clone());
    let bound = address.bind(2.try_into().unwrap()).unwrap();
    assert_eq!(bound[1].address().unwrap(), address);
    let (stop, stopped) = tokio::sync::watch::channel(());
    let [first, second] = <[_; 2]>::try_from(bound).unwrap().map(|bound| {
        let mut stopped = stopped.clone();
        let listener = Listener::new(bound).unwrap().with_tls(Some(tls.clone()));
        serve(listener, |_| Echo, Clients::new(ClientLimits::default()), GRACE, async move {
            drop(stopped.changed().await);
        })
    });
    let clients = async {
        for byte in 0..20 {
            let mut stream = UnixStream::connect(&path).await.unwrap();
            stream.write_u8(byte).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), byte);
        }
        drop(stop);
    };
    assert_eq!(tokio::join!(first, second, clients), (0, 0, ()));
    assert!(!path.exists());
}
