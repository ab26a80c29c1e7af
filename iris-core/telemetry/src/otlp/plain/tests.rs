//! The client beside servers that do not do what they should.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use super::*;

const YES: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Enough for whoever does not wait for something that never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that does with its connections what the test says, and a client of it.
fn client<T: Send + 'static>(
    timeout: Duration,
    headers: &[(&str, &str)],
    serve: impl FnOnce(&TcpListener) -> T + Send + 'static,
) -> (Plain, thread::JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let collector = format!("http://{}/v1/traces?a=b", listener.local_addr().unwrap()).parse().unwrap();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let client = Plain::to(&collector, &headers, timeout, None).unwrap();
    (client, thread::spawn(move || serve(&listener)))
}

/// The next connection.
fn accept(listener: &TcpListener) -> BufReader<TcpStream> {
    BufReader::new(listener.accept().unwrap().0)
}

/// The lines of a request's head, sorted behind the first, and its body.
fn request(stream: &mut BufReader<TcpStream>) -> (Vec<String>, Vec<u8>) {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.strip_suffix("\r\n").unwrap() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head[1..].sort();
    (head, body)
}

fn say(stream: &BufReader<TcpStream>, text: &str) {
    stream.get_ref().write_all(text.as_bytes()).unwrap();
}

fn ok(answer: io::Result<Answer>) {
    let answer = answer.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body), (200, b"ok".to_vec()));
}

#[test]
fn messages_go_over_one_connection() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let sent = large.clone();
    let (mut client, server) = client(PATIENCE, &[("x-key", "a b"), ("User-Agent", "me")], move |listener| {
        let mut stream = accept(listener);
        [b"one".to_vec(), sent, Vec::new()].map(|expected| {
            let (head, body) = request(&mut stream);
            assert_eq!(body.len(), expected.len());
            assert!(body == expected);
            say(&stream, YES);
            head
        })
    });
    let host = client.collector.authority().unwrap().to_string();
    for body in [&b"one"[..], &large, b""] {
        ok(client.post(body));
    }
    let heads = server.join().unwrap();
    let expected = [
        "POST /v1/traces?a=b HTTP/1.1",
        "User-Agent: me",
        "accept: */*",
        "content-length: 3",
        "content-type: application/x-protobuf",
        &format!("host: {host}"),
        "x-key: a b",
    ];
    assert_eq!(heads[0], expected);
    assert!(heads[1].contains(&"content-length: 3000000".to_owned()));
    assert!(heads[2].contains(&"content-length: 0".to_owned()));
}

#[test]
fn a_connection_that_is_not_to_be_kept_is_not() {
    for last in ["connection: close\r\n", "transfer-encoding: gzip\r\n"] {
        let (mut client, server) = client(PATIENCE, &[], move |listener| {
            for _ in 0..2 {
                let mut stream = accept(listener);
                request(&mut stream);
                say(&stream, &format!("HTTP/1.1 200 OK\r\n{last}\r\nok"));
            }
        });
        for _ in 0..2 {
            let answer = client.post(b"body").unwrap();
            assert_eq!(answer.status, 200);
            assert!(client.kept.is_none());
        }
        server.join().unwrap();
    }
}

/// Closed while nobody used it, with or without a word, or under the next message.
#[test]
fn a_kept_connection_that_is_dead_is_opened_anew() {
    let late = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n";
    for (word, reads_on) in [("", false), (late, false), ("", true)] {
        let (mut client, server) = client(PATIENCE, &[], move |listener| {
            let mut first = accept(listener);
            request(&mut first);
            say(&first, YES);
            if reads_on {
                request(&mut first);
            }
            say(&first, word);
            drop(first);
            let mut second = accept(listener);
            let (_, body) = request(&mut second);
            say(&second, YES);
            body
        });
        ok(client.post(b"one"));
        if !reads_on {
            // Until it has come that the connection is closed, perhaps with the answer.
            while client.kept.as_ref().is_some_and(is_idle) {
                thread::yield_now();
            }
        }
        ok(client.post(b"two"));
        assert_eq!(server.join().unwrap(), b"two");
    }
}

