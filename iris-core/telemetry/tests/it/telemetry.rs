//! Records, and what is derived from them, at the end of a real connection.

pub(crate) mod collector;
mod delivery;
mod live;
mod metrics;
mod spans;

use iris_core::Predictor;
use iris_telemetry::{Recorded, Settings, Telemetry};

use collector::Collector;

/// The embedded model, recorded and exported to `collector`.
fn traced(collector: &Collector, more: &[(&str, &str)]) -> (Telemetry, Recorded) {
    start(collector.variables(), more)
}

fn start(mut variables: Vec<(String, String)>, more: &[(&str, &str)]) -> (Telemetry, Recorded) {
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let telemetry = Telemetry::start(Settings::from_vars("test", variables).unwrap()).unwrap();
    let predictor = Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1");
    (telemetry, predictor)
}

/// The value of a sample on the page of metrics.
pub(crate) fn sample(telemetry: &Telemetry, name: &str) -> usize {
    let page = telemetry.metrics(iris_telemetry::Format::Prometheus);
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {page}")).parse().unwrap()
}
