//! Texts that rows refer to, in columns of free text.

/// The texts of some rows. Where a model's column holds free text, a row has the number of one
/// of these in its place.
///
/// They are given to a model with [`Predictor::reading`](crate::Predictor::reading). Without
/// any this takes no memory.
///
/// ```
/// let mut texts = iris_core::Texts::new();
/// assert_eq!([texts.push("a line"), texts.push("")], [0.0, 1.0]);
/// assert_eq!(texts.get(0.0), Some("a line"));
/// assert_eq!(texts.get(2.0), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(Option<Box<Held>>);

/// All of them one behind the other, and where each ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Held {
    joined: String,
    ends: Vec<usize>,
}

impl Texts {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Adds a text; returns what stands for it in a row.
    pub fn push(&mut self, text: &str) -> f64 {
        let Held { joined, ends } = &mut **self.0.get_or_insert_default();
        joined.push_str(text);
        ends.push(joined.len());
        #[expect(clippy::cast_precision_loss, reason = "there is no memory for 2^53 texts")]
        let number = (ends.len() - 1) as f64;
        number
    }

    /// The text that a number in a row stands for; `None` if it stands for none.
    #[must_use]
    pub fn get(&self, number: f64) -> Option<&str> {
        let Held { joined, ends } = self.0.as_deref()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what changes is no number of a text"
        )]
        let index = number as usize;
        #[expect(clippy::cast_precision_loss, reason = "there is no memory for 2^53 texts")]
        let is_whole = index as f64 == number;
        let end = ends.get(index).filter(|_| is_whole)?;
        let start = index.checked_sub(1).map_or(0, |before| ends[before]);
        Some(&joined[start..*end])
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_deref().map_or(0, |held| held.ends.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Bytes of all texts together.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.0.as_deref().map_or(0, |held| held.joined.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_their_own_numbers_stand_for_texts() {
        let mut texts = Texts::new();
        assert_eq!((texts.get(0.0), texts.len(), texts.is_empty()), (None, 0, true));
        for (number, text) in [(0.0, "ä"), (1.0, ""), (2.0, "b c")] {
            assert_eq!(texts.push(text), number);
        }
        assert_eq!([0.0, 1.0, 2.0].map(|number| texts.get(number)), [Some("ä"), Some(""), Some("b c")]);
        for number in [3.0, -1.0, 0.5, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(texts.get(number), None, "{number}");
        }
        assert_eq!((texts.len(), texts.n_bytes()), (3, 5));
    }
}
