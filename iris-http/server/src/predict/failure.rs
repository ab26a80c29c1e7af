//! What stops it before the end.

/// Why there are no Parquet and Arrow.
#[cfg(not(feature = "tables"))]
pub(super) const NO_TABLES: &str =
    "this program was built without the feature tables, which Parquet and Arrow need";

/// Why it did not go on.
pub(super) enum Failure {
    Told(String),
    /// Who read the output has closed it, which is no reason to say anything.
    NobodyReads,
}
