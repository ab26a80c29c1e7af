//! Patterns of RE2's expressions, whose classes know ASCII alone, and what stands between separators.

use super::{Item, Kind, Pattern};

impl Pattern {
    /// Every character by itself.
    pub(crate) fn characters() -> Self {
        Self { most: 1, ..Self::runs(Vec::new(), true) }
    }

    /// The pattern that a regular expression of RE2's is; `None` if it is more than runs of one kind.
    pub(crate) fn of_re2(expression: &str) -> Option<Self> {
        // onnxruntime has the dot stand for line ends as well.
        if expression == "." {
            return Some(Self::characters());
        }
        // Python's flags are none of RE2's.
        let pattern = Self::of(expression).filter(|_| !expression.starts_with("(?"))?;
        Some(Self { kind: pattern.kind.in_ascii(), is_ascii: true, ..pattern })
    }

    /// What stands between separators, each of which is an expression for a single character.
    pub(crate) fn between(separators: &[String]) -> Option<Self> {
        let mut items = Vec::new();
        for separator in separators {
            items.extend(one_character(separator)?);
        }
        Some(Self::runs(items, true))
    }

    /// Whether a token may hold this character.
    pub(crate) fn takes(&self, character: char) -> bool {
        self.kind.has(character)
    }

    /// Whether a token is one character, and no more.
    pub(crate) fn is_single(&self) -> bool {
        self.most == 1
    }

    fn runs(items: Vec<Item>, is_negated: bool) -> Self {
        Self {
            kind: Kind::Of { items, is_negated },
            least: 1,
            most: usize::MAX,
            begins_at_border: false,
            ends_at_border: false,
            is_ascii: true,
        }
    }
}

impl Kind {
    fn in_ascii(self) -> Self {
        match self {
            Self::Word => Self::Of { items: Item::Word.in_ascii(), is_negated: false },
            Self::Of { items, is_negated } => {
                Self::Of { items: items.into_iter().flat_map(Item::in_ascii).collect(), is_negated }
            }
        }
    }
}

impl Item {
    /// The same of RE2, by ranges.
    fn in_ascii(self) -> Vec<Self> {
        let ranges: &[(char, char)] = match self {
            Self::Range(..) => return vec![self],
            Self::Digit => &[('0', '9')],
            Self::Word => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            Self::NoWord => &[('\0', '/'), (':', '@'), ('[', '^'), ('`', '`'), ('{', char::MAX)],
            Self::Space => &[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')],
            Self::NoSpace => &[('\0', '\x08'), ('\x0b', '\x0b'), ('\x0e', '\x1f'), ('!', char::MAX)],
        };
        ranges.iter().map(|(first, last)| Self::Range(*first, *last)).collect()
    }
}

/// What an expression for one character stands for.
fn one_character(expression: &str) -> Option<Vec<Item>> {
    if let Some((Kind::Of { items, is_negated: false }, "")) = Kind::first_of(expression) {
        return Some(items.into_iter().flat_map(Item::in_ascii).collect());
    }
    let mut characters = expression.chars();
    let character = match (characters.next()?, characters.next()) {
        (one, None) => (!r"\^$.|?*+()[]{}".contains(one)).then_some(one),
        ('\\', Some('n')) => Some('\n'),
        ('\\', Some('t')) => Some('\t'),
        ('\\', Some('r')) => Some('\r'),
        ('\\', Some('s')) if characters.as_str().is_empty() => return Some(Item::Space.in_ascii()),
        ('\\', Some(escaped)) => escaped.is_ascii_punctuation().then_some(escaped),
        _ => None,
    };
    let character = character.filter(|_| characters.as_str().is_empty())?;
    Some(vec![Item::Range(character, character)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(pattern: &Pattern, text: &'t str) -> Vec<&'t str> {
        let mut tokens = Vec::new();
        pattern.each(text, |start, end| tokens.push(&text[start..end]));
        tokens
    }

    /// What onnxruntime's tokenizer makes of it.
    #[test]
    fn tokens_are_those_of_onnxruntime() {
        let text = "ab été, x_y a-b\n\x0bz\x1c c9 abcd １２ ΣΑΣ don't";
        for (expression, expected) in [
            ("[a-zA-Z0-9_]+", vec!["ab", "t", "x_y", "a", "b", "z", "c9", "abcd", "don", "t"]),
            (r"\b\w\w+\b", vec!["ab", "x_y", "c9", "abcd", "don"]),
            (r"\S+", vec!["ab", "été,", "x_y", "a-b", "\x0bz\x1c", "c9", "abcd", "１２", "ΣΑΣ", "don't"]),
            (r"[^\s,]+", vec!["ab", "été", "x_y", "a-b", "\x0bz\x1c", "c9", "abcd", "１２", "ΣΑΣ", "don't"]),
            (r"\w{2,3}", vec!["ab", "x_y", "c9", "abc", "don"]),
            (r"\b[a-z]+\b", vec!["ab", "t", "a", "b", "z", "abcd", "don", "t"]),
            (r"[\w\-]+", vec!["ab", "t", "x_y", "a-b", "z", "c9", "abcd", "don", "t"]),
        ] {
            assert_eq!(found(&Pattern::of_re2(expression).unwrap(), text), expected, "{expression}");
        }
        assert_eq!(found(&Pattern::of_re2(".").unwrap(), "a é\n"), ["a", " ", "é", "\n"]);
        assert_eq!(found(&Pattern::of_re2(r"[\W]+").unwrap(), "aé-b"), ["é-"]);
        assert_eq!(found(&Pattern::of_re2(r"[\S]+").unwrap(), "a\x0bé b"), ["a\x0bé", "b"]);
    }

    #[test]
    fn separators_are_single_characters() {
        let between = |separators: &[&str]| {
            Pattern::between(&separators.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let pattern = between(&[" ", "[.]", r"\?", ",", ";", ":", r"\!", r"\n", r"\s"]).unwrap();
        assert_eq!(found(&pattern, "a.b?c;d!e,  f\n:é\t"), ["a", "b", "c", "d", "e", "f", "é"]);
        for separator in ["", "ab", ".", "a+", "[^a]", r"\d", r"\nn", "[ab]+"] {
            assert_eq!(between(&[separator]), None, "{separator}");
        }
    }

    #[test]
    fn what_re2_does_not_know_is_refused() {
        for expression in [r"(?u)\b\w\w+\b", r"(a|b)+", "", r"\w+?"] {
            assert_eq!(Pattern::of_re2(expression), None, "{expression}");
        }
    }
}
