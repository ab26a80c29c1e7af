//! Columns of numbers: mapped, stepped, side by side.

use super::{Flow, Numbers, Rows, check_finite};
use crate::affine::Affine;
use crate::error::Result;
use crate::program::{Clip, Step, ValueId};
#[cfg(feature = "boosters")]
use crate::program::{Ending, ProgramBuilder};

impl Flow<'_, '_> {
    /// Numbers side by side; there is at least one part.
    pub(in crate::read::sklearn) fn beside(&mut self, mut parts: Vec<Numbers>) -> Result<Numbers> {
        let source = parts[0].source;
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0));
        }
        if parts.iter().all(|part| part.source == source) {
            let affines: Vec<&Affine> = parts.iter().map(|part| &part.affine).collect();
            self.budget.spend(affines.iter().map(|affine| affine.size()).sum())?;
            // Picked columns beside a product would be written out as one.
            let n_picked = affines.iter().filter(|affine| affine.picked().is_some()).count();
            if n_picked == 0 || n_picked == affines.len() {
                return Ok(Numbers { source, affine: Affine::concatenated(&affines) });
            }
        }
        let values: Result<Vec<ValueId>> = parts.into_iter().map(|part| self.in_full(part)).collect();
        let source = self.program.concat(values?);
        self.plain(source)
    }

    /// The numbers under another affine map, which was made of theirs.
    pub(in crate::read::sklearn) fn mapped(&mut self, source: ValueId, affine: Affine) -> Result<Numbers> {
        self.budget.spend(affine.size())?;
        check_finite(&affine)?;
        Ok(Numbers { source, affine })
    }

    /// Some of the numbers, by indices that are in range.
    pub(in crate::read::sklearn) fn columns(
        &mut self,
        numbers: &Numbers,
        columns: &[usize],
    ) -> Result<Numbers> {
        let affine = numbers.affine.columns(columns);
        self.budget.spend(affine.size())?;
        Ok(Numbers { source: numbers.source, affine })
    }

    /// The numbers times `weights`, with `n_outputs` a column.
    pub(in crate::read::sklearn) fn weighted(
        &mut self,
        numbers: &Numbers,
        weights: &[f64],
        n_outputs: usize,
    ) -> Result<Numbers> {
        let affine = self.times(&numbers.affine, weights.to_vec(), n_outputs)?;
        check_finite(&affine)?;
        Ok(Numbers { source: numbers.source, affine })
    }

    /// Votes for whatever is nearest; of those too far away to tell, the first.
    pub(in crate::read::sklearn) fn nearest(&mut self, distances: Numbers) -> Result<Numbers> {
        let votes = self.mapped(distances.source, distances.affine.scaled(|_| -1.0))?;
        self.stepped(votes, Step::Clip(Clip { low: -f64::MAX, high: f64::MAX }))
    }

    /// Numbers that are the same whatever comes, also where columns hold nothing.
    pub(in crate::read::sklearn) fn constant(&mut self, rows: &Rows, values: &[f64]) -> Result<Numbers> {
        let Numbers { source, affine } = &rows.numbers;
        let none =
            self.program.step(Step::Affine(Affine::select(affine.n_inputs(), [].into_iter())), *source);
        let affine = Affine::identity(0).times(Vec::new(), values.len()).shifted(|column| values[column]);
        self.mapped(none, affine)
    }

    /// The numbers as a value of their own, so that no map behind is folded into theirs.
    pub(in crate::read::sklearn) fn alone(&mut self, numbers: Numbers) -> Result<Numbers> {
        let source = self.in_full(numbers)?;
        self.plain(source)
    }

    /// The columns as numbers, none of which may be missing, whatever estimators behind would take.
    pub(in crate::read::sklearn) fn present(&mut self, rows: Rows) -> Result<Rows> {
        let numbers = self.numbers(rows.clone())?;
        match numbers.affine.picked() {
            // Nothing stands between these and the features.
            Some(columns) if numbers.source == ValueId::FEATURES => {
                self.program.require(columns);
                Ok(rows.filled(numbers))
            }
            _ => Ok(rows.filled(self.stepped(numbers, Step::Present)?)),
        }
    }

    /// The numbers behind a step.
    pub(in crate::read::sklearn) fn stepped(&mut self, numbers: Numbers, step: Step) -> Result<Numbers> {
        let source = self.in_full(numbers)?;
        let source = self.program.step(step, source);
        self.plain(source)
    }

    /// Whether the numbers are a row of counted terms, each times its factor.
    pub(in crate::read::sklearn) fn are_terms(&self, numbers: &Numbers) -> bool {
        self.program.is_sparse(numbers.source)
    }

    /// The same numbers, computed as they stand there before anything is made of them.
    ///
    /// Maps are joined otherwise: `x · (a · b)` is rounded in another place than `(x · a) · b`.
    pub(in crate::read::sklearn) fn settled(&mut self, numbers: Numbers) -> Result<Numbers> {
        let source = self.in_full(numbers)?;
        self.plain(source)
    }

    /// What is planted behind the numbers.
    #[cfg(feature = "boosters")]
    pub(in crate::read::sklearn) fn planted(
        &mut self,
        numbers: Numbers,
        plant: impl FnOnce(&mut ProgramBuilder, ValueId) -> Result<Ending>,
    ) -> Result<Ending> {
        let source = self.in_full(numbers)?;
        plant(&mut self.program, source)
    }

    /// The columns behind a step that leaves each what it is, or looks it up.
    pub(in crate::read::sklearn) fn looked_up(&mut self, rows: Rows, step: Step) -> Result<Numbers> {
        self.stepped(rows.numbers, step)
    }
}
