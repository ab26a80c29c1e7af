//! Numbers as people measure and write them: a few digits, perhaps with a point among them.
//!
//! Nearly every number of a request is one, and the general way to read a number
//! takes six times as many instructions. Digits that make a whole number below 2⁵³,
//! divided by a power of ten below 10²³, are two exact numbers and one rounding, so the
//! result is the nearest there is (W. D. Clinger, *How to read floating point numbers
//! accurately*, 1990), and so the same bits.

/// The most characters, with the point among them; so many digits are below 2⁵³ or seen not to be.
const LONGEST: usize = 17;

/// The powers of ten for as many digits behind the point.
const POWERS: [f64; LONGEST] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];

/// The value of a number in JSON, if it is a short one without an exponent.
#[inline]
pub(super) fn short(number: &str) -> Option<f64> {
    let (is_negative, digits) = match number.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > LONGEST {
        return None;
    }
    let (mut whole, mut n_behind, mut is_behind) = (0, 0, 0);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                n_behind += is_behind;
            }
            b'.' => is_behind = 1,
            _ => return None,
        }
    }
    if whole >= 1 << f64::MANTISSA_DIGITS {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "it is below 2⁵³")]
    let value = whole as f64 / POWERS.get(n_behind)?;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(text: &str) -> Option<u64> {
        short(text).map(f64::to_bits)
    }

    fn of_std(text: &str) -> u64 {
        text.parse::<f64>().unwrap().to_bits()
    }

    #[test]
    fn what_is_short_is_read_and_the_rest_left() {
        for text in
            ["0", "-0", "0.0", "-0.0", "5.1", "120", "-0.25", "0.1", "9007199254740991", "0.3000000000000004"]
        {
            let read = bits(text).filter(|read| *read == of_std(text));
            assert_eq!(read.is_some(), text.len() <= LONGEST, "{text}");
        }
        for text in [
            "1e3",
            "1E-3",
            "9007199254740993",
            "99999999999999999",
            "100000000000000000",
            "0.1234567890123456789",
        ] {
            assert_eq!(bits(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_bits_are_those_of_the_general_way(text in "-?(0|[1-9][0-9]{0,15})(\\.[0-9]{1,16})?") {
            if let Some(read) = bits(&text) {
                prop_assert_eq!(read, of_std(&text));
            }
        }
    }
}
