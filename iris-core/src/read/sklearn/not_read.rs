//! Classes of scikit-learn's that are not read, each with the reason.

/// Package, class, and what stands in the way.
const REASONS: &[(&str, &str, &str)] = &[
    ("cluster", "AgglomerativeClustering", NO_PREDICT),
    ("cluster", "DBSCAN", NO_PREDICT),
    ("cluster", "HDBSCAN", NO_PREDICT),
    ("cluster", "OPTICS", NO_PREDICT),
    ("cluster", "SpectralClustering", NO_PREDICT),
    ("cluster", "SpectralBiclustering", NO_PREDICT),
    ("cluster", "SpectralCoclustering", NO_PREDICT),
    ("manifold", "TSNE", NO_TRANSFORM),
    ("manifold", "MDS", NO_TRANSFORM),
    ("manifold", "ClassicalMDS", NO_TRANSFORM),
    ("manifold", "SpectralEmbedding", NO_TRANSFORM),
    ("decomposition", "MiniBatchNMF", OF_A_BATCH),
    ("neighbors", "NearestNeighbors", "it finds rows, and has no `predict`"),
    ("neighbors", "KernelDensity", "it tells how dense rows lie, and has no `predict`"),
    ("covariance", "EmpiricalCovariance", COVARIANCE),
    ("covariance", "GraphicalLasso", COVARIANCE),
    ("covariance", "GraphicalLassoCV", COVARIANCE),
    ("covariance", "LedoitWolf", COVARIANCE),
    ("covariance", "MinCovDet", COVARIANCE),
    ("covariance", "OAS", COVARIANCE),
    ("covariance", "ShrunkCovariance", COVARIANCE),
    ("preprocessing", "LabelBinarizer", OF_LABELS),
    ("preprocessing", "MultiLabelBinarizer", OF_LABELS),
    ("preprocessing", "LabelEncoder", OF_LABELS),
    (
        "feature_extraction",
        "FeatureHasher",
        "it hashes names that it keeps no list of, so that its rows have no columns",
    ),
    ("feature_extraction", "PatchExtractor", "it cuts up pictures, which are no rows"),
];

const NO_PREDICT: &str =
    "it finds clusters among the rows that it is fitted on, and has no `predict` for others";
const NO_TRANSFORM: &str = "it places the rows that it is fitted on, and has no `transform` for others";
const OF_A_BATCH: &str = "it starts every row at the mean of all rows that are asked at once: what a row becomes depends on the others";
const COVARIANCE: &str = "it estimates a covariance, and has no `predict`";
const OF_LABELS: &str = "it is made for labels, and not for the rows that come in";

/// Why a class is not read, if that is known.
pub(super) fn reason(module: &str, class: &str) -> Option<&'static str> {
    let mut parts = module.split('.');
    let (Some(library), Some(package)) = (parts.next(), parts.next()) else { return None };
    if library != "sklearn" {
        return None;
    }
    REASONS.iter().find(|(of, name, _)| *of == package && *name == class).map(|(_, _, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::super::table::builder;
    use super::*;

    #[test]
    fn what_is_not_read_has_one_reason_and_what_is_read_none() {
        for (index, (package, class, _)) in REASONS.iter().enumerate() {
            let module = format!("sklearn.{package}._some");
            assert!(builder(&module, class).is_none(), "{class} is read");
            assert!(reason(&module, class).is_some());
            assert!(REASONS[..index].iter().all(|(_, name, _)| name != class), "{class} stands twice");
        }
        assert!(reason("sklearn.preprocessing._data", "StandardScaler").is_none());
        assert!(reason("cuml.cluster.dbscan", "DBSCAN").is_none());
    }
}
