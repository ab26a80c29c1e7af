//! What the calls of one listener share.

use std::ops::Deref;
use std::sync::Arc;

use iris_serving::Catalog;
use iris_serving::budget::Budget;
use iris_serving::net::Stopped;
use iris_telemetry::{InFlight, Telemetry};

use crate::reflection::Reflection;
use crate::{GrpcService, Limits};

/// What a call may ask of the connection that it came by.
#[derive(Debug)]
pub(crate) struct Context {
    listener: Arc<Listener>,
    /// The memory that the calls of this connection may hold.
    pub(crate) budget: Budget,
}

/// What it may ask of the listener.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) service: GrpcService,
    pub(crate) limits: Limits,
    pub(crate) stopped: Stopped,
    pub(crate) in_flight: InFlight,
    pub(crate) reflection: Reflection,
    /// The services there are, by their full names.
    pub(crate) services: Vec<&'static str>,
}

impl Context {
    /// The same for another connection of the listener.
    pub(crate) fn for_connection(&self) -> Self {
        let budget = self.catalog().budget().of_connection();
        Self { listener: self.listener.clone(), budget }
    }

    pub(crate) fn new(
        service: GrpcService,
        limits: Limits,
        stopped: Stopped,
        services: Vec<&'static str>,
    ) -> Self {
        let in_flight = service.telemetry().map(Telemetry::in_flight).unwrap_or_default();
        let budget = service.catalog().budget().clone();
        let reflection = Reflection::default();
        let listener = Listener { service, limits, stopped, in_flight, reflection, services };
        Self { listener: Arc::new(listener), budget }
    }
}

impl Deref for Context {
    type Target = Listener;

    fn deref(&self) -> &Listener {
        &self.listener
    }
}

impl Listener {
    pub(crate) fn catalog(&self) -> &Catalog {
        self.service.catalog()
    }
}
