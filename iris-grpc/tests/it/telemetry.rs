//! Every message leaves its record, whatever became of it.

use iris_grpc::pb::inference as pb;
use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::ClientDetails;
use iris_telemetry::{Format, Settings, Telemetry, Trace};
use prost::Message;
use tonic::Code;

use crate::direct::{Frames, ask, call, framed, iris};
use crate::server::Server;
use crate::tensors::{INFER, STREAM_INFER, raw};

const PARENT: (&str, &str) = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
const PREDICT_STREAM: &str = "iris.v1.Predictor/PredictStream";

fn start(limits: Limits) -> (Router, Telemetry) {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let served = iris().with_recorder(&telemetry.recorder());
    (Router::new(GrpcService::new(served).with_telemetry(&telemetry), limits), telemetry)
}

fn last(telemetry: &Telemetry) -> Trace {
    telemetry.recent().remove(0)
}

fn one_row() -> pb::ModelInferRequest {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[])
}

#[tokio::test]
async fn who_called_is_recorded_unless_nobody_wants_to_know() {
    for (details, address) in [
        (ClientDetails::default(), Some("127.0.0.1")),
        (ClientDetails::default().behind(["127.0.0.1"]).unwrap(), Some("203.0.113.9")),
        (ClientDetails::none(), None),
    ] {
        let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
        let served = iris().with_recorder(&telemetry.recorder());
        let listening =
            Server::start(GrpcService::new(served).with_client_details(details), Limits::default());
        let client = listening.connect().await;
        let mut request = tonic::Request::new(one_row());
        request.metadata_mut().insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
        client.call_with::<_, pb::ModelInferResponse>(INFER, request).await.unwrap();
        let trace = last(&telemetry);
        assert_eq!(trace.client_address.map(|address| address.to_string()).as_deref(), address);
        let is_named = trace.user_agent.is_some_and(|name| name.starts_with("tonic/"));
        assert_eq!(is_named, address.is_some());
    }
}

#[tokio::test]
async fn a_call_leaves_four_spans_in_its_client_s_trace() {
    let (router, telemetry) = start(Limits::default());
    let frames = Frames::of(vec![framed(&one_row().encode_to_vec())]);
    call(&router, INFER, &[PARENT], frames).await.only::<pb::ModelInferResponse>();
    let trace = last(&telemetry);
    assert_eq!(trace.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(trace.parent_id.unwrap().to_string(), "00f067aa0ba902b7");
    assert_eq!((trace.endpoint.route(), trace.status), (INFER, 0));
    assert_eq!((trace.predicted.as_deref(), trace.stages.len()), (Some("setosa"), 3));
    let cloud = ("x-cloud-trace-context", "105445aa7843bc8bf206b12000100000/1;o=1");
    let frames = Frames::of(vec![framed(&one_row().encode_to_vec())]);
    call(&router, INFER, &[cloud], frames).await.only::<pb::ModelInferResponse>();
    assert_eq!(last(&telemetry).trace_id.to_string(), "105445aa7843bc8bf206b12000100000");
}

#[tokio::test]
async fn every_message_of_a_stream_leaves_its_own() {
    let (router, telemetry) = start(Limits::default());
    let mut other = one_row();
    other.model_name = "other".to_owned();
    let messages = [one_row(), other, one_row()].map(|request| framed(&request.encode_to_vec()));
    call(&router, STREAM_INFER, &[PARENT], Frames::of(messages.to_vec())).await;
    let traces = telemetry.recent();
    assert_eq!(traces.len(), 3);
    let statuses: Vec<u16> = traces.iter().map(|trace| trace.status).collect();
    assert_eq!(statuses, [0, 5, 0]);
    assert!(traces.iter().all(|trace| trace.parent_id.unwrap().to_string() == "00f067aa0ba902b7"));
    assert!(traces.iter().all(|trace| trace.endpoint.route() == STREAM_INFER));
}

#[tokio::test(start_paused = true)]
async fn what_never_came_as_far_as_a_message_is_traced_too() {
    let (router, telemetry) = start(Limits { max_message_size: 200, ..Limits::default() });
    let large = || Frames::of(vec![framed(&[0; 201])]);
    let silence = || Frames::default().then_silence();
    for (method, frames, status, error) in [
        (INFER, large(), Code::ResourceExhausted, "found 201 bytes"),
        (INFER, silence(), Code::DeadlineExceeded, "not complete"),
        (INFER, Frames::default(), Code::Internal, "Missing request message"),
        (PREDICT_STREAM, large(), Code::ResourceExhausted, "found 201 bytes"),
        (PREDICT_STREAM, silence(), Code::DeadlineExceeded, "no message came"),
    ] {
        let outcome = call(&router, method, &[PARENT], frames).await;
        outcome.refused(status, error);
        let trace = last(&telemetry);
        assert_eq!((trace.status, trace.endpoint.route()), (status as u16, method));
        assert!(trace.error.as_ref().unwrap().contains(error), "{:?}", trace.error);
        assert_eq!(trace.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
    assert_eq!(telemetry.recent().len(), 5);
}

#[tokio::test]
async fn the_rest_is_counted_in_bounded_labels() {
    let (router, telemetry) = start(Limits::default());
    ask(&router, "inference.GRPCInferenceService/ServerLive", &pb::ServerLiveRequest::default()).await;
    let request = pb::ModelReadyRequest { name: "other".to_owned(), version: String::new() };
    ask(&router, "inference.GRPCInferenceService/ModelReady", &request).await;
    for n in 0..3 {
        ask(&router, &format!("random.Service/{n}"), &v1::PredictRequest::default()).await;
    }
    assert!(telemetry.recent().is_empty(), "none of these is a prediction");
    let page = telemetry.metrics(Format::Prometheus);
    let find = |parts: &[&str]| page.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(find(&["inference.GRPCInferenceService/ServerLive", "OK"]), "{page}");
    assert!(find(&["inference.GRPCInferenceService/ModelReady", "NOT_FOUND"]), "{page}");
    assert!(find(&["UNIMPLEMENTED", " 3"]), "{page}");
    assert!(!page.contains("random.Service"));
}