#[test]
fn a_new_connection_that_is_closed_is_an_error() {
    for part in ["", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let (mut client, server) = client(PATIENCE, &[], move |listener| {
            let mut stream = accept(listener);
            request(&mut stream);
            say(&stream, part);
        });
        assert_eq!(client.post(b"body").unwrap_err().kind(), ErrorKind::UnexpectedEof, "{part:?}");
        server.join().unwrap();
    }
}

/// Part of an answer may say that the message was taken: it is not sent again unasked.
#[test]
fn a_kept_connection_that_dies_in_its_answer_is_an_error() {
    let (mut client, server) = client(PATIENCE, &[], |listener| {
        let mut stream = accept(listener);
        for answer in [YES, "HTTP/1.1 200 OK\r\n"] {
            request(&mut stream);
            say(&stream, answer);
        }
    });
    ok(client.post(b"one"));
    assert_eq!(client.post(b"two").unwrap_err().kind(), ErrorKind::UnexpectedEof);
    server.join().unwrap();
}

#[test]
fn who_never_answers_is_given_up_on() {
    let short = Duration::from_millis(50);
    // The second does not even read, and the message is more than a kernel buffers.
    for (size, begins) in [(3, ""), (3, "HTTP/1.1 100 Continue\r\n\r\n"), (64 << 20, "")] {
        let (mut client, server) = client(short, &[], move |listener| {
            let stream = accept(listener);
            say(&stream, begins);
            stream
        });
        let before = Instant::now();
        assert_eq!(client.post(&vec![0; size]).unwrap_err().kind(), ErrorKind::TimedOut);
        assert!((short..PATIENCE).contains(&before.elapsed()));
        assert!(client.kept.is_none());
        server.join().unwrap();
    }
}

#[test]
fn who_answers_too_much_is_heard_as_far_as_the_status() {
    let (mut client, server) = client(PATIENCE, &[], |listener| {
        let mut stream = accept(listener);
        request(&mut stream);
        say(&stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
        // Until nobody listens any more.
        while stream.get_ref().write_all(&[b'x'; 4096]).is_ok() {}
    });
    let answer = client.post(b"body").unwrap();
    assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 0));
    assert!(client.kept.is_none());
    server.join().unwrap();
}

#[test]
fn who_refuses_before_the_end_of_the_message_is_heard() {
    let (mut client, server) = client(PATIENCE, &[], |listener| {
        let mut stream = accept(listener);
        stream.read_line(&mut String::new()).unwrap();
        say(&stream, "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig");
    });
    let answer = client.post(&vec![0; 64 << 20]).unwrap();
    assert_eq!((answer.status.as_u16(), answer.body), (413, b"big".to_vec()));
    server.join().unwrap();
}

#[test]
fn where_nobody_listens_it_says_so() {
    let (mut client, server) = client(PATIENCE, &[], |_| {});
    server.join().unwrap();
    assert_eq!(client.post(b"body").unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn encryption_and_proxies_and_framing_of_their_own_are_for_the_library() {
    let goes = |to: &str, headers: &[&str], proxy: Option<&Proxy>| {
        let headers: Vec<_> = headers.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        Plain::to(&to.parse().unwrap(), &headers, PATIENCE, proxy).is_some()
    };
    assert!(goes("http://collector", &[], None));
    assert!(goes("HTTP://collector:4318/v1/traces", &["authorization"], None));
    assert!(!goes("https://collector/v1/traces", &[], None));
    assert!(!goes("http://collector", &["Transfer-Encoding"], None));
    let proxy = Proxy::builder(ureq::ProxyProtocol::Http).host("proxy").port(3128);
    let proxy = proxy.no_proxy("near").build().unwrap();
    assert!(!goes("http://collector", &[], Some(&proxy)));
    assert!(goes("http://near", &[], Some(&proxy)));
}
