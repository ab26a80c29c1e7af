//! The names that clients give themselves, which records refer to by number.
//!
//! There are few of them, and each request has one. So a record has a number
//! instead of a text, and every thread remembers the numbers that it met last.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::record::prefix;

/// Bytes of a name that are kept.
const LONGEST: usize = 256;

/// Names that get a number. Those beyond, of which a client can make as many as
/// it likes, are copied into each record.
const CAPACITY: usize = 1_024;

/// Names that a thread remembers.
const REMEMBERED: usize = 64;

/// Every name met so far, up to a limit. Number 0 is none.
#[derive(Debug, Default)]
pub(crate) struct UserAgents(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    names: Vec<Arc<str>>,
    numbers: HashMap<Box<[u8]>, u32>,
}

impl UserAgents {
    pub(crate) fn get(&self, number: u32) -> Option<Arc<str>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.names.get((number as usize).checked_sub(1)?).cloned()
    }

    /// The number of a header's value, or 0 if there are too many already.
    #[cold]
    fn number(&self, value: &[u8]) -> u32 {
        let value = &value[..value.len().min(LONGEST)];
        if let Some(number) = self.0.read().unwrap_or_else(PoisonError::into_inner).numbers.get(value) {
            return *number;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(value) {
            return *number;
        }
        if known.names.len() >= CAPACITY {
            return 0;
        }
        known.names.push(text(value).into());
        let number = u32::try_from(known.names.len()).unwrap_or(0);
        known.numbers.insert(value.into(), number);
        number
    }
}

/// What one thread has met last.
#[derive(Debug)]
pub(crate) struct Remembered(Box<[(Vec<u8>, u32)]>);

impl Default for Remembered {
    fn default() -> Self {
        Self(vec![(Vec::new(), 0); REMEMBERED].into())
    }
}

impl Remembered {
    /// The number of a header's value, or 0 if it has none.
    #[inline]
    pub(crate) fn number(&mut self, value: &[u8], agents: &UserAgents) -> u32 {
        let (known, number) = &mut self.0[place(value)];
        if *number == 0 || known != value {
            *number = agents.number(value);
            known.clear();
            // A longer one is looked up each time, rather than kept for ever.
            known.extend_from_slice(&value[..value.len().min(LONGEST)]);
        }
        *number
    }
}

/// Where a thread would remember it: by the length, the middle and the end, for
/// names begin alike.
#[inline]
fn place(value: &[u8]) -> usize {
    let at = |index: usize| usize::from(value.get(index).copied().unwrap_or_default());
    let len = value.len();
    (len ^ (at(len / 2) << 1) ^ (at(len.wrapping_sub(1)) << 2) ^ (at(len.wrapping_sub(3)) << 3)) % REMEMBERED
}

/// A header's value as a text of bounded length.
pub(crate) fn text(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(LONGEST)]);
    match prefix(&text, LONGEST) {
        whole if whole.len() == text.len() => Cow::into_owned(text),
        cut => cut.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_for_every_thread() {
        let agents = UserAgents::default();
        let (mut here, mut there) = (Remembered::default(), Remembered::default());
        let one = here.number(b"curl/8.5.0", &agents);
        assert_eq!(here.number(b"curl/8.6.0", &agents), one + 1);
        for _ in 0..2 {
            assert_eq!(
                (here.number(b"curl/8.5.0", &agents), there.number(b"curl/8.5.0", &agents)),
                (one, one)
            );
        }
        assert_eq!(agents.get(one).as_deref(), Some("curl/8.5.0"));
        assert_eq!((agents.get(0), agents.get(3)), (None, None));
    }

    #[test]
    fn names_are_bounded_in_number_and_length() {
        let (agents, mut remembered) = (UserAgents::default(), Remembered::default());
        let long = vec![0xff; 1_000];
        let number = remembered.number(&long, &agents);
        assert_eq!(remembered.number(&long, &agents), number);
        assert_eq!(agents.get(number).unwrap().len(), 255, "whole characters");
        for n in 0..2 * CAPACITY {
            remembered.number(n.to_string().as_bytes(), &agents);
        }
        assert_eq!(remembered.number(b"one more", &agents), 0);
        assert_eq!(agents.0.read().unwrap().names.len(), CAPACITY);
    }
}
