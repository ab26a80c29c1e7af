//! Any bytes as an archive of skops', and any bytes as its schema: an error or a
//! model that answers, never a panic.

#![no_main]

use std::io::Write;

use iris_core::{Predictor, Reader};
use libfuzzer_sys::fuzz_target;
use rawzip::{Error, ZipArchive, ZipArchiveWriter};

/// A model whose arrays a fuzzed schema may name.
const MODEL: &[u8] = include_bytes!("../../testdata/formats/logisticregression.skops");

fuzz_target!(|bytes: &[u8]| {
    let reader = Reader::new().max_numbers(1 << 20);
    let with_schema = archive(bytes).expect("memory takes everything");
    for bytes in [bytes, &with_schema] {
        if let Ok(predictor) = reader.read(bytes) {
            answer(&predictor);
        }
    }
});

/// The model's archive with these bytes as its schema.
fn archive(schema: &[u8]) -> Result<Vec<u8>, Error> {
    let model = ZipArchive::from_slice(MODEL)?;
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    let mut entries = model.entries();
    while let Some(entry) = entries.next_entry()? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let place = model.get_entry(entry.wayfinder())?;
        let content = if name == "schema.json" { schema } else { place.data() };
        let (mut file, config) = archive.new_file(name.as_str()).start()?;
        let mut writer = config.wrap(&mut file);
        writer.write_all(content)?;
        let (_, descriptor) = writer.finish()?;
        file.finish(descriptor)?;
    }
    archive.finish()?;
    Ok(bytes)
}

fn answer(predictor: &Predictor) {
    let schema = predictor.schema();
    let row = vec![0.5; schema.n_features()];
    let mut values = vec![0.0; schema.n_targets()];
    let _ = predictor.predict(&row);
    let _ = predictor.predict_values_into(&row, &mut values);
}
