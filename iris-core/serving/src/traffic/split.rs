//! Requests that name no version, among the versions of a model.

use std::str::FromStr;

use super::{chance, key};
use crate::{Asked, Model};

/// In which proportion the versions of a model answer the requests that name none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    name: String,
    /// Versions or aliases, each with its weight.
    weights: Vec<(String, u32)>,
}

/// The same with the versions that are there.
#[derive(Debug)]
pub(crate) struct Ways {
    total: u64,
    /// Each with the sum of the weights up to its own.
    models: Vec<(u64, Model)>,
    /// The feature of the first of them by which requests go, if any.
    feature: Option<usize>,
}

impl Split {
    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for Split {
    type Err = String;

    /// `NAME=VERSION:WEIGHT,…`, where an alias may stand for the version.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected NAME=VERSION:WEIGHT,VERSION:WEIGHT, not '{text}'");
        let (name, rest) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
        let weights = rest.split(',').map(|way| {
            let (version, weight) = way.trim().rsplit_once(':')?;
            Some((version.to_owned(), weight.parse().ok()?)).filter(|_| !version.is_empty())
        });
        let weights: Vec<(String, u32)> = weights.collect::<Option<_>>().ok_or_else(wrong)?;
        if weights.iter().all(|(_, weight)| *weight == 0) {
            return Err("expected a weight above 0".to_owned());
        }
        Ok(Self { name: name.to_owned(), weights })
    }
}

impl Ways {
    /// Of those that are there; who is missing leaves its share to the others.
    pub(super) fn of(
        split: &Split,
        feature: Option<&str>,
        find: impl Fn(&str) -> Option<Model>,
    ) -> Option<Self> {
        let mut total = 0;
        let mut models = Vec::new();
        for (version, weight) in split.weights.iter().filter(|(_, weight)| *weight > 0) {
            if let Some(model) = find(version) {
                total += u64::from(*weight);
                models.push((total, model));
            }
        }
        let (_, first) = models.first()?;
        let feature = feature.and_then(|name| first.schema().feature_index(name));
        Some(Self { total, models, feature })
    }

    /// The version that is spoken of where one has to be: the first that is named.
    pub(crate) fn first(&self) -> &Model {
        &self.models[0].1
    }

    /// Whether requests go by a feature, which is known when the [first](Self::first) has decoded them.
    pub(crate) fn are_by_feature(&self) -> bool {
        self.feature.is_some()
    }

    /// The version that answers what the first one has decoded so.
    pub(crate) fn choose_by_feature(&self, asked: &Asked) -> &Model {
        let of = |index| key::of_feature(self.first().schema(), index, asked);
        self.choose(self.feature.and_then(of))
    }

    /// The version that answers a request: always the same for one key, or any by chance.
    pub(crate) fn choose(&self, key: Option<u64>) -> &Model {
        let number = key.unwrap_or_else(chance::number);
        // Of the upper half, for the remainder of a small number depends on few bits.
        let at = ((number >> 32) * self.total) >> 32;
        let chosen = self.models.iter().find(|(up_to, _)| at < *up_to);
        chosen.map_or_else(|| self.first(), |(_, model)| model)
    }
}

#[cfg(test)]
mod tests {
    use iris_core::Predictor;

    use super::key::key;
    use super::*;

    fn ways(text: &str, there: &[&str]) -> Option<Ways> {
        let find =
            |version: &str| there.contains(&version).then(|| Model::new("m", version, Predictor::iris()));
        Ways::of(&text.parse().unwrap(), None, find)
    }

    #[test]
    fn what_is_no_split_is_told() {
        for text in ["", "m", "=1:2", "m=", "m=1", "m=1:x", "m=1:-1", "m=:1", "m=1:0,2:0", "m=1:2,"] {
            assert!(text.parse::<Split>().is_err(), "{text}");
        }
        let split: Split = "m=champion:90, challenger:10".parse().unwrap();
        assert_eq!(split.weights, [("champion".to_owned(), 90), ("challenger".to_owned(), 10)]);
    }

    #[test]
    fn versions_answer_in_their_proportion() {
        let ways = ways("m=1:90,2:10", &["1", "2"]).unwrap();
        let n = (0..20_000).filter(|_| ways.choose(None).version() == "2").count();
        assert!((1_700..2_300).contains(&n), "{n}");
        let n = (0..20_000_u32).filter(|n| ways.choose(Some(key(&n.to_le_bytes()))).version() == "2").count();
        assert!((1_700..2_300).contains(&n), "{n} by their keys");
    }

    #[test]
    fn a_key_goes_one_way_in_every_process() {
        let ways = ways("m=1:50,2:50", &["1", "2"]).unwrap();
        assert_eq!(key(b"somebody"), 0x43ae_f10c_213f_de1a, "others would go elsewhere after an update");
        for name in ["a", "somebody", ""] {
            let version = ways.choose(Some(key(name.as_bytes()))).version();
            assert!((0..100).all(|_| ways.choose(Some(key(name.as_bytes()))).version() == version));
        }
    }

    #[test]
    fn who_is_missing_leaves_its_share_to_the_others() {
        let alone = ways("m=1:1,2:99", &["1"]).unwrap();
        assert!((0..100).all(|_| alone.choose(None).version() == "1"));
        assert!(ways("m=1:1,2:99", &[]).is_none());
        assert_eq!(ways("m=1:0,2:1", &["1", "2"]).unwrap().first().version(), "2");
    }
}
