//! The Open Inference Protocol over REST.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use iris_core::Predictor;
use iris_http::{HttpService, Limits};
use iris_telemetry::{Settings, Telemetry};
use serde_json::{Value, json};

use crate::server::{Answer, Server, test_data};

const ROWS: [[f64; 4]; 2] = [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]];
const INFER: &str = "/v2/models/iris/infer";
const JSON_LEN: &str = "inference-header-content-length";

fn infer(server: &Server, request: &Value) -> Answer {
    server.post(INFER, request.to_string().as_bytes())
}

fn matrix(rows: &Value) -> Value {
    json!([{ "name": "input-0", "shape": [rows.as_array().unwrap().len(), 4], "datatype": "FP64", "data": rows }])
}

fn error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    answer.json()["error"].as_str().unwrap().to_owned()
}

#[test]
fn the_server_and_its_model_introduce_themselves() {
    let server = Server::iris();
    for path in ["/v2", "/v2/"] {
        let about = server.get(path).json();
        assert_eq!(
            (&about["name"], &about["version"]),
            (&json!("iris-server"), &json!(env!("CARGO_PKG_VERSION")))
        );
        assert!(about["extensions"].as_array().unwrap().contains(&json!("binary_tensor_data")));
    }
    assert_eq!(server.get("/v2/models").json(), json!({ "models": ["iris"] }));
    for path in ["/v2/models/iris", "/v2/models/iris/versions/1"] {
        let model = server.get(path).json();
        assert_eq!((&model["name"], &model["versions"]), (&json!("iris"), &json!(["1"])));
        let input = json!({ "name": "input-0", "datatype": "FP64", "shape": [-1, 4] });
        assert_eq!(model["inputs"], json!([input]));
        assert_eq!(
            model["outputs"][1],
            json!({ "name": "predict_proba", "datatype": "FP64", "shape": [-1, 3] })
        );
        let config = server.get(&format!("{path}/config")).json();
        assert_eq!((&config["name"], &config["max_batch_size"]), (&json!("iris"), &json!(0)));
        assert_eq!(config["output"][0]["data_type"], "TYPE_STRING");
    }
    let index = json!([{ "name": "iris", "version": "1", "state": "READY", "reason": "" }]);
    for body in ["", "{}", r#"{"ready":true}"#] {
        assert_eq!(server.post("/v2/repository/index", body.as_bytes()).json(), index);
    }
    error(&server.post("/v2/repository/index", b"["), 400);
}

