//! A server in this process, on a port of its own, and a client for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use iris_core::Predictor;
use iris_grpc::{GrpcService, Limits, serve};
use iris_serving::{Catalog, Model};
use prost::Message;
use tokio::sync::oneshot;
use tokio_stream::Stream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;

/// Serves on a thread until it is dropped or told to stop. Dropping does not wait:
/// clients on the same thread as the test could not say goodbye.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) served: Catalog,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<usize>,
}

impl Server {
    /// The embedded model with the default limits.
    pub(crate) fn iris() -> Self {
        Self::start(GrpcService::new(crate::direct::iris()), Limits::default())
    }

    pub(crate) fn start(service: GrpcService, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let served = service.catalog().clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                serve(listener, service, limits, async { drop(stopped.await) }).await
            })
        });
        Self { address: address.recv().unwrap(), served, stop: Some(stop), thread }
    }

    /// Tells the server to stop without waiting for it.
    pub(crate) fn begin_stop(&mut self) {
        self.stop.take();
    }

    /// Waits for the end; returns how many connections were cut off.
    pub(crate) fn join(mut self) -> usize {
        self.stop.take();
        self.thread.join().unwrap()
    }

    pub(crate) async fn connect(&self) -> Client {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        Client(endpoint.connect().await.unwrap())
    }
}

/// One connection.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Channel);

impl Client {
    /// One message there, one back. `method` is `package.Service/Method`.
    pub(crate) async fn call<Q, A>(&self, method: &str, message: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call_with(method, Request::new(message)).await
    }

    pub(crate) async fn call_with<Q, A>(&self, method: &str, request: Request<Q>) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.0.clone()).max_decoding_message_size(usize::MAX);
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let answer = grpc.unary(request, path(method), ProstCodec::<Q, A>::new()).await?;
        Ok(answer.into_inner())
    }

    /// Many messages there, many back.
    pub(crate) async fn stream<Q, A>(
        &self,
        method: &str,
        messages: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.0.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<Q, A>::new();
        Ok(grpc.streaming(Request::new(messages), path(method), codec).await?.into_inner())
    }
}

fn path(method: &str) -> http::uri::PathAndQuery {
    format!("/{method}").parse().unwrap()
}

/// A model of the core's test data.
pub(crate) fn of_model(file: &str) -> Catalog {
    Catalog::new(Model::new("model", "7", Predictor::read(&test_data(&format!("onnx/{file}"))).unwrap()))
}

/// A file of the core's test data.
pub(crate) fn test_data(file: &str) -> Vec<u8> {
    let path = format!("{}/../iris-core/testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The flowers of the core's test data.
pub(crate) fn flowers() -> Vec<[f64; 4]> {
    let file: serde_json::Value = serde_json::from_slice(&test_data("flowers.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    cases.map(|case| serde_json::from_value(case["features"].clone()).unwrap()).collect()
}
