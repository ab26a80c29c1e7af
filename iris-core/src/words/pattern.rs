//! What counts as a token: the regular expressions that say so in one kind of character.

#[cfg(feature = "onnx")]
mod re2;

use super::characters;

/// Runs of one kind of characters, such as `(?u)\b\w\w+\b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    kind: Kind,
    /// Characters at the least, at least one, and at the most.
    least: usize,
    most: usize,
    begins_at_border: bool,
    ends_at_border: bool,
    /// Whether words, at whose borders it begins and ends, are of ASCII alone.
    is_ascii: bool,
}

/// A kind of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word,
    Of { items: Vec<Item>, is_negated: bool },
}

/// Part of a class in brackets, or an escape alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Range(char, char),
    Word,
    NoWord,
    Space,
    NoSpace,
    /// ASCII's digits; of others the class of words knows no borders.
    Digit,
}

impl Pattern {
    /// scikit-learn's own: words of two characters or more.
    pub(crate) const DEFAULT: Self = Self {
        kind: Kind::Word,
        least: 2,
        most: usize::MAX,
        begins_at_border: true,
        ends_at_border: true,
        is_ascii: false,
    };

    /// The pattern that a regular expression of Python's is; `None` if it is more than runs of one kind.
    pub(crate) fn of(expression: &str) -> Option<Self> {
        let rest = expression.strip_prefix("(?u)").unwrap_or(expression);
        let (begins_at_border, rest) = behind(rest, "\\b");
        let (rest, ends_at_border) = match rest.strip_suffix("\\b") {
            Some(rest) if !rest.ends_with('\\') => (rest, true),
            _ => (rest, false),
        };
        let (kind, mut rest) = Kind::first_of(rest)?;
        let (mut least, mut most) = quantifier(&mut rest)?;
        while !rest.is_empty() {
            let (next, behind) = Kind::first_of(rest)?;
            rest = behind;
            let (of_next, at_most) = quantifier(&mut rest)?;
            // What follows a part of no fixed length is part of the same run only if it is alike.
            if next != kind {
                return None;
            }
            least = least.checked_add(of_next)?;
            most = most.saturating_add(at_most);
        }
        let pattern = Self { kind, least, most, begins_at_border, ends_at_border, is_ascii: false };
        (least > 0 && least <= most).then_some(pattern)
    }

    /// Calls `found` with the bounds of every token in a text, as `re.findall` finds them.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(usize, usize)) {
        if *self == Self::DEFAULT {
            return words(text, found);
        }
        let mut start = 0;
        // Whether a word goes on in front of `start`.
        let mut in_word = false;
        while let Some(first) = text[start..].chars().next() {
            let end = self.end(&text[start..], in_word);
            if let Some(end) = end {
                found(start, start + end);
                in_word = text[start..start + end].chars().next_back().is_some_and(|last| self.is_word(last));
                start += end;
            } else {
                in_word = self.is_word(first);
                start += first.len_utf8();
            }
        }
    }

    /// Where a token ends that begins where the text does.
    fn end(&self, text: &str, in_word: bool) -> Option<usize> {
        let first = text.chars().next()?;
        if self.begins_at_border && in_word == self.is_word(first) {
            return None;
        }
        let mut best = None;
        let mut n_characters = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next_if(|(_, character)| self.kind.has(*character)) {
            n_characters += 1;
            let end = at + character.len_utf8();
            let follows = characters.peek().is_some_and(|(_, next)| self.is_word(*next));
            let is_border = self.is_word(character) != follows;
            if n_characters >= self.least && (is_border || !self.ends_at_border) {
                best = Some(end);
            }
            if n_characters == self.most {
                break;
            }
        }
        best
    }

    fn is_word(&self, character: char) -> bool {
        if self.is_ascii {
            character.is_ascii_alphanumeric() || character == '_'
        } else {
            characters::is_word(character)
        }
    }
}

impl Kind {
    fn has(&self, character: char) -> bool {
        match self {
            Self::Word => characters::is_word(character),
            Self::Of { items, is_negated } => items.iter().any(|item| item.has(character)) != *is_negated,
        }
    }

