//! What is declared is what the contract says.

use std::collections::BTreeSet;

use tracing::Metadata;
use tracing::subscriber::with_default;
use tracing_subscriber::Registry;

use super::*;
use crate::clock::Tick;
use crate::models::{ModelInfo, Said};
use crate::origin::Endpoint;
use crate::record::{Answer, Record};
use crate::view::View;
use iris_core::ErrorClass;

static ENDPOINTS: [Endpoint; 3] =
    [Endpoint::http("POST", "/predict"), Endpoint::grpc("Service/Method"), Endpoint::http("", "")];

const KINDS: [Kind; 3] = [Kind::Prediction, Kind::ModelLoading, Kind::HealthCheck];

/// The keys of the spans of every kind of record there can be: those of the
/// whole's, and those of each stage's.
fn keys_of(kind: Kind) -> (BTreeSet<&'static str>, [BTreeSet<&'static str>; 3]) {
    let (mut of_whole, mut of_stages) = (BTreeSet::new(), [const { BTreeSet::new() }; 3]);
    let model = ModelInfo {
        name: "m".to_owned(),
        version: "1".to_owned(),
        said: Said::Alias("champion".to_owned()),
        labels: Vec::new(),
        has_named_features: false,
    };
    // A model is loaded by a call, a check comes from outside.
    let endpoints = std::iter::once(Endpoint::CALL).chain(&ENDPOINTS);
    for endpoint in endpoints.take(if kind == Kind::ModelLoading { 1 } else { usize::MAX }) {
        for fault in [None, Some(ErrorClass::Internal)] {
            for (answer, label) in
                [(Answer::None, None), (Answer::Class(0), Some("a")), (Answer::Values, None)]
            {
                for (has_named_features, batch_size) in [(true, 0), (false, 0), (true, 3)] {
                    let mut record = Record::new(kind, endpoint, Tick::now());
                    record.n_stages = 3;
                    record.n_features = 4;
                    (record.fault, record.answer, record.number) = (fault, answer, Some(1.0));
                    record.batch_size = batch_size;
                    record.client = Some([127, 0, 0, 1].into());
                    let spans = Spans::under_way(View::new(&record, &[]), has_named_features, label);
                    let spans = spans.of(Some(&model));
                    let mut add = |key, _: Value<'_>| {
                        of_whole.insert(key);
                    };
                    spans.opening(&mut add);
                    spans.closing(&mut add);
                    spans.client(Some("curl"), &mut add);
                    for stage in spans.stages() {
                        spans.stage(stage, &mut |key, _| {
                            of_stages[stage as usize].insert(key);
                        });
                    }
                }
            }
        }
    }
    (of_whole, of_stages)
}

/// The keys that a span declares, but for those that only say how it is shown.
fn declared(span: &Span) -> BTreeSet<&'static str> {
    let fields = span.metadata().expect("the registry takes every span").fields();
    fields.iter().map(|field| field.name()).filter(|name| !name.starts_with("otel.")).collect()
}

#[test]
fn every_key_of_the_contract_is_declared_and_no_other() {
    with_default(Registry::default(), || {
        for kind in KINDS {
            let (of_whole, of_stages) = keys_of(kind);
            let span = whole(kind);
            assert_eq!(span.metadata().map(Metadata::name), kind.span_name());
            assert_eq!(declared(&span), of_whole, "{kind:?}");
            for (stage, keys) in Stage::ALL.into_iter().zip(of_stages) {
                let below = super::stage(&span, stage);
                assert_eq!(below.metadata().map(Metadata::name), Some(stage.name()));
                if kind == Kind::Prediction {
                    assert_eq!(declared(&below), keys, "{stage:?}");
                } else {
                    assert_eq!(keys, BTreeSet::new(), "{kind:?} has no stages");
                }
            }
        }
    });
}

#[test]
fn how_a_span_is_shown_is_declared() {
    with_default(Registry::default(), || {
        for kind in KINDS {
            let span = whole(kind);
            assert!(span.has_field(OTEL_STATUS_CODE) && span.has_field(OTEL_STATUS_DESCRIPTION), "{kind:?}");
            assert_eq!(span.has_field(OTEL_KIND), kind != Kind::ModelLoading);
        }
    });
}