#[test]
fn readiness_follows_the_servers() {
    let server = Server::iris();
    let ready = ["/v2/health/ready", "/v2/models/iris/ready", "/v2/models/iris/versions/1/ready"];
    for wanted in [true, false] {
        server.service.catalog().readiness().set(wanted);
        assert_eq!(server.get("/v2/health/live").json(), json!({ "live": true }));
        for path in ready {
            let answer = server.get(path);
            assert_eq!(answer.status, if wanted { 200 } else { 503 }, "{path}");
            assert_eq!(answer.json()["ready"], wanted);
        }
    }
    let only_ready = server.post("/v2/repository/index", br#"{"ready":true}"#).json();
    assert_eq!(only_ready, json!([]));
    assert_eq!(server.post("/v2/repository/index", b"").json()[0]["state"], "UNAVAILABLE");
}

#[test]
fn every_output_is_the_cores_bit_for_bit() {
    let server = Server::iris();
    let file: Value = serde_json::from_slice(&test_data("flowers.json")).unwrap();
    let rows: Vec<Vec<f64>> = (file["cases"].as_array().unwrap().iter())
        .map(|case| serde_json::from_value(case["features"].clone()).unwrap())
        .collect();
    let names = ["predict", "predict_proba", "decision_function", "class_index"];
    let outputs: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    let request = json!({ "id": "flowers", "inputs": matrix(&json!(rows)), "outputs": outputs });
    let answer = infer(&server, &request).json();
    assert_eq!(answer["id"], "flowers");
    assert_eq!((&answer["model_name"], &answer["model_version"]), (&json!("iris"), &json!("1")));
    let predictor = Predictor::iris();
    let data = |output: usize| &answer["outputs"][output]["data"];
    for (index, row) in rows.iter().enumerate() {
        let (mut probabilities, mut scores) = ([0.0; 3], [0.0; 3]);
        let prediction = predictor.predict_proba_into(row, &mut probabilities).unwrap();
        predictor.decision_function_into(row, &mut scores).unwrap();
        assert_eq!(data(0)[index], prediction.label().unwrap().to_string());
        assert_eq!(data(3)[index], prediction.class_index().unwrap());
        for class in 0..3 {
            assert_eq!(data(1)[index * 3 + class].as_f64(), Some(probabilities[class]));
            assert_eq!(data(2)[index * 3 + class].as_f64(), Some(scores[class]));
        }
    }
    assert_eq!(answer["outputs"][1]["shape"], json!([150, 3]));
}

#[test]
fn tensors_may_be_binary_on_both_ways() {
    let server = Server::iris();
    let raw: Vec<u8> = ROWS.concat().iter().flat_map(|value| value.to_le_bytes()).collect();
    let input =
        json!({ "name": "x", "shape": [2, 4], "datatype": "FP64", "parameters": { "binary_data_size": 64 } });
    let plain =
        infer(&server, &json!({ "inputs": matrix(&json!(ROWS)), "outputs": [{ "name": "predict_proba" }] }));
    let outputs = json!([
        { "name": "predict", "parameters": { "binary_data": true } },
        { "name": "class_index" },
        { "name": "predict_proba", "parameters": { "binary_data": true } },
    ]);
    let request = json!({ "inputs": [input], "outputs": outputs });
    let (head, tensors) = binary_answer(&server, &request, &raw);
    assert_eq!(head["outputs"][0]["parameters"], json!({ "binary_data_size": 28 }));
    assert_eq!(head["outputs"][1]["data"], json!([1, 1]));
    assert!(head["outputs"][1].get("parameters").is_none());
    let label = [&10u32.to_le_bytes()[..], b"versicolor"].concat();
    assert_eq!(tensors[..28], [label.as_slice(), label.as_slice()].concat());
    let values = tensors[28..].as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
    let expected: Vec<f64> = serde_json::from_value(plain.json()["outputs"][0]["data"].clone()).unwrap();
    assert_eq!(values.collect::<Vec<_>>(), expected);

    let all = json!({ "inputs": [input], "parameters": { "binary_data_output": true } });
    assert_eq!(binary_answer(&server, &all, &raw).1.len(), 28);
}

/// The JSON of an answer, and the bytes behind it.
fn binary_answer(server: &Server, request: &Value, tensors: &[u8]) -> (Value, Vec<u8>) {
    let json = request.to_string();
    let response = ureq::post(format!("http://{}{INFER}", server.address))
        .header(JSON_LEN, json.len().to_string())
        .send([json.as_bytes(), tensors].concat().as_slice());
    let mut response = response.unwrap();
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    let len: usize = response.headers()[JSON_LEN].to_str().unwrap().parse().unwrap();
    let body = response.body_mut().read_to_vec().unwrap();
    (serde_json::from_slice(&body[..len]).unwrap(), body[len..].to_vec())
}

#[test]
fn bodies_may_be_compressed() {
    let server = Server::iris();
    let request = json!({ "inputs": matrix(&json!(ROWS)) });
    let plain = infer(&server, &request).body;
    let json = request.to_string();
    for (encoding, body) in [("gzip", gzip(json.as_bytes())), ("deflate", deflate(json.as_bytes()))] {
        // The length of the JSON is what it was before.
        let headers = [("content-encoding", encoding), (JSON_LEN, &json.len().to_string())];
        assert_eq!(server.post_with(INFER, &headers, &body).body, plain, "{encoding}");
    }
    let (first, second) = json.as_bytes().split_at(20);
    for (encoding, body) in [
        ("X-GZip", gzip(json.as_bytes())),
        ("identity, gzip", [gzip(first), gzip(second)].concat()),
        ("deflate, gzip", gzip(&deflate(json.as_bytes()))),
    ] {
        assert_eq!(
            server.post_with(INFER, &[("content-encoding", encoding)], &body).body,
            plain,
            "{encoding}"
        );
    }
    for (encoding, mut body) in [("gzip", gzip(json.as_bytes())), ("deflate", deflate(json.as_bytes()))] {
        body.extend_from_slice(b"more");
        let refused = server.post_with(INFER, &[("content-encoding", encoding)], &body);
        assert!(error(&refused, 400).contains("4 bytes are left behind"), "{refused:?}");
    }
    let index = gzip(br#"{"ready":true}"#);
    let headers = [("content-encoding", "gzip")];
    assert_eq!(server.post_with("/v2/repository/index", &headers, &index).status, 200);
    let cut_short = server.post_with(INFER, &[("content-encoding", "gzip")], &gzip(json.as_bytes())[..20]);
    assert!(error(&cut_short, 400).contains("not encoded as it says"));
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    let bomb = server.post_with(
        "/predict",
        &[("content-encoding", "gzip"), ("content-type", "application/json")],
        &bomb,
    );
    assert_eq!(bomb.status, 413, "{bomb:?}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The cases state what the protocol itself refuses; here is what HTTP does.
#[test]
fn whatever_is_under_its_path_is_refused_in_the_protocols_form() {
    let server = Server::iris();
    error(&server.get("/v2/nope"), 404);
    let wrong = server.get(INFER);
    assert_eq!(wrong.allow.as_deref(), Some("POST"));
    error(&wrong, 405);
    error(&server.get("/v2/models/%ff"), 400);
    let body = json!({ "inputs": matrix(&json!(ROWS)) }).to_string();
    error(&server.post_with(INFER, &[("content-encoding", "br")], body.as_bytes()), 415);
}

#[test]
fn statistics_come_from_the_records() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = HttpService::new("iris", "1", Predictor::iris()).with_telemetry(&telemetry);
    let server = Server::start(service, Limits::default());
    let stats = |path: &str| server.get(path).json()["model_stats"][0].clone();
    assert_eq!(stats("/v2/models/stats")["inference_count"], 0);
    infer(&server, &json!({ "inputs": matrix(&json!(ROWS)) }));
    infer(&server, &json!({ "inputs": matrix(&json!([ROWS[0]])) }));
    infer(&server, &json!({ "inputs": [] }));
    for path in ["/v2/models/iris/stats", "/v2/models/iris/versions/1/stats", "/v2/models/stats"] {
        let stats = stats(path);
        assert_eq!((&stats["name"], &stats["version"]), (&json!("iris"), &json!("1")));
        assert_eq!((&stats["inference_count"], &stats["execution_count"]), (&json!(3), &json!(2)));
        let of = |what: &str| stats["inference_stats"][what]["count"].as_u64().unwrap();
        assert_eq!((of("success"), of("fail"), of("compute_infer")), (2, 1, 2));
        assert!(stats["inference_stats"]["compute_infer"]["ns"].as_u64().unwrap() > 0);
        assert!(stats["last_inference"].as_u64().unwrap() > 1_700_000_000_000);
    }
}
