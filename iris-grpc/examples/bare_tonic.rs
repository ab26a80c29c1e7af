//! The least that tonic costs: `iris.v1.Predictor/Predict` answered with a fixed
//! message, for `benches/peers/tonic/run.py` to put beside the server.
//!
//! One thread, hyper's HTTP/2 and tonic's own unary handler, without the layers and
//! the router that tonic's `Server` lays around it.

use std::future::{Ready, ready};
use std::net::Ipv4Addr;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use iris_grpc::pb::iris::v1::{PredictRequest, PredictResponse};
use tokio::net::{TcpListener, TcpStream};
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone)]
struct Fixed(PredictResponse);

impl UnaryService<PredictRequest> for Fixed {
    type Response = PredictResponse;
    type Future = Ready<Result<Response<PredictResponse>, Status>>;

    fn call(&mut self, _: Request<PredictRequest>) -> Self::Future {
        // Cloned, since a server makes its strings and numbers for each answer.
        ready(Ok(Response::new(self.0.clone())))
    }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "whoever starts it has to learn its address")]
async fn main() -> std::io::Result<()> {
    let fixed = Fixed(PredictResponse {
        species: "virginica".to_owned(),
        class_index: 2,
        probability: Some(0.75),
        probabilities: vec![0.0, 0.25, 0.75],
        model_name: "iris".to_owned(),
        model_version: "1".to_owned(),
        ..PredictResponse::default()
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening http={}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, fixed.clone()));
    }
}

async fn connection(stream: TcpStream, fixed: Fixed) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let fixed = fixed.clone();
        async move {
            let mut grpc = Grpc::new(ProstCodec::<PredictResponse, PredictRequest>::default());
            Ok::<_, std::convert::Infallible>(grpc.unary(fixed, request).await)
        }
    });
    // A client that goes away is nobody's fault here.
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
