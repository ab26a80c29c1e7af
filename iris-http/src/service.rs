//! What every route shares.

use std::sync::Arc;
use std::time::Duration;

use iris_core::Predictor;
use iris_serving::gate::Gate;
use iris_serving::{Catalog, ClientDetails, Model};
use iris_telemetry::{InFlight, Telemetry};

use crate::cors::CorsOrigins;
use crate::looks::{Looks, Scrapes};
use crate::prepared::{Now, Prepared};
use crate::process::Page;
use crate::routes::{ROUTES, Route};
use crate::vertex::VertexRoutes;

/// The models being served, the limits of a request, and what is recorded.
/// Cheap to clone; clones share the models and the readiness.
#[derive(Debug, Clone)]
pub struct HttpService {
    /// Behind one pointer, for a router clones and moves its state several times a request.
    shared: Arc<Shared>,
}

#[derive(Debug, Clone)]
struct Shared {
    catalog: Catalog,
    gate: Gate,
    max_body: usize,
    body_timeout: Duration,
    telemetry: Option<Telemetry>,
    in_flight: InFlight,
    server_timing: bool,
    vertex: Option<VertexRoutes>,
    has_docs: bool,
    cors: Option<CorsOrigins>,
    client_details: Arc<ClientDetails>,
    prepared: Arc<Prepared>,
    scrapes: Arc<Scrapes>,
    page: Option<Page>,
    looks: Arc<Looks>,
}

impl HttpService {
    /// The largest body accepted unless [`with_max_body`](Self::with_max_body) says otherwise: 2 MiB.
    pub const DEFAULT_MAX_BODY: usize = 2 << 20;

    /// How long a client may take to send a body.
    const BODY_TIMEOUT: Duration = Duration::from_secs(30);

