//! Several models in several versions, by every route that names one.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iris_core::{Predictor, Quantization};
use iris_http::{HttpService, Limits};
use iris_serving::{Catalog, Library, Loader, Model, Sources, VersionPolicy};
use iris_telemetry::{Format, Settings, Telemetry};
use serde_json::json;

use crate::server::{Server, test_data};

/// Version 1 of `m` with classes that are texts, version 2 with integers, and `n` in one version.
fn catalog() -> Catalog {
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris()));
    catalog.change(|served| {
        let ints = Predictor::read(&test_data("onnx/logistic_regression_three_ints_double.onnx")).unwrap();
        served.put(Model::new("m", "2", ints));
        served.put(Model::new("n", "1", Predictor::iris()));
        let aliases = [("champion", "1"), ("challenger", "2")];
        served
            .set_aliases("m", aliases.map(|(alias, version)| (alias.to_owned(), version.to_owned())).into());
    });
    catalog
}

#[test]
fn every_route_finds_a_model_by_its_version_and_by_its_alias() {
    let server = Server::start(HttpService::serving(catalog()), Limits::default());
    let row = b"[[5,3.5,1,0]]";
    for (path, version) in [
        ("/predict", "2"),
        ("/models/m/predict", "2"),
        ("/models/m/versions/1/predict", "1"),
        ("/models/m@champion/predict", "1"),
        ("/models/m/versions/challenger/predict", "2"),
        ("/models/m@champion/invoke", "1"),
    ] {
        let answer = server.post(path, row);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.json()[0]["version"], version, "{path}: {answer:?}");
        assert_eq!(answer.model, Some(format!("m/{version}")), "{path}");
    }
    let infer = br#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[5,3.5,1,0]}]}"#;
    for (path, version) in [
        ("/v2/models/m/infer", "2"),
        ("/v2/models/m/versions/1/infer", "1"),
        ("/v2/models/m@champion/infer", "1"),
        ("/v2/models/n/infer", "1"),
    ] {
        let answer = server.post(path, infer);
        assert_eq!(answer.json()["model_version"], version, "{path}");
        assert!(answer.model.is_some_and(|model| model.ends_with(&format!("/{version}"))), "{path}");
    }
    let instances = br#"{"instances":[[5,3.5,1,0]]}"#;
    for (path, prediction) in [
        ("/v1/models/m:predict", json!([10])),
        ("/v1/models/m/versions/1:predict", json!(["setosa"])),
        ("/v1/models/m/labels/champion:predict", json!(["setosa"])),
        ("/v1/models/n:predict", json!(["setosa"])),
    ] {
        let answer = server.post(path, instances);
        assert_eq!(answer.json()["predictions"], prediction, "{path}");
        assert!(answer.model.is_some(), "{path}");
    }
    let status = server.get("/v1/models/m").json();
    assert_eq!(status["model_version_status"].as_array().unwrap().len(), 2, "{status}");
    let status = server.get("/v1/models/m/labels/champion").json();
    assert_eq!(status["model_version_status"][0]["version"], "1");
    let metadata = server.get("/v1/models/m/versions/1/metadata").json();
    assert_eq!(metadata["model_spec"]["version"], "1", "{metadata}");
    assert_eq!(server.get("/v2/models/m").json()["versions"], json!(["1", "2"]));
    assert_eq!(server.get("/v2/models").json(), json!({"models": ["m", "n"]}));
    let about = server.get("/models/m").json();
    assert_eq!(about["aliases"], json!({"challenger": "2", "champion": "1"}), "{about}");
    assert_eq!(server.post("/v2/repository/index", b"").json().as_array().unwrap().len(), 3);
}

