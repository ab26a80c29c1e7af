//! Everything but `/predict`.

use serde_json::json;

use crate::server::Server;

#[test]
fn welcome() {
    let answer = Server::iris().get("/");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "running");
    assert_eq!(answer.json()["version"], env!("CARGO_PKG_VERSION"));
    assert!(answer.json()["message"].as_str().unwrap().contains("/predict"));
}

#[test]
fn health_runs_a_prediction() {
    let answer = Server::iris().get("/health");
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!((&health["status"], &health["model_loaded"]), (&json!("healthy"), &json!(true)));
    assert!(health["model_test_time"].as_f64().unwrap() > 0.0);
    assert!(health["timestamp"].as_f64().unwrap() > 1.7e9);
}

#[test]
fn readiness_is_refused_while_predictions_are_answered() {
    let server = Server::iris();
    assert_eq!((server.get("/livez").status, server.get("/readyz").status), (200, 200));
    server.service.catalog().readiness().set(false);
    assert_eq!((server.get("/livez").status, server.get("/readyz").status), (200, 503));
    assert_eq!(server.predict("[[5,3,1,0]]").status, 200);
}

#[test]
fn a_wrong_method_is_told_the_right_one() {
    let server = Server::iris();
    let answer = server.get("/predict");
    assert_eq!((answer.status, answer.allow.as_deref()), (405, Some("POST")));
    assert_eq!(answer.json(), json!({"detail": "Method Not Allowed; use POST"}));
    for path in ["/", "/health", "/livez", "/readyz"] {
        let answer = server.post(path, b"{}");
        assert_eq!((answer.status, answer.allow.as_deref()), (405, Some("GET, HEAD")), "{path}");
    }
}

#[test]
fn an_unknown_path() {
    let server = Server::iris();
    for path in ["/predict/", "/Predict", "/nope"] {
        let answer = server.post(path, b"{}");
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["detail"], format!("Not Found: there is no {path}"));
    }
    assert_eq!(server.predict("[[5,3,1,0]]").status, 200);
    assert_eq!(server.post("/predict?verbose=1", b"[[5,3,1,0]]").status, 200);
}
