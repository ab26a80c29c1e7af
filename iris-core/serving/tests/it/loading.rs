//! Models that come and go while others answer.

mod trouble;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use iris_core::{ErrorClass, Predictor, Quantization};
use iris_serving::{Catalog, Library, Loader, Model, ModelFile, Sources, VersionPolicy};

/// A folder of models of its own for a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("iris-loading-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// As whoever replaces a file well does it: beside it, then in one step.
    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let beside = path.with_file_name(".new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, path).unwrap();
    }

    fn sources(&self) -> Sources {
        Sources {
            files: Vec::new(),
            folder: Some(self.0.clone()),
            policy: VersionPolicy::default(),
            max_rows: Model::DEFAULT_MAX_ROWS,
            memory: None,
            quantization: Quantization::Exact,
        }
    }

    fn serve(&self) -> Catalog {
        serve(self.sources(), None)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn serve(sources: Sources, watch: Option<Duration>) -> Catalog {
    let catalog = Catalog::empty(Model::new("none", "0", Predictor::iris()));
    let library = Library::open(&catalog, sources).unwrap();
    catalog.clone().with_loader(Loader::start(library, watch).unwrap().for_clients())
}

fn test_data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(name)
}

/// Another model than the embedded one.
fn other() -> Vec<u8> {
    fs::read(test_data("pickles/lasso.p1.pkl")).unwrap()
}

fn served(catalog: &Catalog) -> Vec<String> {
    let snapshot = catalog.snapshot();
    let mut all: Vec<String> =
        snapshot.models().map(|model| format!("{} {}", model.name(), model.version())).collect();
    all.sort();
    all
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Waits until something holds, which it has to within a time that no machine needs.
fn until(holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("it never came to that");
}

#[test]
fn every_model_of_a_folder_is_served_in_its_newest_version() {
    let folder = Folder::new("newest");
    folder.write("flowers/1/model.onnx", Predictor::IRIS);
    folder.write("flowers/10/model.onnx", Predictor::IRIS);
    folder.write("flowers/2/model.onnx", Predictor::IRIS);
    folder.write("near.pkl", &other());
    folder.write("both/1/model.onnx", Predictor::IRIS);
    folder.write("both/2/model.onnx", Predictor::IRIS);
    folder.write("both/config.pbtxt", b"version_policy: { all { } }");
    let catalog = folder.serve();
    assert_eq!(served(&catalog), ["both 1", "both 2", "flowers 10", "near 1"]);
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.default_model().name(), "both");
    assert_eq!(snapshot.find("both", None).unwrap().version(), "2");
    assert_eq!(snapshot.find("both", Some("1")).unwrap().version(), "1");
    let refusal = snapshot.find("roses", None).unwrap_err();
    assert_eq!(refusal.class(), ErrorClass::NotFound);
    assert!(refusal.to_string().contains("'both', 'flowers', 'near'"), "{refusal}");
    let refusal = snapshot.find("both", Some("3")).unwrap_err().to_string();
    assert!(refusal.contains("'1', '2'"), "{refusal}");
    let long = snapshot.find(&"x".repeat(10 << 20), None).unwrap_err().to_string();
    assert!(long.len() < 400, "{}", long.len());
}

