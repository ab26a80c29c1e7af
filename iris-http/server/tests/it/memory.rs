//! The memory of the process while clients try to have it all.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use crate::process::{Process, command, read_status};

const MIB: u64 = 1 << 20;
const LEN: usize = 2 << 20;

/// Sends a body but for its last byte, for as long as somebody takes it.
fn unfinished(process: &Process) -> TcpStream {
    let head = format!("POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {LEN}\r\n\r\n");
    let mut stream = process.send(&head);
    stream.set_nonblocking(true).unwrap();
    let mut left = LEN - 1;
    while left > 0 {
        match stream.write(&vec![b' '; left]) {
            Ok(n) => left -= n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => break,
        }
    }
    stream
}

fn page(process: &Process) -> String {
    let mut page = String::new();
    let request = "GET /metrics HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n";
    process.send(request).read_to_string(&mut page).unwrap();
    page
}

#[test]
fn bodies_that_do_not_end_cost_no_more_than_the_flag_says() {
    let process = Process::start(command(&["--http", "127.0.0.1:0", "--threads", "2", "--memory", "24MiB"]));
    let before = process.resident_bytes();
    assert!(page(&process).contains("\niris_memory_limit_bytes 25165824\n"));
    let mut unfinished: Vec<TcpStream> = (0..100).map(|_| unfinished(&process)).collect();
    // Those that find no room are told so after a second.
    loop {
        let page = page(&process);
        let refused = "iris_memory_refused_total{kind=\"bodies\"} ";
        let count = page.split_once(refused).unwrap().1.lines().next().unwrap();
        if count.parse::<u64>().unwrap() > 0 {
            break;
        }
    }
    let grown = process.resident_bytes().saturating_sub(before);
    assert!(grown < 64 * MIB, "{} MiB for 100 bodies", grown / MIB);
    let small = "POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]";
    assert_eq!(read_status(process.send(small)), "HTTP/1.1 200 OK");
    unfinished.clear();
    let given_back = "\niris_memory_held_bytes{kind=\"bodies\"} 0\n";
    while !page(&process).contains(given_back) {}
}
