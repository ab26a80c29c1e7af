//! The objects that were met in a column, and what they stand for.

use pyo3::prelude::*;

/// Codes by the objects themselves: a column mostly holds the same few again and
/// again, and where one lies is told far faster than what it says.
///
/// Each object has one place, where the last one met is kept. It is held, so
/// that no other object can come to lie where it does.
pub(crate) struct Met<'py> {
    places: Vec<Option<(Bound<'py, PyAny>, f64)>>,
}

/// Places, as a power of two; all of them fit in the first-level cache.
const PLACE_BITS: u32 = 10;

impl<'py> Met<'py> {
    pub(crate) fn new() -> Self {
        Self { places: vec![None; 1 << PLACE_BITS] }
    }

    /// What an object stands for, if it was the last one met at its place.
    #[inline]
    pub(crate) fn code(&self, object: &Bound<'py, PyAny>) -> Option<f64> {
        let (known, code) = self.places[place(object)].as_ref()?;
        known.is(object).then_some(*code)
    }

    /// Keeps what an object stands for.
    pub(crate) fn note(&mut self, object: Bound<'py, PyAny>, code: f64) {
        let place = place(&object);
        self.places[place] = Some((object, code));
    }
}

/// Where an object belongs: the upper ten bits of a product, in which all of its address takes part.
#[inline]
fn place(object: &Bound<'_, PyAny>) -> usize {
    let address = object.as_ptr() as usize as u64;
    (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACE_BITS)) as usize
}
