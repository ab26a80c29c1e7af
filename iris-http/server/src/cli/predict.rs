//! The flags of `predict`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ModelSource;

/// What the long help says behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  iris-server predict --model forest.joblib rows.csv > answers.csv
      Answer a file, column by column found by its name
  iris-server predict -m forest.joblib rows.parquet --keep id --probabilities -o answers.parquet
      The same of a table, with the rows' ids in front of the answers
  zcat rows.csv.gz | iris-server predict -m forest.joblib - --rejects wrong.csv | less
      In a pipe; rows that cannot be answered go to a file, each with its reason";

/// Which rows to answer, and where the answers go.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Predict {
    /// The rows, as CSV, JSON lines, Parquet or Arrow; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) input: PathBuf,

    /// The model, as serve takes it; without it the embedded one.
    #[arg(long, short, env = "IRIS_MODELS", value_name = "PATH[#KEY]")]
    pub(crate) model: Option<ModelSource>,

    /// Where the answers go; - for standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Format of the rows; by default told by their beginning, else by the file's ending.
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Formats")]
    pub(crate) format: Option<Format>,

    /// Format of the answers; by default told by the file's ending, else that of the rows, if they are text, or CSV.
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Formats")]
    pub(crate) output_format: Option<Format>,

    /// What stands between the fields of CSV, in and out: a character, or tab.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter, help_heading = "Formats")]
    pub(crate) delimiter: Option<u8>,

    /// The first line of CSV holds values, not names: columns are the model's, in its order.
    #[arg(long, help_heading = "Formats")]
    pub(crate) no_header: bool,

    /// Take columns by their place, whatever they are called: the model's, in its order.
    #[arg(long, help_heading = "Formats")]
    pub(crate) by_position: bool,

    /// Columns of the rows to repeat in front of the answers, by name.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', help_heading = "Answers")]
    pub(crate) keep: Vec<String>,

    /// Also the probability of each class.
    #[arg(long, help_heading = "Answers")]
    pub(crate) probabilities: bool,

    /// Also what each feature contributes to the answer, and the expected value.
    #[arg(long, help_heading = "Answers")]
    pub(crate) contributions: bool,

    /// File for the rows that were rejected: the reason, then the row as it was. Without it the first ten are told.
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    pub(crate) rejects: Option<PathBuf>,

    /// Threads that work on blocks of rows [default: one a CPU].
    #[arg(long, env = "IRIS_THREADS", value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Say nothing but what went wrong.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How rows and answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Fields with commas between, or what --delimiter says, under a line of names.
    Csv,
    /// An object or a list of values a line.
    #[value(alias = "ndjson")]
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's IPC, as a file or a stream; Feather 2.
    #[value(aliases = ["ipc", "feather"])]
    Arrow,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [b'"' | b'\n' | b'\r'] => Err("fields and lines are told apart by that character".to_owned()),
        [character] if character.is_ascii() => Ok(*character),
        _ => Err("expected one character of ASCII, or tab".to_owned()),
    }
}
