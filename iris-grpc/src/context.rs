//! What the calls of one listener share.

use iris_serving::Catalog;
use iris_serving::net::Stopped;
use iris_telemetry::{InFlight, Telemetry};

use crate::reflection::Reflection;
use crate::{GrpcService, Limits};

/// What a call may ask of the listener that it came by.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) service: GrpcService,
    pub(crate) limits: Limits,
    pub(crate) stopped: Stopped,
    pub(crate) in_flight: InFlight,
    pub(crate) reflection: Reflection,
    /// The services there are, by their full names.
    pub(crate) services: Vec<&'static str>,
}

impl Context {
    pub(crate) fn new(
        service: GrpcService,
        limits: Limits,
        stopped: Stopped,
        services: Vec<&'static str>,
    ) -> Self {
        let in_flight = service.telemetry().map(Telemetry::in_flight).unwrap_or_default();
        Self { service, limits, stopped, in_flight, reflection: Reflection::default(), services }
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        self.service.catalog()
    }
}
