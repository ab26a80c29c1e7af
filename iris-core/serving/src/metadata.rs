//! What the protocol says of a model.

use iris_core::{ColumnKind, Dtype, Feature};

use crate::outputs::Output;
use crate::{Datatype, Model, Snapshot};

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
    pub versions: Vec<&'a str>,
    /// How the model runs.
    pub platform: &'static str,
    /// The tensor of all features, or one for each where some hold texts.
    pub inputs: Vec<TensorMetadata<'a>>,
    /// The outputs that may be asked for, but for contributions, which only who asks for them by name is given.
    pub outputs: Vec<TensorMetadata<'static>>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorMetadata<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its elements.
    pub datatype: Datatype,
    /// Its dimensions; -1 for the number of rows.
    pub shape: Vec<i64>,
}

impl Snapshot {
    /// What the protocol says of one of these models, with every version that its name has.
    #[must_use]
    pub fn metadata<'s>(&'s self, model: &'s Model) -> ModelMetadata<'s> {
        let versions = self.versions_of(model.name()).map(Model::version).collect();
        ModelMetadata { versions, ..model.metadata() }
    }
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
        let all = || vec![TensorMetadata { name: INPUT, datatype, shape: shape(Some(schema.n_features())) }];
        let column = |feature: &'_ Feature| {
            let datatype = match feature.kind() {
                ColumnKind::Ignored => return None,
                ColumnKind::Category(_) | ColumnKind::Text => Datatype::Bytes,
                _ => datatype,
            };
            Some((datatype, shape(Some(1))))
        };
        let columns = || {
            let features = schema.features().iter();
            let described =
                features.filter_map(|feature| column(feature).map(|column| (feature.name(), column)));
            described.map(|(name, (datatype, shape))| TensorMetadata { name, datatype, shape }).collect()
        };
        let inputs = if schema.has_categories() { columns() } else { all() };
        // Clients ask for all that is listed. Contributions cost more than the rest, and are for who names them.
        let is_listed = |output: &Output| output.is_of(self) && *output != Output::Contributions;
        let outputs = Output::ALL.into_iter().filter(is_listed).map(|output| {
            let datatype = output.datatype(schema);
            let dimensions = output.dimensions(self).map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            let shape = std::iter::once(-1).chain(dimensions).collect();
            TensorMetadata { name: output.name(), datatype, shape }
        });
        ModelMetadata {
            name: self.name(),
            versions: vec![self.version()],
            platform: PLATFORM,
            inputs,
            outputs: outputs.collect(),
        }
    }
}
