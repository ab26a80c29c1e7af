//! Clients that take places and time, and the listener that they do not reach.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Process, command, read_status};

/// The process with a listener for probes and metrics, and the address of that.
fn with_admin(arguments: &[&str]) -> (Process, String) {
    let mut command = command(&["--http", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.args(arguments);
    let mut process = Process::start(command);
    let line = process.next_line();
    let admin = line.strip_prefix("listening admin=").map(str::to_owned);
    (process, admin.unwrap_or_else(|| panic!("no address in {line:?}")))
}

/// The status line, the head and the body of an answer.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn figure(page: &str, sample: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(sample));
    line.unwrap_or_else(|| panic!("no {sample} in {page}")).trim().parse().unwrap()
}

#[test]
fn silent_connections_keep_nobody_out_and_are_counted() {
    let (server, admin) = with_admin(&["--max-connections", "20", "--threads", "2"]);
    let silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    for _ in 0..20 {
        assert!(get(&server.address, "/livez").starts_with("HTTP/1.1 200 OK"));
    }
    let page = get(&admin, "/metrics");
    assert!(figure(&page, "iris_connections_closed_total{reason=\"recycled\"}") >= 180, "{page}");
    assert!(figure(&page, "iris_connections_open{door=\"http\"}") <= 20, "{page}");
    assert!(figure(&page, "iris_connections_accepted_total{door=\"http\"}") >= 220, "{page}");
    assert_eq!(figure(&page, "iris_connections_open{door=\"admin\"}"), 1);
    drop(silent);
}

#[test]
fn the_admin_listener_has_its_own_routes_and_ends_with_the_others() {
    let (server, admin) = with_admin(&[]);
    for path in ["/", "/livez", "/readyz", "/metrics"] {
        assert!(get(&admin, path).starts_with("HTTP/1.1 200 OK"), "{path}");
    }
    for path in ["/predict", "/v2"] {
        assert!(get(&admin, path).starts_with("HTTP/1.1 404 "), "{path}");
    }
    server.signal("TERM");
    assert!(server.wait().0.success());
    assert!(TcpStream::connect(&admin).is_err());
}

#[test]
fn each_wait_ends_when_its_flag_says() {
    let (server, admin) = with_admin(&[
        "--silent-timeout=200ms",
        "--head-timeout=200ms",
        "--body-timeout=200ms",
        "--idle-timeout=200ms",
    ]);
    let head = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 90000\r\n\r\n";
    let kept = "GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n";
    for (sent, reason) in [("", "silent"), ("POST /pre", "head"), (kept, "idle"), (head, "body")] {
        let mut stream = server.send(sent);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let (mut answer, began) = (String::new(), Instant::now());
        drop(stream.read_to_string(&mut answer));
        assert!(began.elapsed() < Duration::from_secs(10), "{reason}");
        // A body that is late is answered, or closed, whichever is noticed first.
        if reason != "body" {
            let page = get(&admin, "/metrics");
            let sample = format!("iris_connections_closed_total{{reason=\"{reason}\"}}");
            assert_eq!(figure(&page, &sample), 1, "{reason}");
        }
    }
}

#[test]
fn few_open_files_bound_the_connections() {
    let program = env!("CARGO_BIN_EXE_iris-server");
    let mut limited = Command::new("sh");
    let line = format!("ulimit -n 64; exec {program} --http 127.0.0.1:0 --grpc off --threads 2");
    limited.args(["-c", &line]).env_clear();
    limited.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    let mut server = Process::start({
        limited.stderr(std::process::Stdio::piped());
        limited
    });
    server.await_in_log("fewer connections than asked for");
    let silent: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    for _ in 0..5 {
        let stream = server.send("GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n");
        assert_eq!(read_status(stream), "HTTP/1.1 200 OK");
    }
    drop(silent);
}

#[test]
fn scrapes_at_once_make_no_threads() {
    let (server, admin) = with_admin(&["--threads", "2"]);
    let scrapes: Vec<_> = (0..100)
        .map(|n| {
            let address = if n % 2 == 0 { admin.clone() } else { server.address.clone() };
            std::thread::spawn(move || get(&address, "/metrics"))
        })
        .collect();
    for scrape in scrapes {
        assert!(scrape.join().unwrap().starts_with("HTTP/1.1 200 OK"));
    }
    // Two workers, three of the lane and one that helps it, two of telemetry, the main thread, the log, the
    // admin listener, and one for pages in each of three runtimes.
    let threads = figure(&get(&admin, "/metrics"), "process_threads");
    assert!(threads <= 14, "{threads}");
}
