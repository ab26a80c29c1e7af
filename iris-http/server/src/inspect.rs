//! `iris-server inspect`: what a file is, printed.

use std::io::{self, Write};
use std::process::ExitCode;

use iris_core::Reader;

use crate::cli::Inspect;
use crate::exit::Exit;

/// Prints what is known of the file. It fails unless the model is read, so that
/// a script need not look at the text.
pub(crate) fn inspect(Inspect { model, json }: &Inspect) -> ExitCode {
    let inspection = match Reader::new().inspect_file(model) {
        Ok(inspection) => inspection,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{}: {error}", model.display());
            return ExitCode::FAILURE;
        }
    };
    let printed = if *json {
        serde_json::to_string_pretty(&inspection).map(|text| text + "\n").map_err(io::Error::from)
    } else {
        Ok(inspection.to_string())
    };
    let printed = printed.and_then(|text| io::stdout().lock().write_all(text.as_bytes()));
    match printed {
        Ok(()) if inspection.is_read() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        // Whoever closed the pipe has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::PipeClosed.into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot print: {error}");
            ExitCode::FAILURE
        }
    }
}
