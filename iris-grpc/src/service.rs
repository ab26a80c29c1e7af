//! What is served, and within which limits.

use std::time::Duration;

use iris_serving::gate::Gate;
use iris_serving::{Catalog, ClientDetails};
use iris_telemetry::Telemetry;

/// Models behind gRPC. Cheap to clone; clones share the models and their readiness.
#[derive(Debug, Clone)]
pub struct GrpcService {
    catalog: Catalog,
    gate: Gate,
    telemetry: Option<Telemetry>,
    client_details: ClientDetails,
}

impl GrpcService {
    /// Serves these models, of which another transport may hold a clone.
    /// Requests are recorded where the [catalog](Catalog::with_recorder) says.
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        let client_details = ClientDetails::default();
        Self { catalog, gate: Gate::default(), telemetry: None, client_details }
    }

    /// The same with `ModelStatistics`, and calls in flight in the metrics.
    #[must_use]
    pub fn with_telemetry(self, telemetry: &Telemetry) -> Self {
        Self { telemetry: Some(telemetry.clone()), ..self }
    }

    /// The same recording of clients what these say, and believing the proxies
    /// that they trust.
    #[must_use]
    pub fn with_client_details(self, details: ClientDetails) -> Self {
        Self { client_details: details, ..self }
    }

    /// The same for those whom this gate lets in; health is told to everybody.
    #[must_use]
    pub fn with_gate(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// The models, and whether traffic is wanted.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn client_details(&self) -> &ClientDetails {
        &self.client_details
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(crate) fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.as_ref()
    }
}

/// What clients may ask of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a message, compressed or not. A larger one: `RESOURCE_EXHAUSTED`.
    pub max_message_size: usize,
    /// How long a client may take to send the message of a call: `DEADLINE_EXCEEDED`.
    pub message_timeout: Duration,
    /// How long a stream may be silent: `DEADLINE_EXCEEDED`.
    pub idle_timeout: Duration,
    /// Connections at a time; where there are so many, one that is idle makes
    /// room for the next, or else the next waits.
    pub max_connections: usize,
    /// How long a client may take to begin its first call.
    pub silent_timeout: Duration,
    /// How long a connection without a call is kept.
    pub connection_idle_timeout: Duration,
    /// How long a client may make no room for its answers.
    pub answer_timeout: Duration,
    /// Calls at a time on one connection; a client waits with more.
    pub max_concurrent_streams: u32,
    /// Bytes of a call's metadata.
    pub max_header_list_size: u32,
    /// How long a client may take to begin with HTTP/2.
    pub handshake_timeout: Duration,
    /// A connection this old is asked to go, so that clients spread over servers
    /// that came later; `None` for never.
    pub max_connection_age: Option<Duration>,
    /// How long its calls may then still take; `None` for as long as they like.
    pub max_connection_age_grace: Option<Duration>,
    /// How often a client is asked whether it is still there; `None` for never.
    pub keepalive_interval: Option<Duration>,
    /// How long it may take to answer that.
    pub keepalive_timeout: Duration,
    /// How long calls in flight may take to finish once `shutdown` is done.
    pub drain_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_size: 4 << 20,
            message_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            silent_timeout: Duration::from_secs(20),
            connection_idle_timeout: Duration::from_secs(60),
            answer_timeout: Duration::from_secs(30),
            max_concurrent_streams: 128,
            max_header_list_size: 16 << 10,
            handshake_timeout: Duration::from_secs(10),
            max_connection_age: Some(Duration::from_secs(30 * 60)),
            max_connection_age_grace: None,
            keepalive_interval: Some(Duration::from_secs(60)),
            keepalive_timeout: Duration::from_secs(20),
            drain_grace: Duration::from_secs(20),
        }
    }
}
