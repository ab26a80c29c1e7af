//! What is known of a file, in colours, and safe to be shown on a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

/// What stands in front of a line, padded to [`WIDTH`].
const KEYS: [&str; 15] = [
    "format",
    "size",
    "sha256",
    "written by",
    "model",
    "task",
    "classes",
    "exactness",
    "explains",
    "trees",
    "kernel",
    "golden",
    "columns",
    "not read",
    "refused",
];

/// Columns of a key with the spaces behind it.
const WIDTH: usize = 12;

/// What marks a step that is not read.
const MARK: &str = "← not read";

const KEY: Style = AnsiColor::Cyan.on_default().bold();
const WRONG: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The text with codes of colours. Control characters, which names in a file may hold, are shown as such,
/// so that no file says anything to a terminal.
pub(super) fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    let mut is_in_not_read = false;
    for line in text.lines() {
        let line = escaped(line);
        if line.is_empty() {
            is_in_not_read = false;
        }
        let key = KEYS.into_iter().find(|key| {
            let rest = line.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || key.len() + spaces(rest) >= WIDTH)
        });
        // Writing to memory cannot fail.
        let _ = match key {
            Some(key @ ("refused" | "not read")) => {
                is_in_not_read = key == "not read";
                writeln!(out, "{WRONG}{line}{WRONG:#}")
            }
            Some(key @ "sha256") => writeln!(out, "{KEY}{key}{KEY:#}{FAINT}{}{FAINT:#}", &line[key.len()..]),
            Some(key) => writeln!(out, "{KEY}{key}{KEY:#}{}", &line[key.len()..]),
            None if is_in_not_read => writeln!(out, "{WRONG}{line}{WRONG:#}"),
            None => match line.split_once(MARK) {
                Some((step, rest)) => writeln!(out, "{step}{WRONG}{MARK}{rest}{WRONG:#}"),
                None => writeln!(out, "{line}"),
            },
        };
    }
    out
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

fn escaped(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows.
    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn colours_change_no_letter() {
        let text = "format      pickle\nsize        12 bytes\n\nPipeline\n├─ a: garden.Rose   ← not read\n\n\
                    columns     2\n  a  number\n\nnot read\n  garden.Rose, at: a\n\nrefused     it is not read\n";
        let coloured = coloured(text);
        assert_eq!(plain(&coloured), text);
        assert!(coloured.contains("\x1b[1m\x1b[36mformat\x1b[0m      pickle"), "{coloured:?}");
        assert!(coloured.contains("\x1b[1m\x1b[31m  garden.Rose, at: a\x1b[0m"), "{coloured:?}");
        assert!(coloured.contains("\x1b[31m← not read\x1b[0m"), "{coloured:?}");
        assert!(coloured.contains("\nPipeline\n"), "{coloured:?}");
    }

    #[test]
    fn a_name_in_a_file_says_nothing_to_the_terminal() {
        let coloured = coloured("model       \x1b]0;owned\x07\x1b[2Jrose\r\u{9b}1m\n");
        assert_eq!(plain(&coloured), "model       \\u{1b}]0;owned\\u{7}\\u{1b}[2Jrose\\r\\u{9b}1m\n");
    }
}
