//! One call, as its handler and its record know it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use iris_core::ErrorClass;
use iris_serving::gate::Pass;
use iris_serving::{self as serving, Catalog, Client, Exchange, RefusalStatus, budget};
use iris_telemetry::{Endpoint, Origin, Tick};
use tonic::Status;

use crate::codec::Encoded;
use crate::context::Context;
use crate::kept::Kept;
use crate::keyed::Keyed;
use crate::refusal::Refusal;
use crate::status::{class_of, code_for_clients, number};
use crate::trace_context::TraceContext;

/// A call under way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) context: Arc<Context>,
    pub(crate) endpoint: &'static Endpoint,
    /// Whose it is.
    pub(crate) client: Client,
    pub(crate) trace: TraceContext,
    /// What the client was let in with.
    pub(crate) pass: Pass,
    /// By which its requests go to one of several versions.
    pub(crate) split_key: Option<u64>,
    /// When its head was read, if that is measured.
    pub(crate) started: Option<Tick>,
    /// Whether a handler has made the record of it.
    pub(crate) recorded: AtomicBool,
    /// The memory of its latest answer.
    pub(crate) kept: Kept,
}

impl Call {
    pub(crate) fn catalog(&self) -> &Catalog {
        self.context.catalog()
    }

    /// Answers one message, as long as there is memory for what it takes.
    pub(crate) fn answer<X>(&self, message: &Encoded, exchange: X) -> Result<X::Answer, Refusal>
    where
        X: Exchange<Refusal = Refusal>,
    {
        let (catalog, origin) = (self.catalog(), self.origin(message.read()));
        let parsing = budget::to_parse_now(catalog.budget(), message.len());
        let parsing = parsing.map_err(|exceeded| {
            let refusal = Refusal::from(serving::Refusal::from(exceeded));
            let (status, class) = refusal.status();
            catalog.turn_away(&origin, status, class, &refusal);
            refusal
        })?;
        let exchange = self.pass.charging(Keyed { exchange, split_key: self.split_key });
        let budget = &self.context.budget;
        let answered = match parsing {
            None => catalog.answer_within(budget, &origin, exchange),
            Some(parsing) => catalog.answer_within(&budget.beside(parsing.bytes()), &origin, exchange),
        };
        self.kept.keep(answered.held);
        answered.result
    }

    /// Where a message read at `started` came from.
    pub(crate) fn origin(&self, started: Option<Tick>) -> Origin<'_> {
        self.trace.origin(self.endpoint, started)
    }

    /// A stream broke before its next message was complete.
    #[cold]
    pub(crate) fn broken(&self, status: Status) -> Status {
        let code = code_for_clients(status.code());
        // A stop ends silent streams, which have nothing to be refused.
        if let Some(class) = class_of(code).filter(|class| *class != ErrorClass::Unavailable) {
            self.catalog().turn_away(&self.origin(None), number(code), class, &status.message());
        }
        Status::new(code, status.message())
    }
}
