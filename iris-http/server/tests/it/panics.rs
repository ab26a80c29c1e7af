//! A panic costs one request. The model of this name panics, in builds that are no releases.

use std::io::{Read, Write};

use iris_grpc::pb::iris::v1;
use tonic::Code;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic_prost::ProstCodec;

use crate::process::{Process, command, read_status};

fn server() -> Process {
    let model = concat!(
        "panics-on-purpose=",
        env!("CARGO_MANIFEST_DIR"),
        "/../../iris-core/testdata/pickles/logisticregression_iris.joblib"
    );
    let mut command = command(&["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "1"]);
    command.env_remove("IRIS_GRPC_ADDR").env("OTEL_TRACES_EXPORTER", "none").args(["--model", model]);
    Process::start(command)
}

fn request(path: &str, extra: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: iris\r\ncontent-length: {length}\r\n{extra}\r\n{body}")
}

fn page(server: &Process) -> String {
    let mut page = String::new();
    server
        .send("GET /metrics HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n")
        .read_to_string(&mut page)
        .unwrap();
    page
}

#[test]
fn a_panic_costs_one_request_by_every_door() {
    let mut server = server();
    let address = server.next_line();
    let address = address.strip_prefix("listening grpc=").unwrap();
    let infer = r#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[5.1,3.5,1.4,0.2]}]}"#;
    let mut n_panics = 0;
    for (path, body) in [
        ("/predict", "[[5,3.5,1,0]]"),
        ("/v2/models/panics-on-purpose/infer", infer),
        ("/invocations", "[[5,3.5,1,0]]"),
    ] {
        // On the fast path, where there is one, and on the other.
        for extra in
            ["", "content-type: application/json\r\nx-other-way: yes\r\nconnection: keep-alive, x\r\n"]
        {
            let request = request(path, extra, body);
            let mut stream = server.send(&request.repeat(2));
            // The connection goes on.
            let mut answers = String::new();
            stream.write_all(b"GET /livez HTTP/1.1\r\nhost: iris\r\nconnection: close\r\n\r\n").unwrap();
            stream.read_to_string(&mut answers).unwrap();
            assert_eq!(answers.matches("HTTP/1.1 500 Internal Server Error").count(), 2, "{answers}");
            assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
            assert!(
                answers.contains("a mistake of the server's") && !answers.contains("on purpose"),
                "{answers}"
            );
            n_panics += 2;
        }
    }
    assert_eq!(grpc(address), Code::Internal);
    n_panics += 1;
    let page = page(&server);
    let counted: u64 = page
        .lines()
        .filter(|line| line.starts_with("iris_errors_total") && line.contains("internal"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(counted, n_panics, "{page}");
    assert_eq!(read_status(server.send("GET /livez HTTP/1.1\r\nhost: iris\r\n\r\n")), "HTTP/1.1 200 OK");
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
    assert_eq!(log.matches("panic: \"on purpose\"").count() as u64, n_panics, "{log}");
}

/// The code of a call that predicts.
fn grpc(address: &str) -> Code {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        let mut client = tonic::client::Grpc::new(channel);
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/iris.v1.Predictor/PredictBatch");
        let message = v1::PredictBatchRequest { values: vec![5.0, 3.5, 1.0, 0.0], ..Default::default() };
        let codec = ProstCodec::<_, v1::PredictBatchResponse>::default();
        client.unary(tonic::Request::new(message), path, codec).await.unwrap_err().code()
    })
}
