//! What is said of the server and of its models, as JSON. Only another set of
//! models changes any of it, so that [`prepared`](crate::prepared) may keep it.

use iris_serving::{Model, SERVER, Snapshot, TensorMetadata, extensions};
use serde::Serialize;
use serde_json::{Value, json};

/// What this is, and how to use it.
#[derive(Debug, Serialize)]
pub(crate) struct Welcome {
    message: String,
    version: &'static str,
    status: &'static str,
}

impl Welcome {
    /// From a server whose requests go to this model unless they name another.
    pub(crate) fn of(model: &Model) -> Self {
        let features = model.schema().feature_list();
        Self {
            message: format!("This is the {} predictor. POST {features} as JSON to /predict.", model.name()),
            version: env!("CARGO_PKG_VERSION"),
            status: "running",
        }
    }
}

/// What this server is, in the Open Inference Protocol.
pub(crate) fn server(with_statistics: bool) -> Value {
    json!({
        "name": SERVER,
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": extensions(with_statistics),
    })
}

/// The names of the models.
pub(crate) fn models(snapshot: &Snapshot) -> Value {
    json!({ "models": snapshot.names() })
}

/// A model's tensors.
pub(crate) fn metadata(snapshot: &Snapshot, model: &Model) -> Value {
    let metadata = snapshot.metadata(model);
    json!({
        "name": metadata.name,
        "versions": metadata.versions,
        "platform": metadata.platform,
        "inputs": tensors(&metadata.inputs, tensor),
        "outputs": tensors(&metadata.outputs, tensor),
    })
}

/// The part of Triton's configuration that clients read; 0 says that the shape
/// in it has the rows already.
pub(crate) fn config(model: &Model) -> Value {
    let metadata = model.metadata();
    json!({
        "name": metadata.name,
        "platform": metadata.platform,
        "backend": "iris",
        "max_batch_size": 0,
        "input": tensors(&metadata.inputs, config_tensor),
        "output": tensors(&metadata.outputs, config_tensor),
    })
}

fn tensors(all: &[TensorMetadata], one: fn(&TensorMetadata) -> Value) -> Vec<Value> {
    all.iter().map(one).collect()
}

fn tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata) -> Value {
    json!({ "name": name, "datatype": datatype.name(), "shape": shape })
}

fn config_tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata) -> Value {
    json!({ "name": name, "data_type": datatype.config_name(), "dims": shape })
}
