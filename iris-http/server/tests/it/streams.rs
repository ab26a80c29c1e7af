//! Standard output and error that are full, closed, or read by nobody.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::process::{command, read_log, read_status};

const REQUEST: &str = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]";

/// What would otherwise be waited for without end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose address is known beforehand, for it may not be able to say it.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Bound and not listening, which keeps the port from everybody who did not ask for it.
    _port: Socket,
}

impl Server {
    fn start(with: impl FnOnce(&[&str]) -> Command) -> Self {
        let port = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        port.set_reuse_address(true).unwrap();
        port.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let address = port.local_addr().unwrap().as_socket().unwrap();
        let arguments = ["--http", &address.to_string(), "--threads", "1", "--drain-grace", "1s"];
        Self { child: with(&arguments).spawn().unwrap(), address, _port: port }
    }

    /// A connection, as soon as the server listens.
    fn connect(&mut self) -> TcpStream {
        let since = Instant::now();
        let stream = loop {
            match TcpStream::connect(self.address) {
                Ok(stream) => break stream,
                Err(error) => assert!(since.elapsed() < PATIENCE, "{error}"),
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended");
            std::thread::yield_now();
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn answers(&mut self) -> bool {
        let mut stream = self.connect();
        stream.write_all(REQUEST.as_bytes()).unwrap();
        read_status(stream) == "HTTP/1.1 200 OK"
    }

    fn stop(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not stop");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The server behind a line of shell, which runs it as `"$0" "$@"`.
fn shell(script: &str, arguments: &[&str]) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().env("IRIS_GRPC_ADDR", "off");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_iris-server")]).args(arguments);
    shell
}

/// A stream that takes no more bytes, for as long as its other end is kept.
fn stuck() -> (UnixStream, Stdio) {
    let (unread, mut full) = UnixStream::pair().unwrap();
    full.set_nonblocking(true).unwrap();
    for size in [4_096, 1] {
        while full.write(&vec![b'.'; size]).is_ok() {}
    }
    full.set_nonblocking(false).unwrap();
    (unread, OwnedFd::from(full).into())
}

fn dev_full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

#[test]
fn what_cannot_be_printed_is_in_the_log() {
    let without_reader = || Stdio::from(std::io::pipe().unwrap().1);
    for stdout in [dev_full(), without_reader()] {
        let mut server = Server::start(|arguments| {
            let mut command = command(arguments);
            command.stdout(stdout);
            command
        });
        let said = format!("cannot print to standard output: listening http={}", server.address);
        let log = read_log(&mut server.child, &said);
        assert!(log.lines().last().unwrap().contains("WARN"), "{log}");
        assert!(server.answers());
        assert!(server.stop().success());
    }
}

#[test]
fn a_standard_output_that_takes_nothing_holds_up_nothing() {
    let (_unread, stdout) = stuck();
    let mut server = Server::start(|arguments| {
        let mut command = command(arguments);
        command.stdout(stdout).env("OTEL_TRACES_EXPORTER", "console");
        command
    });
    assert!(server.answers());
    assert!(server.stop().success());
}

#[test]
fn a_standard_error_that_takes_nothing_holds_up_nothing() {
    let (_unread, stderr) = stuck();
    let mut server = Server::start(|arguments| {
        let mut command = command(arguments);
        command.arg("--access-log").stderr(stderr);
        command
    });
    assert!(server.answers());
    assert!(server.stop().success());
}

#[test]
fn an_access_log_that_nobody_reads_holds_up_neither_requests_nor_the_stop() {
    let mut server = Server::start(|arguments| {
        let mut command = command(arguments);
        command.arg("--access-log");
        command
    });
    let mut stream = server.connect();
    let mut answer = [0; 4_096];
    for _ in 0..5_000 {
        stream.write_all(REQUEST.as_bytes()).unwrap();
        assert_ne!(stream.read(&mut answer).unwrap(), 0);
    }
    assert!(server.answers());
    assert!(server.stop().success());
    // As much as the pipe holds, while the lines came to many times that.
    let mut log = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.len() > 32_768);
}

#[test]
fn few_descriptors_and_a_stuck_log_keep_nobody_out() {
    const DESCRIPTORS: usize = 48;
    let (_unread, stderr) = stuck();
    let mut server = Server::start(|arguments| {
        let mut command = shell(&format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\""), arguments);
        command.stdout(Stdio::null()).stderr(stderr);
        command
    });
    assert!(server.answers());
    // Connections alone do not use them up.
    let clients: Vec<TcpStream> = (0..2 * DESCRIPTORS).map(|_| server.connect()).collect();
    // Those that are idle make room, before the descriptors are used up.
    assert!(server.answers());
    let open = format!("/proc/{}/fd", server.child.id());
    assert!(std::fs::read_dir(&open).unwrap().count() < DESCRIPTORS);
    drop(clients);
    let process = server.child.id().to_string();
    let limit = |soft: usize| {
        let mut prlimit = Command::new("prlimit");
        assert!(prlimit.args(["--pid", &process, &format!("--nofile={soft}:")]).status().unwrap().success());
    };
    limit(0);
    let mut waiting = server.connect();
    waiting.write_all(b"GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n").unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(waiting.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    limit(DESCRIPTORS);
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(waiting.read(&mut [0]).unwrap(), 1);
    assert!(server.answers());
    assert!(server.stop().success());
}

#[test]
fn closed_streams_are_done_without() {
    let mut server =
        Server::start(|arguments| shell("exec \"$0\" \"$@\" --access-log <&- >&- 2>&-", arguments));
    assert!(server.answers());
    assert!(server.stop().success());
}

#[test]
fn health_tells_by_its_exit_code_alone() {
    let mut server = Server::start(command);
    assert!(server.answers());
    let address = server.address.to_string();
    let ask = || command(&["health", "--http", &address]).stdout(dev_full()).stderr(dev_full()).status();
    assert_eq!(ask().unwrap().code(), Some(0));
    assert!(server.stop().success());
    assert_eq!(ask().unwrap().code(), Some(1));
}
