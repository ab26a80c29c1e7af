//! The file of `--config`: flags by their names, which the command line and the variables go before.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::de::{DeTable, DeValue};

/// Flags that no file holds: they are about the file, or about one run.
const NOT_IN_A_FILE: [&str; 5] = ["config", "check", "print-config", "help", "version"];

/// How alike two names are of which one may be meant by the other, from 0 to 1.
const NEAR: f64 = 0.8;

/// The flags that a file holds.
#[derive(Debug)]
pub(super) struct Config {
    path: PathBuf,
    /// In the order of the file.
    entries: Vec<Entry>,
    /// The names of those that nothing went before.
    used: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    line: usize,
    given: Given,
}

/// What stands for a flag.
#[derive(Debug, PartialEq, Eq)]
enum Given {
    /// That it is there, or not.
    Switch(bool),
    Values(Vec<String>),
}

/// The command line with what the file adds to it, if it names one.
///
/// What the file says becomes arguments, so that it is read, checked and refused as these are; but none
/// for a flag that the line or a variable has.
///
/// # Errors
///
/// All that is wrong with the file, a line each.
pub(super) fn with_file(
    program: &Command,
    mut line: Vec<OsString>,
) -> Result<(Vec<OsString>, Option<Config>), String> {
    // Mistakes are told when the whole line is read; here they hide at most the file.
    let Ok(matches) = program.clone().ignore_errors(true).try_get_matches_from(&line) else {
        return Ok((line, None));
    };
    let (command, given) = match matches.subcommand() {
        Some((name, given)) => (program.find_subcommand(name), given),
        None => (Some(program), &matches),
    };
    let (Some(command), Ok(Some(path))) = (command, given.try_get_one::<PathBuf>("config")) else {
        return Ok((line, None));
    };
    let mut config = Config::open(path, program)?;
    let place = line.len().min(1 + usize::from(matches.subcommand().is_some()));
    line.splice(place..place, config.arguments(command, given));
    Ok((line, Some(config)))
}

/// Whether a file may hold the flag.
pub(super) fn may_hold(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|name| !NOT_IN_A_FILE.contains(&name))
}

impl Config {
    fn open(path: &Path, serve: &Command) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let entries = entries(&text, serve);
        let told = |reasons: Vec<(usize, String)>| {
            let told = |(line, reason): (usize, String)| format!("{}: line {line}: {reason}", path.display());
            reasons.into_iter().map(told).collect::<Vec<_>>().join("\n")
        };
        Ok(Self { path: path.to_owned(), entries: entries.map_err(told)?, used: Vec::new() })
    }

    /// What it adds to the arguments of a command, which may have some of the flags only.
    fn arguments(&mut self, command: &Command, given: &ArgMatches) -> Vec<OsString> {
        let mut arguments = Vec::new();
        for Entry { name, given: value, .. } in &self.entries {
            let Some(arg) = find(command, name) else { continue };
            let source = given.value_source(arg.get_id().as_str());
            if matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
                continue;
            }
            self.used.push(name.clone());
            match value {
                Given::Switch(false) => {}
                Given::Switch(true) => arguments.push(format!("--{name}").into()),
                Given::Values(values) => {
                    arguments.extend(values.iter().map(|value| format!("--{name}={value}").into()));
                }
            }
        }
        arguments
    }

    /// Where a flag stands that nothing went before.
    pub(super) fn place_of(&self, name: &str) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        let is_used = self.used.iter().any(|used| used == name);
        is_used.then(|| format!("{}, line {}", self.path.display(), entry.line))
    }
}

/// What the text holds, or what is wrong with it by line.
fn entries(text: &str, serve: &Command) -> Result<Vec<Entry>, Vec<(usize, String)>> {
    let line_of =
        |place: usize| 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..place.min(text.len())]).count();
    let table = DeTable::parse(text).map_err(|error| {
        let place = error.span().map_or(0, |span| span.start);
        vec![(line_of(place), error.message().to_owned())]
    })?;
    let (mut entries, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in table.get_ref() {
        let (line, name) = (line_of(name.span().start), name.get_ref().to_string());
        match find(serve, &name)
            .ok_or_else(|| unknown(serve, &name))
            .and_then(|arg| given(arg, value.get_ref()))
        {
            Ok(given) => entries.push(Entry { name, line, given }),
            Err(reason) => wrong.push((line, reason)),
        }
    }
    entries.sort_by_key(|entry| entry.line);
    wrong.sort();
    if wrong.is_empty() { Ok(entries) } else { Err(wrong) }
}

fn find<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(name) && may_hold(arg))
}

fn unknown(serve: &Command, name: &str) -> String {
    if NOT_IN_A_FILE.contains(&name) {
        return format!("{name} stands on the command line only");
    }
    let plain = name.trim_start_matches('-').replace('_', "-").to_lowercase();
    let names =
        serve.get_arguments().filter(|arg| may_hold(arg) && !arg.is_hide_set()).filter_map(Arg::get_long);
    let near =
        names.map(|known| (strsim::jaro_winkler(&plain, known), known)).filter(|(alike, _)| *alike > NEAR);
    let near = near.max_by(|(a, _), (b, _)| a.total_cmp(b));
    let near = near.map(|(_, known)| format!("; did you mean {known}?")).unwrap_or_default();
    format!("there is no flag {name}{near}")
}

