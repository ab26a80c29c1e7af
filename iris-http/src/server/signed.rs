//! Answers that begin with who gave them.

use iris_core::Error;
use iris_serving::{Asked, Exchange, Model, Predictions, Snapshot, Want};

/// An exchange that is answered behind `output`, where the head of its answer is begun as soon as
/// there is one: only then is it known which model it is of, and until the head is written that
/// model may be gone.
pub(super) struct Signed<'o, X> {
    pub(super) exchange: X,
    /// Of which model it is, if the path names one and the exchange does not know it.
    pub(super) model: Option<&'o str>,
    /// By which it goes to one of several versions.
    pub(super) split_key: Option<u64>,
    pub(super) output: &'o mut Vec<u8>,
}

impl<X: Exchange> Exchange for Signed<'_, X> {
    type Answer = X::Answer;
    type Refusal = X::Refusal;

    #[inline]
    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, X::Refusal> {
        match self.model {
            Some(name) => Ok(snapshot.find(name, None)?),
            None => self.exchange.model(snapshot),
        }
    }

    #[inline]
    fn split_key(&self) -> Option<u64> {
        self.split_key
    }

    #[inline]
    fn decode(&mut self, model: &Model) -> Result<Asked, X::Refusal> {
        self.exchange.decode(model)
    }

    #[inline]
    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        self.exchange.answer_len(model, n_rows, want)
    }

    /// What may panic comes first, so that no head is left without an answer.
    #[inline]
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> X::Answer {
        let answer = self.exchange.encode(model, predictions);
        self.output.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        if !model.signature().is_empty() {
            self.output.extend_from_slice(b"iris-model: ");
            self.output.extend_from_slice(model.signature());
            self.output.extend_from_slice(b"\r\n");
        }
        answer
    }

    #[cold]
    fn refuse(&self, error: Error) -> X::Refusal {
        self.exchange.refuse(error)
    }
}
