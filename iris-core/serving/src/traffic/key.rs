//! By what requests go the same way, where versions of a model share them.

use std::str::FromStr;

use iris_core::{ColumnKind, Schema};

use crate::Asked;

/// What has the same value in requests that go to the same version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitKey {
    /// A header, or a key of gRPC's metadata; its name is in lower case.
    Header(String),
    /// A feature of the model, of the first row of a request.
    Feature(String),
}

/// What stands before the name of a feature.
const FEATURE: &str = "feature:";

impl FromStr for SplitKey {
    type Err = String;

    /// The name of a header, or `feature:` and that of a feature.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix(FEATURE).filter(|name| !name.is_empty()) {
            return Ok(Self::Feature(name.to_owned()));
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_plain) {
            return Err(format!("expected the name of a header, or {FEATURE}NAME, not '{text}'"));
        }
        Ok(Self::Header(text.to_ascii_lowercase()))
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

/// The number for the value of a feature in the first row, unless it is missing. A text goes by what it is,
/// whatever code a model has for it; those that the model does not know go by that alone.
pub(super) fn of_feature(schema: &Schema, index: usize, asked: &Asked) -> Option<u64> {
    let value = *asked.rows.get(index).filter(|value| !value.is_nan())?;
    let feature = schema.features().get(index)?;
    let text = match feature.kind() {
        ColumnKind::Text => asked.texts.get(value),
        ColumnKind::Category(known) if known.unknown().is_some() || !known.accepts_unknown() => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a code is the index of a text, or one more than there are"
            )]
            let index = value as usize;
            known.texts().get(index).map(String::as_str)
        }
        _ => None,
    };
    // Zero has two signs, and is one number.
    Some(text.map_or_else(|| key(&(value + 0.0).to_le_bytes()), |text| key(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use iris_core::{Predictor, Texts};

    use super::*;

    #[test]
    fn a_header_or_a_feature_is_named() {
        assert_eq!("X-User".parse(), Ok(SplitKey::Header("x-user".to_owned())));
        assert_eq!("feature:User Id".parse(), Ok(SplitKey::Feature("User Id".to_owned())));
        for text in ["", "a b", "feature:", "features:a", "ü"] {
            assert!(text.parse::<SplitKey>().unwrap_err().contains("feature:NAME"), "{text}");
        }
    }

    #[test]
    fn a_number_has_one_key_and_what_is_missing_none() {
        let iris = Predictor::iris();
        let of = |value: f64| {
            let asked = Asked { rows: vec![1.0, value, 3.0, 4.0, 1.0, 9.0, 3.0, 4.0], ..Asked::default() };
            of_feature(iris.schema(), 1, &asked)
        };
        assert_eq!(of(0.0), of(-0.0));
        assert!(of(2.0).is_some() && of(2.0) != of(2.5) && of(f64::NAN).is_none());
    }

    #[test]
    fn a_text_goes_by_what_it_is() {
        let open = |file: &str| {
            Predictor::open(format!("{}/../testdata/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
        };
        let churn = open("mixed/churn.joblib");
        let city = churn.schema().features()[2].categories().unwrap();
        let of = |text: &str| {
            let rows = vec![40.0, 0.0, city.code(text).unwrap(), 0.0, 0.0, 1.0];
            of_feature(churn.schema(), 2, &Asked { rows, ..Asked::default() })
        };
        assert_eq!(of("Lyon"), Some(key(b"Lyon")));
        assert!(of("Atlantis").is_some() && of("Atlantis") == of("Utopia"));
        let mut texts = Texts::new();
        let rows = vec![texts.push("a line")];
        let asked = Asked { rows, texts, ..Asked::default() };
        assert_eq!(of_feature(open("texts/linearsvc.pkl").schema(), 0, &asked), Some(key(b"a line")));
    }
}
