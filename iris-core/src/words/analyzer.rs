//! From a text to its terms: cleaned, cut into tokens, put together again as n-grams.

#[cfg(feature = "pickle")]
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

use super::characters::is_space;
use super::pattern::Pattern;
use super::vocabulary::Vocabulary;

/// How a text is taken apart, as scikit-learn's vectorizers do it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Analyzer {
    pub(crate) case: Case,
    pub(crate) accents: Accents,
    pub(crate) unit: Unit,
    /// The shortest n-grams, at least of one unit, and the longest.
    pub(crate) n_grams: (usize, usize),
}

/// What becomes of capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Kept,
    /// As `str.lower` has it.
    Lower,
    /// Each character by itself, as a C library has it.
    #[cfg(feature = "onnx")]
    LowerEach,
}

/// What becomes of accents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accents {
    Kept,
    /// What has no likeness in ASCII vanishes.
    ToAscii,
    /// Combining marks vanish, also of what can be taken apart.
    Stripped,
}

/// What n-grams are made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Unit {
    Words {
        pattern: Pattern,
        stop_words: Vocabulary,
    },
    Characters,
    /// A text is one unit, as it is.
    #[cfg(feature = "pickle")]
    Whole,
    /// Those of each word by itself, with a space at either end.
    CharactersOfWords,
}

/// Memory that taking apart works in.
#[derive(Debug, Default)]
pub(super) struct Room {
    clean: String,
    joined: String,
    /// Where each unit begins and ends in `joined`, or `clean`.
    bounds: Vec<(usize, usize)>,
}

impl Analyzer {
    /// Calls `found` with every term of a text, in no order.
    pub(super) fn terms(&self, text: &str, room: &mut Room, mut found: impl FnMut(&str)) {
        let Room { clean, joined, bounds } = room;
        let text = self.clean(text, clean);
        let (least, most) = self.n_grams;
        joined.clear();
        bounds.clear();
        match &self.unit {
            Unit::Words { pattern, stop_words } => {
                let is_kept = |word: &str| stop_words.len() == 0 || stop_words.column(word).is_none();
                if most == 1 {
                    pattern.each(text, |start, end| {
                        let word = &text[start..end];
                        if is_kept(word) {
                            found(word);
                        }
                    });
                    return;
                }
                pattern.each(text, |start, end| {
                    let word = &text[start..end];
                    if is_kept(word) {
                        if !joined.is_empty() {
                            joined.push(' ');
                        }
                        let start = joined.len();
                        joined.push_str(word);
                        bounds.push((start, joined.len()));
                    }
                });
                runs(joined, bounds, least, most, found);
            }
            Unit::Characters => {
                one_space_for_several(text, joined);
                bounds_of_characters(joined, bounds);
                runs(joined, bounds, least, most, found);
            }
            #[cfg(feature = "pickle")]
            Unit::Whole => found(text),
            Unit::CharactersOfWords => {
                for word in text.split(is_space).filter(|word| !word.is_empty()) {
                    joined.clear();
                    joined.push(' ');
                    joined.push_str(word);
                    joined.push(' ');
                    bounds.clear();
                    bounds_of_characters(joined, bounds);
                    of_word(joined, bounds, least, most, &mut found);
                }
            }
        }
    }

    /// The text in lower case and without accents, as far as that is wanted.
    fn clean<'t>(&self, text: &'t str, clean: &'t mut String) -> &'t str {
        let is_kept = self.case == Case::Kept;
        clean.clear();
        match self.case {
            Case::Kept => {}
            Case::Lower => lower(text, clean),
            #[cfg(feature = "onnx")]
            Case::LowerEach => clean.extend(text.chars().map(lower_each)),
        }
        let so_far = if is_kept { text } else { clean.as_str() };
        if self.accents == Accents::Kept || so_far.is_ascii() {
            return if is_kept { text } else { clean };
        }
        let stripped = self.accents.stripped(so_far);
        *clean = stripped;
        clean
    }
}

impl Accents {
    /// A text without them.
    #[cfg(feature = "pickle")]
    fn stripped(self, text: &str) -> String {
        match self {
            Self::Kept => text.to_owned(),
            Self::ToAscii => text.nfkd().filter(char::is_ascii).collect(),
            Self::Stripped => {
                text.nfkd().filter(|character| canonical_combining_class(*character) == 0).collect()
            }
        }
    }

    #[cfg(not(feature = "pickle"))]
    #[expect(clippy::unused_self, reason = "only readers of pickles make analyzers")]
    fn stripped(self, text: &str) -> String {
        text.to_owned()
    }
}

/// As `str.lower`, also where a sigma stands at the end of a word.
fn lower(text: &str, to: &mut String) {
    if text.is_ascii() {
        to.push_str(text);
        to.make_ascii_lowercase();
    } else if text.contains('Σ') {
        *to = text.to_lowercase();
    } else {
        to.extend(text.chars().flat_map(char::to_lowercase));
    }
}

