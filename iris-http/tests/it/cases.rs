//! The cases of the Open Inference Protocol over REST: every one by the router,
//! and the common ones by the fast path of a server too.

use std::collections::{BTreeMap, HashMap};

use axum::body::Body;
use http_body_util::BodyExt;
use iris_core::ErrorClass;
use iris_http::{Failure, HttpService, Limits};
use iris_telemetry::{Format, Settings, Telemetry};
use serde_json::Value as Json;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::server::Server;
use crate::suite::{self, Answered, Ask, Case, Counts, Form, Outcome, OutputTensor, Report, Value};

const JSON_LEN: &str = "inference-header-content-length";

#[test]
fn every_case_of_the_protocol() {
    let cases = suite::cases();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut doors = HashMap::new();
    let mut report = Report::default();
    for case in &cases {
        let served = (case.model.as_str(), case.max_rows, case.recorded);
        let doors = doors.entry(served).or_insert_with(|| Doors::new(case));
        for form in Form::REST.into_iter().filter(|form| case.comes_as(*form)) {
            let request = Request::of(case, form);
            let mut add = |way: &str, send: &dyn Fn() -> Response| {
                let before = doors.counts();
                let outcome = outcome(&send());
                let counted = doors.counts().since(&before);
                report.add(case, format!("{way} {form:?}"), &outcome, &counted, status);
            };
            add("router", &|| doors.by_router(&runtime, &request));
            if request.is_common() {
                add("socket", &|| doors.by_socket(&request));
            }
        }
    }
    println!("{}", suite::summary(&cases));
    println!("REST, {}", report.finish());
}

fn status(class: ErrorClass) -> u16 {
    Failure::new(class, "").status().as_u16()
}

/// The ways to one model.
struct Doors {
    router: axum::Router,
    server: Server,
    telemetry: Option<Telemetry>,
}

struct Request {
    method: &'static str,
    path: String,
    json_len: Option<String>,
    body: Vec<u8>,
}

struct Response {
    status: u16,
    json_len: Option<usize>,
    body: Vec<u8>,
}

impl Doors {
    fn new(case: &Case) -> Self {
        let mut service = HttpService::serving(suite::catalog(case));
        let telemetry =
            case.recorded.then(|| Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap());
        if let Some(telemetry) = &telemetry {
            service = service.with_telemetry(telemetry);
        }
        let router = iris_http::router(&service);
        Self { router, server: Server::start(service, Limits::default()), telemetry }
    }

    fn counts(&self) -> Counts {
        let page = self.telemetry.as_ref().map(|telemetry| telemetry.metrics(Format::Prometheus));
        page.map(|page| Counts::of(&page)).unwrap_or_default()
    }

    fn by_router(&self, runtime: &Runtime, request: &Request) -> Response {
        let Request { method, path, json_len, body } = request;
        let mut builder = http::Request::builder().method(*method).uri(path);
        if let Some(len) = json_len {
            builder = builder.header(JSON_LEN, len);
        }
        let request = builder.body(Body::from(body.clone())).unwrap();
        runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let json_len = response.headers().get(JSON_LEN).map(|len| len.to_str().unwrap().parse().unwrap());
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            Response { status, json_len, body: body.into() }
        })
    }

    fn by_socket(&self, request: &Request) -> Response {
        let answer = self.server.post(&request.path, &request.body);
        Response { status: answer.status, json_len: None, body: answer.body.into() }
    }
}

