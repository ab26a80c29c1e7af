//! `iris-server inspect`: what a file is, printed.

mod colours;

use std::io::{self, Write};
use std::process::ExitCode;

use iris_core::Reader;

use crate::cli::Inspect;
use crate::exit::Exit;

/// Prints what is known of the file. It fails unless the model is read, so that
/// a script need not look at the text.
pub(crate) fn inspect(Inspect { model, quantize, json }: &Inspect) -> ExitCode {
    let reader = Reader::new().quantization(quantize.unwrap_or_default());
    let inspection = match reader.inspect_file(model) {
        Ok(inspection) => inspection,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{}: {error}", model.display());
            return ExitCode::FAILURE;
        }
    };
    let printed = if *json {
        let text = serde_json::to_string_pretty(&inspection).map_err(io::Error::from);
        text.and_then(|text| io::stdout().lock().write_all((text + "\n").as_bytes()))
    } else {
        // Without a terminal, or with NO_COLOR, the colours are left out on the way.
        let mut out = anstream::stdout().lock();
        out.write_all(colours::coloured(&inspection.to_string()).as_bytes()).and_then(|()| out.flush())
    };
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
