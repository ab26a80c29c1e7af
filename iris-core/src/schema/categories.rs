//! The texts that a column may hold, and the codes that stand for them in rows.

use std::collections::HashMap;

#[cfg(feature = "boosters")]
use super::city_hash::city_hash;

/// A column's vocabulary. A text's code is its index, as a float; one code more
/// stands for every text that the model does not know.
///
/// CatBoost's models know hashes of texts alone: there a text's code is its hash,
/// a whole number below 2^32, and none is unknown. Whole numbers are taken as the
/// texts that they are written as.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Categories {
    texts: Vec<String>,
    codes: HashMap<String, u32>,
    refuses_unknown: bool,
    is_hashed: bool,
}

/// Codes of texts that are hashed lie below.
const N_HASHES: f64 = 4_294_967_296.0;

impl Categories {
    /// The texts known, by their codes; of a column whose texts are hashed none, or some.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The code of a text, and that of all unknown ones where it is none of
    /// those known; `None` if the model takes no unknown ones. Allocates nothing.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<f64> {
        #[cfg(feature = "boosters")]
        if self.is_hashed {
            return Some(hash(text));
        }
        match self.codes.get(text) {
            Some(code) => Some(f64::from(*code)),
            None => self.unknown(),
        }
    }

    /// The code of every unknown text, if the model takes such and they have one.
    #[must_use]
    pub fn unknown(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^32")]
        (!self.refuses_unknown && !self.is_hashed).then_some(self.texts.len() as f64)
    }

    /// Whether texts that the model was not fitted on are taken.
    #[must_use]
    pub fn accepts_unknown(&self) -> bool {
        !self.refuses_unknown
    }

    /// The texts for a message: the first eight, then `…`.
    #[must_use]
    pub fn list(&self) -> String {
        let mut texts: Vec<&str> = self.texts.iter().take(8).map(String::as_str).collect();
        if texts.len() < self.texts.len() {
            texts.push("…");
        }
        texts.join(", ")
    }

    /// Whether a number is the code of something, known or, where it may be, unknown.
    pub(crate) fn is_code(&self, code: f64) -> bool {
        if self.is_hashed {
            return code.trunc() == code && (0.0..N_HASHES).contains(&code);
        }
        // Once back and forth, since `trunc` is a call on CPUs without an instruction for it.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what changes is no code"
        )]
        let whole = code as u32;
        let n_codes = self.texts.len() + usize::from(self.accepts_unknown());
        f64::from(whole) == code && (whole as usize) < n_codes
    }

    /// The code of a text, which is known from now on.
    #[cfg(any(feature = "boosters", feature = "onnx", feature = "pickle"))]
    pub(crate) fn learn(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = u32::try_from(self.texts.len()).expect("a reader's budget ends before 2^32 texts");
        self.texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }

    /// A vocabulary of hashes, of which these texts are known.
    #[cfg(feature = "boosters")]
    pub(crate) fn hashed(texts: Vec<String>) -> Self {
        Self { texts, is_hashed: true, ..Self::default() }
    }

    /// Whether codes are hashes.
    #[cfg(feature = "pickle")]
    pub(crate) fn are_hashes(&self) -> bool {
        self.is_hashed
    }

    /// The code of a number that stands where a text would: where texts are hashed, whole ones
    /// are texts as well.
    #[cfg(feature = "boosters")]
    pub(crate) fn code_of_number(&self, number: f64) -> Option<f64> {
        let is_text = self.is_hashed && number.trunc() == number && number.abs() < N_WHOLE;
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number of 64 bits")]
        is_text.then(|| hash(itoa::Buffer::new().format(number as i64)))
    }

    /// Where no texts are hashed, none.
    #[cfg(not(feature = "boosters"))]
    #[expect(clippy::unused_self, reason = "no vocabulary is hashed")]
    pub(crate) fn code_of_number(&self, _: f64) -> Option<f64> {
        None
    }

    /// Notes that the model takes no text that it does not know.
    #[cfg(any(feature = "boosters", feature = "pickle"))]
    pub(crate) fn refuse_unknown(&mut self) {
        self.refuses_unknown = true;
    }
}

/// Whole numbers from here on may be rounded ones.
#[cfg(feature = "boosters")]
const N_WHOLE: f64 = 9_007_199_254_740_992.0;

/// What CatBoost knows a text by.
#[cfg(feature = "boosters")]
fn hash(text: &str) -> f64 {
    f64::from(u32::try_from(city_hash(text.as_bytes()) & 0xffff_ffff).expect("32 bits are left"))
}

/// As the list of texts, and whether others are taken.
#[cfg(feature = "serde")]
impl serde::Serialize for Categories {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut categories = serializer.serialize_struct("Categories", 2)?;
        categories.serialize_field("texts", &self.texts)?;
        categories.serialize_field("accepts_unknown", &self.accepts_unknown())?;
        categories.end()
    }
}

#[cfg(all(test, feature = "pickle"))]
mod tests {
    use super::*;

    #[test]
    fn texts_have_codes_and_unknown_ones_another_where_they_are_taken() {
        let mut categories = Categories::default();
        assert_eq!(["b", "a", "b"].map(|text| categories.learn(text)), [0, 1, 0]);
        assert_eq!(["a", "c"].map(|text| categories.code(text)), [Some(1.0), Some(2.0)]);
        assert!(categories.is_code(2.0) && !categories.is_code(3.0) && !categories.is_code(0.5));
        categories.refuse_unknown();
        assert_eq!(categories.code("c"), None);
        assert_eq!(categories.code_of_number(1.0), None);
        assert!(!categories.is_code(2.0) && !categories.is_code(-1.0) && categories.is_code(1.0));
    }

    #[cfg(feature = "boosters")]
    #[test]
    fn where_texts_are_hashed_none_is_unknown_and_whole_numbers_are_texts() {
        let categories = Categories::hashed(vec!["Berlin".to_owned()]);
        assert_eq!(categories.code("Berlin"), Some(1_503_209_845.0));
        assert_eq!(categories.code("29"), Some(3_940_690_768.0));
        assert_eq!(categories.code_of_number(29.0), Some(3_940_690_768.0));
        assert_eq!(categories.code_of_number(-3.0), categories.code("-3"));
        for number in [0.5, f64::NAN, f64::INFINITY, 1e16] {
            assert_eq!(categories.code_of_number(number), None);
        }
        assert!(categories.is_code(0.0) && categories.is_code(4_294_967_295.0));
        assert!([-1.0, 0.5, 4_294_967_296.0, f64::NAN].iter().all(|code| !categories.is_code(*code)));
        assert!(categories.accepts_unknown() && categories.unknown().is_none());
    }
}
