//! `CityHash64` in its first version, by which CatBoost knows the texts of a column.
//!
//! Geoff Pike and Jyrki Alakuijala, Google, 2011. Later versions give other
//! numbers for texts of more than 16 bytes.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;
const K3: u64 = 0xc949_d7c7_509e_6557;

/// The hash of some bytes.
pub(super) fn city_hash(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0..=16 => up_to_16(bytes),
        17..=32 => up_to_32(bytes),
        33..=64 => up_to_64(bytes),
        _ => longer(bytes),
    }
}

fn up_to_16(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    match len {
        0 => K2,
        1..=3 => {
            let low = u64::from(bytes[0]) + (u64::from(bytes[len / 2]) << 8);
            let high = len as u64 + (u64::from(bytes[len - 1]) << 2);
            mixed(low.wrapping_mul(K2) ^ high.wrapping_mul(K3)).wrapping_mul(K2)
        }
        4..=8 => {
            let (first, last) = (u64::from(word(bytes, 0)), u64::from(word(bytes, len - 4)));
            of_two((first << 3) + len as u64, last)
        }
        _ => {
            let (first, last) = (long(bytes, 0), long(bytes, len - 8));
            let turned = last.wrapping_add(len as u64).rotate_right(u32::try_from(len).expect("at most 16"));
            of_two(first, turned) ^ last
        }
    }
}

fn up_to_32(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let a = long(bytes, 0).wrapping_mul(K1);
    let b = long(bytes, 8);
    let c = long(bytes, len - 8).wrapping_mul(K2);
    let d = long(bytes, len - 16).wrapping_mul(K0);
    let first = a.wrapping_sub(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let second = a.wrapping_add((b ^ K3).rotate_right(20)).wrapping_sub(c).wrapping_add(len as u64);
    of_two(first, second)
}

fn up_to_64(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    // Two sums over a half each, begun with a number of their own.
    let half = |at: usize, start: u64, end: u64| {
        let mut a = start;
        let b = a.wrapping_add(end);
        let mut c = a.rotate_right(37);
        a = a.wrapping_add(long(bytes, at + 8));
        c = c.wrapping_add(a.rotate_right(7));
        a = a.wrapping_add(long(bytes, at + 16));
        let first = a.wrapping_add(end);
        let second = b.rotate_right(52).wrapping_add(a.rotate_right(31)).wrapping_add(c);
        (first, second)
    };
    let start = (len as u64).wrapping_add(long(bytes, len - 16)).wrapping_mul(K0);
    let front = half(0, long(bytes, 0).wrapping_add(start), long(bytes, 24));
    let back = half(len - 32, long(bytes, 16).wrapping_add(long(bytes, len - 32)), long(bytes, len - 8));
    let first = front.0.wrapping_add(back.1).wrapping_mul(K2);
    let second = back.0.wrapping_add(front.1).wrapping_mul(K0);
    let both = mixed(first.wrapping_add(second));
    mixed(both.wrapping_mul(K0).wrapping_add(front.1)).wrapping_mul(K2)
}

fn longer(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let mut first = long(bytes, 0);
    let mut second = long(bytes, len - 16) ^ K1;
    let mut third = long(bytes, len - 56) ^ K0;
    let mut front = of_32(bytes, len - 64, len as u64, second);
    let mut back = of_32(bytes, len - 32, (len as u64).wrapping_mul(K1), K0);
    third = third.wrapping_add(mixed(front.1).wrapping_mul(K1));
    first = third.wrapping_add(first).rotate_right(39).wrapping_mul(K1);
    second = second.rotate_right(33).wrapping_mul(K1);
    for at in (0..(len - 1) / 64).map(|block| block * 64) {
        first =
            sum([first, second, front.0, long(bytes, at + 16)]).rotate_right(37).wrapping_mul(K1) ^ back.1;
        second = sum([second, front.1, long(bytes, at + 48)]).rotate_right(42).wrapping_mul(K1) ^ front.0;
        third = (third ^ back.0).rotate_right(33);
        front = of_32(bytes, at, front.1.wrapping_mul(K1), first.wrapping_add(back.0));
        back = of_32(bytes, at + 32, third.wrapping_add(back.1), second);
        (first, third) = (third, first);
    }
    let low = sum([of_two(front.0, back.0), mixed(second).wrapping_mul(K1), third]);
    of_two(low, of_two(front.1, back.1).wrapping_add(first))
}

/// Two sums over 32 bytes, each begun with a number.
fn of_32(bytes: &[u8], at: usize, low: u64, high: u64) -> (u64, u64) {
    let longs = [0, 8, 16, 24].map(|offset| long(bytes, at + offset));
    let start = low.wrapping_add(longs[0]);
    let turned = sum([high, start, longs[3]]).rotate_right(21);
    let end = sum([start, longs[1], longs[2]]);
    (end.wrapping_add(longs[3]), sum([turned, end.rotate_right(44), start]))
}

/// Murmur's way of making one number of two.
fn of_two(low: u64, high: u64) -> u64 {
    const FACTOR: u64 = 0x9ddf_ea08_eb38_2d69;
    let a = (low ^ high).wrapping_mul(FACTOR);
    let b = (high ^ mixed(a)).wrapping_mul(FACTOR);
    mixed(b).wrapping_mul(FACTOR)
}

fn mixed(value: u64) -> u64 {
    value ^ (value >> 47)
}

fn sum<const N: usize>(values: [u64; N]) -> u64 {
    values.into_iter().fold(0, u64::wrapping_add)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("the slice has eight bytes"))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("the slice has four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As CatBoost keeps them, by their lower halves.
    #[test]
    fn texts_of_every_length_have_the_hashes_that_catboost_gives_them() {
        let short = [
            ("", 797_982_799_u64),
            ("a", 3_489_901_818_u64),
            ("ab", 4_090_249_022_u64),
            ("abc", 978_243_121_u64),
            ("abcd", 345_588_365_u64),
            ("abcde", 2_452_793_224_u64),
            ("Berlin", 1_503_209_845_u64),
            ("abcdefgh", 4_270_775_063_u64),
            ("abcdefghi", 3_019_552_977_u64),
            ("abcdefghijklmnop", 2_150_978_241_u64),
            ("abcdefghijklmnopq", 322_581_478_u64),
            ("Łódź", 1_144_287_726_u64),
            ("29", 3_940_690_768_u64),
            ("-3", 1_837_837_212_u64),
        ];
        let long = "The quick brown fox jumps over the lazy dog, and then over the fence, and then it goes h\
                    ome to sleep; the dog does not mind at all, since it sleeps already and ";
        let fronts = [
            (&long[..24], 3_020_692_229),
            (&long[..32], 704_156_603),
            (&long[..33], 2_239_288_843),
            (&long[..48], 1_668_119_126),
            (&long[..64], 968_466_740),
            (&long[..65], 1_665_366_946),
            (&long[..100], 4_052_038_229),
            (&long[..127], 4_210_490_100),
            (&long[..128], 3_559_090_815),
            (&long[..129], 625_421_415),
            (&long[..160], 3_655_403_003),
        ];
        for (text, hash) in short.into_iter().chain(fronts) {
            assert_eq!(city_hash(text.as_bytes()) & 0xffff_ffff, hash, "{text:?}");
        }
    }
}
