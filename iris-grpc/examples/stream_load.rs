//! Streams of tensors, as fast as a server takes them: a line with the predictions and the seconds.
//!
//! `stream_load ADDRESS SECONDS STREAMS ROWS`: for `benches/doors/run.py`. Each message has so many
//! flowers, and a stream sends the next as soon as there is room for it.

use std::time::{Duration, Instant};

use iris_grpc::pb::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use iris_grpc::pb::inference::{ModelInferRequest, ModelStreamInferResponse};
use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

const METHOD: &str = "/inference.GRPCInferenceService/ModelStreamInfer";
const FLOWER: [f64; 4] = [6.7, 2.8, 4.9, 1.8];

fn message(n_rows: u32) -> ModelInferRequest {
    let input = InferInputTensor {
        name: "input-0".to_owned(),
        datatype: "FP64".to_owned(),
        shape: vec![n_rows.into(), 4],
        ..InferInputTensor::default()
    };
    let output = InferRequestedOutputTensor {
        name: "class_index".to_owned(),
        ..InferRequestedOutputTensor::default()
    };
    let flower = FLOWER.map(f64::to_le_bytes).concat();
    ModelInferRequest {
        model_name: "iris".to_owned(),
        inputs: vec![input],
        outputs: vec![output],
        raw_input_contents: vec![flower.repeat(n_rows as usize).into()],
        ..ModelInferRequest::default()
    }
}

/// Answered messages of one stream.
async fn stream(channel: Channel, message: ModelInferRequest, until: Instant) -> Result<u64, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let messages = tokio_stream::iter(std::iter::repeat(message)).take_while(move |_| Instant::now() < until);
    let codec = ProstCodec::<_, ModelStreamInferResponse>::default();
    let path = http::uri::PathAndQuery::from_static(METHOD);
    let mut answers = grpc.streaming(Request::new(messages), path, codec).await?.into_inner();
    let mut n = 0;
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        if !answer.error_message.is_empty() {
            return Err(Status::internal(answer.error_message));
        }
        n += 1;
    }
    Ok(n)
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "whoever starts it has to learn the figures")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, seconds, n_streams, n_rows] = arguments.as_slice() else {
        return Err("stream_load ADDRESS SECONDS STREAMS ROWS".into());
    };
    let (seconds, n_streams, n_rows) = (seconds.parse()?, n_streams.parse()?, n_rows.parse()?);
    let channel = Endpoint::new(format!("http://{address}"))?.connect().await?;
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let mut streams = JoinSet::new();
    for _ in 0..n_streams {
        streams.spawn(stream(channel.clone(), message(n_rows), until));
    }
    let mut n = 0;
    while let Some(answered) = streams.join_next().await {
        n += answered?? * u64::from(n_rows);
    }
    println!("{n} {:.6}", began.elapsed().as_secs_f64());
    Ok(())
}
