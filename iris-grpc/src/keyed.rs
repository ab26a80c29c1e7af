//! Calls that go the same way as others where versions share a model's requests.

use http::HeaderMap;
use iris_core::Error;
use iris_serving::{Asked, Catalog, Exchange, Model, Predictions, Snapshot, Traffic, Want};

/// An exchange of such a call, if it is one.
pub(crate) struct Keyed<X> {
    pub(crate) exchange: X,
    pub(crate) split_key: Option<u64>,
}

/// What the metadata of a call says of the way that it goes.
pub(crate) fn split_key(catalog: &Catalog, metadata: &HeaderMap) -> Option<u64> {
    let value = metadata.get(catalog.traffic().split_header()?)?;
    Some(Traffic::key(value.as_bytes()))
}

impl<X: Exchange> Exchange for Keyed<X> {
    type Answer = X::Answer;
    type Refusal = X::Refusal;

    #[inline]
    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, X::Refusal> {
        self.exchange.model(snapshot)
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

    #[inline]
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> X::Answer {
        self.exchange.encode(model, predictions)
    }

    #[cold]
    fn refuse(&self, error: Error) -> X::Refusal {
        self.exchange.refuse(error)
    }
}
