//! Whether the value of a `Host` header names a host.

/// Bytes of a name as it mostly is; the others are looked at one by one.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let it = byte as u8;
        plain[byte] = it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    plain
};

/// Whether these are `uri-host [ ":" port ]` of RFC 9110, section 7.2, and name
/// a host at all, as those of `http` and `https` have to.
#[inline]
pub(super) fn is_valid(host: &[u8]) -> bool {
    let end = host.iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or(host.len());
    match &host[end..] {
        [] => end > 0,
        [b':', port @ ..] if end > 0 => is_port(port),
        _ => is_unusual(host),
    }
}

/// A port may be left out behind its colon.
fn is_port(port: &[u8]) -> bool {
    let digits = |number: u32, digit: &u8| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        Some(number * 10 + digit).filter(|number| u16::try_from(*number).is_ok())
    };
    port.iter().try_fold(0, digits).is_some()
}

/// An address in brackets, or a name with other characters.
#[cold]
fn is_unusual(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let (is_host, port) = if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        // A zone is the client's own, and of no meaning here.
        (address.parse::<std::net::Ipv6Addr>().is_ok(), port)
    } else {
        let end = host.find(':').unwrap_or(host.len());
        (is_name(&host.as_bytes()[..end]), &host[end..])
    };
    is_host && port.strip_prefix(':').map_or(port.is_empty(), |port| is_port(port.as_bytes()))
}

/// A `reg-name` of RFC 3986 that is not empty.
fn is_name(mut name: &[u8]) -> bool {
    if name.is_empty() {
        return false;
    }
    loop {
        name = match name {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=', rest @ ..] => rest,
            [byte, rest @ ..] if PLAIN[usize::from(*byte)] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_with_and_without_ports() {
        for host in [
            "iris",
            "localhost:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "a.b-c_d~e",
            "a%20b",
            "a,b;c",
            "[::1]",
            "[::1]:8080",
            "iris:",
            "iris:0",
            "iris:65535",
            "[2001:db8::7]:443",
            "IRIS:00080",
        ] {
            assert!(is_valid(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for host in [
            "",
            ":",
            ":80",
            "iris:65536",
            "iris:99999999999",
            "iris:8o",
            "iris:-1",
            "a b",
            "a/b",
            "user@iris",
            "http://iris",
            "iris:80:80",
            "[::1",
            "::1",
            "[iris]",
            "[::1]80",
            "[fe80::1%eth0]",
            "a%2",
            "a%zz",
            "a\tb",
            "a?b",
            "a#b",
            "\"a\"",
            "a\\b",
            "<a>",
        ] {
            assert!(!is_valid(host.as_bytes()), "{host}");
        }
        assert!(!is_valid(b"\xff") && !is_valid("\u{e4}pfel".as_bytes()));
    }
}
