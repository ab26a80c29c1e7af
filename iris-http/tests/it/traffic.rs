//! Requests shared by versions of a model, and seen by another one, over HTTP.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use iris_core::{LinearModel, Link, Predictor};
use iris_http::{HttpService, Limits, Page};
use iris_serving::{Catalog, Model, Shadows, Traffic};
use iris_telemetry::{Format, Settings, Telemetry};
use serde_json::json;

use crate::server::Server;

const ROW: &[u8] = b"[[5.1,3.5,1.4,0.2]]";

fn catalog(traffic: Traffic) -> Catalog {
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris())).with_traffic(traffic);
    catalog.change(|served| served.put(Model::new("m", "2", Predictor::iris())));
    catalog
}

/// The fast path and the router choose by chance alike, and by a header whoever sends one.
#[test]
fn versions_share_requests_by_chance_or_by_a_header() {
    let split = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    for traffic in [split.clone(), split.with_split_key("X-User".parse().unwrap())] {
        let is_keyed = traffic.split_header().is_some();
        let server = Server::start(HttpService::serving(catalog(traffic)), Limits::default());
        let infer = br#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[5,3.5,1,0]}]}"#;
        let routes = [("/predict", ROW), ("/models/m/predict", ROW), ("/v2/models/m/infer", infer)];
        for (path, body) in routes {
            let mut counts = BTreeMap::<String, u32>::new();
            for _ in 0..100 {
                *counts.entry(server.post(path, body).model.unwrap()).or_default() += 1;
            }
            assert!(counts.len() == 2 && counts.values().all(|n| *n > 15), "{path}: {counts:?}");
            assert_eq!(server.post("/models/m/versions/1/predict", ROW).model.unwrap(), "m/1");
        }
        let mut of_users = BTreeMap::<String, u32>::new();
        for user in ["ada", "bob", "carl", "dora", "eve", "fay", "gus", "hal", "ida", "jo", "kai", "lea"] {
            let headers = [("content-type", "application/json"), ("x-user", user)];
            let versions: Vec<String> = (0..4)
                .flat_map(|_| routes)
                .map(|(path, body)| server.post_with(path, &headers, body).model.unwrap())
                .collect();
            let is_one = versions.iter().all(|version| *version == versions[0]);
            assert!(is_one || !is_keyed, "{user}: {versions:?}");
            *of_users.entry(versions[0].clone()).or_default() += 1;
        }
        assert_eq!(of_users.len(), 2, "{of_users:?}");
    }
}

/// In whichever form a body names it.
#[test]
fn versions_share_requests_by_a_feature_of_the_body() {
    let split = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    let catalog = catalog(split.with_split_key("feature:sepal_width".parse().unwrap()));
    let server = Server::start(HttpService::serving(catalog), Limits::default());
    let mut versions = BTreeMap::<String, u32>::new();
    for n in 0..20 {
        let row = json!([5.1, n, 1.4, 0.2]);
        let named = json!({"sepal_length": 1, "sepal_width": n, "petal_length": 3, "petal_width": 4});
        let tensor = json!({"name": "x", "shape": [1, 4], "datatype": "FP64", "data": row});
        let bodies = [
            ("/predict", "application/json", named.to_string()),
            ("/predict", "application/json", json!([row, [0, 9, 0, 0]]).to_string()),
            ("/models/m/predict", "application/json", json!([row]).to_string()),
            ("/v2/models/m/infer", "application/json", json!({"inputs": [tensor]}).to_string()),
            ("/v1/models/m:predict", "application/json", json!({"instances": [row]}).to_string()),
            ("/invocations", "text/csv", format!("5.1,{n},1.4,0.2\n")),
        ];
        let answered = bodies.map(|(path, content_type, body)| {
            server.post_with(path, &[("content-type", content_type)], body.as_bytes()).model.unwrap()
        });
        assert!(answered.iter().all(|version| *version == answered[0]), "{n}: {answered:?}");
        *versions.entry(answered[0].clone()).or_default() += 1;
    }
    assert_eq!(versions.len(), 2, "{versions:?}");
}

/// A regressor whose answer is this much of its last column, and nothing of the others.
fn of_columns(names: &[&str], factor: f64) -> Predictor {
    let mut coefficients = vec![0.0; names.len()];
    *coefficients.last_mut().unwrap() = factor;
    Predictor::linear(&LinearModel {
        features: names.iter().map(|name| (*name).to_owned()).collect(),
        coefficients: vec![coefficients],
        intercepts: vec![0.0],
        labels: None,
        link: Link::Identity,
    })
    .unwrap()
}

