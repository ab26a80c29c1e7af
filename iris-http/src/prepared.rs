//! Answers that only the models decide: bytes made once for each snapshot of them.

use std::sync::{Arc, OnceLock, Weak};

use arc_swap::{ArcSwapOption, Guard};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use iris_serving::{Catalog, Model, Refusal, Snapshot};
use serde::Serialize;

use crate::about::{self, Welcome};
use crate::example::example_row;
use crate::json::{JSON, to_json};

/// The answers of the latest snapshot that was asked about.
#[derive(Debug)]
pub(crate) struct Prepared {
    latest: ArcSwapOption<Answers>,
    with_statistics: bool,
}

/// The answers of this moment, together with the models that they are of.
pub(crate) struct Now<'p> {
    prepared: &'p Prepared,
    snapshot: Guard<Arc<Snapshot>>,
    answers: Arc<Answers>,
}

/// The answers of one snapshot, each made when somebody first asks.
#[derive(Debug)]
struct Answers {
    /// Weak, so that models which are replaced are not kept; while it is there,
    /// no other snapshot has the same address.
    snapshot: Weak<Snapshot>,
    welcome: Answer,
    openapi: Answer,
    described: Answer,
    server: Answer,
    models: Answer,
    example: OnceLock<Vec<f64>>,
    of_models: Vec<OfModel>,
}

#[derive(Debug, Default)]
struct OfModel {
    metadata: Answer,
    config: Answer,
}

#[derive(Debug, Default)]
struct Answer(OnceLock<Bytes>);

impl Prepared {
    /// For a server that keeps statistics, or one that does not.
    pub(crate) fn new(with_statistics: bool) -> Self {
        Self { latest: ArcSwapOption::empty(), with_statistics }
    }

    /// The answers for the models of this moment.
    pub(crate) fn now(&self, catalog: &Catalog) -> Now<'_> {
        let snapshot = catalog.snapshot();
        let latest = self.latest.load();
        let known = latest.as_ref().filter(|latest| latest.snapshot.as_ptr() == Arc::as_ptr(&snapshot));
        // Two threads may both make them. One of the two is then forgotten.
        let answers = known.cloned().unwrap_or_else(|| {
            let answers = Arc::new(Answers::of(&snapshot));
            self.latest.store(Some(answers.clone()));
            answers
        });
        Now { prepared: self, snapshot, answers }
    }
}

impl Now<'_> {
    /// What this is, and how to use it.
    pub(crate) fn welcome(&self) -> Response {
        self.answers.welcome.json(|| Welcome::of(self.snapshot.default_model()))
    }

    /// Every route described, by what `describe` says of the default model.
    pub(crate) fn openapi<T: Serialize>(&self, describe: impl FnOnce(&Model) -> T) -> Response {
        self.answers.openapi.json(|| describe(self.snapshot.default_model()))
    }

    /// What `describe` says of the models, with a row that the default one answers.
    pub(crate) fn described<T: Serialize>(&self, describe: impl FnOnce(&Snapshot, &[f64]) -> T) -> Response {
        self.answers.described.json(|| describe(&self.snapshot, self.example_row()))
    }

    /// A row that the default model answers.
    pub(crate) fn example_row(&self) -> &[f64] {
        self.answers.example.get_or_init(|| example_row(self.snapshot.default_model().predictor()))
    }

    /// The model that is asked where none is named.
    pub(crate) fn default_model(&self) -> &Model {
        self.snapshot.default_model()
    }

    /// What the server is, in the Open Inference Protocol.
    pub(crate) fn server(&self) -> Response {
        self.answers.server.json(|| about::server(self.prepared.with_statistics))
    }

    /// The names of the models.
    pub(crate) fn models(&self) -> Response {
        self.answers.models.json(|| about::models(&self.snapshot))
    }

    /// A model's tensors; refuses if there is no such model.
    pub(crate) fn metadata(&self, name: &str, version: Option<&str>) -> Result<Response, Refusal> {
        let (model, answers) = self.of_model(name, version)?;
        Ok(answers.metadata.json(|| about::metadata(&self.snapshot, model)))
    }

    /// A model's configuration; refuses if there is no such model.
    pub(crate) fn config(&self, name: &str, version: Option<&str>) -> Result<Response, Refusal> {
        let (model, answers) = self.of_model(name, version)?;
        Ok(answers.config.json(|| about::config(model)))
    }

    fn of_model(&self, name: &str, version: Option<&str>) -> Result<(&Model, &OfModel), Refusal> {
        let model = self.snapshot.find(name, version)?;
        let index = self.snapshot.models().position(|other| other.is_same(model));
        Ok((model, &self.answers.of_models[index.expect("what is found is among the models")]))
    }
}

impl Answers {
    fn of(snapshot: &Arc<Snapshot>) -> Self {
        Self {
            snapshot: Arc::downgrade(snapshot),
            welcome: Answer::default(),
            openapi: Answer::default(),
            described: Answer::default(),
            server: Answer::default(),
            models: Answer::default(),
            example: OnceLock::new(),
            of_models: snapshot.models().map(|_| OfModel::default()).collect(),
        }
    }
}

impl Answer {
    /// With status 200.
    fn json<T: Serialize>(&self, make: impl FnOnce() -> T) -> Response {
        let json = self.0.get_or_init(|| Bytes::from(to_json(&make())));
        ([(CONTENT_TYPE, JSON)], json.clone()).into_response()
    }
}
