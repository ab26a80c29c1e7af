//! A server in this process, on a port of its own, and a client for it.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use iris_core::Predictor;
use iris_http::{HttpService, Limits, serve};
use serde_json::Value;
use tokio::sync::oneshot;
use ureq::http::Response;

/// Serves on a thread until it is dropped or told to stop.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) service: HttpService,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<usize>>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) allow: Option<String>,
    pub(crate) accept_encoding: Option<String>,
    pub(crate) server_timing: Option<String>,
    pub(crate) authenticate: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// Which model gave it.
    pub(crate) model: Option<String>,
    pub(crate) body: String,
}

impl Server {
    /// The embedded model with the default limits.
    pub(crate) fn iris() -> Self {
        Self::start(HttpService::new("iris", "1", Predictor::iris()), Limits::default())
    }

    /// A model from the core's test data.
    pub(crate) fn of_model(file: &str) -> Self {
        Self::start(
            HttpService::new("model", "7", Predictor::read(&test_data(&format!("onnx/{file}"))).unwrap()),
            Limits::default(),
        )
    }

    pub(crate) fn start(service: HttpService, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let served = service.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                serve(listener, served, limits, async { drop(stopped.await) }).await
            })
        });
        Self { address: address.recv().unwrap(), service, stop: Some(stop), thread: Some(thread) }
    }

    /// Tells the server to stop without waiting for it.
    pub(crate) fn begin_stop(&mut self) {
        self.stop.take();
    }

    /// Waits for the end; returns how many connections were cut off.
    pub(crate) fn join(mut self) -> usize {
        self.stop.take();
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        Answer::new(agent().get(self.url(path)).call().unwrap())
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers
            .iter()
            .fold(agent().get(self.url(path)), |request, (name, value)| request.header(*name, *value));
        Answer::new(request.call().unwrap())
    }

    pub(crate) fn delete_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers
            .iter()
            .fold(agent().delete(self.url(path)), |request, (name, value)| request.header(*name, *value));
        Answer::new(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.post_with(path, &[("content-type", "application/json")], body)
    }

    pub(crate) fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request = headers
            .iter()
            .fold(agent().post(self.url(path)), |request, (name, value)| request.header(*name, *value));
        Answer::new(request.send(body).unwrap())
    }

    pub(crate) fn predict(&self, body: &str) -> Answer {
        self.post("/predict", body.as_bytes())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Answer {
    pub(crate) fn new(mut response: Response<ureq::Body>) -> Self {
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (content_type, allow) = (header("content-type").unwrap_or_default(), header("allow"));
        let (accept_encoding, server_timing) = (header("accept-encoding"), header("server-timing"));
        let (authenticate, retry_after) = (header("www-authenticate"), header("retry-after"));
        let model = header("iris-model");
        let body = response.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        let status = response.status().as_u16();
        Self {
            status,
            content_type,
            allow,
            accept_encoding,
            server_timing,
            authenticate,
            retry_after,
            model,
            body,
        }
    }

    pub(crate) fn json(&self) -> Value {
        assert!(self.content_type.contains("json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The list of a 422, as `location: type: message`.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        assert_eq!(self.status, 422, "{self:?}");
        let json = self.json();
        let mistake = |detail: &Value| {
            let location = detail["loc"].as_array().unwrap().iter();
            let location: Vec<String> =
                location.map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned)).collect();
            format!(
                "{}: {}: {}",
                location.join("."),
                detail["type"].as_str().unwrap(),
                detail["msg"].as_str().unwrap()
            )
        };
        json["detail"].as_array().unwrap().iter().map(mistake).collect()
    }
}

/// A client that hands errors on as answers.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent()
}

/// A file of the core's test data.
pub(crate) fn test_data(file: &str) -> Vec<u8> {
    let path = format!("{}/../iris-core/testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
