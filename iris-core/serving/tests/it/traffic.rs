//! Requests that are shared by versions of a model, or seen by another one, too.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use iris_core::{Error, ErrorClass, Predictor, Texts};
use iris_serving::{
    Asked, Catalog, Comparison, Drift, Drifted, Exchange, Model, Predictions, Refusal, RefusalStatus,
    Shadows, Snapshot, Traffic,
};
use iris_telemetry::Origin;
use rawzip::ZipArchiveWriter;

const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

/// Asks a model for rows; the answer is the version that gave it.
struct Ask<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    key: Option<u64>,
    rows: Vec<f64>,
    texts: Texts,
    /// The versions that have decoded it.
    decoded_for: Vec<String>,
}

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

impl RefusalStatus for Refused {
    const SUCCESS: u16 = 0;

    fn status(&self) -> (u16, ErrorClass) {
        (1, ErrorClass::InvalidInput)
    }
}

impl Exchange for Ask<'_> {
    type Answer = String;
    type Refusal = Refused;

    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Refused> {
        Ok(match self.name {
            Some(name) => snapshot.find(name, self.version)?,
            None => snapshot.asked_by_default()?,
        })
    }

    fn split_key(&self) -> Option<u64> {
        self.key
    }

    fn decode(&mut self, model: &Model) -> Result<Asked, Refused> {
        self.decoded_for.push(model.version().to_owned());
        Ok(Asked { rows: self.rows.clone(), texts: self.texts.clone(), ..Asked::default() })
    }

    fn encode(&mut self, model: &Model, _: &Predictions<'_>) -> String {
        assert_eq!(self.decoded_for.last().map(String::as_str), Some(model.version()));
        model.version().to_owned()
    }
}

/// Two versions of `m`, which is the default model, and one of `n`.
fn catalog(second: Predictor, traffic: Traffic) -> Catalog {
    let catalog = Catalog::new(Model::new("m", "1", Predictor::iris()));
    let catalog = catalog.with_traffic(traffic);
    catalog.change(|served| {
        served.put(Model::new("m", "2", second));
        served.put(Model::new("n", "1", Predictor::iris()));
    });
    call(&catalog, &[("champion", "1"), ("challenger", "2")]);
    catalog
}

fn call(catalog: &Catalog, aliases: &[(&str, &str)]) {
    let aliases = aliases.iter().map(|(alias, version)| ((*alias).to_owned(), (*version).to_owned()));
    catalog.change(|served| served.set_aliases("m", aliases.collect()));
}

/// The version that answered.
fn ask(catalog: &Catalog, name: Option<&str>, version: Option<&str>, key: Option<u64>) -> String {
    let ask = Ask { name, version, key, rows: ROW.to_vec(), texts: Texts::new(), decoded_for: Vec::new() };
    catalog.answer(&Origin::call(), ask).result.unwrap()
}

fn open(file: &str) -> Predictor {
    Predictor::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(file)).unwrap()
}

fn shadows(rule: &str) -> Traffic {
    Traffic::default().with_shadows(Shadows::start([rule.parse().unwrap()]).unwrap())
}

