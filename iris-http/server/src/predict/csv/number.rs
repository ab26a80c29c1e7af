//! Numbers as texts have them, rounded correctly.

/// The largest whole number up to which every one is an `f64`.
const WHOLE: u64 = 1 << 53;

/// Powers of ten that are exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The `f64` that is nearest to the number, if it is one.
///
/// Digits of an exact whole number over an exact power of ten give it by one division, which
/// rounds once; whatever else comes is left to the standard library.
#[inline]
pub(super) fn number(field: &[u8]) -> Option<f64> {
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    let (mut whole, mut n_digits, mut point) = (0u64, 0, None);
    // No more than fits: nineteen digits are below 2^64.
    if digits.len() > 19 {
        return slow(field);
    }
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            whole = whole * 10 + u64::from(digit);
            n_digits += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return slow(field);
        }
    }
    if n_digits == 0 || whole > WHOLE {
        return slow(field);
    }
    let n_decimals = point.map_or(0, |point| digits.len() - point - 1);
    #[expect(clippy::cast_precision_loss, reason = "it is at most 2^53")]
    let number = whole as f64 / POWERS[n_decimals];
    Some(if digits.len() == field.len() { number } else { -number })
}

#[cold]
fn slow(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok().filter(|number: &f64| !number.is_nan())
}

/// A truth value, as JSON, Python and R write them.
pub(super) fn truth(field: &[u8]) -> Option<f64> {
    match field {
        b"true" | b"True" | b"TRUE" => Some(1.0),
        b"false" | b"False" | b"FALSE" => Some(0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(text: &str) {
        let expected: Option<f64> = text.parse().ok().filter(|number: &f64| !number.is_nan());
        assert_eq!(number(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
    }

    #[test]
    fn every_way_to_write_a_number_is_read() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "5.1",
            ".5",
            "5.",
            ".",
            "-",
            "",
            "-.",
            "+3",
            "1e5",
            "1E-5",
            "inf",
            "-Infinity",
            "nan",
            "1_000",
            "0x10",
            "1.2.3",
            "--1",
            "9007199254740992",
            "9007199254740993",
            "99999999999999999999",
            "0.1234567890123456789",
            "123456789012345678.9",
            "1e400",
            "5 ",
            "5,1",
            "0.000000000000000000001",
        ] {
            same(text);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_rounded_as_the_standard_library_does(number in any::<f64>(), decimals in 0usize..18) {
            same(&number.to_string());
            same(&format!("{number:.decimals$}"));
            same(&format!("{:.decimals$}", number % 1e6));
        }

        #[test]
        fn no_text_is_read_otherwise(text in "[-+0-9.e]{0,24}") {
            same(&text);
        }
    }
}
