//! Rows without an answer: told, and kept in a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input::Input;
use super::pipeline::Rejected;

/// How many are told on standard error.
const TOLD: u64 = 10;

/// What becomes of rejected rows.
pub(super) struct Rejects {
    file: Option<(BufWriter<File>, PathBuf)>,
    pub(super) n: u64,
}

impl Rejects {
    /// Opens the file, if there is to be one, and writes its header.
    ///
    /// # Errors
    ///
    /// That it cannot be written.
    pub(super) fn open(path: Option<&Path>, input: &Input) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { file: None, n: 0 }) };
        let opened = File::create(path).map(BufWriter::new).and_then(|mut file| {
            file.write_all(&input.reject_head())?;
            Ok(file)
        });
        let file = opened.map_err(|error| unwritable(path, &error))?;
        Ok(Self { file: Some((file, path.to_owned())), n: 0 })
    }

    /// Takes those of a block, whose lines come after so many others.
    ///
    /// # Errors
    ///
    /// That the file cannot be written.
    pub(super) fn take(&mut self, rejects: &[Rejected], n_before: u64, input: &Input) -> Result<(), Failure> {
        for reject in rejects {
            self.n += 1;
            let reason = format!("{} {}: {}", input.unit(), n_before + reject.line + 1, reject.reason);
            if self.n <= TOLD {
                let _ = writeln!(io::stderr(), "rejected {reason}");
            } else if self.n == TOLD + 1 {
                let more = if self.file.is_some() { "" } else { "; --rejects FILE keeps them all" };
                let _ = writeln!(io::stderr(), "and more{more}");
            }
            if let Some((file, path)) = &mut self.file {
                let line = input.reject_line(&reason, &reject.row, reject.is_sound);
                file.write_all(&line).map_err(|error| unwritable(path, &error))?;
            }
        }
        Ok(())
    }

    /// Writes what is still to be written.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        match &mut self.file {
            Some((file, path)) => file.flush().map_err(|error| unwritable(path, &error)),
            None => Ok(()),
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Told(format!("cannot write {}: {error}", path.display()))
}
