//! The variables of OpenTelemetry that the page of variables names.

use iris_telemetry::Settings;

const PAGE: &str = include_str!("../../../../../docs/src/reference/environment.md");

#[test]
fn every_variable_of_opentelemetry_on_the_page_has_an_effect() {
    let (_, section) = PAGE.split_once("\n## OpenTelemetry's\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let names: Vec<&str> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`')).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(is_read(name), "{name} is on the page, and has no effect");
    }
}

/// Whether it is refused with nonsense in it, or at least not reported as useless.
fn is_read(name: &str) -> bool {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:4318");
    let sampler = ("OTEL_TRACES_SAMPLER", "traceidratio");
    let others = [endpoint, sampler].into_iter().filter(|(other, _)| *other != name);
    let vars = others.chain([(name, "nonsense")]);
    let settings = Settings::from_vars("iris", vars.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings.map_or_else(|error| error.to_string().contains(name), |settings| settings.warnings().is_empty())
}
