//! What lies under `src/generated` is what the protos give.
//!
//! Not a build script, so that whoever builds the crate needs no code generator.
//! `IRIS_BLESS=1 cargo test -p iris-grpc generated` writes the files anew; a test
//! needs a crate that compiles, so change the protos first, and then the adapters.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use prost_types::{FileDescriptorSet, SourceCodeInfo};

const PROTOS: [&str; 2] = ["inference.proto", "iris/v1/predictor.proto"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files as they should be, by name.
fn generate() -> BTreeMap<String, Vec<u8>> {
    let mut compiler = protox::Compiler::new([root().join("proto")]).unwrap();
    compiler.include_source_info(true).open_files(PROTOS).unwrap();
    let mut descriptors = compiler.file_descriptor_set();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();

    let mut messages = prost_build::Config::new();
    messages.bytes(["."]).btree_map(["."]).out_dir(&folder);
    messages.compile_fds(descriptors.clone()).unwrap();

    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let mut files: BTreeMap<String, Vec<u8>> =
        fs::read_dir(&folder).unwrap().map(|entry| read(entry.unwrap())).collect();
    keep_only_comments(&mut descriptors);
    files.insert("descriptors.bin".to_owned(), descriptors.encode_to_vec());
    files
}

/// Positions are of no use without the files; comments are what a client shows.
fn keep_only_comments(descriptors: &mut FileDescriptorSet) {
    for file in &mut descriptors.file {
        let SourceCodeInfo { location } = file.source_code_info.get_or_insert_default();
        location.retain(|location| location.leading_comments.is_some());
        for location in location {
            location.span = vec![0; 3];
        }
    }
}

#[test]
fn the_generated_code_is_fresh() {
    let folder = root().join("src/generated");
    let files = generate();
    if std::env::var_os("IRIS_BLESS").is_some() {
        for (name, content) in &files {
            fs::write(folder.join(name), content).unwrap();
        }
    }
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !files.contains_key(name))
        .collect();
    assert!(names.is_empty(), "nothing makes {names:?}");
    for (name, content) in &files {
        let committed = fs::read(folder.join(name)).unwrap_or_default();
        assert!(committed == *content, "{name} is stale: run the tests once with IRIS_BLESS=1");
    }
}
