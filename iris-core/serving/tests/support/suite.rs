//! The cases of the Open Inference Protocol, for every transport's tests.
//!
//! They lie in `testdata/protocol`, whose README describes them. A transport
//! turns a case into its own request and the answer into an [`Outcome`]; what
//! that should be, and what metrics should say of it, is decided here.

mod case;
mod check;
mod counts;
mod report;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use iris_core::{ErrorClass, Predictor};
use iris_serving::{Catalog, Model};
use serde::Deserialize;

pub(crate) use case::{Ask, Case, Form};
pub(crate) use check::{Answered, Outcome, OutputTensor};
pub(crate) use counts::Counts;
pub(crate) use report::Report;
pub(crate) use values::{Value, bytes_of, read_raw};

/// The classes of mistakes that the protocol's requests can make; the others are
/// of transports, and of models that are not served.
const CLASSES: [ErrorClass; 3] = [ErrorClass::InvalidInput, ErrorClass::NotFound, ErrorClass::Unimplemented];

/// Every case, in the order of the files' names.
pub(crate) fn cases() -> Vec<Case> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        case: Vec<Case>,
    }
    let folder = repository().join("iris-core/serving/testdata/protocol");
    let files: BTreeSet<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let mut cases = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let text = std::fs::read_to_string(file).unwrap();
        let File { case } =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        cases.extend(case);
    }
    assert_sound(&cases);
    cases
}

/// The model of a case as it is served.
pub(crate) fn catalog(case: &Case) -> Catalog {
    let (name, version) = case.served();
    let predictor = match case.model.as_str() {
        "iris" => Predictor::iris(),
        file => Predictor::open(repository().join("iris-core/testdata").join(file)).unwrap(),
    };
    let model = Model::new(name, version, predictor);
    Catalog::new(match case.max_rows {
        Some(max_rows) => model.with_max_rows(max_rows),
        None => model,
    })
}

/// How many cases there are of answers, and of refusals by class.
pub(crate) fn summary(cases: &[Case]) -> String {
    let mut refusals: BTreeMap<&str, usize> = CLASSES.map(|class| (class.as_str(), 0)).into();
    for class in cases.iter().filter_map(Case::class) {
        *refusals.get_mut(class.as_str()).unwrap() += 1;
    }
    assert!(refusals.values().all(|n| *n > 0), "{refusals:?}");
    let answers = cases.iter().filter(|case| case.class().is_none()).count();
    format!("{} cases: {answers} answers, refusals {refusals:?}", cases.len())
}

/// A case that says nothing, or that nothing runs, would pass.
fn assert_sound(cases: &[Case]) {
    let mut names = BTreeSet::new();
    for case in cases {
        assert!(names.insert(&case.name), "{} is there twice", case.name);
        assert!(case.answer.is_some() != case.refusal.is_some(), "{}: expects one of two", case.name);
        assert!(
            case.class().is_none_or(|class| CLASSES.contains(&class)),
            "{}: {:?}",
            case.name,
            case.class()
        );
        let [rest, grpc] =
            [Form::REST, Form::GRPC].map(|forms| forms.iter().any(|form| case.comes_as(*form)));
        assert!(rest || grpc, "{}: nothing runs it", case.name);
        let is_restricted = case.only.is_some() || !(rest && grpc);
        assert!(!is_restricted || case.because.is_some(), "{}: say why it is not for all", case.name);
    }
}

fn repository() -> &'static Path {
    // The crates with transports lie beside the core's.
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    crates.parent().unwrap()
}
