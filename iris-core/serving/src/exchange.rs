//! The way of a request, the same through every transport.

use std::fmt::Display;

use iris_core::{Error, ErrorClass, Predictor};
use iris_telemetry::{Origin, PredictionRequest, Timing};

use crate::budget::{self, Budget, Held};
use crate::traffic::{Extra, Ways};
use crate::{Asked, Catalog, Model, Predictions, Refusal, Snapshot, Want, panics};

/// One request of one transport: which model it asks, how it is read, how it
/// is answered, and how it is refused.
pub trait Exchange {
    /// What goes back to the client.
    type Answer;
    /// What goes back instead.
    type Refusal: RefusalStatus;

    /// The model asked, for which a transport may have to read the request.
    ///
    /// # Errors
    ///
    /// There is no such model, or the request cannot be read.
    #[inline]
    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Self::Refusal> {
        Ok(snapshot.asked_by_default()?)
    }

    /// Whether this request goes the same way as others where the versions of a model share its
    /// requests: [their key](crate::Traffic::key).
    #[inline]
    fn split_key(&self) -> Option<u64> {
        None
    }

    /// From bytes to at least one row: the span `data_preparation`, together
    /// with finding the model.
    ///
    /// Where versions share the requests for a model by a feature it is called again if another version
    /// answers than has decoded the request: then what came of the first call does not count.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the request.
    fn decode(&mut self, model: &Model) -> Result<Asked, Self::Refusal>;

    /// Bytes of an answer of so many rows that are in memory at a time, at a
    /// generous guess: all of it, unless it is written in pieces.
    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        budget::answer_len(model, n_rows, want)
    }

    /// From what the model gave to bytes: the span `response_formatting`.
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Self::Answer;

    /// What a client is told if the model itself refuses a row.
    #[cold]
    fn refuse(&self, error: Error) -> Self::Refusal {
        error.into()
    }
}

/// How a transport says that a request is refused.
pub trait RefusalStatus: Display + From<Error> + From<Refusal> {
    /// The HTTP status or gRPC code of an answer.
    const SUCCESS: u16;

    /// The one of this refusal, and what metrics count it as.
    fn status(&self) -> (u16, ErrorClass);
}

/// What became of a request.
#[derive(Debug)]
pub struct Answered<A, R> {
    /// What goes back to the client.
    pub result: Result<A, R>,
    /// How long it took, if that was measured.
    pub timing: Option<Timing>,
    /// The memory that a large answer takes, to be dropped once it is sent.
    pub held: Option<Held>,
}

impl Catalog {
    /// Answers one request in its four spans, on the models of this moment. Awaits nothing.
    #[inline]
    pub fn answer<X: Exchange>(&self, origin: &Origin<'_>, exchange: X) -> Answered<X::Answer, X::Refusal> {
        self.answer_within(self.budget(), origin, exchange)
    }

    /// The same with the memory that the request's connection may have.
    #[inline]
    pub fn answer_within<X: Exchange>(
        &self,
        budget: &Budget,
        origin: &Origin<'_>,
        mut exchange: X,
    ) -> Answered<X::Answer, X::Refusal> {
        let mut request = PredictionRequest::start(self.recorder(), origin);
        let snapshot = self.snapshot();
        let mut held = None;
        let outcome = panics::caught(|| run(budget, &snapshot, &mut exchange, &mut request, &mut held));
        let result = outcome.unwrap_or_else(|| Err(Refusal::panicked().into()));
        let timing = match &result {
            Ok(_) => request.succeed(X::Refusal::SUCCESS),
            Err(refusal) => {
                let (status, class) = refusal.status();
                request.fail(status, class, refusal)
            }
        };
        Answered { result, timing, held }
    }

    /// Traces a request that never came as far as its rows, with the HTTP status
    /// or gRPC code that the client is told.
    #[cold]
    pub fn turn_away(
        &self,
        origin: &Origin<'_>,
        status: u16,
        class: ErrorClass,
        error: &dyn Display,
    ) -> Option<Timing> {
        let mut request = PredictionRequest::start(self.recorder(), origin);
        request.model(self.snapshot().default_model().recorded());
        request.fail(status, class, error)
    }
}

/// The version that answers a request, and what it is asked.
#[cold]
fn go<'w, X: Exchange>(ways: &'w Ways, exchange: &mut X) -> (&'w Model, Result<Asked, X::Refusal>) {
    if !ways.are_by_feature() {
        let model = ways.choose(exchange.split_key());
        return (model, exchange.decode(model));
    }
    let first = ways.first();
    match exchange.decode(first) {
        Ok(asked) => {
            let model = ways.choose_by_feature(&asked);
            // Another version may have other codes for texts, and other columns.
            (model, if model.is_same(first) { Ok(asked) } else { exchange.decode(model) })
        }
        Err(refusal) => (first, Err(refusal)),
    }
}

#[inline]
fn run<X: Exchange>(
    budget: &Budget,
    snapshot: &Snapshot,
    exchange: &mut X,
    request: &mut PredictionRequest<'_>,
    held: &mut Option<Held>,
) -> Result<X::Answer, X::Refusal> {
    let prepared = request.data_preparation(|| -> Result<_, X::Refusal> {
        let model = exchange.model(snapshot)?;
        Ok(match model.extra().and_then(Extra::ways) {
            None => (model, exchange.decode(model)),
            Some(ways) => go(ways, exchange),
        })
    });
    let (model, asked) = prepared?;
    request.model(model.recorded());
    let asked = asked?;
    let answer_len = |n_rows| exchange.answer_len(model, n_rows, asked.want);
    *held = budget::to_answer(budget, model, &asked, answer_len).map_err(Refusal::from)?;
    let Asked { rows, texts, want } = asked;
    #[cfg(debug_assertions)]
    panics::on_purpose(model.name());
    let onlookers = model.extra().and_then(Extra::onlookers);
    let seen = onlookers.map(|onlookers| onlookers.texts(&texts));
    let reading: Predictor;
    let predictor = if texts.is_empty() {
        model.predictor()
    } else {
        reading = model.predictor().reading(texts);
        &reading
    };
    let predictions =
        Predictions::of(predictor, request, &rows, want).map_err(|error| exchange.refuse(error))?;
    let answer = request.response_formatting(|| exchange.encode(model, &predictions));
    if let (Some(onlookers), Some(texts)) = (onlookers, seen) {
        onlookers.show(model, (rows, texts), &predictions, request.trace_id());
    }
    Ok(answer)
}
