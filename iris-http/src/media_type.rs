//! Media types by their grammar: the one of `Content-Type`, the list of `Accept`.
//!
//! By hand, for it is little: the crate `mime` rests since 2020 and reads neither
//! lists nor weights, and crates that do bring a tree of types along.

use std::borrow::Cow;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

/// A media type, or a range of such with `*` in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MediaType<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// What follows, from the first semicolon on.
    parameters: &'a str,
}

impl<'a> MediaType<'a> {
    /// The media type of a body, if the headers name one.
    pub(crate) fn of(headers: &'a HeaderMap) -> Option<Self> {
        Self::parse(headers.get(CONTENT_TYPE)?.to_str().ok()?)
    }

    /// Parameters are looked at only when they are asked for.
    fn parse(text: &'a str) -> Option<Self> {
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = essence.trim().split_once('/')?;
        (is_token(kind) && is_token(subtype)).then_some(Self { kind, subtype, parameters })
    }

    /// Whether it is this type, whatever its parameters.
    pub(crate) fn is(self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// JSON, or something written in it.
    pub(crate) fn is_json(self) -> bool {
        let suffix = self.subtype.rsplit_once('+').map_or(self.subtype, |(_, suffix)| suffix);
        self.kind.eq_ignore_ascii_case("application") && suffix.eq_ignore_ascii_case("json")
    }

    /// Names and values; what is no parameter is passed over.
    fn parameters(self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        split(self.parameters, ';').filter_map(|parameter| {
            let (name, value) = parameter.trim().split_once('=')?;
            is_token(name).then(|| (name, unquote(value)))
        })
    }

    fn parameter(self, name: &str) -> Option<Cow<'a, str>> {
        self.parameters().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What a client would like to get.
#[derive(Debug)]
pub(crate) struct Accept<'h>(Vec<Range<'h>>);

#[derive(Debug)]
struct Range<'h> {
    types: MediaType<'h>,
    /// In thousandths; 0 excludes.
    weight: u16,
}

/// How much something is wanted: first by weight, then by how closely it was named.
type Wish = (u16, Closeness);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Anything,
    OfThisKind,
    /// With so many parameters.
    Named(usize),
}

impl<'h> Accept<'h> {
    /// Of all lines of the header; what is no range in them is passed over.
    pub(crate) fn of(headers: &'h HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        Self(lines.flat_map(|line| split(line, ',')).filter_map(Range::parse).collect())
    }

    /// The most wanted of these; of equals the one named more closely, then the
    /// first. None if nothing is said of any, or all are excluded.
    pub(crate) fn choose(&self, offers: &[&'static str]) -> Option<&'static str> {
        let wishes = offers.iter().filter_map(|offer| Some((*offer, self.wish(offer)?)));
        let wanted = wishes.filter(|(_, (weight, _))| *weight > 0);
        // The first of equals is the last of them from behind.
        let wanted: Vec<(&'static str, Wish)> = wanted.collect();
        wanted.into_iter().rev().max_by_key(|(_, wish)| *wish).map(|(offer, _)| offer)
    }

    /// Whether this type is asked for by its name.
    pub(crate) fn names(&self, offer: &str) -> bool {
        matches!(self.wish(offer), Some((1.., Closeness::Named(_))))
    }

    /// The range that fits most closely decides.
    fn wish(&self, offer: &str) -> Option<Wish> {
        let offer = MediaType::parse(offer)?;
        let fitting = self.0.iter().filter_map(|range| Some((range.closeness(offer)?, range.weight)));
        fitting.max().map(|(closeness, weight)| (weight, closeness))
    }
}

impl<'h> Range<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let types = MediaType::parse(text)?;
        let weight = types.parameter("q").map_or(Some(1_000), |weight| thousandths(&weight))?;
        Some(Self { types, weight })
    }

    /// How closely this range names a type; not at all if they differ in a
    /// parameter that both have. Others, as Prometheus' `escaping`, are hints.
    fn closeness(&self, offer: MediaType<'_>) -> Option<Closeness> {
        let Self { types, .. } = self;
        if types.is("*", "*") {
            return Some(Closeness::Anything);
        }
        if types.is(offer.kind, "*") {
            return Some(Closeness::OfThisKind);
        }
        if !types.is(offer.kind, offer.subtype) {
            return None;
        }
        let mut same = 0;
        for (name, value) in types.parameters() {
            match offer.parameter(name) {
                Some(offered) if offered.eq_ignore_ascii_case(&value) => same += 1,
                Some(_) => return None,
                None => {}
            }
        }
        Some(Closeness::Named(same))
    }
}

/// Whether an answer may come in this coding: by `Accept-Encoding`, which is unlike `Accept` in
/// that its names have no slash.
pub(crate) fn accepts_encoding(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let wishes = lines.flat_map(|line| line.split(',')).map(|wish| {
        let (name, parameters) = wish.split_once(';').unwrap_or((wish, ""));
        let weight =
            parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim().strip_prefix('='));
        (name.trim(), weight.map_or(Some(1_000), |weight| thousandths(weight.trim())))
    });
    let wishes: Vec<_> = wishes.collect();
    let of = |name: &str| wishes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    of(coding).or_else(|| of("*")).is_some_and(|(_, weight)| weight.is_some_and(|weight| weight > 0))
}

/// A weight: from 0 to 1, with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !matches!(whole, "0" | "1") {
        return None;
    }
    format!("{whole}{decimals:0<3}").parse().ok().filter(|weight| *weight <= 1_000)
}

