//! `grpc.health.v1.Health`: whether traffic is wanted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use iris_core::serving::Refusal;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_stream::Stream;
use tonic::Status;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::Encoded;
use crate::calls::Shared;
use crate::methods::SERVICES;
use crate::status::Refused;

/// How often a watcher's status is looked at. Readiness is a flag that every
/// transport reads, and nothing tells of its change.
const WATCH: Duration = Duration::from_millis(100);

/// The present status of one service, or of all by the empty name.
pub(crate) fn check(shared: &Shared, request: HealthCheckRequest) -> Result<HealthCheckResponse, Refused> {
    match status(shared, is_known(&request.service)) {
        ServingStatus::ServiceUnknown => {
            let services = SERVICES.join(", ");
            Err(Refusal::not_found(format!(
                "there is no service '{}'; there are {services}",
                request.service
            ))
            .into())
        }
        status => Ok(HealthCheckResponse { status: status.into() }),
    }
}

fn is_known(service: &str) -> bool {
    service.is_empty() || SERVICES.contains(&service)
}

fn status(shared: &Shared, is_known: bool) -> ServingStatus {
    match (is_known, shared.door.served().is_ready()) {
        (false, _) => ServingStatus::ServiceUnknown,
        (true, true) => ServingStatus::Serving,
        (true, false) => ServingStatus::NotServing,
    }
}

/// A service's status, and again whenever it changes, until the server stops.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    is_known: bool,
    told: Option<ServingStatus>,
    ticks: Interval,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    has_stopped: bool,
}

impl Watch {
    pub(crate) fn new(shared: &Arc<Shared>, request: &HealthCheckRequest) -> Self {
        let mut ticks = interval(WATCH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let is_known = is_known(&request.service);
        let stopped = Box::pin(shared.stopped.clone().wait());
        Self { shared: shared.clone(), is_known, told: None, ticks, stopped, has_stopped: false }
    }

    fn status(&self) -> ServingStatus {
        match status(&self.shared, self.is_known) {
            ServingStatus::Serving if self.has_stopped => ServingStatus::NotServing,
            status => status,
        }
    }
}

impl Stream for Watch {
    type Item = Result<Encoded<HealthCheckResponse>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            self.has_stopped = self.has_stopped || self.stopped.as_mut().poll(context).is_ready();
            let status = self.status();
            if self.told.replace(status) != Some(status) {
                let response = HealthCheckResponse { status: status.into() };
                return Poll::Ready(Some(Ok(Encoded::of(&response))));
            }
            if self.has_stopped {
                return Poll::Ready(None);
            }
            if self.ticks.poll_tick(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("told", &self.told).finish_non_exhaustive()
    }
}
