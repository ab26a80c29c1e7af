//! One tree as a reader finds it in a file.

/// A tree of nodes in any order, of which the first is the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// What the leaves add, as many numbers a leaf as [`width`](Self::width) says.
    pub(crate) values: Vec<f64>,
    /// The one output that leaves add to; without one, each leaf has a number for every output.
    pub(crate) output: Option<usize>,
    /// How much of the training data came to each node, where the file says; else empty.
    pub(crate) covers: Vec<f64>,
}

/// A tree that asks one question a level, as most of CatBoost's do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oblivious {
    /// The questions; the first is the lowest bit of the number of a leaf, set if its test does not hold.
    pub(crate) levels: Vec<Level>,
    /// What the leaves add, as of a [`Tree`].
    pub(crate) values: Vec<f64>,
    pub(crate) output: Option<usize>,
    /// How much of the training data came to each leaf, where the file says; else empty.
    pub(crate) covers: Vec<f64>,
}

/// The question of a level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Level {
    pub(crate) feature: usize,
    pub(crate) test: Test,
    pub(crate) missing: Missing,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// The end of a way: which of the tree's leaves it is, counted as in its `values`.
    Leaf(u32),
    Branch(Branch),
}

/// A question about one feature, and the two nodes that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    pub(crate) feature: usize,
    pub(crate) test: Test,
    /// Where a row goes whose value is missing.
    pub(crate) missing: Missing,
    /// The node if the test holds.
    pub(crate) left: u32,
    /// The node if it does not.
    pub(crate) right: u32,
}

/// What leads to the left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// `x <= threshold`
    AtMost(f64),
    /// `x < threshold`
    Below(f64),
    /// `x == value`
    Equals(f64),
    /// The whole part of `x` is in the set. Whatever is no number of a category is not.
    In(CategorySet),
    /// `x` is a number in the set; one with a fraction never is.
    IsMember(CategorySet),
    /// The lowest byte of the whole part of `x` is in the set. What is below 0 is
    /// missing, unless it `wraps`: then it has such a byte as well.
    InByte { set: CategorySet, wraps: bool },
}

/// Numbers of categories, as bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct CategorySet {
    words: Vec<u64>,
}

/// What becomes of NaN at a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Missing {
    Left,
    Right,
    /// It is asked about as if it were 0.
    Zero,
    /// NaN, and what is 0 but for 1e-35, goes to the left.
    OrZeroLeft,
    /// NaN, and what is 0 but for 1e-35, goes to the right.
    OrZeroRight,
}

impl Tree {
    /// How many numbers each leaf has.
    pub(super) fn width(&self, n_outputs: usize) -> usize {
        if self.output.is_some() { 1 } else { n_outputs }
    }
}

impl CategorySet {
    /// The largest category that a set may hold.
    pub(crate) const MAX: u32 = 1 << 24;

    /// Adds a category, at most [`MAX`](Self::MAX).
    pub(crate) fn insert(&mut self, category: u32) {
        let word = category as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (category % 64);
    }

    #[inline]
    pub(crate) fn contains(&self, category: u32) -> bool {
        self.words.get(category as usize / 64).is_some_and(|word| word >> (category % 64) & 1 == 1)
    }

    /// The largest category in it, and one more.
    pub(crate) fn len(&self) -> usize {
        self.words.len() * 64
    }
}

impl FromIterator<u32> for CategorySet {
    fn from_iter<I: IntoIterator<Item = u32>>(categories: I) -> Self {
        let mut set = Self::default();
        categories.into_iter().for_each(|category| set.insert(category));
        set
    }
}