/// The dotted İ alone becomes two characters, of which C libraries have the first.
#[cfg(feature = "onnx")]
fn lower_each(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// Two spaces or more as one: `\s\s+`. A single one stays what it is.
fn one_space_for_several(text: &str, to: &mut String) {
    let mut rest = text;
    while let Some(start) = rest.find(is_space) {
        let (before, spaces) = rest.split_at(start);
        to.push_str(before);
        let end = spaces.find(|character| !is_space(character)).unwrap_or(spaces.len());
        let (run, behind) = spaces.split_at(end);
        to.push_str(if run.chars().nth(1).is_some() { " " } else { run });
        rest = behind;
    }
    to.push_str(rest);
}

fn bounds_of_characters(text: &str, bounds: &mut Vec<(usize, usize)>) {
    bounds.extend(text.char_indices().map(|(at, character)| (at, at + character.len_utf8())));
}

/// Every run of `least` to `most` units.
fn runs(text: &str, bounds: &[(usize, usize)], least: usize, most: usize, mut found: impl FnMut(&str)) {
    for n in least..=most.min(bounds.len()) {
        for units in bounds.windows(n) {
            found(&text[units[0].0..units[n - 1].1]);
        }
    }
}

/// The same of one word, which counts once where it is no longer than the run.
fn of_word(word: &str, bounds: &[(usize, usize)], least: usize, most: usize, found: &mut impl FnMut(&str)) {
    for n in least..=most {
        if n >= bounds.len() {
            found(word);
            return;
        }
        for units in bounds.windows(n) {
            found(&word[units[0].0..units[n - 1].1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Analyzer {
        Analyzer {
            case: Case::Lower,
            accents: Accents::Kept,
            unit: Unit::Words { pattern: Pattern::DEFAULT, stop_words: Vocabulary::default() },
            n_grams: (1, 1),
        }
    }

    fn terms(analyzer: &Analyzer, text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        // What is left of another text must not matter.
        let mut room = Room::default();
        analyzer.terms("Left OVER ΣΑΣ", &mut room, |_| {});
        analyzer.terms(text, &mut room, |term| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn words_in_lower_case_and_runs_of_them_without_stop_words() {
        assert_eq!(terms(&words(), "The Quick fox"), ["the", "quick", "fox"]);
        // Of a dotted capital İ an i and a dot above are left, and the dot is no part of a word.
        assert_eq!(terms(&words(), "ΟΔΟΣ ΣΑΣ İstanbul ẞ"), ["οδος", "σας", "stanbul"]);
        let stop_words = Vocabulary::new(&["the"]).unwrap();
        let unit = Unit::Words { pattern: Pattern::DEFAULT, stop_words };
        let analyzer = Analyzer { unit, n_grams: (1, 2), ..words() };
        assert_eq!(terms(&analyzer, "see the red the fox"), ["see", "red", "fox", "see red", "red fox"]);
        assert_eq!(terms(&analyzer, "the"), [] as [&str; 0]);
        assert_eq!(terms(&Analyzer { case: Case::Kept, ..analyzer }, "The the"), ["The"]);
    }

    #[cfg(feature = "onnx")]
    #[test]
    fn each_character_by_itself_has_no_sigma_at_the_end_of_a_word() {
        let analyzer = Analyzer { case: Case::LowerEach, ..words() };
        // What `std::towlower` makes of it.
        assert_eq!(terms(&analyzer, "ΟΔΟΣ İstanbul ẞẞ Kk Ab"), ["οδοσ", "istanbul", "ßß", "kk", "ab"]);
    }

    #[test]
    fn accents_are_stripped_in_two_ways() {
        let text = "Crème brûlée ﬁne Øre ½ 한글";
        let stripped = Analyzer { accents: Accents::Stripped, ..words() };
        assert_eq!(terms(&stripped, text)[..3], ["creme", "brulee", "fine"]);
        assert_eq!(terms(&stripped, text)[3], "øre");
        let ascii = Analyzer { accents: Accents::ToAscii, ..words() };
        assert_eq!(terms(&ascii, text), ["creme", "brulee", "fine", "re", "12"]);
        assert_eq!(terms(&Analyzer { case: Case::Kept, ..ascii }, "Été"), ["Ete"]);
    }

    #[test]
    fn characters_with_several_spaces_as_one() {
        let analyzer = Analyzer { unit: Unit::Characters, n_grams: (2, 3), ..words() };
        assert_eq!(terms(&analyzer, "a \t\nbé"), ["a ", " b", "bé", "a b", " bé"]);
        assert_eq!(terms(&analyzer, "a\nb")[..2], ["a\n", "\nb"]);
        assert_eq!(terms(&analyzer, "x"), [] as [&str; 0]);
    }

    #[test]
    fn characters_of_each_word_with_spaces_around() {
        let analyzer = Analyzer { unit: Unit::CharactersOfWords, n_grams: (2, 4), ..words() };
        let of_two = [" a", "a ", " a "];
        assert_eq!(terms(&analyzer, "A"), of_two);
        assert_eq!(terms(&analyzer, " ab  a")[..6], [" a", "ab", "b ", " ab", "ab ", " ab "]);
        assert_eq!(terms(&analyzer, " ab  a")[6..], of_two);
    }
}
