//! What there is to be allowed.

/// What a route, or a method of gRPC, is for, and so who has a reason to ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "keys", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum RouteClass {
    /// It runs a model on what a client sends.
    Predict,
    /// It says something of the server and its models, and changes nothing.
    Observe,
    /// It changes what is served.
    Manage,
}

impl RouteClass {
    /// Its name in the documentation, and in a file of keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Observe => "observe",
            Self::Manage => "manage",
        }
    }
}
