//! Requests that name no version, among the versions of a model.

use std::str::FromStr;

use super::chance;
use crate::Model;

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
    pub(super) fn of(split: &Split, find: impl Fn(&str) -> Option<Model>) -> Option<Self> {
        let mut total = 0;
        let mut models = Vec::new();
        for (version, weight) in split.weights.iter().filter(|(_, weight)| *weight > 0) {
            if let Some(model) = find(version) {
                total += u64::from(*weight);
                models.push((total, model));
            }
        }
        (!models.is_empty()).then_some(Self { total, models })
    }

    /// The version that is spoken of where one has to be: the first that is named.
    pub(crate) fn first(&self) -> &Model {
        &self.models[0].1
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

/// The same number for the same bytes, in every process: FNV-1a, and its bits mixed.
pub(super) fn key(value: &[u8]) -> u64 {
    let hash = value.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use iris_core::Predictor;

    use super::*;

    fn ways(text: &str, there: &[&str]) -> Option<Ways> {
        let find =
            |version: &str| there.contains(&version).then(|| Model::new("m", version, Predictor::iris()));
        Ways::of(&text.parse().unwrap(), find)
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
