//! One row of the table.

use iris_serving::gate::RouteClass;
use iris_telemetry::Endpoint;

/// One method at one path.
#[derive(Debug)]
pub struct Route {
    pub(crate) action: Action,
    pub(crate) endpoint: Endpoint,
    pub(crate) verb: Verb,
    path: &'static str,
    class: RouteClass,
    summary: &'static str,
}

/// What is done at a route. Named as the operation is in `OpenAPI`; whatever has
/// to know each of them matches them all, so that one without a handler or a
/// description does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Predict,
    PredictModel,
    PredictModelVersion,
    Welcome,
    Health,
    Livez,
    Readyz,
    Metrics,
    Openapi,
    Docs,
    DocsFile,
    Schemas,
    Stats,
    Traces,
    Server,
    Live,
    Ready,
    Models,
    Statistics,
    Model,
    ModelVersion,
    ModelReady,
    ModelReadyVersion,
    Config,
    ConfigVersion,
    ModelStatistics,
    ModelStatisticsVersion,
    Infer,
    InferVersion,
    Index,
    Load,
    Unload,
    ModelsV1,
    Aliases,
    ModelV1,
    ModelVersionV1,
    ModelLabelV1,
    MetadataV1,
    MetadataVersionV1,
    MetadataLabelV1,
    PredictV1,
    PredictVersionV1,
    PredictLabelV1,
    Ping,
    Invocations,
    Events,
    Invoke,
    AddModel,
    Described,
    RemoveModel,
}

/// The methods that routes have. Where there is `GET`, there is `HEAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl Route {
    pub(crate) const fn new(
        verb: Verb,
        path: &'static str,
        action: Action,
        class: RouteClass,
        summary: &'static str,
    ) -> Self {
        let endpoint = Endpoint::http(verb.as_str(), path);
        Self { action, endpoint, verb, path, class, summary }
    }

    /// The same at another path.
    pub(crate) const fn moved_to(&self, path: &'static str) -> Self {
        Self::new(self.verb, path, self.action, self.class, self.summary)
    }

    /// The method; `GET` stands for `HEAD`, too.
    #[must_use]
    pub fn method(&self) -> http::Method {
        match self.verb {
            Verb::Get => http::Method::GET,
            Verb::Post => http::Method::POST,
            Verb::Delete => http::Method::DELETE,
        }
    }

    /// The path, with `{model}` and `{version}` for what a client names there:
    /// what metrics have as `http.route`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// What it is for.
    #[must_use]
    pub fn class(&self) -> RouteClass {
        self.class
    }

    /// What it answers, in a few words.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Whether each request has a trace, which the route's own code records. What
    /// has none is counted by the code around all routes.
    #[must_use]
    pub fn is_traced(&self) -> bool {
        self.class == RouteClass::Predict || self.action == Action::Health
    }

    /// Whether it tells whoever looks after the process that it is there, for
    /// which nobody has a key.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        use Action::{Health, Live, Livez, Ping, Ready, Readyz};
        matches!(self.action, Health | Live | Livez | Ping | Ready | Readyz)
    }

    /// Whether it is the page at `/docs` or a file of it, which say nothing of what is served.
    pub(crate) fn is_of_docs(&self) -> bool {
        matches!(self.action, Action::Docs | Action::DocsFile)
    }

    /// Whether only the live page at `/` asks for it.
    pub(crate) fn is_of_page(&self) -> bool {
        matches!(self.action, Action::Schemas | Action::Stats | Action::Traces)
    }

    /// Whether it is told to whoever asks, where others need a key.
    #[must_use]
    pub fn is_told_to_all(&self) -> bool {
        self.is_probe() || self.is_of_docs()
    }

    /// The path as a router takes it, which cannot tell `{model}` from
    /// `{model}:predict`: there the handler looks at the rest.
    pub(crate) fn pattern(&self) -> &'static str {
        self.path.find("}:").map_or(self.path, |end| &self.path[..=end])
    }
}

impl Verb {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}
