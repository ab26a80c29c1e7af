//! What the model says of a block of rows.

use iris_core::{Classified, Predictor, Result, Rows as Batch, RowsMut, Scratch, Task};

use super::rows::Rows;

/// What is asked of the model beside its prediction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) probabilities: bool,
    pub(super) contributions: bool,
}

/// The answers of a block, by row.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Of a classifier.
    pub(super) classes: Vec<u32>,
    /// Rows × classes, if asked for.
    pub(super) probabilities: Vec<f64>,
    /// Rows × targets, of a regressor.
    pub(super) values: Vec<f64>,
    /// Rows × [`Predictor::contributions_len`], if asked for.
    pub(super) contributions: Vec<f64>,
    /// Numbers a row of the values, the probabilities and the contributions.
    widths: [usize; 3],
}

impl Answers {
    /// All numbers and how many of them a row has, in the order in which they are written.
    pub(super) fn numbers(&self) -> [(&[f64], usize); 3] {
        let [values, probabilities, contributions] = self.widths;
        [(&self.values, values), (&self.probabilities, probabilities), (&self.contributions, contributions)]
    }
}

impl Asked {
    /// Answers all rows; those that the model refuses are rejected.
    pub(super) fn of(
        self,
        predictor: &Predictor,
        scratch: &mut Scratch,
        rows: &mut Rows,
        answers: &mut Answers,
    ) {
        if self.batch(predictor, scratch, rows, answers).is_ok() {
            return;
        }
        // An error names one row, and most of them are found by looking at the numbers.
        let width = predictor.schema().n_features();
        let check = |row: &[f64]| predictor.check_row(row).err().map(|error| error.to_string());
        let reasons = rows.values.chunks_exact(width).map(check).collect();
        rows.reject(reasons);
        if self.batch(predictor, scratch, rows, answers).is_ok() {
            return;
        }
        let mut one = Answers::default();
        let reasons = rows.values.chunks_exact(width).map(|row| {
            let asked = Batch::new(row, width).and_then(|row| self.answer(predictor, scratch, row, &mut one));
            // The message without the row's number, which is 0 here.
            asked.err().map(|error| error.to_string().trim_start_matches("row 0: ").to_owned())
        });
        let reasons = reasons.collect();
        rows.reject(reasons);
        let answered = self.batch(predictor, scratch, rows, answers);
        answered.expect("a batch is answered if each of its rows is");
    }

    fn batch(
        self,
        predictor: &Predictor,
        scratch: &mut Scratch,
        rows: &Rows,
        answers: &mut Answers,
    ) -> Result<()> {
        let batch = Batch::new(&rows.values, predictor.schema().n_features())?;
        self.answer(predictor, scratch, batch, answers)
    }

    fn answer(
        self,
        predictor: &Predictor,
        scratch: &mut Scratch,
        batch: Batch<'_>,
        answers: &mut Answers,
    ) -> Result<()> {
        let n_rows = batch.n_rows();
        let schema = predictor.schema();
        let if_asked = |asked, n| if asked { n } else { 0 };
        answers.widths = [
            schema.n_targets(),
            if_asked(self.probabilities, schema.n_classes()),
            if_asked(self.contributions, predictor.contributions_len()),
        ];
        let [_, n_probabilities, n_contributions] = answers.widths;
        match schema.task() {
            Task::Classify { .. } => {
                answers.classes.resize(n_rows, 0);
                answers.probabilities.resize(n_rows * n_probabilities, 0.0);
                let probabilities = match n_probabilities {
                    0 => None,
                    n => Some(RowsMut::new(&mut answers.probabilities, n)?),
                };
                let out = Classified { classes: &mut answers.classes, probabilities, scores: None };
                predictor.classify_batch_with(scratch, batch, out)?;
            }
            Task::Regress { n_targets } => {
                answers.values.resize(n_rows * n_targets, 0.0);
                let out = RowsMut::new(&mut answers.values, *n_targets)?;
                predictor.predict_values_batch_with(scratch, batch, out)?;
            }
        }
        if self.contributions {
            answers.contributions.resize(n_rows * n_contributions, 0.0);
            let out = RowsMut::new(&mut answers.contributions, n_contributions)?;
            predictor.contributions_batch_with(scratch, batch, out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::rows::Place;

    #[test]
    fn rows_that_the_model_refuses_are_told_and_the_others_answered() {
        let iris = Predictor::iris();
        let mut rows = Rows::default();
        for (line, row) in [
            [5.1, 3.5, 1.4, 0.2],
            [f64::INFINITY, 3.3, 6.0, 2.5],
            [6.3, 3.3, 6.0, 2.5],
            // Scores of this one overflow.
            [1.7e308, -1.7e308, 1.7e308, 1.7e308],
        ]
        .into_iter()
        .enumerate()
        {
            rows.values.extend(row);
            rows.places.push(Place { line: line as u64, bytes: 0..0 });
        }
        let (mut scratch, mut answers) = (iris.scratch(), Answers::default());
        Asked { probabilities: true, contributions: true }.of(&iris, &mut scratch, &mut rows, &mut answers);
        let lines: Vec<u64> = rows.rejects.iter().map(|reject| reject.place.line).collect();
        assert_eq!(lines, [1, 3], "{:?}", rows.rejects);
        assert!(rows.rejects[0].reason.contains("sepal_length"), "{:?}", rows.rejects);
        assert_eq!(answers.classes, [0, 2]);
        assert_eq!(answers.probabilities.len(), 3 * rows.len());
        assert_eq!(answers.contributions.len(), 15 * rows.len());
        for (row, class) in rows.values.chunks_exact(4).zip(&answers.classes) {
            assert_eq!(iris.predict_class(row).unwrap(), *class as usize);
        }
    }
}
