//! Batches through a program's steps, a block of rows at a time.

use super::Predictor;
use crate::error::Result;
use crate::linear::class_number;
use crate::model::{AtFault, Left};
use crate::scratch::Memory;
use crate::{Rows, RowsMut};

/// What is asked about every row: where the answers go of all that is wanted.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub(super) classes: Option<&'a mut [u32]>,
    pub(super) probabilities: Option<RowsMut<'a>>,
    pub(super) scores: Option<RowsMut<'a>>,
    pub(super) values: Option<RowsMut<'a>>,
}

/// A block of fewer rows is not worth what it takes.
const FEWEST: usize = 4;

impl Predictor {
    /// Numbers that a batch works in.
    pub(super) fn blocks_len(&self, n_rows: usize, width: usize) -> usize {
        self.model.program.block_len(n_rows).max(self.row_by_row_len(width))
    }

    fn row_by_row_len(&self, width: usize) -> usize {
        self.schema().n_features() + width + self.model.row_len()
    }

    /// Answers all rows, whole blocks where there are steps and no row is at
    /// fault, else one by one.
    pub(super) fn answer(&self, rows: &Rows<'_>, mut asked: Asked<'_>, memory: Memory<'_>) -> Result<()> {
        let program = &self.model.program;
        let block_rows = match memory {
            Memory::Stack(_) => program.block_rows_on_stack(),
            Memory::Piece(..) => program.block_rows(),
        };
        let width = asked.width();
        let n_rows = rows.n_rows();
        if block_rows.min(n_rows) < FEWEST {
            return memory.with(self.row_by_row_len(width), |numbers| {
                self.answer_rows(rows, 0, n_rows, &mut asked, numbers)
            });
        }
        let block_rows = block_rows.min(n_rows);
        memory.with(self.blocks_len(block_rows, width), |numbers| {
            for first in (0..n_rows).step_by(block_rows) {
                let end = n_rows.min(first + block_rows);
                let is_answered = end - first >= FEWEST
                    && self.answer_block(rows, first, end - first, &mut asked, numbers).is_ok();
                if !is_answered {
                    self.answer_rows(rows, first, end, &mut asked, numbers)?;
                }
            }
            Ok(())
        })
    }

    fn answer_block(
        &self,
        rows: &Rows<'_>,
        first: usize,
        n_rows: usize,
        asked: &mut Asked<'_>,
        memory: &mut [f64],
    ) -> Result<(), AtFault> {
        let estimator = self.model.program.estimator();
        let Left { columns: left, scratch } =
            self.model.run_block(rows, first, n_rows, memory, self.texts.as_deref())?;
        if let Some(out) = &mut asked.classes {
            estimator.classes_of_block(left, &mut out[first..first + n_rows], scratch)?;
        }
        if let Some(out) = &mut asked.probabilities {
            out.write_columns(first, estimator.probabilities_of_block(left, scratch)?);
        }
        for out in [&mut asked.scores, &mut asked.values].into_iter().flatten() {
            out.write_columns(first, estimator.scores_of_block(left, scratch)?);
        }
        Ok(())
    }

    /// One row after the other, each with memory for a call on one row; names the row at fault.
    fn answer_rows(
        &self,
        rows: &Rows<'_>,
        first: usize,
        end: usize,
        asked: &mut Asked<'_>,
        numbers: &mut [f64],
    ) -> Result<()> {
        let (gathered, numbers) = numbers.split_at_mut(rows.n_columns());
        let (room, numbers) = numbers.split_at_mut(asked.width());
        for index in first..end {
            let row = rows.row(index, gathered);
            self.answer_row(index, row, asked, room, numbers).map_err(|error| error.at_row(index))?;
        }
        Ok(())
    }

    fn answer_row(
        &self,
        index: usize,
        row: &[f64],
        asked: &mut Asked<'_>,
        room: &mut [f64],
        numbers: &mut [f64],
    ) -> Result<()> {
        let (model, texts) = (&self.model, self.texts.as_deref());
        let mut write = |out: &mut Option<RowsMut<'_>>, answer: &mut dyn FnMut(&mut [f64]) -> Result<()>| {
            let Some(out) = out else { return Ok(()) };
            let width = out.n_columns();
            out.write(index, &mut room[..width], answer)
        };
        if let Some(out) = &mut asked.classes {
            out[index] = class_number(model.class(row, Memory::Piece(&mut *numbers, texts))?);
        }
        write(&mut asked.probabilities, &mut |out| {
            model.probabilities(row, out, Memory::Piece(&mut *numbers, texts)).map(drop)
        })?;
        write(&mut asked.scores, &mut |out| model.scores(row, out, Memory::Piece(&mut *numbers, texts)))?;
        write(&mut asked.values, &mut |out| model.values(row, out, Memory::Piece(&mut *numbers, texts)))
    }
}

impl Asked<'_> {
    /// Numbers of a row's answer that may have to be put in place one by one.
    fn width(&self) -> usize {
        let outs = [&self.probabilities, &self.scores, &self.values].into_iter().flatten();
        outs.map(RowsMut::n_columns).max().unwrap_or(0)
    }
}
