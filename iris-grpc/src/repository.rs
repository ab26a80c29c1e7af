//! The models there are. They are fixed when the server starts.

#![expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]

use crate::context::Context;
use crate::pb::inference as pb;
use crate::refusal::Refusal;
use crate::status::Kind;

pub(crate) fn index(
    context: &Context,
    request: pb::RepositoryIndexRequest,
) -> Result<pb::RepositoryIndexResponse, Refusal> {
    let served = context.served();
    let is_ready = served.is_ready();
    let (state, reason) = if is_ready { ("READY", "") } else { ("UNAVAILABLE", "the server is stopping") };
    let model = pb::repository_index_response::ModelIndex {
        name: served.name().to_owned(),
        version: served.version().to_owned(),
        state: state.to_owned(),
        reason: reason.to_owned(),
    };
    let models = if request.ready && !is_ready { Vec::new() } else { vec![model] };
    Ok(pb::RepositoryIndexResponse { models })
}

pub(crate) fn load(
    _context: &Context,
    request: pb::RepositoryModelLoadRequest,
) -> Result<pb::RepositoryModelLoadResponse, Refusal> {
    Err(fixed("loaded", &request.repository_name, &request.model_name))
}

pub(crate) fn unload(
    _context: &Context,
    request: pb::RepositoryModelUnloadRequest,
) -> Result<pb::RepositoryModelUnloadResponse, Refusal> {
    Err(fixed("unloaded", &request.repository_name, &request.model_name))
}

/// `KServe`'s edition of the protocol has the model where others have the repository.
fn fixed(what: &str, first: &str, second: &str) -> Refusal {
    let model = if second.is_empty() { first } else { second };
    let reason = format!(
        "model '{model}' cannot be {what}: models are fixed when the server starts; start it with --model"
    );
    Refusal::new(Kind::Unimplemented, reason)
}