fn given(arg: &Arg, value: &DeValue<'_>) -> Result<Given, String> {
    let name = arg.get_long().unwrap_or_default();
    let one = |value| text(arg, value).ok_or_else(|| format!("{name} takes no {}", kind(value)));
    match (value, arg.get_action()) {
        (DeValue::Boolean(is_on), action) if !action.takes_values() => Ok(Given::Switch(*is_on)),
        (_, action) if !action.takes_values() => Err(format!("{name} takes true or false")),
        (DeValue::Array(values), ArgAction::Append) => {
            values.iter().map(|value| one(value.get_ref())).collect::<Result<_, _>>().map(Given::Values)
        }
        (value, _) => Ok(Given::Values(vec![one(value)?])),
    }
}

/// A value as the command line has it.
fn text(arg: &Arg, value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
        }
        DeValue::Boolean(is_on) => {
            let word = if *is_on { "on" } else { "off" };
            arg.get_possible_values().iter().any(|value| value.get_name() == word).then(|| word.to_owned())
        }
        _ => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "number of this size",
        DeValue::Float(_) => "number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "list",
        DeValue::Table(_) => "table; flags stand by themselves, not under a heading",
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::tests::parse;
    use crate::cli::{CommandLine, Switch};

    /// A file of a test's own, removed when dropped.
    struct File(PathBuf);

    impl File {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("iris-{}-{name}.toml", std::process::id()));
            std::fs::write(&path, text).unwrap();
            Self(path)
        }

        fn parse(&self, arguments: &[&str]) -> Result<crate::cli::Cli, String> {
            parse(&[&["--config", self.0.to_str().unwrap()], arguments].concat())
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            drop(std::fs::remove_file(&self.0));
        }
    }

    fn wrong(text: &str) -> Vec<(usize, String)> {
        entries(text, &CommandLine::command()).unwrap_err()
    }

    #[test]
    fn a_file_says_what_flags_say_and_flags_go_before_it() {
        let file = File::new(
            "all",
            "# A comment.\nhttp = \"127.0.0.1:9000\"\nmax-rows = 1_000\ndocs = false\naccess-log = true\n\
             server-timing = false\ntrusted-proxy = [\"10.0.0.0/8\", \"::1\"]\nmax-body = \"1KiB\"\n\
             tls-cert = \"c\"\ntls-key = \"k\"\nmin-rate = 0x10\n",
        );
        let cli = file.parse(&["--max-body", "2KiB"]).unwrap();
        assert_eq!(cli.http_addr().to_string(), "127.0.0.1:9000");
        assert_eq!((cli.limits.max_rows.get(), cli.limits.max_body_bytes()), (1_000, 2_048));
        assert_eq!((cli.pages.docs, cli.pages.page), (Switch::Off, Switch::On));
        assert!(cli.telemetry.access_log && !cli.telemetry.server_timing);
        assert_eq!(cli.access.trusted_proxy, ["10.0.0.0/8", "::1"]);
        // One part of what belongs together may stand in either place.
        let files = file.parse(&["--tls-cert", "other"]).unwrap().access.tls.files().unwrap();
        assert_eq!((files.certificates, files.key), ("other".into(), "k".into()));
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        let file = File::new("lonely", "tls-cert = \"c\"\n");
        assert!(file.parse(&[]).unwrap_err().contains("--tls-key"));
    }

    #[test]
    fn a_value_that_is_refused_is_told_with_its_line() {
        let file = File::new("value", "\nmax-rows = 0\n");
        let error = file.parse(&[]).unwrap_err();
        assert!(error.contains("--max-rows") && error.contains(".toml, line 2"), "{error}");
        // Not so of one that comes from elsewhere.
        let error = file.parse(&["--max-rows", "none"]).unwrap_err();
        assert!(error.contains("--max-rows") && !error.contains(".toml"), "{error}");
    }

    #[test]
    fn mistakes_are_told_all_at_once_by_line_with_what_is_near() {
        let mistakes = wrong(
            "max_rows = 1\nthread = 2\nhttp = 1.5\naccess-log = \"yes\"\ncheck = true\ngarden = 1\n\
             max-body = [\"1KiB\"]\nmax-wait = true\n[limits]\nmax-rows = 1\n",
        );
        let expected = [
            (1, "there is no flag max_rows; did you mean max-rows?"),
            (2, "there is no flag thread; did you mean threads?"),
            (3, "http takes no number with a point"),
            (4, "access-log takes true or false"),
            (5, "check stands on the command line only"),
            (6, "there is no flag garden"),
            (7, "max-body takes no list"),
            (8, "max-wait takes no true or false"),
            (9, "there is no flag limits"),
        ];
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:?}");
        for ((line, reason), (expected_line, expected)) in mistakes.iter().zip(expected) {
            assert!(*line == expected_line && reason.starts_with(expected), "{line}: {reason}");
        }
    }

    #[test]
    fn what_is_no_toml_is_told_by_line() {
        for (text, line) in [("http = \"a\"\nhttp = \"b\"\n", 2), ("\n\nthreads 3", 3), ("threads = \"", 1)] {
            let mistakes = wrong(text);
            assert_eq!((mistakes.len(), mistakes[0].0), (1, line), "{mistakes:?}");
        }
        assert!(parse(&["--config", "/nowhere.toml"]).unwrap_err().contains("/nowhere.toml: No such file"));
    }

    #[test]
    fn health_takes_what_it_knows_of_the_servers_file() {
        let file = File::new("health", "http = \"127.0.0.1:9000\"\nmax-rows = 3\n");
        let line = ["iris-server", "health", "--config", file.0.to_str().unwrap()].map(OsString::from);
        let command = crate::cli::parse(line.to_vec()).unwrap();
        assert!(
            matches!(&command, crate::cli::Command::Health(which) if which.http_addr().to_string() == "127.0.0.1:9000"),
            "{command:?}"
        );
    }
}