impl Request {
    fn of(case: &Case, form: Form) -> Self {
        let (name, version) = (case.asked(), case.version.as_deref().unwrap_or_default());
        let model = match version {
            "" => format!("/v2/models/{name}"),
            version => format!("/v2/models/{name}/versions/{version}"),
        };
        let (method, path) = match case.ask {
            Ask::Infer => ("POST", format!("{model}/infer")),
            Ask::Metadata => ("GET", model),
            Ask::Ready => ("GET", format!("{model}/ready")),
            Ask::Config => ("GET", format!("{model}/config")),
            Ask::Statistics => ("GET", format!("{model}/stats")),
            Ask::Index => ("POST", "/v2/repository/index".to_owned()),
            Ask::Load => ("POST", format!("/v2/repository/models/{name}/load")),
            Ask::Unload => ("POST", format!("/v2/repository/models/{name}/unload")),
        };
        let json = match &case.body {
            Some(body) => body.clone(),
            None if case.ask == Ask::Infer => json(case, form),
            None => String::new(),
        };
        let json_len =
            case.json_len.clone().or_else(|| (form == Form::Binary).then(|| json.len().to_string()));
        let mut body = json.into_bytes();
        if form == Form::Binary {
            body.extend(case.inputs.iter().flat_map(|input| input.in_bytes().unwrap()));
            body.extend(case.tail.iter().flat_map(|tail| suite::bytes_of(tail)));
        }
        Self { method, path, json_len, body }
    }

    /// Whether the fast path looks at it, and the answer may be JSON alone.
    fn is_common(&self) -> bool {
        let body = String::from_utf8_lossy(&self.body);
        let is_json = self.json_len.is_none() && !body.contains("\"binary_data");
        is_json && self.path.ends_with("/infer") && !self.path.contains("/versions/")
    }
}

/// The request as JSON, which may have numbers in it that no JSON has.
fn json(case: &Case, form: Form) -> String {
    let is_binary = form == Form::Binary;
    let inputs = case.inputs.iter().map(|input| {
        let mut of_input = input.parameters.clone();
        if is_binary {
            let size = i64::try_from(input.in_bytes().unwrap().len()).unwrap();
            of_input.entry("binary_data_size".to_owned()).or_insert(Value::Integer(size));
        }
        object(&[
            ("name", Some(text(&input.name))),
            ("shape", Some(format!("{:?}", input.shape))),
            ("datatype", Some(text(&input.datatype))),
            ("parameters", parameters(&of_input)),
            ("data", input.in_json().filter(|_| !is_binary)),
        ])
    });
    let outputs = case.outputs.iter().map(|output| {
        object(&[("name", Some(text(&output.name))), ("parameters", parameters(&output.parameters))])
    });
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    object(&[
        ("id", case.id.as_deref().map(text)),
        ("inputs", Some(list(inputs.collect()))),
        ("outputs", Some(list(outputs.collect())).filter(|_| !case.outputs.is_empty())),
        ("parameters", parameters(&case.parameters)),
    ])
}

fn parameters(given: &BTreeMap<String, Value>) -> Option<String> {
    let members: Vec<_> = given.iter().map(|(key, value)| (key.as_str(), Some(value.to_json()))).collect();
    (!members.is_empty()).then(|| object(&members))
}

/// An object of those members that there are.
fn object(members: &[(&str, Option<String>)]) -> String {
    let members =
        members.iter().filter_map(|(key, value)| Some(format!("{}:{}", text(key), value.as_ref()?)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn text(text: &str) -> String {
    Value::Text(text.to_owned()).to_json()
}

fn outcome(Response { status, json_len, body }: &Response) -> Outcome {
    let (json, mut tensors) = body.split_at(json_len.unwrap_or(body.len()));
    let json: Json = serde_json::from_slice(json).unwrap();
    if *status != 200 {
        let message = json["error"].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
        return Outcome::Refused { status: Some(*status), message };
    }
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let outputs = json["outputs"].as_array().unwrap_or_else(|| panic!("{json}")).iter().map(|output| {
        let datatype = text(&output["datatype"]);
        let data = match output["parameters"]["binary_data_size"].as_u64() {
            Some(size) => {
                let own;
                (own, tensors) = tensors.split_at(usize::try_from(size).unwrap());
                suite::read_raw(&datatype, own)
            }
            None => serde_json::from_value(output["data"].clone()).unwrap(),
        };
        let shape = serde_json::from_value(output["shape"].clone()).unwrap();
        OutputTensor { name: text(&output["name"]), datatype, shape, data }
    });
    let outputs = outputs.collect();
    assert!(tensors.is_empty(), "{} bytes are nobody's", tensors.len());
    let [model, version, id] = ["model_name", "model_version", "id"].map(|key| text(&json[key]));
    Outcome::Answered(Answered { model, version, id, outputs })
}
