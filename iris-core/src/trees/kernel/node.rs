//! Nodes as walks read them: the smallest that hold a forest.

use crate::trees::CategorySet;
use crate::trees::key::Key;

/// A node beside its sibling, or a leaf, which leads to itself.
pub(in crate::trees) trait Node: Copy {
    type Key: Key;

    /// What a question reads of: one entry a column.
    type Entries<E: Copy + 'static>: ?Sized;

    /// The entries that begin here; of a fixed number where that saves the check of an index.
    fn entries<E: Copy + 'static>(from: &[E]) -> &Self::Entries<E>;

    /// A question about a column whose answers lie `offset` nodes further.
    /// `None` of what does not fit.
    fn question(column: u32, threshold: Self::Key, offset: u32) -> Option<Self>;

    /// A question about a set of categories.
    fn set(column: u32, set: u32, offset: u32) -> Option<Self>;

    /// The end of ways.
    fn leaf(payload: Self::Key) -> Self;

    fn entry<E: Copy + 'static>(self, entries: &Self::Entries<E>) -> &E;

    /// How many nodes further the next is; 0 at a leaf.
    fn step(self, key: Self::Key, sets: &[CategorySet]) -> usize;

    /// Of a leaf, what was given to it.
    fn payload(self) -> Self::Key;

    fn is_leaf(self) -> bool;
}

/// For up to 256 columns: 8 bytes in single precision, 16 in double.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trees) struct Narrow<K> {
    threshold: K,
    /// The offset, and in the lowest 8 bits the column.
    packed: u32,
}

/// For any number of columns: 12 bytes in single precision, 16 in double.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trees) struct Wide<K> {
    threshold: K,
    column: u32,
    offset: u32,
}

/// A wide node that may ask about a set of categories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trees) struct Categorical<K>(Wide<K>);

/// On a column: the threshold is the number of a set.
const SET: u32 = 1 << 31;

/// Columns of narrow nodes.
pub(super) const NARROW: usize = 256;

impl<K: Key> Node for Narrow<K> {
    type Key = K;
    type Entries<E: Copy + 'static> = [E; NARROW];

    #[inline(always)]
    fn entries<E: Copy + 'static>(from: &[E]) -> &[E; NARROW] {
        from.first_chunk().expect("memory is as long as was asked for")
    }

    fn question(column: u32, threshold: K, offset: u32) -> Option<Self> {
        let fits = column < 256 && offset < 1 << 24;
        fits.then_some(Self { threshold, packed: offset << 8 | column })
    }

    fn set(_: u32, _: u32, _: u32) -> Option<Self> {
        None
    }

    fn leaf(payload: K) -> Self {
        // Column 0 is the least key of all, which no payload is below.
        Self { threshold: payload, packed: 0 }
    }

    #[inline(always)]
    fn entry<E: Copy + 'static>(self, entries: &[E; NARROW]) -> &E {
        &entries[usize::from(self.packed.to_le_bytes()[0])]
    }

    #[inline(always)]
    fn step(self, key: K, _: &[CategorySet]) -> usize {
        (self.packed >> 8) as usize + usize::from(key > self.threshold)
    }

    #[inline(always)]
    fn payload(self) -> K {
        self.threshold
    }

    #[inline(always)]
    fn is_leaf(self) -> bool {
        self.packed >> 8 == 0
    }
}

impl<K: Key> Node for Wide<K> {
    type Key = K;
    type Entries<E: Copy + 'static> = [E];

    #[inline(always)]
    fn entries<E: Copy + 'static>(from: &[E]) -> &[E] {
        from
    }

    fn question(column: u32, threshold: K, offset: u32) -> Option<Self> {
        Some(Self { threshold, column, offset })
    }

    fn set(_: u32, _: u32, _: u32) -> Option<Self> {
        None
    }

    fn leaf(payload: K) -> Self {
        Self { threshold: payload, column: 0, offset: 0 }
    }

    #[inline(always)]
    fn entry<E: Copy + 'static>(self, entries: &[E]) -> &E {
        &entries[self.column as usize]
    }

    #[inline(always)]
    fn step(self, key: K, _: &[CategorySet]) -> usize {
        self.offset as usize + usize::from(key > self.threshold)
    }

    #[inline(always)]
    fn payload(self) -> K {
        self.threshold
    }

    #[inline(always)]
    fn is_leaf(self) -> bool {
        self.offset == 0
    }
}

impl<K: Key> Node for Categorical<K> {
    type Key = K;
    type Entries<E: Copy + 'static> = [E];

    #[inline(always)]
    fn entries<E: Copy + 'static>(from: &[E]) -> &[E] {
        from
    }

    fn question(column: u32, threshold: K, offset: u32) -> Option<Self> {
        Wide::question(column, threshold, offset).map(Self)
    }

    fn set(column: u32, set: u32, offset: u32) -> Option<Self> {
        let threshold = K::from_place(i32::try_from(set).ok()?);
        Some(Self(Wide { threshold, column: column | SET, offset }))
    }

    fn leaf(payload: K) -> Self {
        Self(Wide::leaf(payload))
    }

    #[inline(always)]
    fn entry<E: Copy + 'static>(self, entries: &[E]) -> &E {
        &entries[(self.0.column & !SET) as usize]
    }

    #[inline(always)]
    fn step(self, key: K, sets: &[CategorySet]) -> usize {
        if self.0.column & SET == 0 {
            return self.0.step(key, sets);
        }
        let set = &sets[usize::try_from(self.0.threshold.place()).unwrap_or(usize::MAX)];
        let is_left = u32::try_from(key.place()).is_ok_and(|place| set.contains(place));
        self.0.offset as usize + usize::from(!is_left)
    }

    #[inline(always)]
    fn payload(self) -> K {
        self.0.threshold
    }

    #[inline(always)]
    fn is_leaf(self) -> bool {
        self.0.offset == 0
    }
}