    /// Serves `predictor` under this name and version, ready for traffic.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>, predictor: Predictor) -> Self {
        Self::serving(Catalog::new(Model::new(name, version, predictor)))
    }

    /// Serves these models, of which another transport may hold a clone.
    #[must_use]
    pub fn serving(catalog: Catalog) -> Self {
        let shared = Shared {
            catalog,
            gate: Gate::default(),
            max_body: Self::DEFAULT_MAX_BODY,
            body_timeout: Self::BODY_TIMEOUT,
            telemetry: None,
            in_flight: InFlight::default(),
            server_timing: false,
            vertex: None,
            has_docs: true,
            cors: None,
            client_details: Arc::default(),
            prepared: Arc::new(Prepared::new(false)),
            scrapes: Arc::default(),
            page: Some(Page::default()),
            looks: Arc::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The same with this done to what it shares, of which other clones keep theirs.
    fn but(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        change(Arc::make_mut(&mut self.shared));
        self
    }

    /// The same for those whom this gate lets in; health and readiness are told to everybody.
    #[must_use]
    pub fn with_gate(self, gate: Gate) -> Self {
        self.but(|shared| shared.gate = gate).described_anew()
    }

    /// The same with another limit, in bytes; a larger body is answered by 413.
    #[must_use]
    pub fn with_max_body(self, max_body: usize) -> Self {
        self.but(|shared| shared.max_body = max_body).described_anew()
    }

    /// The same with another time for a client to send a body; a slower one is
    /// answered by 408.
    #[must_use]
    pub fn with_body_timeout(self, body_timeout: Duration) -> Self {
        self.but(|shared| shared.body_timeout = body_timeout)
    }

    /// The same with every request recorded, and the metrics at `/metrics`.
    #[must_use]
    pub fn with_telemetry(self, telemetry: &Telemetry) -> Self {
        let recorder = telemetry.recorder();
        let recorder = if self.server_timing() { recorder.timed() } else { recorder };
        self.but(|shared| {
            shared.catalog = shared.catalog.clone().with_recorder(&recorder);
            shared.in_flight = telemetry.in_flight();
            shared.telemetry = Some(telemetry.clone());
        })
        .described_anew()
    }

    /// The same with a `Server-Timing` header in the answers to `/predict`: the
    /// stages of the request, in milliseconds.
    #[must_use]
    pub fn with_server_timing(self) -> Self {
        let recorder = self.catalog().recorder().clone().timed();
        self.but(|shared| {
            shared.catalog = shared.catalog.clone().with_recorder(&recorder);
            shared.server_timing = true;
        })
        .described_anew()
    }

    /// The same answering at the routes that Vertex AI chose, too.
    #[must_use]
    pub fn with_vertex_routes(self, routes: VertexRoutes) -> Self {
        self.but(|shared| shared.vertex = Some(routes)).described_anew()
    }

    /// The same without the page at `/docs`; `/openapi.json` stays.
    #[must_use]
    pub fn without_docs(self) -> Self {
        self.but(|shared| shared.has_docs = false).described_anew()
    }

    /// The same for pages of these origins, which could read nothing otherwise.
    #[must_use]
    pub fn with_cors(self, origins: CorsOrigins) -> Self {
        self.but(|shared| shared.cors = Some(origins))
    }

    /// The same recording of clients what these say, and believing the proxies
    /// that they trust.
    #[must_use]
    pub fn with_client_details(self, details: ClientDetails) -> Self {
        self.but(|shared| shared.client_details = Arc::new(details))
    }

    /// The same with a page for browsers that says this of the process around it.
    #[must_use]
    pub fn with_page(self, page: Page) -> Self {
        self.but(|shared| shared.page = Some(page)).described_anew()
    }

    /// The same without the page for browsers, and what only that asks for; nothing is kept for it.
    #[must_use]
    pub fn without_page(self) -> Self {
        self.but(|shared| shared.page = None).described_anew()
    }

    /// The same, of which nothing has been said yet that no longer holds.
    fn described_anew(self) -> Self {
        self.but(|shared| shared.prepared = Arc::new(Prepared::new(shared.telemetry.is_some())))
    }

    /// Every route that is answered here.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &'static Route> + use<> {
        let (has_docs, has_page) = (self.has_docs(), self.page().is_some());
        let chosen = self.shared.vertex.as_ref().map(VertexRoutes::routes);
        let is_here =
            move |route: &&Route| (has_docs || !route.is_of_docs()) && (has_page || !route.is_of_page());
        ROUTES.iter().filter(is_here).chain(chosen.into_iter().flatten())
    }

    /// The models, whether traffic is wanted, and where requests are recorded.
    #[inline]
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    #[inline]
    pub(crate) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    pub(crate) fn telemetry(&self) -> Option<&Telemetry> {
        self.shared.telemetry.as_ref()
    }

    pub(crate) fn has_docs(&self) -> bool {
        self.shared.has_docs
    }

    pub(crate) fn page(&self) -> Option<Page> {
        self.shared.page
    }

    pub(crate) fn looks(&self) -> &Looks {
        &self.shared.looks
    }

    pub(crate) fn scrapes(&self) -> &Scrapes {
        &self.shared.scrapes
    }

    /// The same service with a counter of requests in flight of its own: for one thread.
    #[cfg(feature = "server")]
    pub(crate) fn for_one_thread(self) -> Self {
        let in_flight = self.shared.telemetry.as_ref().map(Telemetry::in_flight).unwrap_or_default();
        self.but(|shared| shared.in_flight = in_flight)
    }

    #[inline]
    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.shared.in_flight
    }

    #[inline]
    pub(crate) fn server_timing(&self) -> bool {
        self.shared.server_timing
    }

    /// What is said of the models of this moment.
    pub(crate) fn now(&self) -> Now<'_> {
        self.shared.prepared.now(&self.shared.catalog)
    }

    pub(crate) fn vertex_routes(&self) -> Option<&VertexRoutes> {
        self.shared.vertex.as_ref()
    }

    #[inline]
    pub(crate) fn client_details(&self) -> &ClientDetails {
        &self.shared.client_details
    }

    pub(crate) fn cors(&self) -> Option<&CorsOrigins> {
        self.shared.cors.as_ref()
    }

    pub(crate) fn max_body(&self) -> usize {
        self.shared.max_body
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        self.shared.body_timeout
    }
}
