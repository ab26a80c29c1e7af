//! The deadline that a client sets for a call.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// How long the client waits, by `grpc-timeout`: up to eight digits and a unit.
/// What does not parse sets no deadline.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let n: u64 = is_number.then(|| digits.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_secs(n * 3_600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &[u8]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", http::HeaderValue::from_bytes(value).unwrap());
        timeout(&headers)
    }

    #[test]
    fn every_unit() {
        let expected = [3_600_000_000_000u64, 60_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1];
        for (unit, nanos) in "HMSmun".chars().zip(expected) {
            assert_eq!(parse(format!("3{unit}").as_bytes()), Some(Duration::from_nanos(3 * nanos)));
        }
        assert_eq!(parse(b"99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        assert_eq!(timeout(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_no_time_sets_no_deadline() {
        for value in ["", "S", "1", "1 S", "-1S", "+1S", "1.5S", "1s", "123456789S", "1SS"] {
            assert_eq!(parse(value.as_bytes()), None, "{value}");
        }
        assert_eq!(parse("1µ".as_bytes()), None);
    }
}
