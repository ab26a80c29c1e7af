//! `MurmurHash3`, the 32-bit variant, by which `HashingVectorizer` finds a term's column.

/// The hash of some bytes with the seed 0, signed as scikit-learn takes it.
pub(super) fn murmur3(bytes: &[u8]) -> i32 {
    let mut hash = 0u32;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = u32::from_le_bytes(block.try_into().expect("a block is four bytes"));
        hash = (hash ^ mixed(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let block = rest.iter().rev().fold(0, |block, byte| block << 8 | u32::from(*byte));
        hash ^= mixed(block);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the length counts modulo 2^32")]
    let mut hash = hash ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    (hash ^ hash >> 16).cast_signed()
}

fn mixed(block: u32) -> u32 {
    block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::murmur3;

    #[test]
    fn hashes_are_those_of_scikit_learn() {
        for (text, hash) in KNOWN {
            assert_eq!(murmur3(text.as_bytes()), hash, "{text}");
        }
    }

    /// By `sklearn.utils.murmurhash3_32(text)`.
    const KNOWN: [(&str, i32); 6] = [
        ("", 0),
        ("a", 1_009_084_850),
        ("ab", -1_681_926_305),
        ("foo bar", 171_088_983),
        ("élan", -2_091_273_601),
        ("longer than two blocks", -1_264_611_532),
    ];
}
