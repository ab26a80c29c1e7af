//! What is kept of the last minutes, and of traces, for who comes to look.

use std::time::{Duration, Instant};

use iris_core::Predictor;
use iris_telemetry::{Live, Recorded, Second, Settings, Telemetry, TraceId};

const FLOWER: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

fn start() -> (Telemetry, Recorded) {
    super::start(Vec::new(), &[])
}

fn sum(live: &Live) -> Second {
    let mut sum = Second::default();
    live.seconds.iter().for_each(|second| sum.add(second));
    sum
}

/// Looks until what was asked is in a second that is over.
fn seen(telemetry: &Telemetry, requests: u64) -> Live {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let live = telemetry.live();
        if sum(&live).requests >= requests {
            return live;
        }
        assert!(Instant::now() < deadline, "{:?}", live.seconds);
        std::thread::yield_now();
    }
}

#[test]
fn seconds_have_every_request_once_it_is_wanted() {
    let (telemetry, predictor) = start();
    predictor.predict(&FLOWER).unwrap();
    assert!(telemetry.live().seconds.is_empty());
    telemetry.keep_history();
    for _ in 0..10 {
        predictor.predict(&FLOWER).unwrap();
    }
    predictor.predict(&[1.0]).unwrap_err();
    // To ask for it again begins nothing anew.
    telemetry.keep_history();
    let sum = sum(&seen(&telemetry, 11));
    assert_eq!((sum.requests, sum.answered.count, sum.refused, sum.failed), (11, 10, 1, 0));
    assert!(sum.stages.iter().all(|stage| stage.count == 10));
    assert!(sum.stages.iter().map(|stage| stage.nanos).sum::<u64>() <= sum.answered.nanos);
    assert!(sum.quantile(0.5) <= sum.quantile(0.99) && sum.quantile(0.99) <= sum.quantile(0.999));
    assert!(sum.length >= 1.0 && sum.resident > 0 && sum.machine.is_some());
}

#[test]
fn figures_of_others_are_seen_one_by_one() {
    let (telemetry, _) = start();
    telemetry.add_families(|families| {
        families.gauge("depth", "How deep", 7);
        families.counters("tries_total", "Tries", "how", [("well", 1.5), ("badly", 2.0)]);
    });
    let figures = telemetry.live().figures;
    let seen: Vec<_> =
        figures.iter().map(|figure| (figure.name.as_str(), figure.label.clone(), figure.value)).collect();
    let labelled = |value| Some(("how".to_owned(), value));
    assert_eq!(
        seen,
        [
            ("depth", None, 7.0),
            ("tries_total", labelled("well"), 1.5),
            ("tries_total", labelled("badly"), 2.0)
        ]
    );
}

#[test]
fn the_slowest_and_the_loads_are_kept_and_found() {
    let telemetry = Telemetry::start(Settings::from_vars("test", []).unwrap()).unwrap();
    telemetry.keep_history();
    let recorder = telemetry.recorder();
    let iris = iris_telemetry::model_loading(&recorder, || Predictor::read(Predictor::IRIS)).unwrap();
    let predictor = Recorded::new(iris, &recorder, "iris", "1");
    for _ in 0..1_000 {
        predictor.predict(&FLOWER).unwrap();
    }
    let live = telemetry.live();
    assert_eq!((live.slowest.len(), live.loads.len()), (16, 1));
    assert!(live.slowest.windows(2).all(|pair| pair[0].duration >= pair[1].duration));
    assert_eq!(
        (live.loads[0].name, live.exports.recorded, live.exports.is_on),
        ("model_loading", 1_001, false)
    );
    for trace in live.slowest.iter().chain(&live.loads) {
        let found = telemetry.traces(trace.trace_id);
        assert_eq!(found.len(), 1, "{trace}");
        assert_eq!(TraceId::from_hex(&trace.trace_id.to_string()), Some(trace.trace_id));
    }
    assert!(telemetry.traces(TraceId::from_hex("000000000000000000000000000000aa").unwrap()).is_empty());
    assert_eq!(TraceId::from_hex("zz"), None);
}
