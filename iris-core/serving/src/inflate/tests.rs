use std::io::Write;

use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression as Level, GzBuilder};

use super::*;

const LIMIT: usize = 2 << 20;
/// An empty stored block that is not the last.
const EMPTY_BLOCK: [u8; 5] = [0, 0, 0, 0xFF, 0xFF];
const LAST_EMPTY_BLOCK: [u8; 5] = [1, 0, 0, 0xFF, 0xFF];
const GZIP_HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A member of these bytes as they are, in stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::none());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn read_before_refusal(compression: Compression, bytes: &[u8]) -> usize {
    match inflate(compression, bytes, LIMIT) {
        Err(InflateError::Padded { read, .. }) => read,
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
}

#[test]
fn what_was_compressed_comes_back() {
    let text = b"5.1,3.5,1.4,0.2\n".repeat(10_000);
    for data in [&b""[..], b"x", &text, &noise(LIMIT)] {
        assert_eq!(inflate(Compression::Gzip, &gzip(data), LIMIT).unwrap(), data);
        assert_eq!(inflate(Compression::Gzip, &stored(data), LIMIT).unwrap(), data);
        assert_eq!(inflate(Compression::Zlib, &zlib(data), LIMIT).unwrap(), data);
    }
}

#[test]
fn members_are_one_body() {
    let [first, second] = [b"5.1,3.5,1.4,0.2\n", b"6.8,2.8,4.8,1.4\n"];
    let members = [gzip(first), gzip(b""), stored(second)].concat();
    assert_eq!(inflate(Compression::Gzip, &members, LIMIT).unwrap(), [&first[..], second].concat());
    let rows = stored(first).repeat(2_000);
    assert_eq!(inflate(Compression::Gzip, &rows, LIMIT).unwrap(), first.repeat(2_000));
}

#[test]
fn a_stream_that_is_flushed_after_each_row_is_fair() {
    // Letters, which Huffman's codes make a little shorter.
    let rows: Vec<u8> = noise(LIMIT / 4).iter().map(|byte| b'a' + byte % 16).collect();
    let mut encoder = ZlibEncoder::new(Vec::new(), Level::default());
    for row in rows.chunks(128) {
        encoder.write_all(row).unwrap();
        encoder.flush().unwrap();
    }
    assert_eq!(inflate(Compression::Zlib, &encoder.finish().unwrap(), LIMIT).unwrap(), rows);
}

#[test]
fn the_limit_is_of_what_comes_out() {
    let data = vec![b' '; LIMIT];
    for (compression, compressed) in [(Compression::Gzip, gzip(&data)), (Compression::Zlib, zlib(&data))] {
        assert_eq!(inflate(compression, &compressed, LIMIT).unwrap().len(), LIMIT);
        let refused = inflate(compression, &compressed, LIMIT - 1);
        assert!(matches!(refused, Err(InflateError::TooLarge(limit)) if limit == LIMIT - 1));
    }
    let halves = gzip(&vec![b' '; LIMIT / 2 + 1]).repeat(2);
    assert!(matches!(inflate(Compression::Gzip, &halves, LIMIT), Err(InflateError::TooLarge(_))));
}

#[test]
fn what_is_cut_short_or_damaged_is_refused() {
    let data = b"5.1,3.5,1.4,0.2\n".repeat(100);
    for (compression, whole) in [
        (Compression::Gzip, gzip(&data).repeat(2)),
        (Compression::Zlib, zlib(&data)),
        (Compression::Gzip, gzip(b"")),
    ] {
        let member = whole.len() / 2;
        for len in (0..whole.len()).filter(|len| compression == Compression::Zlib || *len != member) {
            let refused = inflate(compression, &whole[..len], LIMIT);
            let is_malformed = matches!(refused, Err(InflateError::Malformed(_) | InflateError::Trailing(1)));
            assert!(is_malformed, "{compression:?} of {len}: {refused:?}");
        }
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(inflate(compression, &damaged, LIMIT), Err(InflateError::Malformed(_))));
    }
}

