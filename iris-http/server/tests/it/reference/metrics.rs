//! The metrics, as `/metrics` has them after requests by either door.

use std::collections::BTreeSet;
use std::io::Read;
use std::time::{Duration, Instant};

use iris_core::Predictor;

use super::{call, code, hold, table};
use crate::process::{Process, command};

const INTRODUCTION: &str = "\
# Metrics

What `GET /metrics` gives, at the service's address or at `--admin`: Prometheus' text format, or OpenMetrics with exemplars to
who accepts it. They are derived from the same records as the traces, beside the requests.

";

#[test]
fn the_page_of_metrics_is_what_the_server_counts() {
    let models = std::env::temp_dir().join(format!("iris-metrics-{}", std::process::id()));
    for version in ["1", "2"] {
        let folder = models.join("iris").join(version);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("model.onnx"), Predictor::IRIS).unwrap();
    }
    let mut server = command(&["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "1"]);
    // One version in the shadow of the other.
    server.arg("--models").arg(&models).args([
        "--versions",
        "all",
        "--shadow",
        "iris@1=100%",
        "--drift",
        "100%",
    ]);
    server.env_remove("IRIS_GRPC_ADDR");
    let mut process = Process::start(server);
    let grpc = process.next_line();
    call::unary(grpc.strip_prefix("listening grpc=").unwrap(), "/inference.GRPCInferenceService/ServerLive");
    ask(
        &process,
        "POST /predict HTTP/1.1\r\nhost: iris\r\nconnection: close\r\ncontent-length: 13\r\n\r\n[[5,3.5,1,0]]",
    );
    ask(&process, "GET /nowhere HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n");
    let deadline = Instant::now() + Duration::from_secs(30);
    let text = loop {
        let text = ask(&process, "GET /metrics HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n");
        if text.contains("iris_shadow_difference{") {
            break text;
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::yield_now();
    };
    std::fs::remove_dir_all(&models).unwrap();
    let families = families(&text);
    assert!(families.iter().any(|family| family.name == "rpc_server_call_duration_seconds"), "{text}");
    let rows = families.into_iter().map(|Family { name, kind, labels, help }| {
        let labels: Vec<String> = labels.iter().map(code).collect();
        vec![code(name), kind, labels.join(", "), help]
    });
    let header = ["metric", "type", "labels", "what it is"];
    hold("metrics.md", &(INTRODUCTION.to_owned() + &table(&header, rows)));
}

fn ask(process: &Process, request: &str) -> String {
    let mut text = String::new();
    process.send(request).read_to_string(&mut text).unwrap();
    text
}

struct Family {
    name: String,
    kind: String,
    help: String,
    labels: BTreeSet<String>,
}

/// Every family of the page, in its order.
fn families(page: &str) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in page.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            let (kind, labels) = (String::new(), BTreeSet::new());
            families.push(Family { name: name.to_owned(), kind, help: help.to_owned(), labels });
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            match families.iter_mut().find(|family| family.name == name) {
                Some(family) => kind.clone_into(&mut family.kind),
                None => panic!("{name} has no help before its type"),
            }
        } else if let (Some(family), Some((_, labels))) = (families.last_mut(), line.split_once('{')) {
            let names = labels.split("\",").filter_map(|pair| pair.split_once('=')).map(|(name, _)| name);
            family.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
        }
    }
    families
}
