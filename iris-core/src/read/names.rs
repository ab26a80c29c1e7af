//! What a model and its columns are called.

/// What a model and its columns are called, as far as somebody has said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) features: Option<Vec<String>>,
}