#[test]
fn what_is_not_served_is_told_what_is() {
    let server = Server::start(HttpService::serving(catalog()), Limits::default());
    for (path, told) in [
        ("/models/o/predict", "'m', 'n'"),
        ("/models/m/versions/3/predict", "'1', '2'"),
        ("/models/m@nobody/predict", "'champion'"),
        ("/models/..%2fm/predict", "'m', 'n'"),
        ("/models/%d1%96ris/predict", "'m', 'n'"),
        ("/models/a%0ab/predict", "'m', 'n'"),
    ] {
        let answer = server.post(path, b"[[5,3.5,1,0]]");
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told) && !detail.contains('\n'), "{path}: {detail}");
    }
    for path in ["/v2/repository/models/m/load", "/v2/repository/models/m/unload"] {
        assert_eq!(server.post(path, b"").status, 501, "{path}");
    }
    assert_eq!(server.post("/models/m/aliases", br#"{"champion": "2"}"#).status, 501);
}

/// A server with a folder of models that its clients may have loaded.
struct Loading {
    server: Server,
    folder: PathBuf,
    telemetry: Telemetry,
}

impl Loading {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("iris-http-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("m/1")).unwrap();
        fs::write(folder.join("m/1/model.onnx"), Predictor::IRIS).unwrap();
        let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
        let stand_in = Model::new("none", "0", Predictor::iris());
        let catalog = Catalog::empty(stand_in).with_recorder(&telemetry.recorder());
        let sources = Sources {
            files: Vec::new(),
            folder: Some(folder.clone()),
            policy: VersionPolicy::default(),
            max_rows: Model::DEFAULT_MAX_ROWS,
            memory: None,
            quantization: Quantization::Exact,
        };
        let library = Library::open(&catalog, sources).unwrap();
        let loader = Loader::start(library, None).unwrap().for_clients();
        loader.told_by(&telemetry, &catalog);
        let service = HttpService::serving(catalog.with_loader(loader)).with_telemetry(&telemetry);
        let server = Server::start(service, Limits::default());
        Self { server, folder, telemetry }
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn clients_have_models_loaded_sent_and_unloaded() {
    let loading = Loading::start("clients");
    let Loading { server, folder, telemetry } = &loading;
    let version = |path: &str| {
        let answer = server.post(path, b"[[5,3.5,1,0]]");
        answer.json()[0]["version"].as_str().map(str::to_owned)
    };
    assert_eq!(version("/predict").as_deref(), Some("1"));
    // A new version is there when the request for it is answered, and the old one's series are not.
    let page = || telemetry.metrics(Format::Prometheus);
    assert!(page().contains(r#"iris_predictions_total{model="m",version="1""#), "{}", page());
    fs::create_dir_all(folder.join("m/2")).unwrap();
    fs::write(folder.join("m/2/model.onnx"), Predictor::IRIS).unwrap();
    let answer = server.post("/v2/repository/models/m/load", b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(version("/predict").as_deref(), Some("2"));
    let text = page();
    assert!(!text.contains(r#"iris_predictions_total{model="m",version="1""#), "{text}");
    assert!(text.contains(r#"iris_model_info{model="m",version="2",alias=""} 1"#), "{text}");
    assert!(text.contains(r#"iris_model_loads_total{model="m",result="ok"} 2"#), "{text}");
    // One that is no model.
    fs::create_dir_all(folder.join("m/3")).unwrap();
    fs::write(folder.join("m/3/model.onnx"), b"no model").unwrap();
    let answer = server.post("/v2/repository/models/m/load", b"{}");
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(version("/predict").as_deref(), Some("2"));
    assert!(page().contains(r#"iris_model_failing{model="m",version="3"} 1"#), "{}", page());
    let told = server.get("/readyz?verbose");
    assert!(told.status == 200 && told.body.contains("[-] model m version 3: "), "{told:?}");
    // Sent in the request.
    let sent = STANDARD.encode(Predictor::IRIS);
    let body = json!({"parameters": {"config": "{}", "file:5/model.onnx": sent}}).to_string();
    let answer = server.post("/v2/repository/models/sent/load", body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(version("/models/sent/predict").as_deref(), Some("5"));
    for wrong in [
        r#"{"parameters": {"file:1/m": 7}}"#,
        r#"{"parameters": {"file:1/m": "!"}}"#,
        "[",
        r#"{"parameters": 1}"#,
    ] {
        let answer = server.post("/v2/repository/models/sent/load", wrong.as_bytes());
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
    }
    // As SageMaker has several models.
    let place = folder.join("m/1").display().to_string();
    let body = json!({"model_name": "sage", "url": place}).to_string();
    assert_eq!(server.post("/models", body.as_bytes()).status, 200);
    assert_eq!(version("/models/sage/invoke").as_deref(), Some("1"));
    let outside = json!({"model_name": "out", "url": "/etc"}).to_string();
    assert_eq!(server.post("/models", outside.as_bytes()).status, 400);
    // Gone.
    assert_eq!(server.post("/v2/repository/models/sent/unload", b"").status, 200);
    assert_eq!(server.post("/models/sent/predict", b"[[5,3.5,1,0]]").status, 404);
    assert_eq!(server.post("/v2/repository/models/sent/unload", b"").status, 404);
    for name in ["..", "a%20b", "%d1%96ris"] {
        let path = format!("/v2/repository/models/{name}/load");
        assert!([400, 404].contains(&server.post(&path, b"").status), "{name}");
    }
}

#[test]
fn aliases_are_moved_by_clients() {
    let loading = Loading::start("aliases");
    let server = &loading.server;
    let answer = server.post("/models/m/aliases", br#"{"champion": "1"}"#);
    assert_eq!(answer.json(), json!({"model": "m", "aliases": {"champion": "1"}}), "{answer:?}");
    assert_eq!(server.post("/models/m@champion/predict", b"[[5,3.5,1,0]]").status, 200);
    for (body, status) in
        [(r#"{"champion": "9"}"#, 404), (r#"{"a/b": "1"}"#, 400), (r#"{"a": 1}"#, 400), ("", 400)]
    {
        assert_eq!(server.post("/models/m/aliases", body.as_bytes()).status, status, "{body}");
    }
    let answer = server.post("/models/m/aliases", br#"{"champion": null}"#);
    assert_eq!(answer.json()["aliases"], json!({}));
    assert_eq!(server.post("/models/m@champion/predict", b"[[5,3.5,1,0]]").status, 404);
}
