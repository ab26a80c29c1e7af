//! How the process ends: the one table of exit codes, for the help, the man page and the documents.

use std::process::ExitCode;

/// What an exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Success,
    /// It could not be done, or not be done to the end; the last line on standard error says why.
    Failure,
    /// The command line, a variable or the file of `--config` is wrong.
    Usage,
    /// `serve`: the stop cut requests off.
    CutOff,
    /// `predict`: all rows were read, and some were rejected.
    Rejected,
    /// `predict`: SIGINT came; what is written are whole rows.
    Interrupted,
    /// `predict`, `inspect`: who read the output has closed it.
    PipeClosed,
    /// `predict`: SIGTERM came; what is written are whole rows.
    Terminated,
}

impl Exit {
    /// All that there are, in the order of their codes.
    pub(crate) const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::CutOff,
        Self::Rejected,
        Self::Interrupted,
        Self::PipeClosed,
        Self::Terminated,
    ];

    /// The code; of an end by a signal the one that shells give it.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::CutOff => 3,
            Self::Rejected => 4,
            Self::Interrupted => 128 + 2,
            Self::PipeClosed => 128 + 13,
            Self::Terminated => 128 + 15,
        }
    }

    /// What it means, in a line.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "all went well",
            Self::Failure => "it could not be done; standard error says why",
            Self::Usage => "the command line, a variable or the file of --config is wrong",
            Self::CutOff => "serve: the stop cut requests off",
            Self::Rejected => "predict: all rows were read, and some of them rejected",
            Self::Interrupted => "predict: SIGINT came; what is written are whole rows",
            Self::PipeClosed => "predict, inspect: who read the output has closed it",
            Self::Terminated => "predict: SIGTERM came; what is written are whole rows",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// The table as the help and the man page show it, a line a code.
pub(crate) fn table() -> String {
    let lines = Exit::ALL.map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_end_has_a_code_and_a_line_of_its_own() {
        let codes = Exit::ALL.map(Exit::code);
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        let table = table();
        assert_eq!(table.lines().count(), codes.len());
        for (line, exit) in table.lines().zip(Exit::ALL) {
            assert_eq!(line.trim_start(), format!("{}  {}", exit.code(), exit.meaning()));
        }
    }
}
