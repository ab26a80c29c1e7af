//! MD5 (RFC 1321), by which `HashingEncoder` finds a text's column. It keeps no secrets.

const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// How far each of four operations turns, in each of four rounds.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// 2^32 times the magnitude of the sine of 1, 2 and so on.
#[rustfmt::skip]
const SINES: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

const BLOCK: usize = 64;

/// The digest of some bytes, as the number that it is with the first byte in front.
pub(super) fn md5(bytes: &[u8]) -> u128 {
    let mut state = START;
    let mut blocks = bytes.chunks_exact(BLOCK);
    for block in &mut blocks {
        mix(&mut state, block);
    }
    // Behind the rest a bit, and at the end of the last block how many there were.
    let rest = blocks.remainder();
    let mut last = [0; 2 * BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    let end = if rest.len() + 9 > BLOCK { 2 * BLOCK } else { BLOCK };
    let n_bits = (bytes.len() as u64).wrapping_mul(8);
    last[end - 8..end].copy_from_slice(&n_bits.to_le_bytes());
    for block in last[..end].chunks_exact(BLOCK) {
        mix(&mut state, block);
    }
    state.into_iter().fold(0, |digest, word| digest << 32 | u128::from(word.swap_bytes()))
}

fn mix(state: &mut [u32; 4], block: &[u8]) {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_le_bytes(bytes.try_into().expect("a word is four bytes"));
    }
    let [mut a, mut b, mut c, mut d] = *state;
    for (at, sine) in SINES.iter().enumerate() {
        let (mixed, word) = match at / 16 {
            0 => ((b & c) | (!b & d), at),
            1 => ((d & b) | (!d & c), 5 * at + 1),
            2 => (b ^ c ^ d, 3 * at + 5),
            _ => (c ^ (b | !d), 7 * at),
        };
        let sum = a.wrapping_add(mixed).wrapping_add(*sine).wrapping_add(words[word % 16]);
        let turned = b.wrapping_add(sum.rotate_left(TURNS[at / 16][at % 4]));
        (a, b, c, d) = (d, turned, b, c);
    }
    for (state, word) in state.iter_mut().zip([a, b, c, d]) {
        *state = state.wrapping_add(word);
    }
}

#[cfg(test)]
mod tests {
    use super::md5;

    #[test]
    fn digests_are_those_of_the_standard() {
        for (text, digest) in KNOWN {
            assert_eq!(format!("{:032x}", md5(text.as_bytes())), digest, "{text}");
        }
    }

    #[test]
    fn texts_of_every_length_about_a_block() {
        // By hashlib, over the digests of 0 to 200 times "a", added up.
        let sum = (0..=200).fold(0u128, |sum, n| sum.wrapping_add(md5("a".repeat(n).as_bytes())));
        assert_eq!(sum, SUM);
    }

    /// From its appendix.
    const KNOWN: [(&str, &str); 7] = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f",
        ),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a",
        ),
    ];
    const SUM: u128 = 0x975e_8216_b12f_8597_97c9_54fb_1182_a9fe;
}
