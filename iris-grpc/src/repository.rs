//! The models there are. They are fixed when the server starts.

#![expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]

use iris_serving::{self as serving, IndexEntry};

use crate::context::Context;
use crate::pb::inference as pb;
use crate::refusal::Refusal;

pub(crate) fn index(
    context: &Context,
    request: pb::RepositoryIndexRequest,
) -> Result<pb::RepositoryIndexResponse, Refusal> {
    let models = context.catalog().index(request.ready).into_iter();
    let models = models.map(|IndexEntry { name, version, state, reason }| {
        let (state, reason) = (state.to_owned(), reason.to_owned());
        pb::repository_index_response::ModelIndex { name, version, state, reason }
    });
    Ok(pb::RepositoryIndexResponse { models: models.collect() })
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
    serving::Refusal::fixed_models(model, what).into()
}
