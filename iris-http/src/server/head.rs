//! Is this the request that nearly every request is?

use std::mem::MaybeUninit;
use std::sync::Arc;

use httparse::{Header, Request, Status};
use iris_telemetry::ContextHeaders;

use super::host;

/// A request that the fast path can answer: a body of known length in JSON, on
/// a connection that stays open, with nothing that asks for more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// What it asks for.
    pub(super) route: Route,
    /// The path of that.
    pub(super) path: &'a str,
    /// The model that it names, with the alias of a version behind an @, if it names one.
    pub(super) model: Option<&'a str>,
    /// Bytes up to the body.
    pub(super) len: usize,
    /// Bytes of the body.
    pub(super) body_len: usize,
    /// Where it says that it comes from.
    pub(super) context: ContextHeaders<'a>,
    /// What the client calls itself.
    pub(super) user_agent: Option<&'a [u8]>,
    /// Whom a proxy says that it asks for.
    pub(super) forwarded: Option<&'a [u8]>,
    pub(super) x_forwarded_for: Option<&'a [u8]>,
    /// The headers that may hold a key.
    pub(super) authorization: Option<&'a [u8]>,
    pub(super) x_api_key: Option<&'a [u8]>,
    /// The value of the header by which requests go to one of several versions.
    pub(super) split_key: Option<&'a [u8]>,
}

/// The routes that have common requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// `/predict`.
    Predict,
    /// `/models/{model}/predict`.
    PredictModel,
    /// `/v2/models/{model}/infer`.
    Infer,
}

/// How common requests begin that name no model.
const PREDICT: &[u8] = b"POST /predict HTTP/1.1\r\n";

/// What stands before and behind the name of a model in the others.
const OF_MODEL: [(&[u8], &[u8], Route); 2] = [
    (b"POST /v2/models/", b"/infer HTTP/1.1\r\n", Route::Infer),
    (b"POST /models/", b"/predict HTTP/1.1\r\n", Route::PredictModel),
];

/// Bytes of the longest name that a common request has.
const LONGEST_NAME: usize = 128;

/// What decides whether a request is a common one, beside the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Customs {
    /// Whether pages of other origins may ask, to which the router answers.
    has_origins: bool,
    split_header: Option<Arc<str>>,
}

/// The first line of a common request.
#[derive(Debug, Clone, Copy)]
struct RequestLine<'a> {
    route: Route,
    path: &'a str,
    model: Option<&'a str>,
}

impl Customs {
    /// The same where pages of other origins may ask.
    pub(super) fn with_origins(self, has_origins: bool) -> Self {
        Self { has_origins, ..self }
    }

    /// The same where requests go to one of several versions by this header.
    pub(super) fn with_split_header(self, name: Option<&str>) -> Self {
        Self { split_header: name.map(Arc::from), ..self }
    }
}

impl<'a> RequestLine<'a> {
    /// The line at the front of the bytes read; `Err` of whether they may become one.
    #[inline]
    fn of(input: &'a [u8]) -> Result<Self, bool> {
        if input.starts_with(PREDICT) {
            return Ok(Self { route: Route::Predict, path: "/predict", model: None });
        }
        for (before, behind, route) in OF_MODEL {
            let Some(rest) = input.strip_prefix(before) else { continue };
            let len = rest.iter().take(LONGEST_NAME).take_while(|byte| is_plain(**byte)).count();
            let (name, rest) = rest.split_at(len);
            if !rest.starts_with(behind) || name.is_empty() {
                return Err(behind.starts_with(rest));
            }
            let end = before.len() + len + behind.len() - VERSION.len();
            // It is ASCII, as each byte has been looked at.
            let path = str::from_utf8(&input[METHOD.len()..end]).map_err(|_| false)?;
            let model = &path[before.len() - METHOD.len()..][..len];
            return Ok(Self { route, path, model: Some(model) });
        }
        Err(PREDICT.starts_with(input) || OF_MODEL.iter().any(|(before, ..)| before.starts_with(input)))
    }
}

const METHOD: &[u8] = b"POST ";
const VERSION: &[u8] = b" HTTP/1.1\r\n";

/// Whether it stands for itself in a path; the router knows what does not.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte)
}