#[test]
fn bytes_behind_the_end_are_not_dropped() {
    for (compression, mut compressed) in [(Compression::Gzip, gzip(b"x")), (Compression::Zlib, zlib(b"x"))] {
        compressed.extend_from_slice(b"junk");
        assert!(matches!(inflate(compression, &compressed, LIMIT), Err(InflateError::Trailing(4))));
    }
    let zeros = [gzip(b"x"), vec![0; 512]].concat();
    assert!(matches!(inflate(Compression::Gzip, &zeros, LIMIT), Err(InflateError::Trailing(512))));
    let twice = zlib(b"x").repeat(2);
    assert!(matches!(inflate(Compression::Zlib, &twice, LIMIT), Err(InflateError::Trailing(_))));
}

#[test]
fn empty_blocks_are_read_no_further_than_the_slack() {
    let blocks = EMPTY_BLOCK.repeat(LIMIT / EMPTY_BLOCK.len());
    let end = [&LAST_EMPTY_BLOCK[..], &[0; 8]].concat();
    let member = [&GZIP_HEAD[..], &blocks, &end].concat();
    assert_eq!(read_before_refusal(Compression::Gzip, &member), SLACK);
    let stream = [&[0x78, 0x01][..], &blocks, &LAST_EMPTY_BLOCK, &[0, 0, 0, 1]].concat();
    assert_eq!(read_before_refusal(Compression::Zlib, &stream), SLACK);
    // A few are what a flush leaves.
    let few = [&GZIP_HEAD[..], &EMPTY_BLOCK.repeat(100), &end].concat();
    assert_eq!(inflate(Compression::Gzip, &few, LIMIT).unwrap(), b"");
}

#[test]
fn a_byte_now_and_then_buys_no_more() {
    // A stored block of one byte after each hundred empty ones.
    let some = [EMPTY_BLOCK.repeat(100), vec![0, 1, 0, 0xFE, 0xFF, b'x']].concat();
    let stream = [&[0x78, 0x01][..], &some.repeat(LIMIT / some.len())].concat();
    let read = read_before_refusal(Compression::Zlib, &stream);
    assert!(read < SLACK + SLACK / 100, "{read}");
}

#[test]
fn members_are_counted_and_their_heads_are_input_too() {
    let empty = [&GZIP_HEAD[..], &LAST_EMPTY_BLOCK, &[0; 8]].concat();
    let read = read_before_refusal(Compression::Gzip, &empty.repeat(LIMIT / empty.len()));
    assert_eq!(read, SLACK);
    let many = gzip(&[b'x'; 100]).repeat(MAX_MEMBERS + 1);
    assert!(matches!(inflate(Compression::Gzip, &many, LIMIT), Err(InflateError::Members)));
    let most = gzip(&[b'x'; 100]).repeat(MAX_MEMBERS);
    assert_eq!(inflate(Compression::Gzip, &most, LIMIT).unwrap().len(), MAX_MEMBERS * 100);
}

#[test]
fn a_head_may_have_a_name_but_not_be_the_body() {
    let named = GzBuilder::new().filename("rows.csv").extra(vec![7; 1_000]).comment("a day's rows");
    let mut encoder = named.write(Vec::new(), Level::default());
    encoder.write_all(b"x").unwrap();
    assert_eq!(inflate(Compression::Gzip, &encoder.finish().unwrap(), LIMIT).unwrap(), b"x");
    for flags in [8, 16] {
        let mut name = GZIP_HEAD.to_vec();
        name[3] = flags;
        name.resize(LIMIT, b'n');
        assert!(inflate(Compression::Gzip, &name, LIMIT).is_err());
    }
    let mut extra = [&GZIP_HEAD[..], &[0xFF, 0xFF], &vec![0; 0xFFFF], &LAST_EMPTY_BLOCK, &[0; 8]].concat();
    extra[3] = 4;
    assert_eq!(read_before_refusal(Compression::Gzip, &extra.repeat(30)), SLACK);
}
