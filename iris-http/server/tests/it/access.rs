//! Keys, certificates, sockets with paths, and what systemd gives: by the flags.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::process::{Process, command};

const KEYS: &str = "[[keys]]\nname = \"app\"\nkey = \"s3cr3t-of-app\"\nclasses = [\"predict\"]\n";

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("iris-access-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, file: &str) -> String {
        self.0.join(file).to_str().unwrap().to_owned()
    }

    fn write(&self, file: &str, content: &str) -> String {
        // In one step, for it may be read at any moment.
        fs::write(self.0.join("new"), content).unwrap();
        fs::rename(self.0.join("new"), self.0.join(file)).unwrap();
        self.path(file)
    }

    /// Puts a certificate in the place of the one there was; returns how to trust it.
    fn certify(&self) -> Certificate<'static> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        self.write("cert.pem", &cert.pem());
        self.write("key.pem", &signing_key.serialize_pem());
        Certificate::from_der(cert.der()).to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The status of `/predict` with this key.
fn predict(process: &Process, key: &str) -> String {
    let text = format!(
        "POST /predict HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]"
    );
    let mut status = String::new();
    BufReader::new(process.send(&text)).read_line(&mut status).unwrap();
    status.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn keys_are_read_again_on_a_hangup_and_stand_in_no_log() {
    let folder = Folder::new();
    let keys = folder.write("keys.toml", KEYS);
    let mut process =
        Process::start(command(&["--http", "127.0.0.1:0", "--api-keys", &keys, "--access-log"]));
    assert_eq!([predict(&process, "s3cr3t-of-app"), predict(&process, "s3cr3t-of-none")], ["200", "401"]);
    folder.write("keys.toml", "[[keys]]\nkey = \"s3cr3t-of-app\"\nbroken");
    process.signal("HUP");
    process.await_in_log("the keys stay as they were");
    assert_eq!(predict(&process, "s3cr3t-of-app"), "200");
    folder.write("keys.toml", &KEYS.replace("of-app", "renewed"));
    process.signal("HUP");
    process.await_in_log("the keys are read again");
    assert_eq!([predict(&process, "s3cr3t-of-app"), predict(&process, "s3cr3t-renewed")], ["401", "200"]);
    process.signal("TERM");
    let (status, log) = process.wait();
    assert!(status.success() && !log.contains("s3cr3t"), "{log}");
}

#[test]
fn a_file_that_changes_is_read_again() {
    let folder = Folder::new();
    let keys = folder.write("keys.toml", KEYS);
    let mut process = Process::start(command(&["--http", "127.0.0.1:0", "--api-keys", &keys]));
    folder.write("keys.toml", &KEYS.replace("of-app", "of-another"));
    process.await_in_log("the keys are read again");
    assert_eq!(predict(&process, "s3cr3t-of-another"), "200");
}

#[test]
fn files_that_cannot_be_used_end_the_start() {
    let folder = Folder::new();
    folder.certify();
    let (broken, cert, nowhere) =
        (folder.write("broken", "s3cr3t = ["), folder.path("cert.pem"), folder.path("none"));
    for (arguments, told) in [
        (&["--api-keys", &broken][..], "no keys: "),
        (&["--api-keys", &nowhere], "no keys: "),
        (&["--tls-cert", &cert, "--tls-key", &broken], "no TLS: "),
        (&["--tls-cert", &cert, "--tls-key", &nowhere], "no TLS: "),
    ] {
        let output = command(&[&["--http", "127.0.0.1:0"], arguments].concat()).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && log.contains(told) && !log.contains("s3cr3t"), "{log}");
    }
}

#[test]
fn only_who_reaches_beyond_this_machine_is_warned_of() {
    let folder = Folder::new();
    let keys = folder.write("keys.toml", KEYS);
    for (arguments, warned) in [
        (&["--http", "127.0.0.1:0"][..], false),
        (&["--http", "0.0.0.0:0"], true),
        (&["--http", "127.0.0.1:0", "--grpc", "0.0.0.0:0"], true),
        (&["--http", "0.0.0.0:0", "--api-keys", &keys], false),
    ] {
        let process = Process::start(command(arguments));
        process.signal("TERM");
        let (_, log) = process.wait_for_output();
        assert_eq!(log.matches("whoever reaches this machine may ask").count(), usize::from(warned), "{log}");
    }
}

#[test]
fn certificates_are_read_again_on_a_hangup() {
    let folder = Folder::new();
    let first = folder.certify();
    let (cert, key) = (folder.path("cert.pem"), folder.path("key.pem"));
    let tls = ["--tls-cert", &cert, "--tls-key", &key];
    let mut process = Process::start(command(&[&["--http", "127.0.0.1:0"], &tls[..]].concat()));
    let port = process.address.rsplit(':').next().unwrap().to_owned();
    let ask = |trusted: &Certificate<'static>| {
        let tls =
            TlsConfig::builder().root_certs(RootCerts::new_with_certs(std::slice::from_ref(trusted))).build();
        let config =
            ureq::Agent::config_builder().tls_config(tls).timeout_global(Some(Duration::from_secs(20)));
        let agent: ureq::Agent = config.build().into();
        agent
            .post(format!("https://localhost:{port}/predict"))
            .send("[[5,3.5,1,0]]")
            .map(|answer| answer.status().as_u16())
    };
    assert_eq!(ask(&first).unwrap(), 200);
    folder.write("key.pem", "broken");
    process.signal("HUP");
    process.await_in_log("the certificates stay as they were");
    assert_eq!(ask(&first).unwrap(), 200);
    let second = folder.certify();
    process.signal("HUP");
    process.await_in_log("the certificates are read again");
    assert_eq!(ask(&second).unwrap(), 200);
    assert!(ask(&first).is_err());
    let health = command(&[&["health", "--http", &process.address], &tls[..]].concat()).output().unwrap();
    assert!(health.status.success(), "{health:?}");
}

#[test]
fn a_path_is_served_like_a_port() {
    let folder = Folder::new();
    let path = folder.path("http");
    let address = format!("unix:{path}");
    let process = Process::start(command(&["--http", &address, "--threads", "2"]));
    assert_eq!(process.address, address);
    for _ in 0..4 {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(b"POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    let health = command(&["health", "--http", &address]).output().unwrap();
    assert!(health.status.success(), "{health:?}");
    process.signal("TERM");
    assert!(process.wait().0.success());
    assert!(!PathBuf::from(&path).exists());
    let health = command(&["health", "--http", &address]).output().unwrap();
    assert!(!health.status.success());
}

#[test]
fn systemd_gives_a_socket_and_is_told_how_far_it_is() {
    let folder = Folder::new();
    let told = UnixDatagram::bind(folder.path("notify")).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // A shell, as the variable names the process that the socket is for.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "LISTEN_PID=$$ exec \"$0\" 3<&0 0</dev/null", env!("CARGO_BIN_EXE_iris-server")]);
    shell.env_clear().env("IRIS_GRPC_ADDR", "off").env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", "http");
    shell.env("NOTIFY_SOCKET", folder.path("notify")).env("IRIS_THREADS", "2");
    shell.stdin(OwnedFd::from(listener)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = Process::start(shell);
    assert_eq!(process.address, address);
    let hear = || {
        let mut state = [0; 64];
        let n_bytes = told.recv(&mut state).unwrap();
        String::from_utf8_lossy(&state[..n_bytes]).trim().to_owned()
    };
    assert_eq!(hear(), "READY=1");
    assert_eq!(predict(&process, ""), "200");
    process.signal("TERM");
    assert_eq!(hear(), "STOPPING=1");
    assert!(process.wait().0.success());
}
