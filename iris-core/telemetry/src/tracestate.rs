//! `tracestate`, which is handed on and never read.

/// `tracestate` if it may be handed on: printable `key=value` members, no more
/// than the 512 bytes that everybody has to keep.
pub(super) fn tracestate(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value.trim_ascii()).ok()?;
    let printable = text.len() <= 512 && text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    let well_formed = members.clone().all(|member| member.find('=').is_some_and(|at| at > 0));
    (printable && well_formed && members.count() > 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::tracestate;

    #[test]
    fn tracestate_is_kept_or_dropped_whole() {
        assert_eq!(tracestate(b"a=1,b=2 , c@d=x"), Some("a=1,b=2 , c@d=x"));
        assert_eq!(tracestate(format!("a={}", "x".repeat(510)).as_bytes()).map(str::len), Some(512));
        for bad in [&b""[..], b" , ", b"a", b"=1", b"a=\x01", b"a=\xff", &[b'='; 600]] {
            assert_eq!(tracestate(bad), None, "{bad:?}");
        }
    }
}
