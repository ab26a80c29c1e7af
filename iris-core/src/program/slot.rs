//! Places in an arena of numbers.

use std::ops::Range;

pub(super) type Slot = Range<usize>;

/// Two places that do not overlap: what is read, and what is written.
pub(super) fn disjoint<'a>(arena: &'a mut [f64], from: &Slot, to: &Slot) -> (&'a [f64], &'a mut [f64]) {
    if from.end <= to.start {
        let (front, back) = arena.split_at_mut(to.start);
        (&front[from.clone()], &mut back[..to.len()])
    } else {
        let (front, back) = arena.split_at_mut(from.start);
        (&back[..from.len()], &mut front[to.clone()])
    }
}