/// What was seen once there is something that this holds of.
fn seen(catalog: &Catalog, holds: impl Fn(&Comparison) -> bool) -> Comparison {
    let shadows = catalog.traffic().shadows().unwrap();
    for _ in 0..3_000 {
        if let Some(seen) = shadows.comparisons(&catalog.snapshot()).into_iter().find(&holds) {
            return seen;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("it never came to that: {:?}", shadows.comparisons(&catalog.snapshot()));
}

#[test]
fn versions_share_the_requests_that_name_none() {
    let traffic = Traffic::default().with_split("m=champion:50,challenger:50".parse().unwrap());
    let catalog = catalog(Predictor::iris(), traffic.with_split_key("x-user".parse().unwrap()));
    for name in [None, Some("m")] {
        let by_chance: Vec<String> = (0..200).map(|_| ask(&catalog, name, None, None)).collect();
        let n = by_chance.iter().filter(|version| *version == "1").count();
        assert!((40..160).contains(&n), "{n}");
        for user in 0..50_u8 {
            let key = Some(Traffic::key(&[user]));
            let version = ask(&catalog, name, None, key);
            assert!((0..20).all(|_| ask(&catalog, name, None, key) == version), "{user}");
        }
    }
    // Who names a version has it, and other models are nobody's business.
    for _ in 0..50 {
        assert_eq!(ask(&catalog, Some("m"), Some("2"), None), "2");
        assert_eq!(ask(&catalog, Some("m"), Some("champion"), None), "1");
        assert_eq!(ask(&catalog, Some("m@challenger"), None, None), "2");
        assert_eq!(ask(&catalog, Some("n"), None, None), "1");
    }
    // A version that goes leaves its share to the other.
    catalog.change(|served| served.retain("m", |version| version == "1"));
    assert!((0..50).all(|_| ask(&catalog, None, None, None) == "1"));
    catalog.change(|served| served.remove("m"));
    let nobody = Ask {
        name: None,
        version: None,
        key: None,
        rows: ROW.to_vec(),
        texts: Texts::new(),
        decoded_for: Vec::new(),
    };
    assert!(catalog.answer(&Origin::call(), nobody).result.is_err());
}

/// What a request holds is known when a version has decoded it; whichever answers has decoded it itself.
#[test]
fn a_feature_of_the_first_row_goes_one_way() {
    let traffic = Traffic::default().with_split("m=champion:50,2:50".parse().unwrap());
    let key = format!("feature:{}", Predictor::iris().schema().features()[1].name());
    let catalog = catalog(Predictor::iris(), traffic.with_split_key(key.parse().unwrap()));
    let ask = |rows: Vec<f64>| {
        // The key of a header is of no account.
        let (name, key, texts, decoded_for) = (Some("m"), Some(u64::MAX), Texts::new(), Vec::new());
        let ask = Ask { name, version: None, key, rows, texts, decoded_for };
        catalog.answer(&Origin::call(), ask).result.unwrap()
    };
    let mut of_second = 0;
    for n in 0..50_u8 {
        let version = ask(vec![5.1, f64::from(n), 1.4, 0.2]);
        let others = vec![7.0, f64::from(n), 0.0, 9.0, 1.0, 2.0, 3.0, 4.0];
        assert!((0..5).all(|_| ask(others.clone()) == version), "{n}");
        of_second += u32::from(version == "2");
    }
    assert!((10..40).contains(&of_second), "{of_second}");
    // A model that has no such feature goes by chance.
    let traffic = Traffic::default().with_split("m=1:50,2:50".parse().unwrap());
    let catalog = self::catalog(Predictor::iris(), traffic.with_split_key("feature:other".parse().unwrap()));
    let n = (0..200).filter(|_| self::ask(&catalog, Some("m"), None, None) == "1").count();
    assert!((40..160).contains(&n), "{n}");
}

#[test]
fn a_version_in_the_shadow_sees_what_others_answer() {
    let catalog = catalog(Predictor::iris(), shadows("m@challenger=100%"));
    // By its number, by its alias and by default; the challenger's own are not compared with itself.
    let versions = [None, Some("1"), Some("champion"), Some("challenger")]
        .map(|version| ask(&catalog, Some("m"), version, None));
    assert_eq!(versions, ["2", "1", "1", "2"]);
    assert_eq!(ask(&catalog, Some("n"), None, None), "1");
    let two = seen(&catalog, |seen| seen.agreed == 2);
    assert_eq!([&*two.name, &*two.version, &*two.shadow], ["m", "1", "2"]);
    assert_eq!((two.disagreed, two.failed, two.difference), (0, 0, Some([0.0; 4])));
    assert_eq!(catalog.traffic().shadows().unwrap().comparisons(&catalog.snapshot()), [two]);
    // The alias moves, and with it who is seen by whom.
    call(&catalog, &[("champion", "2"), ("challenger", "1")]);
    assert_eq!(ask(&catalog, Some("m"), None, None), "2");
    assert_eq!(seen(&catalog, |seen| seen.shadow == "1").agreed, 1);
    // Of versions that are gone nothing is said.
    catalog.change(|served| served.retain("m", |version| version == "2"));
    assert_eq!(catalog.traffic().shadows().unwrap().comparisons(&catalog.snapshot()), []);
    assert_eq!(ask(&catalog, Some("m"), None, None), "2");
}

#[test]
fn a_share_of_the_requests_is_seen() {
    let catalog = catalog(Predictor::iris(), shadows("m@2=20%"));
    for _ in 0..100 {
        assert_eq!(ask(&catalog, Some("m"), Some("1"), None), "1");
    }
    let some = seen(&catalog, |seen| seen.agreed > 0);
    assert!(some.agreed < 60, "{some:?}");
}

/// What the version in the shadow does is nobody else's trouble.
#[test]
fn a_version_that_answers_otherwise_or_not_is_told_and_answers_nobody() {
    let regressor = catalog(open("pickles/lasso.p1.pkl"), shadows("m@2=100%"));
    assert_eq!(ask(&regressor, Some("m"), Some("1"), None), "1");
    assert_eq!(seen(&regressor, |seen| seen.failed == 1).agreed, 0);
    let otherwise = catalog(open("onnx/logistic_regression_three_ints_double.onnx"), shadows("m@2=100%"));
    assert_eq!(ask(&otherwise, Some("m"), Some("1"), None), "1");
    let other = seen(&otherwise, |seen| seen.agreed + seen.disagreed + seen.failed == 1);
    assert_eq!(other.agreed, 0, "{other:?}");
}

/// More than may wait is dropped, counted, and answered all the same.
#[test]
fn what_the_thread_does_not_get_to_is_left_out() {
    let catalog = catalog(Predictor::iris(), shadows("m@2=100%"));
    let rows: Vec<f64> = ROW.iter().copied().cycle().take(4 * 1_100_000).collect();
    let large = Ask {
        name: Some("m"),
        version: Some("1"),
        key: None,
        rows,
        texts: Texts::new(),
        decoded_for: Vec::new(),
    };
    assert_eq!(catalog.answer(&Origin::call(), large).result.unwrap(), "1");
    let shadows = catalog.traffic().shadows().unwrap();
    assert_eq!((shadows.dropped(), shadows.comparisons(&catalog.snapshot())), (1, vec![]));
    assert_eq!(ask(&catalog, Some("m"), Some("1"), None), "1");
    assert_eq!(seen(&catalog, |seen| seen.agreed == 1).disagreed, 0);
}

/// A model in a package that says how its features and answers were spread.
fn package(model: &[u8], n_features: usize, spread: &str) -> Predictor {
    let of_each = format!("[{}]", vec!["null"; n_features].join(", "));
    let manifest = format!(
        r#"{{"format": 1, "model": "m", "training_statistics": {{"min": {of_each}, "max": {of_each}, "mean": {of_each},
        "std": {of_each}, {spread}}}}}"#
    );
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in [("iris.json", manifest.as_bytes()), ("m", model)] {
        let (mut entry, config) = archive.new_file(name).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    Predictor::read(&bytes).unwrap()
}

