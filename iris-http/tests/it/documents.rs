//! Tables in documents, held to the table of routes.
//!
//! `IRIS_BLESS=1 cargo test -p iris-http documents` writes anew what is made of
//! it whole; in the comparisons only the first column is.

use std::collections::BTreeSet;
use std::path::PathBuf;

use iris_http::{ROUTES, Route};

const HEADER: &str = "| route | class | answer |";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// Neighbours of the table that answer the same, with and without a version.
fn groups() -> impl Iterator<Item = &'static [Route]> {
    let is_same = |a: &Route, b: &Route| a.method() == b.method() && a.summary() == b.summary();
    ROUTES.chunk_by(is_same)
}

/// `GET /a[/versions/{version}]`, or one after the other.
fn label(group: &[Route]) -> String {
    const VERSION: &str = "/versions/{version}";
    if let [short, long] = group
        && long.path().replace(VERSION, "") == short.path()
        && long.path().contains(VERSION)
    {
        let path = long.path().replace(VERSION, &format!("[{VERSION}]"));
        return format!("`{} {path}`", long.method());
    }
    let each = group.iter().map(|route| format!("`{} {}`", route.method(), route.path()));
    each.collect::<Vec<_>>().join(", ")
}

/// The document with the table in it as it should be.
fn with_table(document: &str, prefix: &str) -> String {
    let mut lines = Vec::new();
    let mut old = document.lines();
    for line in old.by_ref() {
        lines.push(line.to_owned());
        if line == format!("{prefix}{HEADER}") {
            break;
        }
    }
    lines.push(format!("{prefix}|---|---|---|"));
    lines.extend(groups().map(|group| {
        format!("{prefix}| {} | {} | {} |", label(group), group[0].class().as_str(), group[0].summary())
    }));
    lines.extend(old.skip_while(|line| line.starts_with(&format!("{prefix}|"))).map(str::to_owned));
    lines.join("\n") + "\n"
}

#[test]
fn every_route_is_in_the_documents() {
    for (name, prefix) in [("src/lib.rs", "//! "), ("PROTOCOLS.md", "")] {
        let document = read(name);
        assert!(document.contains(&format!("{prefix}{HEADER}\n")), "{name} has lost its table");
        let expected = with_table(&document, prefix);
        if std::env::var_os("IRIS_BLESS").is_some() {
            std::fs::write(file(name), &expected).unwrap();
        } else {
            assert!(document == expected, "{name} is stale: run the tests once with IRIS_BLESS=1");
        }
    }
}

/// Vertex AI's are chosen by it, and so in no table.
#[test]
fn every_route_of_a_protocol_is_compared_with_what_others_do() {
    let document = read("PROTOCOLS.md");
    let (_, compared) = document.split_once("## REST, version 2").unwrap();
    let cells = compared.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let is_route = |cell: &&str| ["`GET /", "`POST /"].iter().any(|start| cell.starts_with(start));
    let found: Vec<&str> = cells.filter(is_route).collect();
    let is_of_a_protocol = |group: &&[Route]| {
        ["/v1", "/v2", "/ping", "/invocations"].iter().any(|start| group[0].path().starts_with(start))
    };
    let expected: BTreeSet<String> = groups().filter(is_of_a_protocol).map(label).collect();
    assert_eq!(found.iter().copied().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), expected.len(), "a route is compared twice");
}
