//! The command line, the `IRIS_*` variables that say the same, and the file of `--config` below both.

mod access;
mod address;
mod clients;
mod config;
mod health;
mod inspect;
mod limits;
mod listeners;
mod mistake;
mod models;
mod pages;
mod predict;
mod process;
mod serve;
mod shown;
#[cfg(feature = "stream")]
mod stream;
mod switch;
mod telemetry;
mod tls;
mod traffic;

use std::ffi::OsString;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use health::Health;
pub(crate) use inspect::Inspect;
use mistake::Mistake;
pub(crate) use models::ModelSource;
pub(crate) use predict::{Format, Predict};
pub(crate) use process::n_cpus;
pub(crate) use serve::Cli;
#[cfg(feature = "stream")]
pub(crate) use stream::Stream;
pub(crate) use switch::Switch;
pub(crate) use telemetry::LogFormat;

/// What the long help says behind the flags of `serve`.
const EXAMPLES: &str = "\
Examples:
  iris-server --model forest.joblib
      Serve a model of scikit-learn's on 127.0.0.1, to be asked with curl or seen in a browser
  iris-server --model wine=wine.onnx --http 0.0.0.0:8080 --grpc off --api-keys keys.toml
      Serve it to everybody who has a key, under a name of its own
  iris-server --model forest.joblib --print-config > iris.toml; iris-server --config iris.toml --check
      Keep the flags in a file, and look whether it could be served so
  iris-server predict --model forest.joblib rows.parquet --output answers.csv
      Answer a file instead of clients";

/// Serves a trained model (scikit-learn, XGBoost, LightGBM, CatBoost, ONNX) over HTTP and gRPC.
///
/// Without a flag it serves the embedded Iris model on 127.0.0.1:8080 and 8081.
#[derive(Debug, Parser)]
#[command(
    name = "iris-server",
    version,
    about,
    long_about,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    after_help = "More flags, and more of each, with --help.",
    after_long_help = format!("{EXAMPLES}\n\nExit codes:\n{}", crate::exit::table())
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: Cli,
}

/// What to do; to serve, if nothing is said.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the model until told to stop; what happens without a command.
    #[command(after_help = "More flags, and more of each, with --help.", after_long_help = EXAMPLES)]
    Serve(Box<Cli>),
    /// Ask a running server for its /health; fails unless it is well.
    Health(Health),
    /// Say what a model's file is and what stands in it; fails unless it is read.
    Inspect(Inspect),
    /// Answer all rows of a file, or of standard input.
    #[command(after_long_help = predict::EXAMPLES)]
    Predict(Box<Predict>),
    /// Answer the messages of one stream, of NATS or Kafka, into another.
    #[cfg(feature = "stream")]
    #[command(after_long_help = stream::EXAMPLES)]
    Stream(Box<Stream>),
    /// Print what completes the command line in a shell.
    Completions {
        /// The shell to print it for.
        shell: Shell,
    },
    /// Print the manual page, for man(1).
    Man {
        /// That of this command, instead of the program's.
        command: Option<String>,
    },
    /// Print this; what --print-config comes to.
    #[command(skip)]
    Print(String),
}

/// What is asked for; a mistake in the command line, a variable or the file ends the process with a message.
pub(crate) fn command() -> Command {
    parse(std::env::args_os().collect()).unwrap_or_else(|mistake| mistake.exit())
}

fn parse(line: Vec<OsString>) -> Result<Command, Mistake> {
    let mut program = CommandLine::command();
    let (line, config) = config::with_file(&program, line).map_err(Mistake::File)?;
    let wrong = |error| Mistake::of(error, config.as_ref());
    let matches = program.try_get_matches_from_mut(line).map_err(wrong)?;
    let CommandLine { command, serve } = CommandLine::from_arg_matches(&matches).map_err(wrong)?;
    let command = command.unwrap_or_else(|| Command::Serve(Box::new(serve)));
    match &command {
        Command::Serve(cli) if cli.process.print_config => {
            let matches = matches.subcommand().map_or(&matches, |(_, matches)| matches);
            Ok(Command::Print(shown::config(&program, matches, config.as_ref(), cli)))
        }
        _ => Ok(command),
    }
}

/// What completes the command line in a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "iris-server", &mut script);
    script
}

/// The manual page of the program, or of one of its commands.
///
/// # Errors
///
/// A sentence that says that there is no such command.
pub(crate) fn man(of: Option<&str>) -> Result<Vec<u8>, String> {
    let mut program = CommandLine::command();
    program.build();
    let described = match of {
        None => program,
        Some(name) => {
            program.find_subcommand(name).cloned().ok_or_else(|| format!("there is no command {name}"))?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(described).render(&mut page).map_err(|error| error.to_string())?;
    Ok(page)
}

fn above_zero(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("has to be above zero".to_owned()) } else { Ok(duration) }
}

fn bytes(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flags of `serve`, or what is said of a mistake in them.
    pub(super) fn parse(arguments: &[&str]) -> Result<Cli, String> {
        let line = ["iris-server"].iter().chain(arguments).map(OsString::from).collect();
        match super::parse(line).map_err(|mistake| mistake.to_string())? {
            Command::Serve(cli) => Ok(*cli),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_command_may_be_named() {
        let parsed = |line: &[&str]| super::parse(line.iter().map(OsString::from).collect()).unwrap();
        assert!(matches!(parsed(&["iris-server"]), Command::Serve(_)));
        let serve = parsed(&["iris-server", "serve", "--http", "[::1]:80"]);
        assert!(matches!(serve, Command::Serve(cli) if cli.http_addr().to_string() == "[::1]:80"));
        let health = parsed(&["iris-server", "health", "--timeout", "1s"]);
        assert!(
            matches!(health, Command::Health(which) if which.http_addr().to_string() == "127.0.0.1:8080")
        );
    }

    #[test]
    fn every_flag_of_serve_stands_under_a_heading() {
        let program = CommandLine::command();
        let alone = program.get_arguments().filter(|arg| arg.get_help_heading().is_none());
        assert_eq!(alone.map(|arg| arg.get_id().as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