/// What is said of the rows that a model has answered, once there are so many.
fn drifted(catalog: &Catalog, n_rows: u64) -> Drifted {
    for _ in 0..3_000 {
        let all = catalog.traffic().drift().unwrap().drifted(&catalog.snapshot());
        if let Some(one) = all.into_iter().find(|one| one.rows == n_rows) {
            return one;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("not so many rows were seen")
}

fn watched(predictor: Predictor) -> Catalog {
    let traffic = Traffic::default().with_drift(Drift::start("100%".parse().unwrap()).unwrap());
    Catalog::new(Model::new("m", "1", predictor)).with_traffic(traffic)
}

fn answer(catalog: &Catalog, rows: Vec<f64>, texts: Texts) {
    let ask = Ask { name: None, version: None, key: None, rows, texts, decoded_for: Vec::new() };
    catalog.answer(&Origin::call(), ask).result.unwrap();
}

/// The first feature was evenly below and above 6, the second one always present; nothing is known of the others.
/// Of the classes the third one was never answered.
#[test]
fn features_and_answers_that_drift_are_told_from_those_that_do_not() {
    let spread = r#""edges": [[6], [3], null, null], "shares": [[0.5, 0.5], [0.4, 0.6], null, null],
        "answers": {"shares": [1.0, 0.0, 0.0]}"#;
    let catalog = watched(package(Predictor::IRIS, 4, spread));
    let ask = |rows: Vec<f64>| answer(&catalog, rows, Texts::new());
    let indices = |seen: Drifted| seen.features.into_iter().map(|(_, index)| index).collect::<Vec<f64>>();
    // As in training; a single row says nothing.
    ask(ROW.to_vec());
    let one = drifted(&catalog, 1);
    assert_eq!((one.features.len(), one.answers), (0, None));
    let alike = |n: u32| [f64::from(5 + n % 2 * 2), f64::from(if n % 5 < 2 { 2 } else { 4 }), 1.4, 0.2];
    ask((1..400).flat_map(alike).collect());
    let seen = drifted(&catalog, 400);
    assert!(seen.answers.unwrap() < 0.01, "{seen:?}");
    let [first, second] = indices(seen)[..] else { panic!("two features are known") };
    assert!(first < 0.01 && second < 0.01, "{first} {second}");
    // The first one only above what was its middle, and other flowers.
    for _ in 0..4 {
        ask((0..400).flat_map(|n| [7.0, alike(n)[1], 6.0, 2.3]).collect());
    }
    let seen = drifted(&catalog, 2_000);
    assert!(seen.answers.unwrap() > 0.25, "{seen:?}");
    let [first, second] = indices(seen)[..] else { panic!("two features are known") };
    assert!(first > 0.25 && second < 0.01, "{first} {second}");
}

/// Texts of a vocabulary count by what they are, the model's unknown ones and missing ones as such.
#[test]
fn texts_that_drift_are_told() {
    let churn =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/mixed/churn.joblib")).unwrap();
    let spread = r#""texts": [null, null, ["Berlin", "Lyon"], null, null, null],
        "shares": [null, null, [0.5, 0.5, 0.0], null, null, null]"#;
    let catalog = watched(package(&churn, 6, spread));
    let snapshot = catalog.snapshot();
    let city = snapshot.default_model().schema().features()[2].categories().unwrap();
    let rows = |texts: [&str; 2]| -> Vec<f64> {
        let row = |text: &str| [40.0, 50_000.0, city.code(text).unwrap(), 0.0, 0.0, 1.0];
        (0..250).flat_map(|n| row(texts[n % 2])).collect()
    };
    answer(&catalog, rows(["Berlin", "Lyon"]), Texts::new());
    let alike = drifted(&catalog, 250);
    assert!(alike.features.len() == 1 && alike.features[0].1 < 0.01, "{alike:?}");
    answer(&catalog, rows(["Berlin", "nowhere"]), Texts::new());
    let others = drifted(&catalog, 500);
    assert!(others.features[0].0 == "city" && others.features[0].1 > 0.25, "{others:?}");
}

/// Free text counts by its length.
#[test]
fn longer_texts_are_told() {
    let spam =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/texts/linearsvc.pkl")).unwrap();
    let spread = r#""edges": [[5]], "shares": [[0.5, 0.5]]"#;
    let catalog = watched(package(&spam, 1, spread));
    let ask = |told: [&str; 2]| {
        let mut texts = Texts::new();
        let rows = (0..250).map(|n| texts.push(told[n % 2])).collect();
        answer(&catalog, rows, texts);
    };
    // Five characters, though six bytes.
    ask(["ärger", "what is longer than that"]);
    let alike = drifted(&catalog, 250);
    assert!(alike.features.len() == 1 && alike.features[0].1 < 0.01, "{alike:?}");
    ask(["what is longer than that"; 2]);
    let longer = drifted(&catalog, 500);
    assert!(longer.features[0].1 > 0.25, "{longer:?}");
}
