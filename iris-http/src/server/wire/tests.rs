//! Plays what clients send into a wire, cut in every way.

mod cases;

use std::fmt::Write;
use std::iter;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::Duration;

use axum::body::Body;
use http::Request;
use http::header::{CONTENT_LENGTH, DATE};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_serving::{Catalog, Client, Form, Lane, Model};
use tower::ServiceExt;

use super::*;
use crate::server::date::Date;
use crate::{HttpService, router};
use cases::Then;

const ARRIVAL: Arrival = Arrival { started: None, date: Date::EPOCH, is_measured: false };

fn service() -> HttpService {
    HttpService::new("iris", "1", Predictor::iris())
}

fn fast_path() -> FastPath {
    FastPath::new(service())
}

/// What came of a connection.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    output: Vec<u8>,
    /// The rest, and with whom it lies: the wire, if it waits for more.
    rest: Vec<u8>,
    then: Then,
}

/// Drives a wire as a socket would from which one piece after the other comes,
/// and into which so many bytes go at a time.
fn play<'p>(service: &FastPath, pieces: impl IntoIterator<Item = &'p [u8]>, n_written: usize) -> Played {
    let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    let mut piece: &[u8] = &[];
    let mut output = Vec::new();
    let mut wire = Wire::new(service);
    let mut next = Step::Read;
    loop {
        next = match next {
            Step::Read => {
                if piece.is_empty() {
                    let Some(next_piece) = pieces.next() else {
                        return Played { output, rest: wire.spare().clone(), then: Then::Waits };
                    };
                    piece = next_piece;
                }
                let buffer = wire.spare();
                let room = buffer.capacity() - buffer.len();
                assert_ne!(room, 0, "there is to be read, but no room");
                let (read, left) = piece.split_at(room.min(piece.len()));
                buffer.extend_from_slice(read);
                piece = left;
                wire.received(read.len(), &ARRIVAL)
            }
            Step::Write(bytes) => {
                assert_ne!(bytes, b"", "there is nothing to be written");
                let n_bytes = n_written.min(bytes.len());
                output.extend_from_slice(&bytes[..n_bytes]);
                wire.wrote(n_bytes)
            }
            Step::Dear => {
                let dear = wire.take_dear();
                wire.answered(answer::answer_dear(service, &dear, &ARRIVAL), &ARRIVAL)
            }
            Step::HandOver(mut rest) => {
                rest.extend(iter::once(piece).chain(pieces).flatten());
                return Played { output, rest, then: Then::HandsOver };
            }
            Step::Close => panic!("the connection is closed, but not by the client"),
        };
    }
}

/// What the router answers a common request, as the fast path would write it.
fn by_router(router: &axum::Router, request: &str) -> (u16, Vec<u8>) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let path = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| line.split_once(':').unwrap());
    let request = headers
        .fold(Request::post(path), |request, (name, value)| request.header(name, value.trim()))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let mut head = format!("HTTP/1.1 {status}\r\n");
        // Who answered comes first in a head of the fast path; the order of fields means nothing.
        let (first, rest): (Vec<_>, Vec<_>) =
            response.headers().iter().partition(|(name, _)| *name == "iris-model");
        for (name, value) in first.into_iter().chain(rest) {
            if ![CONTENT_LENGTH, DATE].contains(name) {
                write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
            }
        }
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let date = "Thu, 01 Jan 1970 00:00:00 GMT";
        write!(head, "content-length: {}\r\ndate: {date}\r\n\r\n", body.len()).unwrap();
        (status.as_u16(), [head.as_bytes(), &body].concat())
    })
}

#[test]
fn every_case_however_it_is_cut() {
    let (service, router) = (fast_path(), router(&service()));
    for case in cases::all() {
        let mut sent = String::new();
        let mut expected = Played { output: Vec::new(), rest: case.rest.clone().into(), then: case.then };
        for (request, status) in case.common {
            let (answered, answer) = by_router(&router, &request);
            assert_eq!(answered, status, "{}: {request}", case.name);
            expected.output.extend(answer);
            sent += &request;
        }
        sent += &case.rest;
        let sent = sent.as_bytes();
        let assert_alike = |played: Played, how: &str| {
            let text = String::from_utf8_lossy;
            let show = |played: &Played| format!("{}{}", text(&played.output), text(&played.rest));
            let (name, was) = (case.name, show(&played));
            assert!(played == expected, "{name}, {how}: {was:?} instead of {:?}", show(&expected));
        };
        for cut in 0..=sent.len() {
            let (first, second) = sent.split_at(cut);
            assert_alike(play(&service, [first, second], usize::MAX), &format!("cut at {cut}"));
        }
        for len in (1..20).chain([64, 127, 1_000]) {
            assert_alike(play(&service, sent.chunks(len), usize::MAX), &format!("{len} bytes at a time"));
            assert_alike(play(&service, [sent], len), &format!("{len} bytes written at a time"));
        }
        assert_alike(play(&service, sent.chunks(1), 1), "byte by byte, both ways");
    }
}

