use iris_core::{ErrorClass, Predictor};
use iris_telemetry::Origin;

use super::*;
use crate::{Asked, Catalog, Exchange, Model, Predictions, RefusalStatus};

const PREDICT: RouteClass = RouteClass::Predict;

fn gate(key: Key) -> Gate {
    Gate::with_keys(Keys::new([key]))
}

fn class(denied: Result<Pass, Denial>) -> Option<ErrorClass> {
    denied.err().map(|denial| denial.refusal().class())
}

#[test]
fn a_gate_without_keys_lets_everybody_in() {
    let gate = Gate::default();
    gate.replace(Keys::default());
    for key in [None, Some(&b"any"[..])] {
        assert_eq!(gate.admit(key, RouteClass::Manage).unwrap().name(), None);
    }
    assert!(gate.is_open());
}

#[test]
fn a_key_opens_what_it_is_for() {
    let gate = gate(Key::of("app", b"abc", [PREDICT]));
    assert_eq!(gate.admit(Some(b"abc"), PREDICT).unwrap().name(), Some("app"));
    assert_eq!(class(gate.admit(None, PREDICT)), Some(ErrorClass::Unauthenticated));
    for wrong in ["", "ab", "abd", "abcd", "ABC"] {
        assert_eq!(
            class(gate.admit(Some(wrong.as_bytes()), PREDICT)),
            Some(ErrorClass::Unauthenticated),
            "{wrong}"
        );
    }
    let denied = gate.admit(Some(b"abc"), RouteClass::Manage).unwrap_err();
    assert_eq!(denied.refusal().class(), ErrorClass::PermissionDenied);
    assert_eq!(denied.to_string(), "key 'app' is not for the class manage");
    assert_eq!(denied.retry_after_seconds(), None);
}

#[test]
fn keys_are_replaced_for_every_clone() {
    let gate = gate(Key::of("old", b"abc", [PREDICT]));
    let clone = gate.clone();
    gate.replace(Keys::new([Key::of("new", b"def", [PREDICT])]));
    assert!(clone.admit(Some(b"abc"), PREDICT).is_err());
    assert_eq!(clone.admit(Some(b"def"), PREDICT).unwrap().name(), Some("new"));
}

#[test]
fn who_asks_too_often_is_told_when_to_ask_again() {
    let gate = gate(Key::of("app", b"abc", [PREDICT]).with_requests_per_second(0.01));
    let pass = gate.admit(Some(b"abc"), PREDICT).unwrap();
    let denied = gate.admit(Some(b"abc"), PREDICT).unwrap_err();
    assert_eq!(denied.refusal().class(), ErrorClass::RateLimited);
    assert!((99..=100).contains(&denied.retry_after_seconds().unwrap()), "{denied:?}");
    assert!(denied.to_string().contains("'app'"), "{denied}");
    assert!(pass.count().is_err() && gate.recognise(Some(b"abc"), PREDICT).is_ok());
}

#[test]
fn rows_are_charged_when_they_are_known() {
    /// Three rows of the embedded model's.
    struct Three;
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Never(#[from] iris_core::Error);
    impl From<Refusal> for Never {
        fn from(refusal: Refusal) -> Self {
            Self(iris_core::Error::new(iris_core::ErrorKind::OutputLength, refusal.to_string()))
        }
    }
    impl RefusalStatus for Never {
        const SUCCESS: u16 = 200;
        fn status(&self) -> (u16, ErrorClass) {
            (500, ErrorClass::Internal)
        }
    }
    impl Exchange for Three {
        type Answer = usize;
        type Refusal = Never;
        fn decode(&mut self, _model: &Model) -> Result<Asked, Never> {
            Ok(Asked { rows: vec![1.0; 12], ..Asked::default() })
        }
        fn encode(&mut self, _model: &Model, _predictions: &Predictions<'_>) -> usize {
            3
        }
    }
    let catalog = Catalog::new(Model::new("iris", "1", Predictor::iris()));
    let gate = gate(Key::of("app", b"abc", [PREDICT]).with_rows_per_second(0.01));
    let pass = gate.admit(Some(b"abc"), PREDICT).unwrap();
    assert_eq!(catalog.answer(&Origin::call(), pass.charging(Three)).result.unwrap(), 3);
    let denied = gate.admit(Some(b"abc"), PREDICT).unwrap_err();
    assert!((290..=300).contains(&denied.retry_after_seconds().unwrap()), "{denied:?}");
    let free = Pass::default();
    assert_eq!(catalog.answer(&Origin::call(), free.charging(Three)).result.unwrap(), 3);
}

#[test]
fn a_key_is_shown_in_either_header() {
    for (authorization, x_api_key, key) in [
        (None, None, None),
        (Some("Bearer abc"), None, Some("abc")),
        (Some("bearer  abc "), Some("def"), Some("abc")),
        (Some("Basic dTpw"), Some("def"), Some("def")),
        (Some("Bearer"), None, None),
        (Some("Bearer "), None, Some("")),
        (Some(""), None, None),
        (None, Some(" def"), Some("def")),
    ] {
        let [authorization, x_api_key] = [authorization, x_api_key].map(|text| text.map(str::as_bytes));
        assert_eq!(shown(authorization, x_api_key), key.map(str::as_bytes), "{authorization:?}");
    }
}

#[test]
fn nothing_that_is_printed_shows_a_key() {
    let gate = gate(Key::of("app", b"s3cr3t", [PREDICT]));
    let printed = format!("{gate:?}{:?}", gate.admit(Some(b"s3cr3t"), PREDICT));
    assert!(
        printed.contains("app") && !printed.contains("s3cr3t") && !printed.contains("digest"),
        "{printed}"
    );
}
