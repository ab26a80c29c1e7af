//! What somebody has who was let in.

use std::sync::Arc;

use iris_core::Error;

use super::{Denial, Key};
use crate::{Asked, Exchange, Model, Predictions, Snapshot, Want};

/// The key with which a request came in, if keys are asked for. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Pass {
    key: Option<Arc<Key>>,
}

/// An exchange whose rows are charged to a key.
#[derive(Debug)]
pub struct Charged<'p, X> {
    exchange: X,
    pass: &'p Pass,
    has_asked: bool,
}

impl Pass {
    pub(super) fn of(key: Arc<Key>) -> Self {
        Self { key: Some(key) }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.key.as_deref().map(Key::name)
    }

    /// Counts one more request, as each message of a stream is one.
    ///
    /// # Errors
    ///
    /// [`RateLimited`](iris_core::ErrorClass::RateLimited) if that is too often.
    #[inline]
    pub fn count(&self) -> Result<(), Denial> {
        self.key.as_deref().map_or(Ok(()), Key::count)
    }

    /// The same exchange, whose rows are charged to the key.
    #[inline]
    #[must_use]
    pub fn charging<X>(&self, exchange: X) -> Charged<'_, X> {
        Charged { exchange, pass: self, has_asked: false }
    }
}

impl<X: Exchange> Exchange for Charged<'_, X> {
    type Answer = X::Answer;
    type Refusal = X::Refusal;

    #[inline]
    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Self::Refusal> {
        self.exchange.model(snapshot)
    }

    #[inline]
    fn split_key(&self) -> Option<u64> {
        self.exchange.split_key()
    }

    #[inline]
    fn decode(&mut self, model: &Model) -> Result<Asked, Self::Refusal> {
        let asked = self.exchange.decode(model)?;
        // Who decodes twice asks once.
        if let Some(key) = self.pass.key.as_ref().filter(|_| !std::mem::replace(&mut self.has_asked, true)) {
            key.charge(asked.rows.len() / model.schema().n_features().max(1));
        }
        Ok(asked)
    }

    #[inline]
    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        self.exchange.answer_len(model, n_rows, want)
    }

    #[inline]
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Self::Answer {
        self.exchange.encode(model, predictions)
    }

    #[cold]
    fn refuse(&self, error: Error) -> Self::Refusal {
        self.exchange.refuse(error)
    }
}