#[test]
fn an_answer_to_the_last_byte() {
    let played = play(&fast_path(), [cases::predict().as_bytes()], usize::MAX);
    let answer = String::from_utf8(played.output).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = body.len();
    assert_eq!(
        head,
        format!(
            "HTTP/1.1 200 OK\r\niris-model: iris/1\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT"
        )
    );
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["predicted_species"], "setosa");
}

/// A wire that has read and answered all of this.
fn after<'s>(service: &'s FastPath, sent: &str) -> Wire<'s> {
    let mut wire = Wire::new(service);
    if sent.is_empty() {
        return wire;
    }
    wire.spare().extend_from_slice(sent.as_bytes());
    if let Step::Write(answers) = wire.received(sent.len(), &ARRIVAL) {
        let n_bytes = answers.len();
        assert_eq!(wire.wrote(n_bytes), Step::Read);
    }
    wire
}

#[test]
fn a_client_that_sends_no_more_is_left() {
    let service = fast_path();
    let one = cases::predict();
    for sent in ["", &one, &one[..50]] {
        assert_eq!(after(&service, sent).received(0, &ARRIVAL), Step::Close, "{sent}");
    }
}

#[test]
fn a_silent_client_is_left_in_the_middle_of_a_request_by_hyper() {
    let service = fast_path();
    let one = cases::predict();
    assert_eq!(after(&service, "").silent(), Step::Close);
    assert_eq!(after(&service, &one).silent(), Step::Close);
    let half = &one[..50];
    assert_eq!(after(&service, half).silent(), Step::HandOver(half.into()));
}

#[test]
fn a_stop_hands_over_what_has_come_in() {
    let service = fast_path();
    let one = cases::predict();
    assert_eq!(after(&service, "").stopped(), Step::Close);
    assert_eq!(after(&service, &one).stopped(), Step::Close);
    for len in [1, one.len()] {
        let mut wire = after(&service, &one);
        wire.spare().extend_from_slice(&one.as_bytes()[..len]);
        assert_eq!(wire.stopped(), Step::HandOver(one.as_bytes()[..len].into()));
    }
}

#[test]
fn a_server_that_wants_no_traffic_answers_nothing_here() {
    let service = fast_path();
    service.service().catalog().readiness().set(false);
    let one = cases::predict();
    let played = play(&service, [one.as_bytes()], usize::MAX);
    assert_eq!(played, Played { output: Vec::new(), rest: one.into(), then: Then::HandsOver });
}

#[test]
fn a_body_over_the_limit_is_the_routers() {
    let one = cases::predict();
    for (limit, then) in [(74, Then::HandsOver), (75, Then::Waits)] {
        let service = FastPath::new(service().with_max_body(limit));
        assert_eq!(play(&service, [one.as_bytes()], usize::MAX).then, then, "{limit}");
    }
}

#[test]
fn a_long_answer_does_not_keep_its_memory() {
    let service = fast_path();
    let rows = vec!["[5.1,3.5,1.4,0.2]"; 50].join(",");
    let wire = after(&service, &cases::post("/predict", "", &format!("[{rows}]")));
    assert_eq!(wire.output.capacity(), OUTPUT);
    assert_eq!(wire.input.capacity(), LONGEST);
}

/// A service that refuses whatever is dear: somebody is in the lane, and another waits, who is just dear.
fn overloaded() -> (FastPath, impl Sized) {
    let lane = Lane::start(NonZeroUsize::MIN, Duration::from_nanos(1)).unwrap();
    let (free, busy) = mpsc::channel::<()>();
    let (start, started) = mpsc::channel();
    let queue = |work: Box<dyn FnOnce() + Send>| {
        let mut run = Box::pin(lane.wait(&Client::default(), Form::Text, 4_000).unwrap().run(work));
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        run
    };
    let first = queue(Box::new(move || {
        start.send(()).unwrap();
        busy.recv().unwrap_or_default();
    }));
    started.recv().unwrap();
    let waiting = [first, queue(Box::new(|| ()))];
    let model = Model::new("iris", "1", Predictor::iris());
    let service = HttpService::serving(Catalog::new(model).with_lane(lane));
    (FastPath::new(service), (free, waiting))
}

