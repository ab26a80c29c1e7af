//! What `--print-config` prints: all flags as a file, with where each comes from.

use std::fmt::Write as _;

use bytesize::ByteSize;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::config::{Config, may_hold};
use super::serve::Cli;

/// All flags of `serve`. Those that are not set stand in comments, with what takes their place.
///
/// Flags hold no secrets, but the files that hold them; of variables that may be secret only the names are told.
pub(super) fn config(serve: &Command, matches: &ArgMatches, config: Option<&Config>, cli: &Cli) -> String {
    let mut text = "# What is served with; a file for --config.\n".to_owned();
    let mut heading = None;
    for arg in serve.get_arguments().filter(|arg| may_hold(arg)) {
        let entry = set(arg, matches, config).or_else(|| unset(arg, cli));
        let Some(entry) = entry else { continue };
        if heading != arg.get_help_heading() {
            heading = arg.get_help_heading();
            // Writing to memory cannot fail.
            let _ = writeln!(text, "\n# {}", heading.unwrap_or_default());
        }
        text += &entry;
        text.push('\n');
    }
    let mut variables: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("OTEL_"))
        .collect();
    variables.sort();
    if !variables.is_empty() {
        let _ = writeln!(text, "\n# OpenTelemetry's variables that are set: {}", variables.join(", "));
    }
    text
}

/// A flag that has a value.
fn set(arg: &Arg, matches: &ArgMatches, config: Option<&Config>) -> Option<String> {
    let (id, name) = (arg.get_id().as_str(), arg.get_long()?);
    let source = match matches.value_source(id)? {
        ValueSource::DefaultValue => "default".to_owned(),
        ValueSource::EnvVariable => arg.get_env()?.to_string_lossy().into_owned(),
        _ => config.and_then(|config| config.place_of(name)).unwrap_or_else(|| "command line".to_owned()),
    };
    // A switch that the file turns off is one that is not there.
    let source = match config.and_then(|config| config.place_of(name)) {
        Some(place) if source == "default" => place,
        _ => source,
    };
    if !arg.get_action().takes_values() {
        return Some(format!("{name} = {}  # {source}", matches.get_flag(id)));
    }
    let mut values = Vec::new();
    for value in matches.get_raw(id)? {
        match value.to_str() {
            Some(text) => values.push(literal(text)),
            None => return Some(format!("# {name} is no text of UTF-8  # {source}")),
        }
    }
    let is_list = matches!(arg.get_action(), clap::ArgAction::Append);
    let value = if is_list { format!("[{}]", values.join(", ")) } else { values.join(", ") };
    Some(format!("{name} = {value}  # {source}"))
}

/// A flag that has none, with what takes its place; nothing of what only platforms say.
fn unset(arg: &Arg, cli: &Cli) -> Option<String> {
    let size = |bytes: usize| literal(&ByteSize(bytes as u64).to_string());
    let name = arg.get_long().filter(|_| !arg.is_hide_set())?;
    let value = match name {
        "http" => literal(&cli.http_addr().to_string()),
        "threads" => cli.n_threads().to_string(),
        "memory" => size(cli.limits.memory_bytes()),
        "trace-buffer" => size(cli.telemetry.trace_buffer_bytes()),
        _ => return Some(format!("# {name} is not set")),
    };
    Some(format!("# {name} = {value}  # by itself"))
}

/// A whole number, or a text of TOML.
fn literal(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => text.to_owned(),
        _ => toml::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::cli::{Command, parse};

    fn printed(arguments: &[&str]) -> String {
        let line = ["iris-server", "--print-config"].iter().chain(arguments).map(OsString::from);
        match parse(line.collect()).unwrap() {
            Command::Print(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_printed_is_a_file_that_says_the_same() {
        let text = printed(&[
            "--max-rows",
            "7",
            "--access-log",
            "--trusted-proxy",
            "10.0.0.0/8,::1",
            "--model",
            "a \"b\"=c\\d.onnx",
        ]);
        for line in [
            "max-rows = 7  # command line",
            "access-log = true  # command line",
            "trusted-proxy = [\"10.0.0.0/8\", \"::1\"]  # command line",
            "max-body = \"2MiB\"  # default",
            "# admin is not set",
            "# http = \"127.0.0.1:8080\"  # by itself",
            "# Limits of requests",
        ] {
            assert!(text.lines().any(|printed| printed == line), "{line} in {text}");
        }
        let path = std::env::temp_dir().join(format!("iris-{}-printed.toml", std::process::id()));
        std::fs::write(&path, &text).unwrap();
        let again = printed(&["--config", path.to_str().unwrap(), "--max-wait", "1s"]);
        std::fs::remove_file(&path).unwrap();
        assert!(again.contains("max-wait = \"1s\"  # command line"), "{again}");
        let values = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.starts_with("max-wait"));
            lines.map(|line| line.split("  # ").next().unwrap().to_owned()).collect()
        };
        assert_eq!(values(&again), values(&text));
        let place = format!("max-rows = 7  # {}, line ", path.display());
        assert!(again.contains(&place), "{again}");
    }
}
