//! What a value of the graph is to the plan: a tensor of one row, whose shape is known.

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::program::{Rounding, ValueId};
use crate::words::{Case, Pattern};

/// Constants that are worth a look one by one.
pub(super) const MAX_AMONG: usize = 1 << 12;

/// A tensor. The batch is one row, so that no dimension is unknown.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) shape: Vec<usize>,
    pub(super) kind: Kind,
    pub(super) numbers: Numbers,
    pub(super) texts: Texts,
    pub(super) known: Known,
}

/// The type of its elements; all are held as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Double,
    /// Integers of any width.
    Whole,
    Truth,
    /// Codes that stand for texts.
    Text,
}

#[derive(Debug, Clone)]
pub(super) enum Numbers {
    Constant(Rc<[f64]>),
    Computed(ValueId),
}

/// What the codes of texts stand for.
#[derive(Debug, Clone)]
pub(super) enum Texts {
    /// It holds no texts.
    None,
    /// A code is a place in this list.
    Of(Rc<[String]>),
    /// Every element is a column of texts that comes in, whose vocabulary grows while the graph is read.
    Columns(Rc<[usize]>),
    /// A column of free text, on its way to be counted.
    Free(Rc<FreeText>),
}

/// A column of free text, and how far it is taken apart.
#[derive(Debug, Clone)]
pub(super) struct FreeText {
    pub(super) column: usize,
    pub(super) case: Case,
    /// Texts of which nothing is left if they are all that there is.
    pub(super) dropped: Rc<[String]>,
    /// What a token is, once it is cut into some: then nobody knows how many there are.
    pub(super) tokens: Option<Pattern>,
}

/// What can be said of a computed value before there is any row.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The only numbers that it can be, in the order in which a table has them.
    pub(super) among: Option<Rc<[f64]>>,
    /// No element of this value is above it.
    pub(super) above: Option<ValueId>,
    /// No sum of an element of one and one of the other is above it.
    pub(super) above_sums: Option<(ValueId, ValueId)>,
    /// Scores of two classes, of which the first column is what is larger for the second class.
    pub(super) is_reversed: bool,
}

impl Known {
    pub(super) const NOTHING: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        among: None,
        above: None,
        above_sums: None,
        is_reversed: false,
    };

    pub(super) fn within(low: f64, high: f64) -> Self {
        let or = |number: f64, otherwise: f64| if number.is_nan() { otherwise } else { number };
        Self { low: or(low, f64::NEG_INFINITY), high: or(high, f64::INFINITY), ..Self::NOTHING }
    }

    pub(super) fn among(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut among: Vec<f64> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        among.extend(numbers.into_iter().filter(|number| seen.insert(number.to_bits())));
        let low = among.iter().copied().fold(f64::INFINITY, f64::min);
        let high = among.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { among: (!among.is_empty()).then(|| among.into()), ..Self::within(low, high) }
    }

    /// Whether it can be nothing but a probability, give or take a rounding.
    pub(super) fn is_probability(&self) -> bool {
        self.low >= 0.0 && self.high <= 1.0 + 1e-5
    }
}

impl Kind {
    pub(super) fn rounding(self) -> Rounding {
        match self {
            Self::Single => Rounding::Single,
            Self::Whole => Rounding::Whole,
            Self::Double | Self::Truth | Self::Text => Rounding::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Single | Self::Double => "numbers",
            Self::Whole => "integers",
            Self::Truth => "truth values",
            Self::Text => "texts",
        }
    }
}

impl Value {
    pub(super) fn constant(shape: Vec<usize>, kind: Kind, numbers: Vec<f64>) -> Self {
        let known = Known::within(
            numbers.iter().copied().fold(f64::INFINITY, f64::min),
            numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        let numbers = Numbers::Constant(numbers.into());
        Self { shape, kind, numbers, texts: Texts::None, known }
    }

    /// A list of integers, as shapes are.
    pub(super) fn wholes(numbers: &[usize]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a shape's numbers are small")]
        let numbers: Vec<f64> = numbers.iter().map(|number| *number as f64).collect();
        Self::constant(vec![numbers.len()], Kind::Whole, numbers)
    }

    pub(super) fn computed(shape: Vec<usize>, kind: Kind, source: ValueId) -> Self {
        Self { shape, kind, numbers: Numbers::Computed(source), texts: Texts::None, known: Known::NOTHING }
    }

    pub(super) fn with(self, known: Known) -> Self {
        Self { known, ..self }
    }

    /// How many numbers it has.
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub(super) fn rank(&self) -> usize {
        self.shape.len()
    }

    pub(super) fn source(&self) -> Option<ValueId> {
        match self.numbers {
            Numbers::Computed(source) => Some(source),
            Numbers::Constant(_) => None,
        }
    }

    pub(super) fn as_constant(&self) -> Option<&Rc<[f64]>> {
        match &self.numbers {
            Numbers::Constant(numbers) => Some(numbers),
            Numbers::Computed(_) => None,
        }
    }

    /// The texts of a constant, or of codes that are known.
    pub(super) fn vocabulary(&self) -> Result<&Rc<[String]>> {
        match &self.texts {
            Texts::Of(texts) => Ok(texts),
            Texts::Free(_) => Err(Error::unsupported("free text, of which only the tokens are counted")),
            _ => Err(Error::unsupported("texts as they come in, which only an encoder can be asked for")),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        self.kind == Kind::Text
    }

    /// Whether it is as many tokens as there are in a text.
    pub(super) fn is_cut(&self) -> bool {
        matches!(&self.texts, Texts::Free(text) if text.tokens.is_some())
    }

    /// What to call it in an error.
    pub(super) fn describe(&self) -> String {
        let origin = if self.as_constant().is_some() { "constant " } else { "" };
        format!("{origin}{} of shape {:?}", self.kind.name(), self.shape)
    }

    /// The same numbers in another shape.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Self {
        Self { shape, ..self.clone() }
    }

    /// The place of an axis, which may be counted from the end.
    pub(super) fn axis(&self, axis: i64) -> Result<usize> {
        axis_of(axis, self.rank())
    }
}

/// The place of an axis among so many.
pub(super) fn axis_of(axis: i64, rank: usize) -> Result<usize> {
    let rank_i64 = i64::try_from(rank).unwrap_or(i64::MAX);
    let place = if axis < 0 { axis.saturating_add(rank_i64) } else { axis };
    usize::try_from(place)
        .ok()
        .filter(|place| *place < rank)
        .ok_or_else(|| Error::malformed(format!("axis {axis} of {rank} dimensions")))
}
