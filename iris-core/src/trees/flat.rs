//! Nodes between a reader's trees and a kernel's: checked, and beside their siblings.

/// A node beside its sibling: `x <= threshold` leads to `left`, all else to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flat {
    threshold: f64,
    column: u32,
    left: u32,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Where its numbers begin.
    Leaf(u32),
    Number {
        column: u32,
        threshold: f64,
        left: u32,
    },
    /// A category that is in the set of this number leads to the left.
    Set {
        column: u32,
        set: u32,
        left: u32,
    },
}

/// In the place of a column: this is a leaf, and `left` where its numbers are.
const LEAF: u32 = u32::MAX;

/// On a column: the threshold is the number of a set.
const SET: u32 = 1 << 31;

impl Flat {
    pub(super) const HOLE: Self = Self { threshold: 0.0, column: LEAF, left: 0 };

    pub(super) fn leaf(values: u32) -> Self {
        Self { threshold: 0.0, column: LEAF, left: values }
    }

    pub(super) fn branch(column: u32, threshold: f64, left: u32) -> Self {
        Self { threshold, column, left }
    }

    pub(super) fn set(column: u32, set: u32, left: u32) -> Self {
        Self { threshold: f64::from(set), column: column | SET, left }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a number of a set")]
    pub(super) fn kind(self) -> Kind {
        let Self { threshold, column, left } = self;
        match column {
            LEAF => Kind::Leaf(left),
            _ if column & SET == 0 => Kind::Number { column, threshold, left },
            _ => Kind::Set { column: column & !SET, set: threshold as u32, left },
        }
    }

    /// The left one of the two nodes behind it.
    pub(super) fn left(self) -> Option<u32> {
        (self.column != LEAF).then_some(self.left)
    }
}
