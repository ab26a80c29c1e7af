//! Reading records.

use std::borrow::Cow;

use crate::agents::UserAgents;
use crate::record::{INLINE_FEATURES, Record};

/// A record with its tail, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) record: &'a Record,
    pub(super) tracestate: &'a str,
    pub(super) path: &'a str,
    /// What the client calls itself, where that has no number.
    user_agent: &'a str,
    tail_features: &'a [u8],
    counts: &'a [u8],
    pub(super) error: &'a str,
    /// All of it.
    pub(super) tail: &'a [u8],
}

impl<'a> View<'a> {
    /// Whatever a tail of another length lacks is empty.
    pub(super) fn new(record: &'a Record, tail: &'a [u8]) -> Self {
        if tail.is_empty() {
            let (nothing, none) = ("", &[][..]);
            return Self {
                record,
                tracestate: nothing,
                path: nothing,
                user_agent: nothing,
                tail_features: none,
                counts: none,
                error: nothing,
                tail,
            };
        }
        let mut rest = tail;
        let mut take = |len: usize| {
            let (front, back) = rest.split_at_checked(len).unwrap_or_default();
            rest = back;
            front
        };
        let tracestate = text(take(record.tracestate_len.into()));
        let path = text(take(record.path_len.into()));
        let user_agent = text(take(record.user_agent_len.into()));
        let tail_features = take(record.tail_features() * 8);
        let counts = take(usize::from(record.n_counts) * 4);
        let error = text(take(record.error_len.into()));
        Self { record, tracestate, path, user_agent, tail_features, counts, error, tail }
    }

    pub(super) fn feature(&self, index: usize) -> f64 {
        if self.tail_features.is_empty() {
            return self.record.features.get(index).copied().unwrap_or(0.0);
        }
        self.tail_features.as_chunks::<8>().0.get(index).map_or(0.0, |bytes| f64::from_le_bytes(*bytes))
    }

    pub(super) fn features(&self) -> impl Iterator<Item = f64> + '_ {
        (0..usize::from(self.record.n_features)).map(|index| self.feature(index))
    }

    /// What the client calls itself.
    pub(super) fn user_agent(&self, agents: &UserAgents) -> Option<Cow<'a, str>> {
        if !self.user_agent.is_empty() {
            return Some(self.user_agent.into());
        }
        agents.get(self.record.user_agent).map(|name| name.to_string().into())
    }

    /// How many rows of a batch got each class.
    pub(super) fn counts(&self) -> impl Iterator<Item = u32> + '_ {
        self.counts.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

impl Record {
    fn tail_features(&self) -> usize {
        let n = usize::from(self.n_features);
        if n > INLINE_FEATURES { n } else { 0 }
    }

    /// Bytes of the tail.
    pub(super) fn tail_len(&self) -> usize {
        let texts = [self.tracestate_len, self.path_len, self.user_agent_len, self.error_len];
        self.tail_features() * 8
            + usize::from(self.n_counts) * 4
            + texts.iter().map(|len| usize::from(*len)).sum::<usize>()
    }
}
