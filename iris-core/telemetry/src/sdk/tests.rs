//! What becomes of a batch that an exporter does not take.

use opentelemetry_sdk::error::OTelSdkResult;

use super::*;
use crate::origin::Endpoint;
use crate::record::{Kind, Record};

/// Answers every batch with what it has.
#[derive(Debug)]
struct Answering<F>(F);

impl<F: Fn() -> OTelSdkResult + Send + Sync + std::fmt::Debug> SpanExporter for Answering<F> {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        (self.0)()
    }
}

/// What the tries of one batch come to, until it is dealt with.
fn tries(answer: fn() -> OTelSdkResult, at_most: u32) -> Vec<Outcome> {
    let settings = Settings::from_vars("test", []).unwrap();
    let mut sdk = Sdk::new(Answering(answer), &settings, Arc::default());
    sdk.start();
    sdk.add(&View::new(&Record::new(Kind::ModelLoading, Endpoint::CALL, Tick::now()), &[]), 0);
    assert_eq!(sdk.batch.len(), 1);
    let mut outcomes = Vec::new();
    for _ in 0..at_most {
        outcomes.push(sdk.send());
        if !matches!(outcomes.last(), Some(Outcome::Retry { .. })) {
            break;
        }
    }
    outcomes
}

#[test]
fn one_that_fails_for_no_known_reason_is_given_up_on() {
    let outcomes = tries(|| Err(OTelSdkError::InternalFailure("no idea".to_owned())), 100);
    assert_eq!(outcomes.len(), 10);
    let Some(Outcome::Refused { reason }) = outcomes.last() else { panic!("{outcomes:?}") };
    assert_eq!(reason, "Operation failed: no idea");
}

#[test]
fn one_that_times_out_is_not() {
    let outcomes = tries(|| Err(OTelSdkError::Timeout(Duration::from_secs(1))), 100);
    assert_eq!(outcomes.len(), 100);
}

#[test]
fn there_is_no_use_in_an_exporter_that_is_shut_down() {
    let outcomes = tries(|| Err(OTelSdkError::AlreadyShutdown), 100);
    assert!(matches!(outcomes[..], [Outcome::Refused { .. }]), "{outcomes:?}");
}
