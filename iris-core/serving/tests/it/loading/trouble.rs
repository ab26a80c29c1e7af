//! Folders in trouble: what was served stays, what is wrong is told, and nothing else suffers.

use std::fs;
use std::time::Duration;

use iris_core::{ErrorClass, Predictor};

use super::{Folder, block_on, other, serve, served, until};

/// What is said of a version that is not served, or of a model that is none.
fn reason(catalog: &iris_serving::Catalog, name: &str) -> Option<String> {
    let index = catalog.index(false);
    index.into_iter().find(|entry| entry.name == name && !entry.reason.is_empty()).map(|entry| entry.reason)
}

/// Links that lead nowhere, to each other or back into the folder are no models, and keep nobody from
/// seeing what else changes.
#[cfg(unix)]
#[test]
fn links_in_circles_are_told_and_harm_nobody() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("circles");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    for (at, to) in [("a", "b"), ("b", "a"), ("nowhere", "is-not-there"), ("self", ".")] {
        symlink(to, folder.0.join(at)).unwrap();
    }
    let catalog = serve(folder.sources(), Some(Duration::from_millis(20)));
    assert_eq!(served(&catalog), ["m 1"]);
    for name in ["a", "b", "nowhere", "self"] {
        assert!(reason(&catalog, name).is_some(), "{name}: {:?}", catalog.index(false));
    }
    // A version that holds the folder itself has no end.
    symlink("../..", folder.0.join("m/1/up")).unwrap();
    until(|| reason(&catalog, "m").is_some());
    assert_eq!(served(&catalog), ["m 1"]);
    fs::remove_file(folder.0.join("m/1/up")).unwrap();
    folder.write("m/2/model.onnx", Predictor::IRIS);
    until(|| served(&catalog) == ["m 2"]);
    assert!(reason(&catalog, "a").is_some() && reason(&catalog, "m").is_none());
}

#[test]
fn a_file_that_becomes_a_folder_leaves_what_was_served() {
    let folder = Folder::new("becomes");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    let loader = catalog.loader().unwrap();
    let file = folder.0.join("m/1/model.onnx");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let refusal = block_on(loader.load("m", Vec::new())).unwrap_err();
    assert_eq!(refusal.class(), ErrorClass::InvalidInput, "{refusal}");
    assert_eq!(served(&catalog), ["m 1"]);
    assert!(reason(&catalog, "m").is_some());
    fs::remove_dir(&file).unwrap();
    folder.write("m/1/model.onnx", &other());
    block_on(loader.load("m", Vec::new())).unwrap();
    assert!(!catalog.snapshot().find("m", None).unwrap().schema().has_probabilities());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_leaves_what_was_served() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("forbidden");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    folder.write("m/2/model.onnx", Predictor::IRIS);
    let file = folder.0.join("m/2/model.onnx");
    let allow = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o000);
    if fs::File::open(&file).is_ok() {
        // Root may read everything, so that there is nothing to see.
        return;
    }
    let loader = catalog.loader().unwrap();
    let refusal = block_on(loader.load("m", Vec::new())).unwrap_err().to_string();
    assert!(refusal.contains("ermission"), "{refusal}");
    assert_eq!(served(&catalog), ["m 1"]);
    allow(0o644);
    block_on(loader.load("m", Vec::new())).unwrap();
    assert_eq!(served(&catalog), ["m 2"]);
}

/// One after the other, and each is told what became of its own.
#[test]
fn loads_of_one_name_at_once_all_end() {
    let folder = Folder::new("at-once");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    folder.write("m/2/model.onnx", Predictor::IRIS);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (catalog, files) = (&catalog, vec![("7/model.pkl".to_owned(), other())]);
            scope.spawn(move || {
                let loader = catalog.loader().unwrap();
                let files = if n % 2 == 0 { Vec::new() } else { files };
                block_on(loader.load("m", files)).unwrap();
            });
        }
    });
    // Whichever came last is whole.
    let last = served(&catalog);
    assert!(last == ["m 2"] || last == ["m 7"], "{last:?}");
    assert!(catalog.index(false).iter().all(|entry| entry.reason.is_empty()));
}

/// The default model may go; who asks for it is told, and who names another is answered.
#[test]
fn the_default_may_go_while_it_is_in_use() {
    let folder = Folder::new("default");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    folder.write("n/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    let request = catalog.snapshot();
    block_on(catalog.loader().unwrap().unload("m")).unwrap();
    let answer = request.asked_by_default().unwrap().predictor().predict_class(&[5.1, 3.5, 1.4, 0.2]);
    assert_eq!(answer.unwrap(), 0);
    assert_eq!(catalog.snapshot().asked_by_default().unwrap_err().class(), ErrorClass::NotFound);
    assert!(catalog.snapshot().find("n", None).is_ok());
}
