//! The spans of a body, one after the other.

use crate::wire::{Fields, Malformed};

// Field numbers of opentelemetry/proto/trace/v1/trace.proto.
const RESOURCE_SPANS: u64 = 1;
const SCOPE_SPANS: u64 = 2;
const SPANS: u64 = 2;

/// Hands over every span of an `ExportTraceServiceRequest`.
pub(crate) fn each_span<'a>(
    body: &'a [u8],
    mut take: impl FnMut(&'a [u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    for resource in Fields::of(body).bytes(RESOURCE_SPANS) {
        for scope in Fields::of(resource?).bytes(SCOPE_SPANS) {
            for span in Fields::of(scope?).bytes(SPANS) {
                take(span?)?;
            }
        }
    }
    Ok(())
}