/// The parts between separators, where those in quoted strings do not count.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |char| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match char {
            '"' => is_quoted = !is_quoted,
            '\\' => is_escaped = is_quoted,
            _ => {}
        }
        char == separator && !is_quoted
    })
}

/// The value of a parameter, without quotes if it has some.
fn unquote(value: &str) -> Cow<'_, str> {
    let Some(quoted) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.into();
    };
    if !quoted.contains('\\') {
        return quoted.into();
    }
    let mut chars = quoted.chars();
    let mut unescaped = String::with_capacity(quoted.len());
    while let Some(char) = chars.next() {
        unescaped.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    unescaped.into()
}

fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

/// A header's value for a message.
pub(crate) fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (ACCEPT, HeaderValue::from_str(line).unwrap())).collect()
    }

    fn choose(lines: &[&str]) -> Option<&'static str> {
        Accept::of(&headers(lines)).choose(&[TEXT, OPEN])
    }

    #[test]
    fn json_by_any_of_its_names() {
        for good in [
            "application/json",
            "APPLICATION/JSON;charset=utf-8",
            "application/json ; charset=\"utf-8\"",
            "application/json;",
            "application/vnd.a+json; q=\";,\"",
        ] {
            assert!(MediaType::parse(good).unwrap().is_json(), "{good}");
        }
        for bad in ["text/json", "application/jsonl", "application/xml", "application/json+xml"] {
            assert!(!MediaType::parse(bad).unwrap().is_json(), "{bad}");
        }
        for none in ["", "json", "/json", "application/", "application/ json", "a b/json", "a/json, b/json"] {
            assert!(MediaType::parse(none).is_none(), "{none}");
        }
    }

    #[test]
    fn parameters_may_be_quoted() {
        let media_type = MediaType::parse(r#"a/b; x="1;2\"3"; Y=4 ;z; =5"#).unwrap();
        assert_eq!(media_type.parameter("x").unwrap(), "1;2\"3");
        assert_eq!(media_type.parameter("y").unwrap(), "4");
        assert_eq!(media_type.parameters().count(), 2);
    }

    #[test]
    fn the_heavier_range_wins_and_nothing_excluded() {
        for (lines, expected) in [
            (&[][..], None),
            (&["*/*"], Some(TEXT)),
            (&["text/plain"], Some(TEXT)),
            (&["application/openmetrics-text"], Some(OPEN)),
            (&["APPLICATION/OpenMetrics-Text; Q=0.5"], Some(OPEN)),
            (&["application/openmetrics-text;q=0,text/plain"], Some(TEXT)),
            (&["application/openmetrics-text;q=0"], None),
            (&["text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.1"], Some(TEXT)),
            (&["text/plain;q=0.1", "application/openmetrics-text;q=0.2"], Some(OPEN)),
            (&["text/*;q=0.1, */*;q=0.2"], Some(OPEN)),
            (&["text/plain;q=0, */*"], Some(OPEN)),
            (&["application/openmetrics-text, */*"], Some(OPEN)),
            (&["text/plain, application/openmetrics-text"], Some(TEXT)),
            (&["image/png, text/html;level=1"], None),
            (&["nonsense, application/openmetrics-text;q=0.001"], Some(OPEN)),
            (&["text/plain;q=2, application/openmetrics-text;q=0.001"], Some(OPEN)),
            (&["a/b;x=\",text/plain\", application/openmetrics-text;q=0.1"], Some(OPEN)),
        ] {
            assert_eq!(choose(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_version_that_is_not_written_is_not_meant() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(choose(&[prometheus]), Some(OPEN));
        assert_eq!(choose(&["application/openmetrics-text;version=2.0.0, text/plain;q=0.1"]), Some(TEXT));
        assert_eq!(choose(&["application/openmetrics-text;version=\"1.0.0\""]), Some(OPEN));
    }

    #[test]
    fn a_coding_that_is_read() {
        for (line, expected) in [
            (None, false),
            (Some(""), false),
            (Some("gzip"), true),
            (Some("deflate, GZIP;q=0.5, br"), true),
            (Some("gzip ; q = 0.001"), true),
            (Some("*"), true),
            (Some("br;q=1, *;q=0.1"), true),
            (Some("gzip;q=0"), false),
            (Some("gzip;q=0, *"), false),
            (Some("gzip;q=2"), false),
            (Some("*;q=0"), false),
            (Some("br, gzipped"), false),
            (Some("identity"), false),
        ] {
            let headers = line.map(|line| (ACCEPT_ENCODING, HeaderValue::from_static(line)));
            assert_eq!(accepts_encoding(&headers.into_iter().collect(), "gzip"), expected, "{line:?}");
        }
    }

    #[test]
    fn weights() {
        for (text, expected) in
            [("0", 0), ("1", 1_000), ("0.", 0), ("0.5", 500), ("0.125", 125), ("1.000", 1_000)]
        {
            assert_eq!(thousandths(text), Some(expected), "{text}");
        }
        for text in ["", "2", "1.001", "0.1234", "-0", ".5", "0.-1", "1e0", "0.5.5"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
    }

    #[test]
    fn naming_is_not_fitting() {
        let names = |line| Accept::of(&headers(&[line])).names("application/problem+json");
        assert!(names("application/problem+json;q=0.1") && names("*/*, Application/Problem+JSON"));
        assert!(!names("*/*") && !names("application/*") && !names("application/problem+json;q=0.0"));
    }
}
