//! Pages of the documentation that are made of what the server says of itself.
//!
//! `IRIS_BLESS=1 cargo test -p iris-server --test it reference` writes them anew.

mod call;
mod environment;
mod errors;
mod flags;
mod metrics;

use std::path::PathBuf;

/// Fails unless the page is committed as it should be; writes it if told to.
fn hold(page: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/reference").join(page);
    if std::env::var_os("IRIS_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    let differs = committed.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(committed == expected, "{page} is stale from line {differs:?} on: run `make reference`");
}

/// A table of Markdown.
fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let mut table = line(&header) + "|" + &"---|".repeat(header.len()) + "\n";
    table.extend(rows.into_iter().map(|row| line(&row)));
    table
}

fn code(text: impl std::fmt::Display) -> String {
    format!("`{text}`")
}