/// What lies at the front of the bytes read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Front<'a> {
    /// The head of a common request.
    Common(Head<'a>),
    /// What may become one.
    Incomplete,
    /// Anything else. That is no judgement: it is left to hyper and the
    /// router, which answer all of HTTP/1.1.
    Other,
}

/// Headers looked at; a request with more is not the common one.
const MAX_HEADERS: usize = 32;

impl<'a> Front<'a> {
    #[inline]
    pub(super) fn of(customs: &Customs, input: &'a [u8]) -> Self {
        let Customs { has_origins, split_header } = customs;
        let line = match RequestLine::of(input) {
            Ok(line) => line,
            Err(true) => return Self::Incomplete,
            Err(false) => return Self::Other,
        };
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
        let mut request = Request::new(&mut []);
        match request.parse_with_uninit_headers(input, &mut headers) {
            Ok(Status::Complete(len)) => {
                let head = read(line, len, request.headers, *has_origins);
                head.map_or(Self::Other, |head| {
                    let value = split_header.as_deref().and_then(|name| first(name, request.headers));
                    Self::Common(Head { split_key: value, ..head })
                })
            }
            Ok(Status::Partial) => Self::Incomplete,
            Err(_) => Self::Other,
        }
    }
}

/// The value of the first header of this name, as the router finds it.
fn first<'a>(name: &str, headers: &[Header<'a>]) -> Option<&'a [u8]> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

/// What the headers say, if that is the length of the body and nothing unusual.
#[inline]
fn read<'a>(
    line: RequestLine<'a>,
    len: usize,
    headers: &[Header<'a>],
    has_origins: bool,
) -> Option<Head<'a>> {
    let mut body_len = None;
    let mut has_host = false;
    let mut context = ContextHeaders::default();
    let (mut user_agent, mut forwarded, mut x_forwarded_for) = (None, None, None);
    let (mut authorization, mut x_api_key) = (None, None);
    for header in headers {
        match Kind::of(header.name) {
            Kind::Host if !has_host && host::is_valid(header.value) => has_host = true,
            Kind::ContentLength if body_len.is_none() => body_len = Some(length(header.value)?),
            Kind::ContentType if is_json(header.value) => {}
            Kind::Connection if header.value.eq_ignore_ascii_case(b"keep-alive") => {}
            // A problem document is wanted if anything goes wrong.
            Kind::Accept if !contains(header.value, b"problem") => {}
            Kind::Traceparent if context.traceparent.is_none() => context.traceparent = Some(header.value),
            Kind::Tracestate if context.tracestate.is_none() => context.tracestate = Some(header.value),
            // Of several the first counts, as in the router.
            Kind::UserAgent => user_agent = user_agent.or(Some(header.value)),
            Kind::Forwarded if forwarded.is_none() => forwarded = Some(header.value),
            Kind::ForwardedFor if x_forwarded_for.is_none() => x_forwarded_for = Some(header.value),
            Kind::Authorization if authorization.is_none() => authorization = Some(header.value),
            Kind::ApiKey if x_api_key.is_none() => x_api_key = Some(header.value),
            Kind::CloudTrace => context.cloud_trace = Some(header.value),
            Kind::Origin if !has_origins => {}
            Kind::Other => {}
            _ => return None,
        }
    }
    let RequestLine { route, path, model } = line;
    let body_len = body_len.filter(|_| has_host)?;
    Some(Head {
        route,
        path,
        model,
        len,
        body_len,
        context,
        user_agent,
        forwarded,
        x_forwarded_for,
        authorization,
        x_api_key,
        split_key: None,
    })
}

/// The two spellings that clients use.
fn is_json(value: &[u8]) -> bool {
    value == b"application/json" || value.eq_ignore_ascii_case(b"application/json; charset=utf-8")
}

/// What a header means to the framing or the form of the answer.
enum Kind {
    Accept,
    ApiKey,
    Authorization,
    Connection,
    ContentLength,
    ContentType,
    Forwarded,
    ForwardedFor,
    Host,
    Origin,
    Traceparent,
    Tracestate,
    CloudTrace,
    UserAgent,
    /// Another framing, another protocol, a wait before the body, or tensors in it.
    Unusual,
    Other,
}