/// By the first event of a batch; the version that then answers has read all of them by its own columns.
#[test]
fn events_are_read_again_by_the_version_that_the_feature_leads_to() {
    let traffic = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    let traffic = traffic.with_split_key("feature:user".parse().unwrap());
    let old = Model::new("m", "1", of_columns(&["user", "a"], 1.0));
    let catalog = Catalog::new(old).with_traffic(traffic);
    catalog.change(|served| served.put(Model::new("m", "2", of_columns(&["zone", "user", "b"], 10.0))));
    let server = Server::start(HttpService::serving(catalog), Limits::default());
    let headers = [("content-type", "application/cloudevents-batch+json")];
    let mut versions = BTreeMap::<String, u32>::new();
    for user in 0..20 {
        let data = [
            json!({ "user": user, "zone": 0, "a": 3, "b": 4 }),
            json!([{ "user": 7, "zone": 0, "b": 5 }, { "user": 8, "zone": 0, "b": 6 }]),
            json!({ "user": 9, "a": 7 }),
            json!({ "user": user, "zone": 1, "a": 8, "b": 9 }),
        ];
        let events = data.each_ref().map(
            |data| json!({ "specversion": "1.0", "id": "e", "source": "/s", "type": "t", "data": data }),
        );
        let answer = server.post_with("/events", &headers, json!(events).to_string().as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        let answers = answer.json();
        let values: Vec<_> = (0..data.len())
            .map(|index| match &answers[index]["data"] {
                data if answers[index]["type"] == "iris.prediction.refused" => data["status"].clone(),
                data if data.is_array() => json!([data[0]["value"], data[1]["value"]]),
                data => data["value"].clone(),
            })
            .collect();
        let version = answer.model.unwrap();
        let expected = match version.as_str() {
            "m/1" => [json!(3.0), json!(422), json!(7.0), json!(8.0)],
            "m/2" => [json!(40.0), json!([50.0, 60.0]), json!(422), json!(90.0)],
            other => panic!("{other}"),
        };
        assert_eq!(values, expected, "{version}: {answers}");
        let alone = server.post("/predict", data[0].to_string().as_bytes());
        assert_eq!((alone.model.as_deref(), &alone.json()["value"]), (Some(version.as_str()), &expected[0]));
        *versions.entry(version).or_default() += 1;
    }
    assert_eq!(versions.len(), 2, "{versions:?}");
}

#[test]
fn what_is_seen_in_the_shadow_is_told_in_the_metrics_and_on_the_page() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    telemetry.keep_history();
    let traffic = Traffic::default().with_shadows(Shadows::start(["m@2=100%".parse().unwrap()]).unwrap());
    let catalog = catalog(traffic);
    catalog.traffic().shadows().unwrap().told_by(&telemetry, &catalog);
    let service = HttpService::serving(catalog).with_telemetry(&telemetry).with_page(Page::default());
    let server = Server::start(service, Limits::default());
    for _ in 0..5 {
        assert_eq!(server.post("/models/m/versions/1/predict", ROW).model.unwrap(), "m/1");
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let shadows = loop {
        let shadows = server.get("/stats").json()["shadows"].clone();
        if shadows["pairs"][0]["agreed"] == 5 {
            break shadows;
        }
        assert!(Instant::now() < deadline, "{shadows}");
        std::thread::yield_now();
    };
    let pair = &shadows["pairs"][0];
    assert_eq!((&pair["name"], &pair["version"], &pair["shadow"]), (&json!("m"), &json!("1"), &json!("2")));
    assert_eq!((&pair["disagreed"], &pair["failed"], &shadows["dropped"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((&pair["difference"], &pair["unlike"]), (&json!([0.0, 0.0, 0.0, 0.0]), &json!(null)));
    assert!(pair["mean"][0].as_f64() > Some(0.0) && pair["mean"][1].as_f64() > Some(0.0), "{pair}");
    let page = telemetry.metrics(Format::Prometheus);
    for expected in [
        r#"iris_shadow_rows_total{model="m",version="1",shadow="2",result="agreed"} 5"#,
        r#"iris_shadow_difference{model="m",version="1",shadow="2",quantile="0.99"} 0"#,
        r#"iris_shadow_seconds_total{model="m",version="1",shadow="2",of="shadow"} "#,
        r#"iris_shadow_dropped_total{reason="queue_full"} 0"#,
    ] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
}

/// Its columns may be called otherwise: then no row is answered, and it is said why.
#[test]
fn why_a_version_in_the_shadow_cannot_answer_is_told() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    telemetry.keep_history();
    let traffic = Traffic::default().with_shadows(Shadows::start(["m@2=100%".parse().unwrap()]).unwrap());
    let catalog = Catalog::new(Model::new("m", "1", of_columns(&["user", "a"], 1.0))).with_traffic(traffic);
    catalog.change(|served| served.put(Model::new("m", "2", of_columns(&["user", "b"], 1.0))));
    let service = HttpService::serving(catalog).with_telemetry(&telemetry).with_page(Page::default());
    let server = Server::start(service, Limits::default());
    assert_eq!(server.post("/models/m/versions/1/predict", b"[[1,2],[3,4]]").status, 200);
    let deadline = Instant::now() + Duration::from_secs(30);
    let pair = loop {
        let pair = server.get("/stats").json()["shadows"]["pairs"][0].clone();
        if pair["failed"] == 2 {
            break pair;
        }
        assert!(Instant::now() < deadline, "{pair}");
        std::thread::yield_now();
    };
    assert_eq!(pair["unlike"], "its feature 1 is 'b', and not 'a'");
}
