//! What the protocol says of a model.

use iris_core::Dtype;

use crate::outputs::Output;
use crate::{Datatype, Model};

/// The name that metadata gives the input tensor; requests may give it another.
pub const INPUT: &str = "input-0";

/// The name of the server.
pub const SERVER: &str = "iris-server";

/// What is spoken beyond the protocol itself.
#[must_use]
pub fn extensions(with_statistics: bool) -> Vec<&'static str> {
    let mut extensions = vec!["binary_tensor_data", "model_configuration", "model_repository"];
    // Clients who read it call for them.
    extensions.extend(with_statistics.then_some("statistics"));
    extensions
}

/// What metadata calls the way models run here, whatever file they came from.
pub const PLATFORM: &str = "iris";

/// A model and its tensors.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMetadata<'a> {
    /// The model's name.
    pub name: &'a str,
    /// The versions served.
    pub versions: [&'a str; 1],
    /// How the model runs.
    pub platform: &'static str,
    /// The tensor of all features.
    pub inputs: Vec<TensorMetadata>,
    /// Every output that may be asked for.
    pub outputs: Vec<TensorMetadata>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorMetadata {
    /// Its name.
    pub name: &'static str,
    /// The type of its elements.
    pub datatype: Datatype,
    /// Its dimensions; -1 for the number of rows.
    pub shape: Vec<i64>,
}

impl Model {
    /// What the protocol says of this model.
    #[must_use]
    pub fn metadata(&self) -> ModelMetadata<'_> {
        let schema = self.schema();
        let shape = |columns: Option<usize>| {
            let columns = columns.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            std::iter::once(-1).chain(columns).collect()
        };
        let datatype = match schema.dtype() {
            Dtype::F32 => Datatype::Fp32,
            Dtype::F64 => Datatype::Fp64,
        };
        let input = TensorMetadata { name: INPUT, datatype, shape: shape(Some(schema.n_features())) };
        let outputs = Output::ALL.into_iter().filter(|output| output.is_of(self)).map(|output| {
            let datatype = output.datatype(schema);
            TensorMetadata { name: output.name(), datatype, shape: shape(output.columns(self)) }
        });
        ModelMetadata {
            name: self.name(),
            versions: [self.version()],
            platform: PLATFORM,
            inputs: vec![input],
            outputs: outputs.collect(),
        }
    }
}
