//! `grpc.health.v1.Health`: whether traffic is wanted.

use iris_core::ErrorClass;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::context::Context;
use crate::refusal::Refusal;
use crate::watch::Watch;

/// The present status of one service, or of all by the empty name.
pub(crate) fn check(context: &Context, request: HealthCheckRequest) -> Result<HealthCheckResponse, Refusal> {
    if !is_known(context, &request.service) {
        let (service, services) = (request.service, context.services.join(", "));
        let reason = format!("there is no service '{service}'; there are {services}");
        return Err(Refusal::of(ErrorClass::NotFound, reason));
    }
    let is_ready = context.catalog().readiness().is_ready();
    let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
    Ok(HealthCheckResponse { status: status.into() })
}

/// The status from now on; of a service that is not there it never changes.
pub(crate) fn watch(context: &Context, request: &HealthCheckRequest) -> Watch {
    let is_known = is_known(context, &request.service);
    Watch::new(is_known, context.catalog().readiness().subscribe(), context.stopped.clone())
}

fn is_known(context: &Context, service: &str) -> bool {
    service.is_empty() || context.services.contains(&service)
}
