//! Which of a model's versions are served.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::catalog::by_age;

/// Which of the versions that a model's folder has are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionPolicy {
    /// The newest, so many of them.
    Latest(usize),
    /// Every one.
    All,
    /// These.
    Specific(Vec<String>),
}

/// A text that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no policy; expected latest, latest(N), all, or versions with commas between")]
pub struct NoPolicy(String);

impl Default for VersionPolicy {
    /// The newest alone.
    fn default() -> Self {
        Self::Latest(1)
    }
}

impl VersionPolicy {
    /// Those of these versions that are served.
    pub(super) fn choose(&self, versions: &[String]) -> BTreeSet<String> {
        match self {
            Self::All => versions.iter().cloned().collect(),
            Self::Specific(wanted) => {
                versions.iter().filter(|version| wanted.contains(version)).cloned().collect()
            }
            Self::Latest(n) => {
                let mut versions = versions.to_vec();
                versions.sort_by(|a, b| by_age(b, a));
                versions.into_iter().take(*n).collect()
            }
        }
    }

    /// What Triton's `config.pbtxt` says, if it says something of versions.
    pub(super) fn in_config(text: &str) -> Option<Self> {
        let text: String = text.lines().map(|line| line.split('#').next().unwrap_or_default()).collect();
        let (_, rest) = text.split_once("version_policy")?;
        let rest = rest.trim_start().trim_start_matches(':').trim_start().strip_prefix('{')?;
        let rest = rest.trim_start();
        let within = |rest: &str| -> Option<Vec<u64>> {
            let inner = rest
                .trim_start()
                .trim_start_matches(':')
                .trim_start()
                .strip_prefix('{')?
                .split('}')
                .next()?;
            Some(
                inner.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect(),
            )
        };
        if rest.starts_with("all") {
            Some(Self::All)
        } else if let Some(rest) = rest.strip_prefix("latest") {
            let n = within(rest)?.first().copied().unwrap_or(1);
            Some(Self::Latest(usize::try_from(n).unwrap_or(usize::MAX).max(1)))
        } else {
            let versions = within(rest.strip_prefix("specific")?)?;
            Some(Self::Specific(versions.iter().map(u64::to_string).collect()))
        }
    }
}

impl FromStr for VersionPolicy {
    type Err = NoPolicy;

    fn from_str(text: &str) -> Result<Self, NoPolicy> {
        let wrong = || NoPolicy(text.chars().take(80).collect());
        match text {
            "latest" => return Ok(Self::Latest(1)),
            "all" => return Ok(Self::All),
            _ => {}
        }
        if let Some(n) = text.strip_prefix("latest(").and_then(|rest| rest.strip_suffix(')')) {
            return n.parse().ok().filter(|n| *n > 0).map(Self::Latest).ok_or_else(wrong);
        }
        let versions: Vec<String> = text.split(',').map(|version| version.trim().to_owned()).collect();
        let are_numbers = versions.iter().all(|version| version.parse::<u64>().is_ok());
        if are_numbers { Ok(Self::Specific(versions)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_chooses() {
        let versions = ["1", "2", "10"].map(str::to_owned);
        let chosen = |policy: &str| {
            let chosen = policy.parse::<VersionPolicy>().unwrap().choose(&versions);
            chosen.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chosen("latest"), "10");
        assert_eq!(chosen("latest(2)"), "10 2");
        assert_eq!(chosen("all"), "1 10 2");
        assert_eq!(chosen("1, 7"), "1");
        for wrong in ["", "latest(0)", "latest(x)", "newest", "1,b"] {
            assert!(wrong.parse::<VersionPolicy>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_policy_is_read_as_triton_writes_it() {
        let read = VersionPolicy::in_config;
        assert_eq!(read("name: \"m\"\nversion_policy: { all { }}"), Some(VersionPolicy::All));
        assert_eq!(read("version_policy: { latest: { num_versions: 2 }}"), Some(VersionPolicy::Latest(2)));
        assert_eq!(read("version_policy { latest {} }"), Some(VersionPolicy::Latest(1)));
        let specific = VersionPolicy::Specific(vec!["1".to_owned(), "3".to_owned()]);
        assert_eq!(read("version_policy: {\n  specific: { versions: [1,3] }\n}"), Some(specific));
        for none in [
            "",
            "name: \"m\"",
            "# version_policy: { all {} }",
            "version_policy: { newest {} }",
            "version_policy",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
