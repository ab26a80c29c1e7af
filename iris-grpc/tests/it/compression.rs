//! Messages that clients compress.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use iris_grpc::pb::inference as pb;
use iris_grpc::{GrpcService, Limits, Router};
use iris_telemetry::{Settings, Telemetry};
use prost::Message;
use tonic::Code;
use tonic_reflection::pb::v1::ServerReflectionRequest;

use crate::direct::{Frames, call, framed, iris, prefixed, router};
use crate::tensors::{INFER, STREAM_INFER, raw};

const GZIP: (&str, &str) = ("grpc-encoding", "gzip");
const DEFLATE: (&str, &str) = ("grpc-encoding", "deflate");
const ACCEPT_GZIP: (&str, &str) = ("grpc-accept-encoding", "identity, deflate, gzip");

fn one_row() -> Vec<u8> {
    raw("iris", &[vec![5.1, 3.5, 1.4, 0.2]], &[]).encode_to_vec()
}

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

fn zlib(message: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_small_message_does_not_grow_over_the_limit() {
    let router =
        Router::new(GrpcService::new(iris()), Limits { max_message_size: 10_000, ..Limits::default() });
    let bomb = gzip(&vec![0; 1 << 20]);
    assert!(bomb.len() < 10_000);
    let outcome = call(&router, INFER, &[GZIP], Frames::of(vec![prefixed(1, &bomb)])).await;
    outcome.refused(Code::ResourceExhausted, "10000 bytes");
}

#[tokio::test]
async fn gzip_is_answered_by_gzip_and_nothing_else() {
    let router = router();
    let zipped = || Frames::of(vec![prefixed(1, &gzip(&one_row()))]);
    let outcome = call(&router, INFER, &[GZIP, ACCEPT_GZIP], zipped()).await;
    assert_eq!((outcome.code, outcome.compressed.as_slice()), (Code::Ok, &[true][..]));
    assert_eq!(outcome.head["grpc-encoding"], "gzip");
    let mut plain = Vec::new();
    GzDecoder::new(&*outcome.messages[0]).read_to_end(&mut plain).unwrap();
    let answer = pb::ModelInferResponse::decode(&*plain).unwrap();
    assert_eq!(answer.model_name, "iris");
    let outcome = call(&router, INFER, &[GZIP], zipped()).await;
    assert_eq!((outcome.code, outcome.compressed.as_slice()), (Code::Ok, &[false][..]));
    // Clients that merely can read gzip are spared it.
    let outcome = call(&router, INFER, &[ACCEPT_GZIP], Frames::of(vec![framed(&one_row())])).await;
    assert_eq!((outcome.code, outcome.compressed.as_slice()), (Code::Ok, &[false][..]));
    assert!(!outcome.head.contains_key("grpc-encoding"));
}

#[tokio::test]
async fn other_encodings_and_broken_gzip() {
    let router = router();
    let frames = || Frames::of(vec![prefixed(1, &one_row())]);
    let outcome = call(&router, INFER, &[("grpc-encoding", "br")], frames()).await;
    outcome.refused(Code::Unimplemented, "compressed by br");
    assert_eq!(outcome.head["grpc-accept-encoding"], "gzip,deflate,identity");
    let outcome = call(&router, INFER, &[GZIP], frames()).await;
    outcome.refused(Code::Internal, "decompressing");
}

#[tokio::test]
async fn what_is_read_as_one_message() {
    let message = one_row();
    let (start, end) = message.split_at(20);
    for (encoding, flag, bytes) in [
        (GZIP, 1, gzip(&message)),
        (GZIP, 1, [gzip(start), gzip(b""), gzip(end)].concat()),
        (DEFLATE, 1, zlib(&message)),
        // What is not worth it may stay as it is.
        (GZIP, 0, message.clone()),
        (DEFLATE, 0, message.clone()),
        (("grpc-encoding", "identity"), 0, message.clone()),
    ] {
        let whole = prefixed(flag, &bytes);
        for cut in 0..=whole.len() {
            let frames = Frames::of(vec![whole.slice(..cut), whole.slice(cut..)]);
            call(&router(), INFER, &[encoding], frames).await.only::<pb::ModelInferResponse>();
        }
    }
}

/// However the messages of a stream lie in frames, each has its answer.
#[tokio::test]
async fn a_stream_of_compressed_and_other_messages() {
    let (plain, packed) = (framed(&one_row()), prefixed(1, &gzip(&one_row())));
    let bytes = Bytes::from([&plain[..], &packed, &packed, &plain, &packed].concat());
    for len in [1, 7, 100, bytes.len()] {
        let frames = bytes.chunks(len).map(Bytes::copy_from_slice).collect();
        let outcome = call(&router(), STREAM_INFER, &[GZIP], Frames::of(frames)).await;
        assert_eq!((outcome.code, outcome.messages.len()), (Code::Ok, 5));
        for message in outcome.messages {
            assert_eq!(pb::ModelStreamInferResponse::decode(message).unwrap().error_message, "");
        }
    }
}

#[tokio::test]
async fn a_library_s_service_reads_them_too() {
    let request = ServerReflectionRequest::default().encode_to_vec();
    let method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let frames = Frames::of(vec![prefixed(1, &gzip(&request))]);
    let outcome = call(&router(), method, &[GZIP], frames).await;
    outcome.refused(Code::InvalidArgument, "MessageRequest");
}

#[tokio::test]
async fn bytes_behind_the_end_and_bytes_that_are_missing() {
    let packed = gzip(&one_row());
    let behind = prefixed(1, &[&packed, &b"more"[..]].concat());
    let missing = prefixed(1, &packed[..packed.len() - 1]);
    let twice = prefixed(1, &[zlib(&one_row()), zlib(b"")].concat());
    let whole = prefixed(1, &packed);
    for method in [INFER, STREAM_INFER] {
        for (encoding, frame, reason) in [
            (GZIP, behind.clone(), "4 bytes are left behind its end"),
            (GZIP, missing.clone(), "decompressing"),
            (DEFLATE, twice.clone(), "8 bytes are left behind its end"),
            (DEFLATE, whole.clone(), "decompressing"),
            (GZIP, whole.slice(..3), "ends within a message"),
            (GZIP, whole.slice(..5), "ends within a message"),
            (GZIP, whole.slice(..whole.len() - 1), "ends within a message"),
            (GZIP, prefixed(2, &packed), "invalid compression flag"),
            (GZIP, framed(&one_row()).slice(..9), "Unexpected EOF"),
        ] {
            let outcome = call(&router(), method, &[encoding], Frames::of(vec![frame])).await;
            outcome.refused(Code::Internal, reason);
        }
    }
}

/// Deflate that says nothing costs far more than deflate that says something.
#[tokio::test]
async fn more_work_than_it_is_worth() {
    let blocks = [&[0x78, 0x9C][..], &[0x02, 0x08, 0x20, 0x80, 0x00].repeat(100_000)].concat();
    for (encoding, bytes) in [(DEFLATE, blocks), (GZIP, gzip(b"").repeat(50_000))] {
        let outcome = call(&router(), INFER, &[encoding], Frames::of(vec![prefixed(1, &bytes)])).await;
        outcome.refused(Code::ResourceExhausted, "too long for what it holds");
    }
    let limits = Limits { max_message_size: 100, ..Limits::default() };
    let router = Router::new(GrpcService::new(iris()), limits);
    // Only the length was said; it is not waited for.
    let frames = Frames::of(vec![Bytes::from_static(b"\x01\0\0\0\x65")]).then_silence();
    let outcome = call(&router, INFER, &[GZIP], frames).await;
    outcome.refused(Code::ResourceExhausted, "101 bytes, compressed; the limit is 100 bytes");
}

#[tokio::test]
async fn what_is_not_read_is_recorded() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    let service = GrpcService::new(iris().with_recorder(&telemetry.recorder())).with_telemetry(&telemetry);
    let router = Router::new(service, Limits::default());
    for (encoding, code) in [("zstd", Code::Unimplemented), ("gzip", Code::Internal)] {
        let frames = Frames::of(vec![prefixed(1, &one_row())]);
        call(&router, INFER, &[("grpc-encoding", encoding)], frames).await.refused(code, "");
        assert_eq!(telemetry.recent().remove(0).status, code as u16);
    }
    assert_eq!(telemetry.recent().len(), 2);
}
