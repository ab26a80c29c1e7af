//! Calls that no handler has recorded, for traces and metrics.

use std::sync::atomic::Ordering;

use http::StatusCode;
use iris_core::spans::Fault;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::call::Call;
use crate::methods::Method;
use crate::status::{code_for_clients, fault_of, number};

/// Records the call, unless its handler has, and corrects tonic's code.
pub(crate) fn observe(call: &Call, method: Option<Method>, response: &mut http::Response<Body>) {
    // A call that was refused has its status in the head.
    let refused = response.headers().contains_key(Status::GRPC_STATUS);
    let status = refused.then(|| Status::from_header_map(response.headers())).flatten();
    let code = status.as_ref().map_or(Code::Ok, |status| code_for_clients(status.code()));
    if refused {
        response.headers_mut().insert(Status::GRPC_STATUS, number(code).into());
    }
    let fault = if method.is_none() { Some(Fault::NotFound) } else { fault_of(code) };
    if !method.is_some_and(Method::is_traced) {
        count(call, code, fault);
    } else if let (Some(status), Some(fault), false) = (status, fault, call.recorded.load(Ordering::Relaxed))
    {
        call.served().turn_away(&call.origin(call.started), number(code), fault, &status.message());
    }
}

/// A request that is no gRPC gets an answer in plain HTTP, as the protocol asks.
#[cold]
pub(crate) fn unsupported(call: &Call) -> http::Response<Body> {
    count(call, Code::Unknown, Some(Fault::UnsupportedMediaType));
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    response
}

fn count(call: &Call, code: Code, fault: Option<Fault>) {
    let tracer = call.served().predictor().tracer();
    tracer.count(&call.origin(call.started), number(code), fault);
}
