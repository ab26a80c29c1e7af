//! Saying what is served, and where.

use std::io::{self, Write};
use std::thread;

use iris_serving::Catalog;
use iris_serving::net::Bound;
use tracing::{info, warn};

use crate::workers::Listeners;

/// Models that have a line each.
const LOGGED: usize = 20;

/// The models go to the log, and each bound address to standard output on a
/// line of its own, for scripts.
pub(crate) fn announce(
    catalog: &Catalog,
    listeners: &[Listeners],
    admin: Option<&Bound>,
) -> Result<(), String> {
    let snapshot = catalog.snapshot();
    for model in snapshot.models().take(LOGGED) {
        let schema = model.schema();
        let (classes, targets) = (schema.n_classes(), schema.n_targets());
        info!(
            model = model.name(),
            version = model.version(),
            features = schema.n_features(),
            classes = (classes > 0).then_some(classes),
            targets = (targets > 0).then_some(targets),
            threads = listeners.len(),
            "serving"
        );
        for note in schema.notes() {
            warn!(model = model.name(), "{note}");
        }
    }
    match snapshot.models().len() {
        0 => info!(threads = listeners.len(), "serving no model yet"),
        n if n > LOGGED => info!(models = n, "serving these and more"),
        _ => {}
    }
    // All workers share one address.
    let Some(Listeners { http, grpc }) = listeners.first() else { return Ok(()) };
    let mut lines = line("http", http)?;
    if let Some(grpc) = grpc {
        lines += &line("grpc", grpc)?;
    }
    if let Some(admin) = admin {
        lines += &line("admin", admin)?;
    }
    print(lines).map_err(|error| format!("cannot start a thread: {error}"))
}

fn line(what: &str, listener: &Bound) -> Result<String, String> {
    let address = listener.address().map_err(|error| format!("the listener has no address: {error}"))?;
    Ok(format!("listening {what}={address}\n"))
}

/// Prints on a thread of its own: whoever does not read standard output, or has
/// closed it, misses the lines, and nobody misses the server.
fn print(lines: String) -> io::Result<()> {
    let print = move || {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            warn!(%error, "cannot print to standard output: {}", lines.trim_end());
        }
    };
    thread::Builder::new().name("announce".to_owned()).spawn(print).map(drop)
}
