//! Which traces are recorded.

use crate::context::{RemoteParent, TraceId};

/// A sampler by OpenTelemetry's names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sampler {
    /// For a trace that begins here, or all if there is no `parent_based`.
    pub(super) root: Root,
    /// Whether a caller's decision is followed where it made one.
    pub(super) parent_based: bool,
}

/// What decides for a trace that nobody has decided on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Root {
    AlwaysOn,
    AlwaysOff,
    /// A share of all traces, in [0, 1].
    Ratio(f64),
}

impl Sampler {
    /// Every trace, whatever the caller decided: the default here.
    pub(super) const ALWAYS_ON: Self = Self { root: Root::AlwaysOn, parent_based: false };

    /// Whether a request of this trace is recorded.
    pub(super) fn samples(&self, parent: Option<&RemoteParent>, trace: TraceId) -> bool {
        let decided = parent.filter(|_| self.parent_based).and_then(|parent| parent.sampled);
        decided.unwrap_or_else(|| self.root.samples(trace))
    }
}

impl Root {
    /// The ratio looks at the same 63 bits of the id as OpenTelemetry's SDKs, so
    /// that services with the same ratio keep the same traces.
    #[expect(clippy::cast_possible_truncation, reason = "the low half of the id is what is looked at")]
    #[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "the ratio is in [0, 1]")]
    fn samples(self, trace: TraceId) -> bool {
        match self {
            Self::AlwaysOn => true,
            Self::AlwaysOff => false,
            Self::Ratio(ratio) => (trace.0 as u64 >> 1) < (ratio * (1u64 << 63) as f64) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::SpanId;

    fn parent(sampled: Option<bool>) -> RemoteParent {
        RemoteParent { trace_id: TraceId(1), span_id: SpanId(1), sampled }
    }

    #[test]
    fn a_ratio_keeps_its_share() {
        let sampler = Sampler { root: Root::Ratio(0.25), parent_based: false };
        let mut random = fastrand::Rng::with_seed(7);
        let kept = (0..100_000).filter(|_| sampler.samples(None, TraceId(random.u128(1..)))).count();
        assert!((24_000..26_000).contains(&kept), "{kept}");
    }

    #[test]
    fn the_ends_of_the_ratio() {
        for trace in [1, u128::MAX, u128::from(u64::MAX)] {
            let sampler = |ratio| Sampler { root: Root::Ratio(ratio), parent_based: false };
            assert!(sampler(1.0).samples(None, TraceId(trace)));
            assert!(!sampler(0.0).samples(None, TraceId(trace)));
        }
    }

    #[test]
    fn a_parents_decision_counts_where_it_is_asked_for() {
        let based = Sampler { root: Root::AlwaysOff, parent_based: true };
        assert!(based.samples(Some(&parent(Some(true))), TraceId(1)));
        assert!(!based.samples(Some(&parent(None)), TraceId(1)));
        assert!(!based.samples(None, TraceId(1)));
        assert!(Sampler::ALWAYS_ON.samples(Some(&parent(Some(false))), TraceId(1)));
    }
}
