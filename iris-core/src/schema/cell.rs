//! A value of a row as callers have it, and as the model takes it.

use super::{ColumnKind, Feature, Schema};
use crate::Texts;
use crate::error::{Error, ErrorKind, Result};

/// One value of a row, as JSON, a frame or a message holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: JSON's `null`, a frame's `NaN`, `None` or `NA`.
    Missing,
    /// A number.
    Number(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(&'a str),
}

impl Schema {
    /// What stands for a value in a row, at the place of this feature.
    ///
    /// # Errors
    ///
    /// As [`Feature::encode`], naming the feature.
    ///
    /// # Panics
    ///
    /// If there is no such feature.
    #[inline]
    pub fn encode(&self, feature: usize, cell: Cell<'_>) -> Result<f64> {
        self.features()[feature].encode(cell).map_err(|error| error.at_feature(feature))
    }

    /// The same of any column: a free text is added to `texts`, which have to come along with the row.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    ///
    /// # Panics
    ///
    /// If there is no such feature.
    #[inline]
    pub fn encode_with(&self, feature: usize, cell: Cell<'_>, texts: &mut Texts) -> Result<f64> {
        self.features()[feature].encode_with(cell, texts).map_err(|error| error.at_feature(feature))
    }
}

impl Feature {
    /// What stands for a value in a row. Missing values are NaN; whether the
    /// column takes them is checked by the call that gets the row. A free text is refused:
    /// see [`encode_with`](Self::encode_with).
    ///
    /// # Errors
    ///
    /// [`InputType`](ErrorKind::InputType) of a text where a number belongs, or
    /// the other way round; [`UnknownCategory`](ErrorKind::UnknownCategory) of a
    /// text that the model was not fitted on, if it takes no such.
    #[inline]
    pub fn encode(&self, cell: Cell<'_>) -> Result<f64> {
        match (&self.kind, cell) {
            (_, Cell::Missing) | (ColumnKind::Ignored, _) => Ok(f64::NAN),
            (ColumnKind::Number, Cell::Number(number)) => Ok(number),
            (ColumnKind::Number, Cell::Bool(flag)) => Ok(f64::from(u8::from(flag))),
            (ColumnKind::Category(_) | ColumnKind::Text, Cell::Number(number)) if number.is_nan() => {
                Ok(number)
            }
            (ColumnKind::Category(categories), Cell::Text(text)) => {
                categories.code(text).ok_or_else(|| self.unknown(text))
            }
            (ColumnKind::Category(categories), Cell::Number(number)) => {
                categories.code_of_number(number).ok_or_else(|| self.wrong_type("a text", cell))
            }
            (ColumnKind::Category(categories), Cell::Bool(flag)) => categories
                .code_of_number(f64::from(u8::from(flag)))
                .ok_or_else(|| self.wrong_type("a text", cell)),
            (ColumnKind::Number, Cell::Text(_)) => Err(self.wrong_type("a number", cell)),
            (ColumnKind::Text, Cell::Number(_) | Cell::Bool(_)) => Err(self.wrong_type("a text", cell)),
            (ColumnKind::Text, Cell::Text(_)) => Err(self.unheld()),
        }
    }

    /// The same of any column: a free text is added to `texts`, which have to come along with the row.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    #[inline]
    pub fn encode_with(&self, cell: Cell<'_>, texts: &mut Texts) -> Result<f64> {
        match (&self.kind, cell) {
            (ColumnKind::Text, Cell::Text(text)) => Ok(texts.push(text)),
            _ => self.encode(cell),
        }
    }

    /// That a text has to come along with its row.
    #[cold]
    fn unheld(&self) -> Error {
        let message = format!("{} holds any text, and none can come along here", self.name);
        Error::new(ErrorKind::InputType, message)
    }

    /// That a text is none that the model was fitted on.
    #[cold]
    pub(crate) fn unknown(&self, text: &str) -> Error {
        let known = self.categories().map(super::Categories::list).unwrap_or_default();
        let text = shortened(text);
        let message =
            format!("{} is '{text}', which the model was not fitted on; known are {known}", self.name);
        Error::new(ErrorKind::UnknownCategory, message)
    }

    #[cold]
    fn wrong_type(&self, expected: &str, cell: Cell<'_>) -> Error {
        let found = match cell {
            Cell::Missing => "missing".to_owned(),
            Cell::Number(number) => format!("the number {number}"),
            Cell::Bool(flag) => flag.to_string(),
            Cell::Text(text) => format!("the text '{}'", shortened(text)),
        };
        Error::new(ErrorKind::InputType, format!("{} is {found}, where {expected} belongs", self.name))
    }
}

/// No longer than a message should be.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(all(test, feature = "pickle"))]
mod tests {
    use super::*;
    use crate::Categories;

    fn city() -> Feature {
        let mut categories = Categories::default();
        categories.learn("Berlin");
        categories.refuse_unknown();
        Feature { kind: ColumnKind::Category(categories), ..Feature::number("city".to_owned()) }
    }

    #[test]
    fn each_kind_of_column_takes_what_belongs_there() {
        let age = Feature::number("age".to_owned());
        let ignored = Feature { kind: ColumnKind::Ignored, ..age.clone() };
        assert_eq!(age.encode(Cell::Number(3.5)).unwrap(), 3.5);
        assert_eq!(age.encode(Cell::Bool(true)).unwrap(), 1.0);
        assert_eq!(city().encode(Cell::Text("Berlin")).unwrap(), 0.0);
        assert!(city().encode(Cell::Missing).unwrap().is_nan());
        assert!(city().encode(Cell::Number(f64::NAN)).unwrap().is_nan());
        assert!(ignored.encode(Cell::Text("anything")).unwrap().is_nan());
    }

    #[test]
    fn free_texts_are_held_beside_the_row() {
        let review = Feature { kind: ColumnKind::Text, ..Feature::number("review".to_owned()) };
        let mut texts = Texts::new();
        assert_eq!(review.encode_with(Cell::Text("good"), &mut texts).unwrap(), 0.0);
        assert_eq!(review.encode_with(Cell::Text("bad"), &mut texts).unwrap(), 1.0);
        assert_eq!(texts.get(1.0), Some("bad"));
        assert!(review.encode_with(Cell::Missing, &mut texts).unwrap().is_nan());
        let error = review.encode_with(Cell::Number(1.0), &mut texts).unwrap_err();
        assert_eq!(error.to_string(), "review is the number 1, where a text belongs");
        assert_eq!(review.encode(Cell::Text("good")).unwrap_err().kind(), ErrorKind::InputType);
        assert_eq!(city().encode_with(Cell::Text("Berlin"), &mut texts).unwrap(), 0.0);
        assert_eq!(texts.len(), 2);
    }

    #[test]
    fn what_does_not_belong_there_is_named() {
        let age = Feature::number("age".to_owned());
        let cases = [
            (age.encode(Cell::Text("old")), "age is the text 'old', where a number belongs"),
            (city().encode(Cell::Number(5.0)), "city is the number 5, where a text belongs"),
            (city().encode(Cell::Bool(true)), "city is true, where a text belongs"),
        ];
        for (refused, message) in cases {
            let error = refused.unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InputType, message));
        }
        let error = city().encode(Cell::Text("Paris")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownCategory);
        assert_eq!(error.to_string(), "city is 'Paris', which the model was not fitted on; known are Berlin");
    }
}
