//! One node of the schema, with what is below it left as text.
//!
//! Each level is looked through once more for each level above it. That costs
//! no memory, whatever the text promises, and nesting costs no stack.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Result};

/// What skops writes of an object.
#[derive(Debug, Deserialize)]
pub(super) struct Node<'s> {
    #[serde(rename = "__class__")]
    pub(super) class: Option<String>,
    #[serde(rename = "__module__")]
    pub(super) module: Option<String>,
    #[serde(rename = "__loader__")]
    pub(super) loader: String,
    /// Where the object was in the memory of who wrote it: the same, the same object.
    #[serde(rename = "__id__")]
    pub(super) id: Option<u64>,
    /// Which of the formats of arrays its file is in.
    pub(super) r#type: Option<String>,
    pub(super) file: Option<String>,
    /// On the outermost node.
    pub(super) protocol: Option<u64>,
    #[serde(borrow)]
    pub(super) content: Option<&'s RawValue>,
    #[serde(borrow)]
    pub(super) key_types: Option<&'s RawValue>,
    #[serde(borrow)]
    pub(super) shape: Option<&'s RawValue>,
    #[serde(borrow)]
    pub(super) attrs: Option<&'s RawValue>,
    #[serde(borrow, rename = "__reduce__")]
    pub(super) reduce: Option<&'s RawValue>,
}

impl<'s> Node<'s> {
    /// The content, which has to be there.
    pub(super) fn content(&self) -> Result<&'s RawValue> {
        self.content.ok_or_else(|| Error::malformed("a node without its content"))
    }

    /// The content's parts, by name.
    pub(super) fn parts(&self) -> Result<Entries<'s>> {
        parse(self.content()?.get())
    }
}

/// An object of JSON in the order of the file.
#[derive(Debug)]
pub(super) struct Entries<'s>(pub(super) Vec<(String, &'s RawValue)>);

impl<'s> Entries<'s> {
    pub(super) fn get(&self, name: &str) -> Result<&'s RawValue> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| *value).ok_or_else(|| Error::malformed(format!("a node without its {name}")))
    }
}

impl<'s> Deserialize<'s> for Entries<'s> {
    fn deserialize<D: serde::Deserializer<'s>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'s> Visitor<'s> for InOrder {
            type Value = Entries<'s>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'s>>(self, mut map: A) -> Result<Entries<'s>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// JSON of the form that is expected.
pub(super) fn parse<'s, T: Deserialize<'s>>(text: &'s str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::malformed(format!("no node as skops writes it: {error}")).caused_by(error))
}