#[test]
fn aliases_move_in_one_step_and_keep_old_versions() {
    let folder = Folder::new("aliases");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    folder.write("m/2/model.onnx", Predictor::IRIS);
    folder.write("m/aliases.json", br#"{"champion": "1", "challenger": "2"}"#);
    let catalog = folder.serve();
    assert_eq!(served(&catalog), ["m 1", "m 2"]);
    let version = |name: &str, version: Option<&str>| {
        catalog.snapshot().find(name, version).map(|model| model.version().to_owned())
    };
    assert_eq!(version("m@champion", None).unwrap(), "1");
    assert_eq!(version("m", Some("challenger")).unwrap(), "2");
    assert!(version("m@nobody", None).unwrap_err().to_string().contains("'champion'"));
    assert_eq!(version("m@champion", Some("1")).unwrap_err().class(), ErrorClass::InvalidInput);
    let loader = catalog.loader().unwrap();
    let swap =
        BTreeMap::from([("champion".to_owned(), Some("2".to_owned())), ("challenger".to_owned(), None)]);
    let aliases = block_on(loader.alias("m", swap)).unwrap();
    assert_eq!(aliases, BTreeMap::from([("champion".to_owned(), "2".to_owned())]));
    assert_eq!(version("m@champion", None).unwrap(), "2");
    let missing = BTreeMap::from([("champion".to_owned(), Some("9".to_owned()))]);
    assert_eq!(block_on(loader.alias("m", missing)).unwrap_err().class(), ErrorClass::NotFound);
    let no_name = BTreeMap::from([("a/b".to_owned(), Some("1".to_owned()))]);
    assert_eq!(block_on(loader.alias("m", no_name)).unwrap_err().class(), ErrorClass::InvalidInput);
    assert_eq!(version("m@champion", None).unwrap(), "2");
}

#[test]
fn what_fails_leaves_what_was_served_and_is_told() {
    let folder = Folder::new("fails");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    folder.write("m/2/model.onnx", b"half a file");
    let loader = catalog.loader().unwrap();
    let refusal = block_on(loader.load("m", Vec::new())).unwrap_err();
    assert_eq!(refusal.class(), ErrorClass::InvalidInput, "{refusal}");
    assert_eq!(served(&catalog), ["m 1"]);
    let index = catalog.index(false);
    let failing = index.iter().find(|entry| entry.version == "2").unwrap();
    assert_eq!((failing.state, failing.reason.is_empty()), ("UNAVAILABLE", false));
    assert_eq!(catalog.index(true).len(), 1);
    folder.write("m/2/model.onnx", Predictor::IRIS);
    block_on(loader.load("m", Vec::new())).unwrap();
    assert_eq!(served(&catalog), ["m 2"]);
    assert!(catalog.index(false).iter().all(|entry| entry.reason.is_empty()));
}

#[test]
fn a_model_goes_and_comes_and_names_are_checked() {
    let folder = Folder::new("goes");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    folder.write("n/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    let loader = catalog.loader().unwrap();
    block_on(loader.unload("m")).unwrap();
    assert_eq!(served(&catalog), ["n 1"]);
    // It was the default, which nothing else becomes of itself.
    let refusal = catalog.snapshot().asked_by_default().unwrap_err().to_string();
    assert!(refusal.contains("'m'") && refusal.contains("'n'"), "{refusal}");
    assert!(catalog.index(false).iter().any(|entry| entry.name == "m" && entry.reason == "unloaded"));
    assert_eq!(block_on(loader.unload("m")).unwrap_err().class(), ErrorClass::NotFound);
    block_on(loader.load("m", Vec::new())).unwrap();
    assert_eq!(catalog.snapshot().asked_by_default().unwrap().name(), "m");
    for name in ["..", "../m", "a b", "\u{456}ris", ""] {
        assert_eq!(block_on(loader.load(name, Vec::new())).unwrap_err().class(), ErrorClass::InvalidInput);
    }
    let refusal = block_on(loader.load("o", Vec::new())).unwrap_err();
    assert!(refusal.class() == ErrorClass::NotFound && refusal.to_string().contains("'n'"), "{refusal}");
    for model in ["m", "n"] {
        block_on(loader.unload(model)).unwrap();
    }
    assert_eq!(served(&catalog), [""; 0]);
    assert_eq!(catalog.snapshot().find("none", None).unwrap_err().class(), ErrorClass::NotFound);
}

#[test]
fn a_model_may_be_sent_or_lie_within_the_folder_alone() {
    let folder = Folder::new("sent");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    let loader = catalog.loader().unwrap();
    block_on(loader.load("s", vec![("7/model.pkl".to_owned(), other())])).unwrap();
    assert_eq!(served(&catalog), ["m 1", "s 7"]);
    let broken = block_on(loader.load("s", vec![("8/model.pkl".to_owned(), b"nothing".to_vec())]));
    assert!(broken.is_err());
    assert_eq!(served(&catalog), ["m 1", "s 7"]);
    block_on(loader.load_at("p", folder.0.join("m/1/model.onnx"))).unwrap();
    assert_eq!(served(&catalog), ["m 1", "p 1", "s 7"]);
    let elsewhere = block_on(loader.load_at("q", test_data("pickles/lasso.p1.pkl"))).unwrap_err();
    assert!(elsewhere.to_string().contains("not in the models' folder"), "{elsewhere}");
    // They stay when the folder is looked at again.
    loader.reload();
    block_on(loader.load("m", Vec::new())).unwrap();
    assert_eq!(served(&catalog), ["m 1", "p 1", "s 7"]);
}

#[test]
fn models_have_the_memory_that_there_is() {
    let folder = Folder::new("memory");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let n = Predictor::IRIS.len() as u64;
    let catalog = serve(Sources { memory: Some(2 * n - 1), ..folder.sources() }, None);
    folder.write("n/1/model.onnx", Predictor::IRIS);
    let refusal = block_on(catalog.loader().unwrap().load("n", Vec::new())).unwrap_err();
    assert!(refusal.to_string().contains("do not fit"), "{refusal}");
    assert_eq!(served(&catalog), ["m 1"]);
}

#[test]
fn a_watch_sees_what_is_replaced_moved_and_gone() {
    let folder = Folder::new("watch");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    folder.write("gone/1/model.onnx", Predictor::IRIS);
    let catalog = serve(folder.sources(), Some(Duration::from_millis(20)));
    folder.write("m/2/model.onnx", Predictor::IRIS);
    fs::remove_dir_all(folder.0.join("gone")).unwrap();
    until(|| served(&catalog) == ["m 2"]);
    // As Kubernetes replaces what it mounts: by moving a link.
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        folder.write(".one/model.onnx", Predictor::IRIS);
        folder.write(".two/model.pkl", &other());
        symlink(".one", folder.0.join(".data")).unwrap();
        symlink(".data", folder.0.join("linked")).unwrap();
        until(|| served(&catalog) == ["linked 1", "m 2"]);
        let scores = || catalog.snapshot().find("linked", None).unwrap().schema().has_probabilities();
        assert!(scores());
        symlink(".two", folder.0.join(".next")).unwrap();
        fs::rename(folder.0.join(".next"), folder.0.join(".data")).unwrap();
        until(|| !scores());
    }
    // A folder that is not there for a moment takes nothing away.
    let away = folder.0.with_extension("away");
    fs::rename(&folder.0, &away).unwrap();
    std::thread::park_timeout(Duration::from_millis(200));
    assert!(served(&catalog).contains(&"m 2".to_owned()));
    fs::rename(&away, &folder.0).unwrap();
}

#[test]
fn files_that_were_given_are_loaded_or_the_start_fails() {
    let folder = Folder::new("given");
    folder.write("a.onnx", Predictor::IRIS);
    folder.write("b.pkl", &other());
    let file = |name: Option<&str>, path: &str| ModelFile {
        name: name.map(str::to_owned),
        path: folder.0.join(path),
    };
    let sources = |files: Vec<ModelFile>| Sources { files, folder: None, ..folder.sources() };
    let catalog = serve(sources(vec![file(Some("second"), "b.pkl"), file(None, "a.onnx")]), None);
    assert_eq!(catalog.snapshot().default_model().name(), "second");
    assert_eq!(served(&catalog), ["iris 1", "second 1"]);
    let empty = Catalog::empty(Model::new("none", "0", Predictor::iris()));
    let error = Library::open(&empty, sources(vec![file(None, "missing.onnx")])).unwrap_err();
    assert!(error.contains("cannot serve the model") && error.contains("missing.onnx"), "{error}");
    let nowhere = Sources { folder: Some(folder.0.join("nowhere")), ..folder.sources() };
    assert!(Library::open(&empty, nowhere).unwrap_err().contains("nowhere"));
    // What is read again is what has changed.
    let has_probabilities = || catalog.snapshot().find("second", None).unwrap().schema().has_probabilities();
    assert!(!has_probabilities());
    folder.write("b.pkl", Predictor::IRIS);
    catalog.loader().unwrap().reload();
    until(has_probabilities);
}

/// The old version lives for as long as a request is under way on it, and no longer.
#[test]
fn a_version_that_was_replaced_is_freed_with_its_last_request() {
    let folder = Folder::new("freed");
    folder.write("m/1/model.onnx", Predictor::IRIS);
    let catalog = folder.serve();
    let request = catalog.snapshot();
    let weak = std::sync::Arc::downgrade(&request);
    folder.write("m/2/model.onnx", Predictor::IRIS);
    block_on(catalog.loader().unwrap().load("m", Vec::new())).unwrap();
    assert_eq!(request.default_model().version(), "1");
    drop(request);
    until(|| weak.upgrade().is_none());
    assert_eq!(catalog.snapshot().default_model().version(), "2");
}
