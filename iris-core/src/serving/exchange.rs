//! The way of a request, the same through every transport.

use std::fmt::Display;

use super::{Outputs, Served};
use crate::Error;
use crate::spans::{Fault, Origin, PredictionRequest, Timing};

/// One request of one transport: how it is read, how it is answered, and how it
/// is refused.
pub trait Exchange {
    /// What goes back to the client.
    type Answer;
    /// What goes back instead.
    type Refusal: RefusalStatus;

    /// From bytes to at least one row: the span `data_preparation`.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the request.
    fn decode(&mut self, served: &Served) -> Result<Rows, Self::Refusal>;

    /// From what the model gave to bytes: the span `response_formatting`.
    fn encode(&mut self, served: &Served, outputs: &Outputs<'_>) -> Self::Answer;

    /// What a client is told if the model itself refuses a row.
    #[cold]
    fn refuse(&self, error: Error) -> Self::Refusal {
        error.into()
    }
}

/// How a transport says that a request is refused.
pub trait RefusalStatus: Display + From<Error> {
    /// The HTTP status or gRPC code of an answer.
    const SUCCESS: u16;

    /// The one of this refusal, and what metrics count it as.
    fn status(&self) -> (u16, Fault);
}

/// What a request asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Row-major, `n_features` numbers a row, one row at least.
    pub values: Vec<f64>,
    /// What is wanted of each row.
    pub wanted: Wanted,
}

/// What is wanted beside the class, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Every class's probability.
    pub probabilities: bool,
    /// The scores of `decision_function`.
    pub scores: bool,
}

/// What became of a request.
#[derive(Debug)]
pub struct Answered<A, R> {
    /// What goes back to the client.
    pub result: Result<A, R>,
    /// How long it took, if that was measured.
    pub timing: Option<Timing>,
}

impl Served {
    /// Answers one request in its four spans. Awaits nothing.
    #[inline]
    pub fn answer<X: Exchange>(
        &self,
        origin: &Origin<'_>,
        mut exchange: X,
    ) -> Answered<X::Answer, X::Refusal> {
        let mut request = PredictionRequest::start(self.predictor(), origin);
        let result = self.run(&mut exchange, &mut request);
        let timing = match &result {
            Ok(_) => request.succeed(X::Refusal::SUCCESS),
            Err(refusal) => {
                let (status, fault) = refusal.status();
                request.fail(status, fault, refusal)
            }
        };
        Answered { result, timing }
    }

    /// Traces a request that never came as far as its rows, with the HTTP status
    /// or gRPC code that the client is told.
    #[cold]
    pub fn turn_away(
        &self,
        origin: &Origin<'_>,
        status: u16,
        fault: Fault,
        error: &dyn Display,
    ) -> Option<Timing> {
        PredictionRequest::start(self.predictor(), origin).fail(status, fault, error)
    }

    #[inline]
    fn run<X: Exchange>(
        &self,
        exchange: &mut X,
        request: &mut PredictionRequest<'_>,
    ) -> Result<X::Answer, X::Refusal> {
        let Rows { values, wanted } = request.data_preparation(|| exchange.decode(self))?;
        let outputs = Outputs::of(self.predictor(), request, &values, wanted)
            .map_err(|error| exchange.refuse(error))?;
        Ok(request.response_formatting(|| exchange.encode(self, &outputs)))
    }
}