#[test]
fn a_request_costs_by_its_body_wherever_it_is_answered() {
    let request = cases::post("/predict", "user-agent: somebody\r\n", "[5.1,3.5,1.4,0.2]");
    assert_eq!(answer::cost(&fast_path(), request.as_bytes()).1, "[5.1,3.5,1.4,0.2]".len());
}

#[test]
fn a_refused_body_is_thrown_away_however_it_is_cut() {
    let (service, _full) = overloaded();
    let dear = cases::post("/predict", "", &format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; 600].join(",")));
    let sent = [dear.as_str(), &cases::predict(), &dear].concat();
    let sent = sent.as_bytes();
    let expected = play(&service, [sent], usize::MAX);
    let text = String::from_utf8_lossy(&expected.output);
    let statuses: Vec<_> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["503", "200", "503"], "{text}");
    assert_eq!((expected.rest.len(), expected.then), (0, Then::Waits));
    for cut in 0..=sent.len() {
        let (first, second) = sent.split_at(cut);
        assert!(play(&service, [first, second], usize::MAX) == expected, "cut at {cut}");
    }
    for len in [1, 7, 64, 1_000, 3_000] {
        assert!(play(&service, sent.chunks(len), usize::MAX) == expected, "{len} bytes at a time");
    }
    let mut wire = after(&service, &dear[..1_000]);
    assert!(wire.spare().capacity() > LONGEST, "it is read in large pieces");
    let rest = &dear.as_bytes()[1_000..];
    wire.spare().extend_from_slice(rest);
    assert_eq!(wire.received(rest.len(), &ARRIVAL), Step::Read);
    assert_eq!(wire.input.len(), 0);
    assert!(wire.spare().capacity() >= dear.len(), "the next one is read at once");
    let one = cases::predict();
    wire.spare().extend_from_slice(one.as_bytes());
    assert!(matches!(wire.received(one.len(), &ARRIVAL), Step::Write(_)));
    assert_eq!(wire.input.capacity(), LONGEST);
}

#[test]
fn a_stop_does_not_take_a_refused_body_for_a_request() {
    let (service, _full) = overloaded();
    let dear = cases::post("/predict", "", &" ".repeat(10_000));
    let mut wire = after(&service, &dear[..1_000]);
    service.service().catalog().readiness().set(false);
    wire.spare().extend_from_slice(&dear.as_bytes()[1_000..5_000]);
    assert_eq!(wire.received(4_000, &ARRIVAL), Step::Read);
    assert_eq!(wire.stopped(), Step::Close);
}

#[test]
fn a_dear_request_is_taken_out_however_it_is_cut() {
    let lane = Lane::start(NonZeroUsize::MIN, Lane::DEFAULT_MAX_WAIT).unwrap();
    let model = Model::new("iris", "1", Predictor::iris());
    let service = FastPath::new(HttpService::serving(Catalog::new(model).with_lane(lane)));
    let rows = |n| format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; n].join(","));
    let dear = cases::post("/predict", "", &rows(600));
    let sent = [dear.as_str(), &cases::predict(), &dear].concat();
    let sent = sent.as_bytes();
    let expected = play(&service, [sent], usize::MAX);
    let text = String::from_utf8_lossy(&expected.output);
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(text.matches(r#""predicted_species":"setosa""#).count(), 1_201);
    assert_eq!((expected.rest.len(), expected.then), (0, Then::Waits));
    for cut in (0..=sent.len()).step_by(197) {
        let (first, second) = sent.split_at(cut);
        assert!(play(&service, [first, second], usize::MAX) == expected, "cut at {cut}");
    }
    for len in [64, 1_000, 3_000] {
        assert!(play(&service, sent.chunks(len), usize::MAX) == expected, "{len} bytes at a time");
    }
    let long = cases::post("/predict", "", &rows(5_000));
    let played = play(&service, [long.as_bytes()], usize::MAX);
    assert_eq!((played.rest.len(), played.then), (long.len(), Then::HandsOver), "it is too long");
}
