//! What is wrong with a request, in a sentence or mistake by mistake.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// What is wrong; among the extensions of the answer, too, for the log.
#[derive(Debug, Clone)]
pub(crate) enum Reason {
    Sentence(Cow<'static, str>),
    List(Vec<Detail>),
}

/// One entry of FastAPI's list of what is wrong with a body.
#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    /// Where: `["body", "sepal_length"]`, `["body", 3, "sepal_length"]`.
    pub loc: Vec<Location>,
    /// What is wrong, and what would be right.
    pub msg: Cow<'static, str>,
    /// The kind of mistake, by pydantic's name where it has one.
    pub r#type: &'static str,
}

/// A step on the way to a value in the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Location {
    /// A field's name.
    Name(Cow<'static, str>),
    /// An index, or the offset of a byte.
    Index(usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentence(text) => f.write_str(text),
            Self::List(list) => {
                for (index, detail) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "; " })?;
                    write!(f, "{detail}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, location) in self.loc.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            match location {
                Location::Name(name) => f.write_str(name)?,
                Location::Index(index) => write!(f, "{index}")?,
            }
        }
        write!(f, ": {}", self.msg)
    }
}
