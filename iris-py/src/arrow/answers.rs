//! Answers as columns of Arrow's, filled a block of rows at a time.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow_schema::{DataType, Field};
use iris_core::{Labels, Predictor, Result, Rows, RowsMut, Schema, Scratch};

use super::columns::Column;
use crate::blocks::BLOCK_NUMBERS;
use crate::numbers::Wanted;

/// What is asked of every row.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    /// A classifier's labels.
    Labels,
    Numbers(Wanted),
}

/// The answers to a batch's rows as far as they are known.
pub(crate) struct Answers<'a> {
    core: &'a Predictor,
    columns: &'a [Column<'a>],
    scratch: Scratch,
    block: Vec<f64>,
    answer: Vec<f64>,
    classes: Vec<u32>,
    filled: Vec<Filled>,
    /// Which rows have no answer; only where they may have none.
    unanswered: Option<Vec<bool>>,
}

enum Filled {
    Classes(Vec<u32>),
    Columns(Wanted, Vec<Vec<f64>>),
}

impl Asked {
    /// The columns that are the answer.
    pub(crate) fn fields(self, core: &Predictor, may_be_null: bool) -> Vec<Field> {
        let schema = core.schema();
        let field = |name: String, of: DataType| Field::new(name, of, may_be_null);
        let numbered = |base: &str, len: usize| match len {
            1 => vec![field(base.to_owned(), DataType::Float64)],
            _ => (0..len).map(|index| field(format!("{base}_{index}"), DataType::Float64)).collect(),
        };
        let labelled = |base: &str| {
            let labels = schema.labels().iter();
            labels.map(|label| field(format!("{base}_{label}"), DataType::Float64)).collect()
        };
        match self {
            Self::Labels => vec![field("prediction".to_owned(), label_type(schema.labels()))],
            Self::Numbers(Wanted::Values { .. }) => numbered("prediction", schema.n_targets()),
            Self::Numbers(Wanted::Scores) if core.n_scores() == schema.n_classes() => labelled("score"),
            Self::Numbers(Wanted::Scores) => numbered("score", core.n_scores()),
            Self::Numbers(_) => labelled("probability"),
        }
    }
}

impl<'a> Answers<'a> {
    /// None yet. With `may_miss` a row that is refused has no answer, instead of being an error.
    pub(crate) fn new(
        core: &'a Predictor,
        columns: &'a [Column<'a>],
        n_rows: usize,
        asked: &[Asked],
        unanswered: Option<Vec<bool>>,
    ) -> Self {
        let filled = asked.iter().map(|asked| match asked {
            Asked::Labels => Filled::Classes(Vec::with_capacity(n_rows)),
            Asked::Numbers(wanted) => {
                Filled::Columns(*wanted, vec![Vec::with_capacity(n_rows); wanted.columns(core)])
            }
        });
        Self {
            core,
            columns,
            scratch: core.scratch(),
            block: Vec::new(),
            answer: Vec::new(),
            classes: Vec::new(),
            filled: filled.collect(),
            unanswered,
        }
    }

    /// Answers the next rows, which are `len` from `first` on.
    ///
    /// # Errors
    ///
    /// What the predictor refuses, naming the row.
    pub(crate) fn go_on(&mut self, first: usize, len: usize) -> Result<()> {
        let width = self.columns.len();
        let block_rows = (BLOCK_NUMBERS / width.max(1)).max(1);
        let mut at = first;
        while at < first + len {
            let rows = block_rows.min(first + len - at);
            let mut block = std::mem::take(&mut self.block);
            block.resize(rows * width, 0.0);
            for (index, column) in self.columns.iter().enumerate() {
                column.gather(at, width, &mut block[index..]);
            }
            let answered = self.block(at, rows, &mut block);
            self.block = block;
            answered?;
            at += rows;
        }
        Ok(())
    }

    fn block(&mut self, at: usize, n_rows: usize, block: &mut [f64]) -> Result<()> {
        let width = self.columns.len();
        if let Some(unanswered) = &mut self.unanswered {
            let of_block = &mut unanswered[at..at + n_rows];
            if of_block.contains(&true)
                || check(self.core, block, width, &mut self.scratch, &mut self.answer).is_err()
            {
                // Which of the rows are at fault is found one by one; the others stand for them, unseen.
                let mut good = None;
                for (row, is_bad) in block.chunks_exact(width).zip(of_block.iter_mut()) {
                    *is_bad =
                        *is_bad || check(self.core, row, width, &mut self.scratch, &mut self.answer).is_err();
                    if !*is_bad && good.is_none() {
                        good = Some(row.to_vec());
                    }
                }
                let Some(good) = good else {
                    self.filled.iter_mut().for_each(|filled| filled.fill_up(n_rows));
                    return Ok(());
                };
                for (row, is_bad) in block.chunks_exact_mut(width).zip(of_block) {
                    if *is_bad {
                        row.copy_from_slice(&good);
                    }
                }
            }
        }
        let moved = |error: iris_core::Error| match error.row() {
            Some(row) => error.at_row(at + row),
            None => error,
        };
        for filled in &mut self.filled {
            let rows = Rows::new(block, width)?;
            match filled {
                Filled::Classes(into) => {
                    self.classes.resize(n_rows, 0);
                    self.core
                        .predict_batch_with(&mut self.scratch, rows, &mut self.classes)
                        .map_err(moved)?;
                    into.extend_from_slice(&self.classes);
                }
                Filled::Columns(wanted, into) => {
                    let n_columns = into.len();
                    self.answer.resize(n_rows * n_columns, 0.0);
                    numbers(self.core, *wanted, rows, &mut self.answer, n_columns, &mut self.scratch)
                        .map_err(moved)?;
                    for (index, column) in into.iter_mut().enumerate() {
                        column.extend(self.answer[index..].iter().step_by(n_columns));
                    }
                }
            }
        }
        Ok(())
    }

    /// How many rows each class was given to; empty of a regressor.
    pub(crate) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.core.schema().n_classes()];
        for filled in &self.filled {
            if let Filled::Classes(classes) = filled {
                for (row, class) in classes.iter().enumerate() {
                    let is_answered = self.unanswered.as_ref().is_none_or(|unanswered| !unanswered[row]);
                    counts[*class as usize] += u32::from(is_answered);
                }
                return counts;
            }
        }
        Vec::new()
    }

    /// All of them, as columns.
    pub(crate) fn columns(self) -> Vec<ArrayRef> {
        let answered = |row: usize| self.unanswered.as_ref().is_none_or(|unanswered| !unanswered[row]);
        let labels = matches!(self.core.schema().task(), iris_core::Task::Classify { .. });
        let labels = labels.then(|| self.core.schema().labels());
        let mut columns = Vec::new();
        for filled in self.filled {
            match filled {
                Filled::Classes(classes) => {
                    let labels = labels.expect("only classifiers are asked for classes");
                    columns.push(label_array(labels, &classes, answered));
                }
                Filled::Columns(_, numbers) => columns.extend(numbers.into_iter().map(|column| {
                    let array: Float64Array = if self.unanswered.is_none() {
                        column.into()
                    } else {
                        column
                            .into_iter()
                            .enumerate()
                            .map(|(row, number)| answered(row).then_some(number))
                            .collect()
                    };
                    Arc::new(array) as ArrayRef
                })),
            }
        }
        columns
    }
}

