//! Calls that no handler has recorded, for traces and metrics.

use std::fmt::Display;
use std::sync::atomic::Ordering;

use http::StatusCode;
use iris_core::ErrorClass;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::call::Call;
use crate::refusal::Refusal;
use crate::status::{class_of, code_for_clients, code_of, number};

/// Records the call, unless its handler has, and corrects tonic's code.
pub(crate) fn observe(call: &Call, is_traced: bool, response: &mut http::Response<Body>) {
    // A call that was refused has its status in the head.
    let refused = response.headers().contains_key(Status::GRPC_STATUS);
    let status = refused.then(|| Status::from_header_map(response.headers())).flatten();
    let code = status.as_ref().map_or(Code::Ok, |status| code_for_clients(status.code()));
    if refused {
        response.headers_mut().insert(Status::GRPC_STATUS, number(code).into());
    }
    let class = class_of(code);
    if !is_traced {
        let reason = status.as_ref().map_or("", Status::message);
        count(call, code, class.map(|class| (class, &reason as &dyn Display)));
    } else if let (Some(status), Some(class), false) = (status, class, call.recorded.load(Ordering::Relaxed))
    {
        call.catalog().turn_away(&call.origin(call.started), number(code), class, &status.message());
    }
}

/// Refuses a call that has no handler.
#[cold]
pub(crate) fn refused(call: &Call, refusal: Refusal) -> http::Response<Body> {
    count(call, refusal.kind.code(), Some((refusal.kind.class(), &refusal)));
    Status::from(refusal).into_http()
}

/// A request that is no gRPC gets an answer in plain HTTP, as the protocol asks.
#[cold]
pub(crate) fn unsupported(call: &Call) -> http::Response<Body> {
    let class = ErrorClass::UnsupportedMediaType;
    count(call, code_of(class), Some((class, &"the content type is none of gRPC's")));
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    response
}

pub(crate) fn count(call: &Call, code: Code, fault: Option<(ErrorClass, &dyn Display)>) {
    let recorder = call.catalog().recorder();
    recorder.count(&call.origin(call.started), number(code), fault);
}
