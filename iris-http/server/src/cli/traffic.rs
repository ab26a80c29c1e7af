//! The flags of requests that are shared, or seen, by several versions.

use clap::Args;
use iris_serving::{Drift, ShadowRule, Shadows, Share, Split, SplitKey, Traffic};

/// Which versions of a model requests go to.
#[derive(Debug, Args)]
pub(crate) struct TrafficFlags {
    /// Share of a model's requests that another version of it sees, too, and answers nobody. May be repeated.
    ///
    /// In NAME@VERSION=SHARE% the version may be an alias. What both made of the same rows is on the page, at /stats
    /// and in the metrics, as agreement, distance of scores and time.
    #[arg(
        long,
        env = "IRIS_SHADOW",
        value_name = "NAME@VERSION=SHARE%",
        value_delimiter = ';',
        hide_short_help = true
    )]
    shadow: Vec<ShadowRule>,

    /// Versions that share the requests for a model, each with its weight. May be repeated, for other models.
    ///
    /// In NAME=VERSION:WEIGHT,VERSION:WEIGHT a version may be an alias. Requests that name a version go to that.
    #[arg(
        long,
        env = "IRIS_SPLIT",
        value_name = "NAME=VERSION:WEIGHT,…",
        value_delimiter = ';',
        hide_short_help = true
    )]
    split: Vec<Split>,

    /// Header, or key of gRPC's metadata, by whose value requests go to the same version [default: by chance].
    ///
    /// With feature:NAME it is the value of that feature in the first row of a request. The first version that --split
    /// names reads it.
    #[arg(long, env = "IRIS_SPLIT_KEY", value_name = "HEADER", hide_short_help = true)]
    split_key: Option<SplitKey>,

    /// Share of the requests that are compared, with their answers, with the model's training data [default: none].
    ///
    /// Of models in packages that the Python module has saved with a sample of that data. How far apart they are is told
    /// in the metrics.
    #[arg(long, env = "IRIS_DRIFT", value_name = "SHARE%", hide_short_help = true)]
    drift: Option<Share>,
}

impl TrafficFlags {
    /// The rules that these flags say.
    pub(crate) fn traffic(&self) -> std::io::Result<Traffic> {
        let mut traffic = self.split.iter().cloned().fold(Traffic::default(), Traffic::with_split);
        if let Some(key) = &self.split_key {
            traffic = traffic.with_split_key(key.clone());
        }
        if !self.shadow.is_empty() {
            traffic = traffic.with_shadows(Shadows::start(self.shadow.iter().cloned())?);
        }
        if let Some(share) = self.drift {
            traffic = traffic.with_drift(Drift::start(share)?);
        }
        Ok(traffic)
    }

    /// The models whose requests several versions share.
    pub(crate) fn split(&self) -> impl Iterator<Item = &str> {
        self.split.iter().map(Split::name)
    }

    /// The models that these flags name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.split().chain(self.shadow.iter().map(ShadowRule::name))
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::parse;

    #[test]
    fn requests_are_split_and_seen_by_rules() {
        let cli = parse(&[
            "--split",
            "a=1:90,2:10;b=x:1",
            "--split-key",
            "X-User",
            "--shadow",
            "a@challenger=5%",
            "--shadow",
            "c@2=100%",
        ])
        .unwrap();
        assert_eq!(cli.traffic.names().collect::<Vec<_>>(), ["a", "b", "a", "c"]);
        let traffic = cli.traffic.traffic().unwrap();
        assert_eq!((traffic.split_header(), traffic.split_feature()), (Some("x-user"), None));
        assert!(traffic.shadows().is_some());
        assert!(parse(&[]).unwrap().traffic.traffic().unwrap().shadows().is_none());
        for (flag, value) in
            [("--split", "a=1"), ("--shadow", "a=5%"), ("--split-key", "a b"), ("--drift", "0%")]
        {
            assert!(parse(&[flag, value]).unwrap_err().contains(flag), "{flag}");
        }
    }
}