impl Filled {
    /// Answers to rows that have none.
    fn fill_up(&mut self, n_rows: usize) {
        match self {
            Self::Classes(classes) => classes.resize(classes.len() + n_rows, 0),
            Self::Columns(_, columns) => {
                for column in columns {
                    column.resize(column.len() + n_rows, 0.0);
                }
            }
        }
    }
}

/// Whether rows have an answer at all.
fn check(
    core: &Predictor,
    rows: &[f64],
    width: usize,
    scratch: &mut Scratch,
    answer: &mut Vec<f64>,
) -> Result<()> {
    let rows = Rows::new(rows, width)?;
    if let iris_core::Task::Regress { n_targets } = core.schema().task() {
        answer.resize(rows.n_rows() * n_targets, 0.0);
        return core.predict_values_batch_with(scratch, rows, RowsMut::new(answer, *n_targets)?);
    }
    let mut classes = vec![0; rows.n_rows()];
    core.predict_batch_with(scratch, rows, &mut classes)
}

fn numbers(
    core: &Predictor,
    wanted: Wanted,
    rows: Rows<'_>,
    out: &mut [f64],
    n_columns: usize,
    scratch: &mut Scratch,
) -> Result<()> {
    let out = RowsMut::new(out, n_columns)?;
    match wanted {
        Wanted::Scores => core.decision_function_batch_with(scratch, rows, out),
        Wanted::Values { .. } => core.predict_values_batch_with(scratch, rows, out),
        Wanted::Contributions => core.contributions_batch_with(scratch, rows, out),
        Wanted::Probabilities | Wanted::LogProbabilities => core.predict_proba_batch_with(scratch, rows, out),
    }
}

fn label_type(labels: &Labels) -> DataType {
    match labels {
        Labels::Integers(_) => DataType::Int64,
        Labels::Booleans(_) => DataType::Boolean,
        Labels::Floats(_) => DataType::Float64,
        _ => DataType::Utf8,
    }
}

fn label_array(labels: &Labels, classes: &[u32], answered: impl Fn(usize) -> bool) -> ArrayRef {
    let rows = classes.iter().enumerate().map(|(row, class)| answered(row).then_some(*class as usize));
    match labels {
        Labels::Integers(labels) => {
            Arc::new(rows.map(|class| class.map(|class| labels[class])).collect::<Int64Array>())
        }
        Labels::Booleans(labels) => {
            Arc::new(rows.map(|class| class.map(|class| labels[class])).collect::<BooleanArray>())
        }
        Labels::Floats(labels) => {
            Arc::new(rows.map(|class| class.map(|class| labels[class])).collect::<Float64Array>())
        }
        labels => {
            let texts: Vec<_> = labels.iter().map(|label| label.to_string()).collect();
            let mut array = StringBuilder::with_capacity(classes.len(), classes.len() * 8);
            rows.for_each(|class| array.append_option(class.map(|class| &texts[class])));
            Arc::new(array.finish())
        }
    }
}

/// What a method's name asks of a model.
pub(crate) fn asked(schema: &Schema, method: &str) -> Option<Asked> {
    let is_classifier = matches!(schema.task(), iris_core::Task::Classify { .. });
    Some(match method {
        "predict" if is_classifier => Asked::Labels,
        "predict" => Asked::Numbers(Wanted::Values { in_column: true }),
        "predict_proba" => Asked::Numbers(Wanted::Probabilities),
        "decision_function" => Asked::Numbers(Wanted::Scores),
        _ => return None,
    })
}
