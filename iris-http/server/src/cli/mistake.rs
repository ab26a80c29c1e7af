//! What is wrong with the command line, a variable or the file of `--config`.

use std::fmt;
use std::io::{self, Write};

use clap::error::{ContextKind, ContextValue};

use super::config::Config;
use crate::exit::Exit;

/// Why there is nothing to do; or help, which clap counts as an error.
#[derive(Debug)]
pub(super) enum Mistake {
    /// What clap says, and where in the file the flag stands that it is about.
    Line(Box<clap::Error>, Option<String>),
    File(String),
}

impl Mistake {
    pub(super) fn of(error: clap::Error, config: Option<&Config>) -> Self {
        let flag = match error.get(ContextKind::InvalidArg) {
            // As `--max-rows <N>`.
            Some(ContextValue::String(flag)) => flag.split([' ', '=']).next(),
            _ => None,
        };
        let place = flag.and_then(|flag| config?.place_of(flag.trim_start_matches('-')));
        let place = place.zip(flag).map(|(place, flag)| format!("{flag} stands in {place}"));
        Self::Line(Box::new(error), place)
    }

    /// Says it, and ends the process.
    pub(super) fn exit(self) -> ! {
        match self {
            // Help goes to standard output, and is no failure.
            Self::Line(error, None) => error.exit(),
            mistake => {
                // Where nobody can be told, the exit code still tells.
                let _ = writeln!(io::stderr(), "{}", mistake.to_string().trim_end());
                std::process::exit(Exit::Usage.code().into())
            }
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(error, None) => write!(f, "{error}"),
            Self::Line(error, Some(place)) => write!(f, "{error}\n{place}"),
            Self::File(reasons) => f.write_str(reasons),
        }
    }
}
