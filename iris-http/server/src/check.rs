//! `iris-server --check`: all that can be wrong before a port is bound.

use crate::access::Access;
use crate::cli::Cli;
use crate::{services, telemetry};

/// Reads the model, the certificates and the keys, and looks at addresses and variables, as serving does.
/// What would be served, in a line.
///
/// # Errors
///
/// Everything that is wrong, a line each.
pub(crate) fn check(cli: &Cli) -> Result<String, String> {
    let mut reasons = Vec::new();
    let access = Access::open(cli).unwrap_or_else(|reason| {
        reasons.push(reason);
        Access::default()
    });
    reasons.extend(telemetry::start(cli.telemetry.trace_buffer_bytes(), cli.telemetry.access_log).err());
    match services(cli, None, &access) {
        Ok(services) if reasons.is_empty() => {
            let snapshot = services.http.catalog().snapshot();
            let model = snapshot.default_model();
            let n_features = model.schema().n_features();
            Ok(format!(
                "all is well: model {}, version {}, {n_features} features",
                model.name(),
                model.version()
            ))
        }
        Ok(_) => Err(reasons.join("\n")),
        Err(reason) => {
            reasons.push(reason);
            Err(reasons.join("\n"))
        }
    }
}
