//! Versions that take each other's place under load: every answer is one's.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_serving::{Catalog, Model};
use serde_json::Value;

use crate::server::{Server, test_data};

const SWAPS: usize = 100;

/// Those of even numbers are of another file than those of odd ones.
fn version(number: usize) -> Model {
    let other = || Predictor::read(&test_data("onnx/logistic_regression_three_ints_double.onnx")).unwrap();
    let predictor = if number.is_multiple_of(2) { other() } else { Predictor::iris() };
    Model::new("m", number.to_string(), predictor)
}

/// One request on a connection that is kept; returns the body of its answer.
fn ask(stream: &mut TcpStream, request: &[u8]) -> Value {
    stream.write_all(request).unwrap();
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let n = stream.read(&mut buffer).unwrap();
        assert_ne!(n, 0, "the connection was closed: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&text);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{text}");
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == len.parse::<usize>().unwrap() {
            return serde_json::from_str(body).unwrap();
        }
    }
}

/// What an answer says but for the version, and that.
fn told(answer: &Value) -> (usize, String) {
    let mut answer = answer.as_array().map_or(answer, |rows| &rows[0]).clone();
    let mut told = 0;
    for name in ["version", "model_version"] {
        if let Some(version) = answer.as_object_mut().unwrap().remove(name) {
            told = version.as_str().unwrap().parse().unwrap();
        }
    }
    (told, answer.to_string())
}

#[test]
fn every_answer_is_one_versions_through_many_swaps() {
    let catalog = Catalog::new(version(1));
    let server = Server::start(HttpService::serving(catalog.clone()), Limits::default());
    let (is_over, n_answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let infer = r#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[5,3.5,1,0]}]}"#;
    let post = |path: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: iris\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    // By the fast path, and by the router.
    let requests = [
        post("/predict", "[[5,3.5,1,0]]"),
        post("/models/m/predict", "[[5,3.5,1,0]]"),
        post("/v2/models/m/infer", infer),
    ];
    std::thread::scope(|scope| {
        let load = requests.iter().map(|request| {
            let (is_over, n_answers, server) = (&is_over, &n_answers, &server);
            scope.spawn(move || {
                let mut stream = server.connect();
                let mut answers: BTreeMap<usize, String> = BTreeMap::new();
                while !is_over.load(Ordering::Relaxed) {
                    let (version, answer) = told(&ask(&mut stream, request.as_bytes()));
                    let known = answers.entry(version).or_insert_with(|| answer.clone());
                    assert_eq!(*known, answer, "version {version}");
                    n_answers.fetch_add(1, Ordering::Relaxed);
                }
                answers
            })
        });
        let load: Vec<_> = load.collect();
        for number in 2..2 + SWAPS {
            let before = n_answers.load(Ordering::Relaxed);
            let model = version(number);
            catalog.change(|served| {
                served.put(model);
                served.retain("m", |version| version == number.to_string());
            });
            while n_answers.load(Ordering::Relaxed) < before + 3 {
                assert!(
                    !load.iter().all(std::thread::ScopedJoinHandle::is_finished),
                    "every client has failed"
                );
                std::thread::yield_now();
            }
        }
        is_over.store(true, Ordering::Relaxed);
        for client in load {
            let answers = client.join().unwrap();
            assert!(answers.len() > 2, "{answers:?}");
            // All of one file say the same, and those of the other something else.
            let of = |odd: bool| answers.iter().filter(move |(version, _)| (*version % 2 == 1) == odd);
            for odd in [true, false] {
                let mut told: Vec<&String> = of(odd).map(|(_, answer)| answer).collect();
                told.dedup();
                assert!(told.len() <= 1, "{told:?}");
            }
            if let (Some((_, odd)), Some((_, even))) = (of(true).next(), of(false).next()) {
                assert_ne!(odd, even);
            }
        }
    });
}