impl Kind {
    #[inline]
    fn of(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name.len() {
            4 if is("host") => Self::Host,
            6 if is("accept") => Self::Accept,
            6 if is("expect") => Self::Unusual,
            6 if is("origin") => Self::Origin,
            7 if is("upgrade") => Self::Unusual,
            9 if is("forwarded") => Self::Forwarded,
            10 if is("user-agent") => Self::UserAgent,
            9 if is("x-api-key") => Self::ApiKey,
            10 if is("connection") => Self::Connection,
            10 if is("tracestate") => Self::Tracestate,
            11 if is("traceparent") => Self::Traceparent,
            12 if is("content-type") => Self::ContentType,
            13 if is("authorization") => Self::Authorization,
            14 if is("content-length") => Self::ContentLength,
            15 if is("x-forwarded-for") => Self::ForwardedFor,
            16 if is("content-encoding") => Self::Unusual,
            17 if is("transfer-encoding") => Self::Unusual,
            31 if is("inference-header-content-length") => Self::Unusual,
            21 if is("x-cloud-trace-context") => Self::CloudTrace,
            _ => Self::Other,
        }
    }
}

/// Digits only, and few enough not to overflow.
fn length(value: &[u8]) -> Option<usize> {
    let is_number = (1..=9).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| value.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(input: &[u8]) -> Front<'_> {
        Front::of(&Customs::default(), input)
    }

    fn parse(headers: &str) -> Option<usize> {
        let head = format!("POST /predict HTTP/1.1\r\nHost: a:80\r\n{headers}\r\n");
        match front(format!("{head}body").as_bytes()) {
            Front::Common(found) => {
                assert_eq!(found.len, head.len());
                Some(found.body_len)
            }
            Front::Incomplete => panic!("{headers} is complete"),
            Front::Other => None,
        }
    }

    #[test]
    fn the_common_request_whoever_sends_it() {
        for headers in [
            "Content-Length: 75\r\n",
            "content-type: application/json\r\ncontent-length: 75\r\n",
            "User-Agent: curl/8\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 75\r\n",
            "Connection: Keep-Alive\r\nCONTENT-LENGTH:75\r\naccept-encoding: gzip\r\n",
            "content-length: 75\r\ncontent-type: application/json; charset=UTF-8\r\n",
            "content-length: 00075\r\ntraceparent: 00-x-y-01\r\n",
        ] {
            assert_eq!(parse(headers), Some(75), "{headers}");
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        for headers in [
            "",
            "content-length: 75\r\ncontent-length: 75\r\n",
            "content-length: 75\r\ntransfer-encoding: chunked\r\n",
            "content-length: +75\r\n",
            "content-length: 7 5\r\n",
            "content-length: 99999999999999999999\r\n",
            "content-length: \r\n",
            "content-length: 75\r\nconnection: close\r\n",
            "content-length: 75\r\nexpect: 100-continue\r\n",
            "content-length: 75\r\nupgrade: websocket\r\n",
            "content-length: 75\r\ncontent-encoding: gzip\r\n",
            "content-length: 75\r\nInference-Header-Content-Length: 70\r\n",
            "content-length: 75\r\ncontent-type: text/plain\r\n",
            "content-length: 75\r\naccept: application/problem+json\r\n",
            "content-length : 75\r\n",
            "content-length: 75\r\n folded: 1\r\n",
            "content-length: 75\r\nhost: a:80\r\n",
        ] {
            assert_eq!(parse(headers), None, "{headers}");
        }
        for line in [
            "GET /predict HTTP/1.1",
            "POST /predict HTTP/1.0",
            "POST /predict?a HTTP/1.1",
            "POST http://a/predict HTTP/1.1",
            "POST  /predict HTTP/1.1",
            "POST /v2/models/iris/versions/1/infer HTTP/1.1",
        ] {
            let input = format!("{line}\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
            assert!(matches!(front(input.as_bytes()), Front::Other), "{line}");
        }
        for host in ["", "host: \r\n", "host: a b\r\n", "host: a/\r\n", "host: a:b\r\n"] {
            let input = format!("POST /predict HTTP/1.1\r\n{host}content-length: 0\r\n\r\n");
            assert!(matches!(front(input.as_bytes()), Front::Other), "{host}");
        }
        let many = "x: y\r\n".repeat(MAX_HEADERS);
        assert_eq!(parse(&format!("{many}content-length: 75\r\n")), None);
    }

    #[test]
    fn the_trace_that_a_request_belongs_to() {
        let headers = "host: a\r\ncontent-length: 0\r\nTraceparent: 00-a\r\nTRACESTATE: b=c\r\nX-Cloud-Trace-Context: d/1\r\n";
        let input = format!("POST /predict HTTP/1.1\r\n{headers}\r\n");
        let Front::Common(Head { context, .. }) = front(input.as_bytes()) else { panic!("{input}") };
        assert_eq!(context.traceparent, Some(&b"00-a"[..]));
        assert_eq!(context.tracestate, Some(&b"b=c"[..]));
        assert_eq!(context.cloud_trace, Some(&b"d/1"[..]));
        for twice in ["traceparent: 00-a\r\n", "tracestate: b=c\r\n"] {
            assert_eq!(parse(&format!("content-length: 0\r\n{twice}{twice}")), None);
        }
    }

    #[test]
    fn the_key_that_a_request_shows() {
        let input =
            b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nAuthorization: Bearer a\r\nX-API-Key: b\r\n\r\n";
        let Front::Common(Head { authorization, x_api_key, .. }) = front(input) else { panic!() };
        assert_eq!((authorization, x_api_key), (Some(&b"Bearer a"[..]), Some(&b"b"[..])));
        for twice in ["authorization: Bearer a\r\n", "x-api-key: b\r\n"] {
            assert_eq!(parse(&format!("content-length: 0\r\n{twice}{twice}")), None);
        }
    }

    #[test]
    fn the_header_by_which_versions_share_requests() {
        let input = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nX-User: a b \r\nx-user: c\r\nUser-Agent: d\r\n\r\n";
        for (name, expected) in
            [(None, None), (Some("x-user"), Some("a b")), (Some("user-agent"), Some("d")), (Some("x"), None)]
        {
            let customs = Customs::default().with_split_header(name);
            let Front::Common(head) = Front::of(&customs, input) else { panic!("{name:?}") };
            assert_eq!(head.split_key, expected.map(str::as_bytes), "{name:?}");
        }
    }

    #[test]
    fn an_incomplete_head_is_not_read_early() {
        let paths = [
            ("/predict", Route::Predict),
            ("/models/m@a/predict", Route::PredictModel),
            ("/v2/models/iris/infer", Route::Infer),
        ];
        for (path, route) in paths {
            let whole = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
            for len in 0..whole.len() {
                assert!(matches!(front(&whole.as_bytes()[..len]), Front::Incomplete));
            }
            let Front::Common(head) = front(whole.as_bytes()) else { panic!("{whole}") };
            assert_eq!((head.route, head.path, head.body_len), (route, path, 0));
        }
    }

    #[test]
    fn an_origin_matters_where_pages_of_others_may_ask() {
        let input = b"POST /predict HTTP/1.1\r\nhost: a\r\nOrigin: https://b\r\ncontent-length: 0\r\n\r\n";
        assert!(matches!(front(input), Front::Common(_)));
        let customs = Customs::default().with_origins(true);
        assert!(matches!(Front::of(&customs, input), Front::Other));
    }

    #[test]
    fn a_model_is_what_stands_in_the_path() {
        let named = |path: &str| {
            let input = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
            match front(input.as_bytes()) {
                Front::Common(head) => {
                    assert_eq!(head.path, path);
                    Some((head.route, head.model.unwrap_or("-").to_owned()))
                }
                _ => None,
            }
        };
        let common = [
            ("/predict", Route::Predict, "-"),
            ("/models/iris/predict", Route::PredictModel, "iris"),
            ("/models/a-b_c.d~2@champion/predict", Route::PredictModel, "a-b_c.d~2@champion"),
            ("/v2/models/iris/infer", Route::Infer, "iris"),
        ];
        for (path, route, model) in common {
            assert_eq!(named(path), Some((route, model.to_owned())), "{path}");
        }
        let longest = "m".repeat(LONGEST_NAME);
        assert!(named(&format!("/models/{longest}/predict")).is_some());
        let others = [
            "/models//predict",
            "/models/my%20model/predict",
            "/models/my model/predict",
            "/models/iris/versions/1/predict",
            "/models/iris/predict?a=b",
            "/models/iris/infer",
            "/models/iris/predicted",
            "/v2/models/iris/predict",
            "/v2/models/iris/infer/",
            &format!("/models/{longest}m/predict"),
        ];
        for path in others {
            assert_eq!(named(path), None, "{path}");
        }
    }
}
