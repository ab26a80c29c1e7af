//! The texts that a column may hold, and the codes that stand for them in rows.

use std::collections::HashMap;

/// A column's vocabulary. A text's code is its index, as a float; one code more
/// stands for every text that the model does not know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Categories {
    texts: Vec<String>,
    codes: HashMap<String, u32>,
    refuses_unknown: bool,
}

impl Categories {
    /// The texts known, by their codes.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The code of a text, and that of all unknown ones where it is none of
    /// those known; `None` if the model takes no unknown ones. Allocates nothing.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<f64> {
        match self.codes.get(text) {
            Some(code) => Some(f64::from(*code)),
            None => self.unknown(),
        }
    }

    /// The code of every unknown text, if the model takes such.
    #[must_use]
    pub fn unknown(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^32")]
        (!self.refuses_unknown).then_some(self.texts.len() as f64)
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
    #[cfg(any(feature = "boosters", feature = "pickle"))]
    pub(crate) fn learn(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = u32::try_from(self.texts.len()).expect("a reader's budget ends before 2^32 texts");
        self.texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }

    /// Notes that the model takes no text that it does not know.
    #[cfg(feature = "pickle")]
    pub(crate) fn refuse_unknown(&mut self) {
        self.refuses_unknown = true;
    }
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
        assert!(!categories.is_code(2.0) && !categories.is_code(-1.0) && categories.is_code(1.0));
    }
}
