//! A gRPC call by hand: the few frames of HTTP/2 that an empty message takes.

use std::io::{Read, Write};
use std::net::TcpStream;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Calls a method with an empty message, and waits for the end of its answer.
pub(super) fn unary(address: &str, path: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    send(&mut stream, SETTINGS, 0, 0, &[]);
    // By their places in the static table: POST, http, and the names of authority, path and content type.
    let mut head = vec![0x83, 0x86];
    for (name, value) in [(&[0x01][..], "iris"), (&[0x04], path), (&[0x0f, 0x10], "application/grpc")] {
        head.extend(name);
        head.extend(length_and(value));
    }
    head.push(0);
    head.extend(length_and("te"));
    head.extend(length_and("trailers"));
    send(&mut stream, HEADERS, END_HEADERS, 1, &head);
    send(&mut stream, DATA, END_STREAM, 1, &[0; 5]);
    loop {
        let (kind, flags, id) = skip_frame(&mut stream);
        if id == 1 && kind <= HEADERS && flags & END_STREAM != 0 {
            return;
        }
    }
}

fn length_and(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 127, "longer texts have lengths of several bytes");
    [&[length], text.as_bytes()].concat()
}

fn send(stream: &mut TcpStream, kind: u8, flags: u8, id: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let frame = [&length[1..], &[kind, flags], &id.to_be_bytes(), payload].concat();
    stream.write_all(&frame).unwrap();
}

/// Reads a frame; what it is, its flags and its stream.
fn skip_frame(stream: &mut TcpStream) -> (u8, u8, u32) {
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    std::io::copy(&mut stream.take(length.into()), &mut std::io::sink()).unwrap();
    (head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]))
}