    /// The class at the beginning of an expression, and what is behind it.
    fn first_of(expression: &str) -> Option<(Self, &str)> {
        if let Some(rest) = expression.strip_prefix("\\w") {
            return Some((Self::Word, rest));
        }
        if let Some(rest) = expression.strip_prefix("\\S") {
            return Some((Self::Of { items: vec![Item::Space], is_negated: true }, rest));
        }
        let (is_negated, mut rest) = behind(expression.strip_prefix('[')?, "^");
        let mut items = Vec::new();
        loop {
            let mut characters = rest.chars();
            let item = match characters.next()? {
                ']' if !items.is_empty() => {
                    return Some((Self::Of { items, is_negated }, characters.as_str()));
                }
                '[' | ']' => return None,
                '\\' => match characters.next()? {
                    'w' => Item::Word,
                    'W' => Item::NoWord,
                    's' => Item::Space,
                    'S' => Item::NoSpace,
                    escaped if escaped.is_ascii_punctuation() => Item::Range(escaped, escaped),
                    _ => return None,
                },
                first => match characters.as_str().strip_prefix('-') {
                    Some(end) if !end.starts_with(']') => {
                        let last = end.chars().next().filter(|last| *last != '\\' && *last >= first)?;
                        characters = end[last.len_utf8()..].chars();
                        if (first, last) == ('0', '9') { Item::Digit } else { Item::Range(first, last) }
                    }
                    _ => Item::Range(first, first),
                },
            };
            items.push(item);
            rest = characters.as_str();
        }
    }
}

impl Item {
    fn has(self, character: char) -> bool {
        match self {
            Self::Range(first, last) => (first..=last).contains(&character),
            Self::Word => characters::is_word(character),
            Self::NoWord => !characters::is_word(character),
            Self::Space => characters::is_space(character),
            Self::NoSpace => !characters::is_space(character),
            Self::Digit => character.is_ascii_digit(),
        }
    }
}

/// scikit-learn's own pattern, which most people keep: every run of two or more.
fn words(text: &str, mut found: impl FnMut(usize, usize)) {
    let (mut start, mut n_characters) = (0, 0);
    for (at, character) in text.char_indices() {
        if characters::is_word(character) {
            if n_characters == 0 {
                start = at;
            }
            n_characters += 1;
        } else {
            if n_characters > 1 {
                found(start, at);
            }
            n_characters = 0;
        }
    }
    if n_characters > 1 {
        found(start, text.len());
    }
}

/// How often what stands in front of it may come, of those that are greedy.
fn quantifier(rest: &mut &str) -> Option<(usize, usize)> {
    let mut characters = rest.chars();
    let bounds = match characters.next() {
        Some('+') => (1, usize::MAX),
        Some('*') => (0, usize::MAX),
        Some('{') => {
            let (inside, behind) = characters.as_str().split_once('}')?;
            characters = behind.chars();
            match inside.split_once(',') {
                None => (inside.parse().ok()?, inside.parse().ok()?),
                Some((least, "")) => (least.parse().ok()?, usize::MAX),
                Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
            }
        }
        Some('?') => return None,
        _ => return Some((1, 1)),
    };
    *rest = characters.as_str();
    // Another sign behind makes it another quantifier.
    (!rest.starts_with(['?', '+', '*'])).then_some(bounds)
}

fn behind<'e>(expression: &'e str, prefix: &str) -> (bool, &'e str) {
    expression.strip_prefix(prefix).map_or((false, expression), |rest| (true, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(expression: &str, text: &'t str) -> Vec<&'t str> {
        let mut tokens = Vec::new();
        Pattern::of(expression).unwrap().each(text, |start, end| tokens.push(&text[start..end]));
        tokens
    }

    #[test]
    fn the_default_finds_words_of_two_or_more() {
        assert_eq!(Pattern::of(r"(?u)\b\w\w+\b"), Some(Pattern::DEFAULT));
        let text = "a bc, d_e f-gh é été 12 3 मनुष्य 🙂 x";
        let words = ["bc", "d_e", "gh", "été", "12", "मन", "ष"];
        assert_eq!(found(r"(?u)\b\w\w+\b", text), words[..6]);
        assert_eq!(found(r"\b\w\w+", text), words[..6]);
    }

    #[test]
    fn other_runs_are_found_as_python_finds_them() {
        assert_eq!(found(r"(?u)\b\w+\b", "a b-c"), ["a", "b", "c"]);
        assert_eq!(found(r"\b[a-zA-Z]{3,}\b", "ab abc abc1 1abc abcd_ xyz"), ["abc", "xyz"]);
        assert_eq!(found("[a-z]{2,3}", "abcdefgh i"), ["abc", "def", "gh"]);
        assert_eq!(found(r"\S+", " a!b  c\n"), ["a!b", "c"]);
        assert_eq!(found(r"\b[a-z']+\b", "don't 'em'"), ["don't", "em"]);
        assert_eq!(found(r"[^\W_]{2}", "a_bc défg"), ["bc", "dé", "fg"]);
        assert_eq!(found(r"[\w\-]+", "a-b c"), ["a-b", "c"]);
    }

    #[test]
    fn what_is_more_is_refused() {
        for expression in [
            "(a|b)+",
            r"\w+|\d+",
            r"\w+?",
            r"\b\w+'\w+\b",
            "",
            r"\b",
            r"\w*",
            "[a-",
            "a+",
            r"\d+",
            r"[\d]+",
            r"[z-a]+",
        ] {
            assert_eq!(Pattern::of(expression), None, "{expression}");
        }
    }
}
