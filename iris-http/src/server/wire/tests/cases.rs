//! What clients send, and how much of it is common.

use super::LONGEST;

/// One connection's bytes.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Requests that are answered at once, each with its status.
    pub(super) common: Vec<(String, u16)>,
    /// What follows them.
    pub(super) rest: String,
    pub(super) then: Then,
}

/// What becomes of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// More is waited for.
    Waits,
    /// It is handed over.
    HandsOver,
}

const PREDICT: &str = "/predict";
const INFER: &str = "/v2/models/iris/infer";
const FLOWER: &str = r#"{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}"#;

/// A request of this form is a common one.
pub(super) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: iris\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

pub(super) fn predict() -> String {
    post(PREDICT, "content-type: application/json\r\n", FLOWER)
}

fn infer(outputs: &str) -> String {
    let input = r#"{"name":"x","shape":[1,4],"datatype":"FP64","data":[5.1,3.5,1.4,0.2]}"#;
    post(INFER, "", &format!(r#"{{"id":"7","inputs":[{input}],"outputs":{outputs}}}"#))
}

/// A prediction whose request is so many bytes long, by its body or by its head.
pub(super) fn long_body(len: usize) -> String {
    let pad = |n| post(PREDICT, "", &format!("{FLOWER}{}", " ".repeat(n)));
    // The length of the length is the same for both.
    pad(1_500 + len - pad(1_500).len())
}

pub(super) fn long_head(len: usize) -> String {
    let pad = |n| post(PREDICT, &format!("x: {}\r\n", "y".repeat(n)), FLOWER);
    pad(len - pad(0).len())
}

/// Every case; the rows say nothing twice.
pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name, common: &[(&str, u16)], rest: &str, then| {
        let common = common.iter().map(|(request, status)| ((*request).to_owned(), *status)).collect();
        cases.push(Case { name, common, rest: rest.to_owned(), then });
    };
    let (one, one_infer) = (predict(), infer("null"));
    let (one, one_infer) = (one.as_str(), one_infer.as_str());
    let (ok, half) = ((one, 200), &one[..one.len() / 2]);
    let head = &one[..one.len() - FLOWER.len()];

    case("nothing", &[], "", Then::Waits);
    case("a prediction", &[ok], "", Then::Waits);
    case("an inference", &[(one_infer, 200)], "", Then::Waits);
    let [named, no_alias, unknown] = ["iris", "iris@nobody", "rose"]
        .map(|model| post(&format!("/models/{model}/predict"), "content-type: application/json\r\n", FLOWER));
    let unknown_infer = one_infer.replace("iris/infer", "rose/infer");
    let of_models = [(named.as_str(), 200), (&no_alias, 404), (&unknown, 404), (&unknown_infer, 404)];
    case("models by their names", &of_models, "", Then::Waits);
    case("three in a row", &[ok, (one_infer, 200), ok], "", Then::Waits);
    let long = long_head(LONGEST / 5);
    case("more in a row than the buffer holds", &[(long.as_str(), 200); 8], "", Then::Waits);
    case("two and a half", &[ok, ok], half, Then::Waits);
    case("half a head", &[], half, Then::Waits);
    case("a head", &[], head, Then::Waits);
    case("a head behind a request", &[ok], head, Then::Waits);
    case("all but a byte", &[], &one[..one.len() - 1], Then::Waits);

    let binary = infer(r#"[{"name":"predict","parameters":{"binary_data":true}}]"#);
    case("tensors in the answer", &[(&binary, 200), ok], "", Then::Waits);
    let many = post(PREDICT, "", &format!("[{}]", vec!["[5.1,3.5,1.4,0.2]"; 50].join(",")));
    case("an answer longer than the buffer", &[(&many, 200), ok], "", Then::Waits);
    let (wrong, broken, empty) =
        (post(PREDICT, "", "[[1,2,3]]"), post(PREDICT, "", "{"), post(PREDICT, "", ""));
    case("refusals", &[(&wrong, 422), (&broken, 422), ok, (&empty, 422)], "", Then::Waits);
    let (nobody, no_output) = (post(INFER, "", "{}"), infer(r#"[{"name":"nope"}]"#));
    case("refused inferences", &[(&nobody, 400), (&no_output, 400)], half, Then::Waits);

    for (name, headers) in [
        ("lower case", "content-type: application/json\r\naccept: */*\r\n"),
        ("upper case", "CONTENT-TYPE: APPLICATION/JSON; CHARSET=UTF-8\r\nCONNECTION: KEEP-ALIVE\r\n"),
        (
            "trace context",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n\
             x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/1;o=1\r\n",
        ),
        ("trace context that is none", "traceparent: nonsense\r\ntracestate: ,,\r\n"),
        ("no blank after a colon", "y:z\r\nx:\r\n"),
    ] {
        case(name, &[(&post(PREDICT, headers, FLOWER), 200)], "", Then::Waits);
    }

    let (longest_body, longest_head) = (long_body(LONGEST), long_head(LONGEST));
    case("the longest", &[(&longest_body, 200), (&longest_head, 200)], "", Then::Waits);
    case("a body too long", &[ok], &long_body(LONGEST + 1), Then::HandsOver);
    case("a head that leaves the body no room", &[ok], &long_head(LONGEST + 1), Then::HandsOver);
    case("a head too long", &[ok], &long_head(2 * LONGEST), Then::HandsOver);
    case("a head without end", &[], &long_head(LONGEST + 99)[..LONGEST], Then::HandsOver);
    case("a body of 3 MB", &[ok], &head.replace(&FLOWER.len().to_string(), "3000000"), Then::HandsOver);

    for line in [
        "GET /livez HTTP/1.1",
        "GET /predict HTTP/1.1",
        "PUT /predict HTTP/1.1",
        "POST /predict HTTP/1.0",
        "POST /predict?a HTTP/1.1",
        "POST http://iris/predict HTTP/1.1",
        "POST /v2/models/ros%65/infer HTTP/1.1",
        "POST /models/iris/versions/1/predict HTTP/1.1",
        "post /predict HTTP/1.1",
        "\u{16}\u{3}\u{1}\u{2} hello",
        "",
    ] {
        let request = format!("{line}\r\nhost: iris\r\ncontent-length: 0\r\n\r\n");
        case("another request line", &[], &request, Then::HandsOver);
        case("another request line between", &[ok], &(request + one), Then::HandsOver);
    }
    for header in [
        "transfer-encoding: chunked",
        "Transfer-Encoding: Chunked",
        "expect: 100-continue",
        "connection: close",
        "Connection: Close",
        "upgrade: websocket",
        "content-encoding: gzip",
        "content-type: text/plain",
        "accept: application/problem+json",
        "inference-header-content-length: 7",
        "content-length: 75",
        "traceparent: a\r\ntraceparent: b",
        "not a header",
        "folded: a\r\n b",
        "blank : a",
        "host: iris",
    ] {
        let unusual = post(PREDICT, &format!("{header}\r\n"), FLOWER);
        case("another header", &[], &unusual, Then::HandsOver);
        case("another header between", &[ok], &(unusual + one), Then::HandsOver);
    }
    for length in ["", "-1", "+75", "7 5", "0x4b", "75, 75", "99999999999999999999"] {
        let request =
            format!("POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {length}\r\n\r\n{FLOWER}");
        case("a bad length", &[ok], &request, Then::HandsOver);
    }
    case("no length", &[ok], "POST /predict HTTP/1.1\r\nhost: iris\r\n\r\n", Then::HandsOver);
    for host in ["", "host: \r\n", "host: a b\r\n", "host: a/b\r\n", "host: a:x\r\n", "host:\t\r\n"] {
        let request = one.replace("host: iris\r\n", host);
        case("a bad host", &[ok], &request, Then::HandsOver);
    }
    case("another host", &[(&one.replace("host: iris", "HOST: 127.0.0.1:80"), 200)], "", Then::Waits);
    let (preface, half_preface) = ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PR");
    case("HTTP/2", &[], preface, Then::HandsOver);
    case("HTTP/2 that begins", &[], half_preface, Then::HandsOver);
    cases
}
