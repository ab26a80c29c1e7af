//! Trace context as requests carry it.
//!
//! W3C Trace Context (`traceparent`, `tracestate`) and Google Cloud's older
//! `X-Cloud-Trace-Context`. What does not parse is ignored, as the W3C asks:
//! the request then starts a trace of its own.

use std::fmt;

/// Identifies a trace: 16 bytes, not all zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TraceId(pub(crate) u128);

/// Identifies a span within its trace: 8 bytes, not all zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SpanId(pub(crate) u64);

impl SpanId {
    /// The id of the child of this number, made from its parent's: one step of
    /// splitmix64 (Steele, Lea and Flood, 2014) for each, never zero.
    pub(crate) fn child(self, number: u64) -> Self {
        let mut mixed = self.0.wrapping_add((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((mixed ^ (mixed >> 31)).max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TraceId {
    /// Of 32 digits, as [`Display`](fmt::Display) writes them.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        hex(digits.as_bytes(), 32).filter(|id| *id != 0).map(Self)
    }
}

/// The headers that may say which trace a request belongs to, as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContextHeaders<'a> {
    /// `traceparent`.
    pub traceparent: Option<&'a [u8]>,
    /// `tracestate`; several are joined by commas.
    pub tracestate: Option<&'a [u8]>,
    /// `x-cloud-trace-context`.
    pub cloud_trace: Option<&'a [u8]>,
}

/// A span in another process, of which ours is a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteParent {
    /// The trace that goes on here.
    pub trace_id: TraceId,
    /// The caller's span.
    pub span_id: SpanId,
    /// Whether the caller records its own; `None` if it leaves that open.
    pub sampled: Option<bool>,
}

impl RemoteParent {
    /// Reads `version-traceid-parentid-flags` in lower-case hexadecimal. A
    /// version to come may have more after the flags; version ff is none.
    #[must_use]
    pub fn from_traceparent(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let (head, rest) = value.split_at_checked(55)?;
        let version = hex(&head[..2], 2)?;
        let well_formed = head[2] == b'-' && head[35] == b'-' && head[52] == b'-';
        let ends_here = rest.is_empty() || (version > 0 && rest[0] == b'-');
        if !well_formed || !ends_here || version == 0xff {
            return None;
        }
        let flags = hex(&head[53..], 2)?;
        Self::new(hex(&head[3..35], 32)?, hex(&head[36..52], 16)?, Some(flags & 1 == 1))
    }

    /// Reads `TRACE_ID/SPAN_ID;o=OPTIONS`: the trace in hexadecimal, the span in
    /// decimal, the options optional.
    #[must_use]
    pub fn from_cloud_trace(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.trim();
        let (ids, options) = text.split_once(';').map_or((text, None), |(ids, rest)| (ids, Some(rest)));
        let (trace, span) = ids.split_once('/')?;
        let sampled = match options.and_then(|options| options.trim().strip_prefix("o=")) {
            None => None,
            Some(options) => Some(options.parse::<u32>().ok()? & 1 == 1),
        };
        let is_number = span.bytes().all(|digit| digit.is_ascii_digit());
        let span: u64 = is_number.then(|| span.parse().ok())??;
        Self::new(hex(trace.to_ascii_lowercase().as_bytes(), 32)?, span, sampled)
    }

    fn new(trace_id: u128, span_id: impl TryInto<u64>, sampled: Option<bool>) -> Option<Self> {
        let span_id = span_id.try_into().ok()?;
        let valid = trace_id != 0 && span_id != 0;
        valid.then_some(Self { trace_id: TraceId(trace_id), span_id: SpanId(span_id), sampled })
    }
}

/// Exactly `len` digits.
fn hex(digits: &[u8], len: usize) -> Option<u128> {
    if digits.len() != len {
        return None;
    }
    digits.iter().try_fold(0u128, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn parse(text: &str) -> Option<(String, String, Option<bool>)> {
        RemoteParent::from_traceparent(text.as_bytes()).map(text_of)
    }

    fn parse_cloud(text: &str) -> Option<(String, String, Option<bool>)> {
        RemoteParent::from_cloud_trace(text.as_bytes()).map(text_of)
    }

    fn text_of(parent: RemoteParent) -> (String, String, Option<bool>) {
        (parent.trace_id.to_string(), parent.span_id.to_string(), parent.sampled)
    }

    fn expected(sampled: Option<bool>) -> (String, String, Option<bool>) {
        (TRACE.to_owned(), "00f067aa0ba902b7".to_owned(), sampled)
    }

    #[test]
    fn traceparent() {
        assert_eq!(parse(&format!("00-{TRACE}-00f067aa0ba902b7-01")), Some(expected(Some(true))));
        assert_eq!(parse(&format!(" 00-{TRACE}-00f067aa0ba902b7-00 ")), Some(expected(Some(false))));
        assert_eq!(parse(&format!("00-{TRACE}-00f067aa0ba902b7-03")), Some(expected(Some(true))));
        assert_eq!(parse(&format!("cc-{TRACE}-00f067aa0ba902b7-01-what")), Some(expected(Some(true))));
    }

    #[test]
    fn a_traceparent_that_is_none_is_ignored() {
        for text in [
            "",
            "00",
            &format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            &format!("00-{TRACE}-00f067aa0ba902b7-01."),
            &format!("cc-{TRACE}-00f067aa0ba902b7-01."),
            &format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            &format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            &format!("00-{TRACE}-0000000000000000-01"),
            &format!("00_{TRACE}-00f067aa0ba902b7-01"),
            &format!("00-{TRACE}-00f067aa0ba902b7-0g"),
            "00-ébf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn cloud_trace() {
        let span = 0x00f0_67aa_0ba9_02b7_u64;
        assert_eq!(parse_cloud(&format!("{TRACE}/{span};o=1")), Some(expected(Some(true))));
        assert_eq!(parse_cloud(&format!("{}/{span};o=0", TRACE.to_uppercase())), Some(expected(Some(false))));
        assert_eq!(parse_cloud(&format!("{TRACE}/{span}")), Some(expected(None)));
        let not_this =
            ["", TRACE, "/", &format!("{TRACE}/0"), &format!("{TRACE}/+5"), &format!("{TRACE}/x;o=1")];
        for text in not_this.into_iter().chain([&*format!("{TRACE}/99999999999999999999")]) {
            assert_eq!(parse_cloud(text), None, "{text}");
        }
    }
}
