//! The figures of each model, as the Open Inference Protocol's statistics have them.

use super::Total;
use super::metrics::Metrics;
use super::models::Models;

/// What one model has been used for since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatistics {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// When the last request was answered, in milliseconds since 1970; 0 if none was.
    pub last_inference: u64,
    /// Rows answered.
    pub rows: u64,
    /// Requests answered.
    pub success: Total,
    /// Requests refused.
    pub failure: Total,
    /// The first stage of the requests answered.
    pub data_preparation: Total,
    /// The second.
    pub model_inference: Total,
    /// The last.
    pub response_formatting: Total,
}

/// One entry a name and version, also where a model was loaded again.
pub(super) fn statistics(metrics: &Metrics, models: &Models, epoch: u64) -> Vec<ModelStatistics> {
    let mut all = Vec::new();
    for (model, usage) in metrics.by_version(models) {
        let [data_preparation, model_inference, response_formatting] = usage.stages;
        let last = if usage.success.count > 0 { epoch + usage.last.as_nanos() } else { 0 };
        let ((name, version), last_inference) = (model, last / 1_000_000);
        let (rows, success, failure) = (usage.rows(), usage.success, usage.failure);
        all.push(ModelStatistics {
            name,
            version,
            last_inference,
            rows,
            success,
            failure,
            data_preparation,
            model_inference,
            response_formatting,
        });
    }
    all
}
