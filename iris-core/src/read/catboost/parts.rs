//! A model as both of CatBoost's formats have it, before anything is made of it.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// What stands in a file.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) numbers: Vec<NumberColumn>,
    pub(super) texts: Vec<TextColumn>,
    /// Columns of another kind, which no tree asks about.
    pub(super) others: Vec<Position>,
    pub(super) one_hots: Vec<OneHot>,
    pub(super) statistics: Vec<Statistic>,
    pub(super) tables: Vec<Table>,
    pub(super) trees: Trees,
    /// Numbers that a leaf has, at least one.
    pub(super) n_outputs: usize,
    pub(super) scale: f64,
    /// None, or one for each output.
    pub(super) bias: Vec<f64>,
    pub(super) info: Info,
}

/// Where a column is among its kind, and among all; and its name, if it has one.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) of_kind: usize,
    pub(super) column: usize,
    pub(super) name: String,
}

/// A column of numbers.
#[derive(Debug)]
pub(super) struct NumberColumn {
    pub(super) position: Position,
    /// What numbers are asked to be above of, in ascending order.
    pub(super) borders: Vec<f32>,
    /// Whether a missing number counts as above of every border.
    pub(super) missing_is_above: bool,
}

/// A column of texts.
#[derive(Debug)]
pub(super) struct TextColumn {
    pub(super) position: Position,
    /// Texts that are known of it.
    pub(super) known: Vec<String>,
}

/// The texts that one column is asked to be.
#[derive(Debug)]
pub(super) struct OneHot {
    /// Which of the columns of texts.
    pub(super) text: usize,
    pub(super) hashes: Vec<u32>,
}

/// A number by which texts are known, and what it is asked to be above of.
#[derive(Debug)]
pub(super) struct Statistic {
    pub(super) of: Counted,
    pub(super) target_border: usize,
    pub(super) prior: f32,
    pub(super) prior_weight: f32,
    pub(super) shift: f32,
    pub(super) scale: f32,
    pub(super) borders: Vec<f32>,
}

/// What was counted, and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) kind: CountKind,
    /// Which of several ways to put targets into classes.
    pub(super) classifier: i32,
    /// Which of the columns of texts.
    pub(super) texts: Vec<usize>,
    /// Which of the columns of numbers, and the border.
    pub(super) above: Vec<(usize, f32)>,
    pub(super) equal: Vec<(usize, u32)>,
}

/// How targets make a number of those who share a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum CountKind {
    Borders,
    Buckets,
    BinarizedTargetMeanValue,
    FloatTargetMeanValue,
    Counter,
    FeatureFreq,
}

/// What was counted for each hash.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) of: Counted,
    /// Of a counter.
    pub(super) denominator: i32,
    pub(super) counts: Counts,
}

/// Hashes, and for each the same number of counts.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) hashes: Vec<u64>,
    pub(super) width: usize,
    /// A mean's are its sum and how many there were.
    pub(super) numbers: Vec<f64>,
}

#[derive(Debug)]
pub(super) enum Trees {
    /// One question a level.
    Oblivious(Vec<Symmetric>),
    Other(Vec<Grown>),
}

/// A tree that asks these questions, by their numbers; the first is the lowest bit of a leaf's number.
#[derive(Debug)]
pub(super) struct Symmetric {
    pub(super) questions: Vec<usize>,
    pub(super) values: Vec<f64>,
    /// How much of the training data came to each leaf; empty where the file does not say.
    pub(super) covers: Vec<f64>,
}

/// A tree of which each node asks a question of its own; the first is the root.
#[derive(Debug, Default)]
pub(super) struct Grown {
    pub(super) nodes: Vec<Node>,
    pub(super) values: Vec<f64>,
}

#[derive(Debug)]
pub(super) enum Node {
    Leaf(u32),
    Asks { question: usize, no: u32, yes: u32 },
}

/// What is written beside the trees.
#[derive(Debug, Default)]
pub(super) struct Info {
    pub(super) params: Params,
    pub(super) class_params: Option<ClassParams>,
    /// What a probability has to be above of for the second class.
    pub(super) threshold: Option<f64>,
}

/// What a model was trained with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    pub(super) loss_function: Option<Loss>,
    #[serde(default)]
    pub(super) data_processing_options: Option<DataOptions>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DataOptions {
    #[serde(default)]
    pub(super) class_names: Option<Vec<Value>>,
}

/// A loss by its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Loss {
    Described {
        #[serde(rename = "type")]
        name: String,
    },
    /// With parameters behind a colon.
    Written(String),
}

/// The classes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClassParams {
    pub(super) class_label_type: Option<String>,
    pub(super) class_names: Vec<Value>,
    pub(super) class_to_label: Vec<f64>,
    pub(super) classes_count: usize,
}

impl Loss {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Described { name } => name,
            Self::Written(text) => text.split(':').next().unwrap_or_default(),
        }
    }
}

/// Columns that are looked at for as much as one number held.
const LOOKED_AT: usize = 8;

impl Parts {
    /// The column that the texts of this number are in. Looking for it is held against `budget`.
    pub(super) fn text(&self, of_kind: usize, budget: &mut Budget) -> Result<usize> {
        budget.spend(self.texts.len() / LOOKED_AT)?;
        let column = self.texts.iter().find(|column| column.position.of_kind == of_kind);
        let column =
            column.ok_or_else(|| Error::malformed(format!("there is no column {of_kind} of texts")))?;
        Ok(column.position.column)
    }

    /// The column of numbers of this number.
    pub(super) fn number(&self, of_kind: usize, budget: &mut Budget) -> Result<&NumberColumn> {
        budget.spend(self.numbers.len() / LOOKED_AT)?;
        let column = self.numbers.iter().find(|column| column.position.of_kind == of_kind);
        column.ok_or_else(|| Error::malformed(format!("there is no column {of_kind} of numbers")))
    }
}
