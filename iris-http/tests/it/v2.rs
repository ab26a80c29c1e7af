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

/// A body of JSON with the bytes of tensors behind it.
fn binary(server: &Server, path: &str, json: &Value, tensors: &[u8]) -> Answer {
    let json = json.to_string();
    let body = [json.as_bytes(), tensors].concat();
    server.post_with(path, &[(JSON_LEN, &json.len().to_string())], &body)
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
fn kserves_flowers_are_versicolor() {
    let server = Server::iris();
    let request = json!({ "inputs": matrix(&json!(ROWS)), "outputs": [{ "name": "class_index" }] });
    assert_eq!(infer(&server, &request).json()["outputs"][0]["data"], json!([1, 1]));
    let default = infer(&server, &json!({ "inputs": matrix(&json!(ROWS)) })).json();
    let expected =
        json!({ "name": "predict", "datatype": "BYTES", "shape": [2], "data": ["versicolor", "versicolor"] });
    assert_eq!(default["outputs"], json!([expected]));
}

#[test]
fn tensors_may_be_binary_on_both_ways() {
    let server = Server::iris();
    let raw: Vec<u8> = ROWS.concat().iter().flat_map(|value| value.to_le_bytes()).collect();
    let input =
        json!({ "name": "x", "shape": [2, 4], "datatype": "FP64", "parameters": { "binary_data_size": 64 } });
    let plain =
        infer(&server, &json!({ "inputs": matrix(&json!(ROWS)), "outputs": [{ "name": "predict_proba" }] }));
    let request = json!({ "inputs": [input], "outputs": [{ "name": "predict_proba" }] });
    assert_eq!(binary(&server, INFER, &request, &raw).json(), plain.json());

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
fn a_length_of_json_may_come_with_json_alone() {
    let server = Server::iris();
    let request = json!({ "inputs": matrix(&json!(ROWS)) });
    assert_eq!(binary(&server, INFER, &request, b"").status, 200);
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

#[test]
fn lies_about_bytes_are_refused() {
    let server = Server::iris();
    let input = |size: u64| {
        let parameters = json!({ "binary_data_size": size });
        json!({ "inputs": [{ "name": "x", "shape": [1, 4], "datatype": "FP64", "parameters": parameters }] })
    };
    let refused = |json: &Value, tensors: &[u8]| error(&binary(&server, INFER, json, tensors), 400);
    assert!(refused(&input(32), &[0; 31]).contains("'x': binary_data_size is 32, but 31 bytes"));
    assert!(refused(&input(32), &[0; 33]).contains("1 bytes are left"));
    assert!(refused(&input(31), &[0; 31]).contains("'x': 31 bytes, but FP64 of shape [1, 4] has 32"));
    assert!(refused(&input(u64::MAX), &[0; 32]).contains("binary_data_size"));
    assert!(refused(&json!({ "inputs": matrix(&json!(ROWS)) }), &[0; 8]).contains("8 bytes are left"));
    for len in ["-1", "99999", "x", "18446744073709551616", ""] {
        let body = json!({ "inputs": matrix(&json!(ROWS)) }).to_string();
        let answer = server.post_with(INFER, &[(JSON_LEN, len)], body.as_bytes());
        assert!(error(&answer, 400).contains(JSON_LEN), "{len}");
    }
    let without_header = server.post(INFER, input(32).to_string().as_bytes());
    assert!(error(&without_header, 400).contains("0 bytes are left in the body"));
}

#[test]
fn a_request_that_says_too_much_or_too_little_is_refused() {
    let server = Server::iris();
    let input = |changes: Value| {
        let mut input = json!({ "name": "x", "shape": [1, 4], "datatype": "FP64", "data": [5, 3, 1, 0] });
        for (key, value) in changes.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    for (changes, said) in [
        (json!({ "datatype": "FLOAT" }), "'x': datatype \"FLOAT\" is unknown"),
        (json!({ "data": null }), "'x': neither data nor binary_data_size"),
        (json!({ "parameters": { "binary_data_size": 4 } }), "'x': both data and binary_data_size"),
        (json!({ "parameters": { "shared_memory_region": "r" } }), "'x': shared memory is not supported"),
        (json!({ "data": [5, 3, "1", 0] }), "'x': element 2 is a string, which is no FP64"),
        (json!({ "data": [5, 3, {}, 0] }), "'x': element 2 is an object"),
        (json!({ "data": [5, 3, true, 0] }), "'x': element 2 is a boolean"),
        (json!({ "data": [5, 3, null, 0] }), "petal_length is NaN"),
        (json!({ "data": [5, 3, "\u{7f}", 0] }), "'x': element 2 is a string"),
        (json!({ "data": [[5, 3], [1, 0]] }), "'x': its data is nested as [2, 2]"),
        (json!({ "data": [[5, 3], [1]] }), "'x': its nested lists differ"),
        (json!({ "data": [5, 3, 1] }), "'x': 3 elements"),
        (json!({ "data": 5 }), "list of numbers"),
        (json!({ "shape": [1, 5] }), "'x': its shape is [1, 5]"),
        (json!({ "shape": [-1, 4] }), "'x': -1 rows"),
        (json!({ "shape": [1.5, 4] }), "not an inference request"),
        (json!({ "shape": [1e300, 4] }), "not an inference request"),
        (json!({ "datatype": "BYTES", "data": ["a"] }), "'x': datatype BYTES"),
        (json!({ "datatype": "INT8", "data": [5, 3, 1, 300] }), "'x': element 3 is 300"),
    ] {
        let message = error(&infer(&server, &json!({ "inputs": [input(changes)] })), 400);
        assert!(message.contains(said), "{said}: {message}");
    }
    let inputs = json!([input(json!({}))]);
    for (outputs, said) in [
        (json!([{ "name": "nope" }]), "output 'nope' is unknown; this model has predict, predict_proba"),
        (json!([{ "name": "predict" }, { "name": "predict" }]), "output 'predict' is asked for twice"),
        (
            json!([{ "name": "predict", "parameters": { "classification": 2 } }]),
            "classification is not supported",
        ),
        (json!([{ "name": "predict", "parameters": { "shared_memory_region": "r" } }]), "shared memory"),
        (json!([{}]), "missing field `name`"),
    ] {
        let message = error(&infer(&server, &json!({ "inputs": inputs, "outputs": outputs })), 400);
        assert!(message.contains(said), "{said}: {message}");
    }
    for body in ["", "{", "[]", "1", "{}", r#"{"inputs":1}"#, r#"{"inputs":[1]}"#, "\u{0}"] {
        assert!(
            error(&server.post(INFER, body.as_bytes()), 400).contains("not an inference request"),
            "{body}"
        );
    }
    let bomb =
        format!(r#"{{"inputs":[{{"name":"x","shape":[1],"datatype":"FP64","data":{}"#, "[".repeat(100_000));
    assert!(error(&server.post(INFER, bomb.as_bytes()), 400).contains("recursion"));
    // Null where a member may be left out says nothing.
    let nulls = json!({ "id": null, "inputs": inputs, "outputs": null, "parameters": null });
    assert_eq!(infer(&server, &nulls).status, 200);
}

#[test]
fn what_is_not_there_is_not_found_in_the_protocols_form() {
    let server = Server::iris();
    let body = json!({ "inputs": matrix(&json!(ROWS)) }).to_string();
    for path in ["/v2/models/rose/infer", "/v2/models/iris/versions/2/infer"] {
        error(&server.post(path, body.as_bytes()), 404);
    }
    for model in ["/v2/models/rose", "/v2/models/iris/versions/2"] {
        for what in ["", "/ready", "/config", "/stats"] {
            let message = error(&server.get(&format!("{model}{what}")), 404);
            assert!(message.contains("rose") || message.contains("version '2'"), "{message}");
        }
    }
    error(&server.get("/v2/nope"), 404);
    let wrong = server.get(INFER);
    assert_eq!(wrong.allow.as_deref(), Some("POST"));
    error(&wrong, 405);
    let bad_escape = server.get("/v2/models/%ff");
    error(&bad_escape, 400);
    for action in ["load", "unload"] {
        let answer = server.post(&format!("/v2/repository/models/iris/{action}"), b"");
        assert!(error(&answer, 501).starts_with(&format!("model 'iris' cannot be {action}ed: ")));
    }
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
    error(&Server::iris().get("/v2/models/iris/stats"), 404);
}

/// As `json.dumps` and tritonclient without binary data write them.
#[test]
fn numbers_that_no_json_has_are_read_and_named() {
    let server = Server::iris();
    let ask = |datatype: &str, data: &str, more: &str| {
        let input = format!(r#"{{"name":"x","shape":[1,4],"datatype":"{datatype}","data":{data}}}"#);
        server.post(INFER, format!(r#"{{"inputs":[{input}]{more}}}"#).as_bytes())
    };
    for (datatype, data, more, said) in [
        ("FP64", "[5, 3, NaN, 0]", "", "petal_length is NaN"),
        ("FP32", "[[5, -Infinity, 1, 0]]", "", "sepal_width is -inf"),
        ("FP64", "[Infinity,3,NaN,0]", "", "sepal_length is inf"),
        ("INT64", "[5, 3, 1, NaN]", "", "'x': element 3 is NaN, which is no INT64"),
        ("FP64", "[5, 3, \"x\", NaN]", "", "'x': element 2 is a string"),
        ("FP64", "[5, 3, NaN]", "", "'x': 3 elements"),
        ("FP64", "[5, 3, NaN, 0]", r#","outputs":[{"name":"NaN"}]"#, "output 'NaN' is unknown"),
        ("FP64", "[5, 3, NaN, nan]", "", "not an inference request: expected ident"),
        ("FP64", "[5, 3, 1, 0]", r#","outputs":NaN"#, "not an inference request: expected value"),
    ] {
        let message = error(&ask(datatype, data, more), 400);
        assert!(message.contains(said), "{said}: {message}");
    }
}
