//! Any bytes as each of the arrays of a model of skops': an error or a model,
//! never a panic.

#![no_main]

use std::io::Write;

use iris_core::Reader;
use libfuzzer_sys::fuzz_target;
use rawzip::{Error, ZipArchive, ZipArchiveWriter};

const MODEL: &[u8] = include_bytes!("../../testdata/formats/logisticregression.skops");

fuzz_target!(|bytes: &[u8]| {
    let reader = Reader::new().max_numbers(1 << 20);
    for index in 0..4 {
        let file = archive(index, bytes).expect("memory takes everything");
        let _ = reader.read(&file);
    }
});

/// The model's archive with these bytes as the array of this index.
fn archive(index: usize, array: &[u8]) -> Result<Vec<u8>, Error> {
    let model = ZipArchive::from_slice(MODEL)?;
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    let mut entries = model.entries();
    let mut n_arrays = 0;
    while let Some(entry) = entries.next_entry()? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let place = model.get_entry(entry.wayfinder())?;
        let is_array = name.ends_with(".npy");
        let content = if is_array && n_arrays == index { array } else { place.data() };
        n_arrays += usize::from(is_array);
        let (mut file, config) = archive.new_file(name.as_str()).start()?;
        let mut writer = config.wrap(&mut file);
        writer.write_all(content)?;
        let (_, descriptor) = writer.finish()?;
        file.finish(descriptor)?;
    }
    archive.finish()?;
    Ok(bytes)
}
