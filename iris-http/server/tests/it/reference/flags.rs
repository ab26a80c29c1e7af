//! The command line, as `--help` has it.

use std::fmt::Write;

use super::hold;
use crate::process::command;

const INTRODUCTION: &str = "\
# Command line

What `--help` says, of the program and of each command. Every flag of the server has the variable that stands beside it; a flag
goes before its variable, and that before [the file of flags](../how-to/config.md). `-h` says the same in short.
";

#[test]
#[cfg_attr(not(feature = "stream"), ignore = "the page has the command of that feature, too")]
fn the_page_of_flags_is_what_help_says() {
    let all = help(&["--help"]);
    let mut page = INTRODUCTION.to_owned();
    for name in commands(&all) {
        let text = help(&[name, "--help"]);
        write!(page, "\n## iris-server {name}\n\n```text\n{text}```\n").unwrap();
    }
    assert!(page.contains("IRIS_HTTP_ADDR") && page.contains("iris-server inspect"), "{page}");
    hold("flags.md", &page);
}

/// The names that stand under `Commands:`, but that of the help itself.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.trim().is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
}

fn help(arguments: &[&str]) -> String {
    let mut command = command(arguments);
    // Its value would stand in the text.
    command.env_remove("IRIS_GRPC_ADDR");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // A variable without a value ends in an equals sign.
    let lines = text.lines().map(|line| line.trim_end().replace("=]", "]") + "\n");
    lines.collect()
}
