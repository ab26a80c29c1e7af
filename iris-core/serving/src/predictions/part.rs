//! Rows of a batch and the places of their answers: all of it, or a part.

use std::time::{Duration, Instant};

use iris_core::{Classified, Error, Predictor, Result, Rows, RowsMut, Scratch, Task};

use crate::Want;
use crate::lane::Hands;

/// Rows, and the places of what is wanted of them.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) want: Want,
    /// The first one's place in the batch.
    pub(super) first: usize,
    pub(super) n_rows: usize,
    /// Row-major, as everything but the classes.
    pub(super) numbers: &'a [f64],
    pub(super) classes: &'a mut [u32],
    pub(super) probabilities: &'a mut [f64],
    pub(super) scores: &'a mut [f64],
    pub(super) values: &'a mut [f64],
    pub(super) contributions: &'a mut [f64],
}

/// Rows that are answered first where there are more, to see how long they take.
const SAMPLE: usize = 128;

/// So much work is worth a thread, which takes some tens of microseconds to wake.
const WORTH: Duration = Duration::from_micros(500);

/// Pieces for each thread: so the last to end is not far behind the others.
const PIECES: usize = 4;

impl Part<'_> {
    /// Answers the rows, with the help of threads that have nothing to do if it takes long.
    ///
    /// The answers are the same, to the bit, for a row's do not depend on its neighbours.
    pub(super) fn answer(mut self, predictor: &Predictor, scratch: &mut Scratch) -> Result<()> {
        if self.n_rows < 2 * SAMPLE {
            return self.alone(predictor, scratch);
        }
        let began = Instant::now();
        self.take(SAMPLE).alone(predictor, scratch)?;
        let to_come = began.elapsed().mul_f64(per_sample(self.n_rows));
        let Some(hands) = Hands::borrow(worth_threads(to_come)) else {
            return self.alone(predictor, scratch);
        };
        let pieces = self.pieces((hands.n() + 1) * PIECES);
        hands.share(pieces, scratch, |piece, scratch| piece.alone(predictor, scratch))
    }

    /// Cuts it into about so many pieces of the same length.
    fn pieces(mut self, n: usize) -> Vec<Self> {
        let len = self.n_rows.div_ceil(n).next_multiple_of(SAMPLE);
        let mut pieces = Vec::with_capacity(n);
        while self.n_rows > 0 {
            pieces.push(self.take(len));
        }
        pieces
    }

    /// Takes away up to so many of the first rows.
    fn take(&mut self, n_rows: usize) -> Self {
        let (all, n_rows) = (self.n_rows, n_rows.min(self.n_rows));
        let head = |len: usize| ..len / all * n_rows;
        let part = Self {
            want: self.want,
            first: self.first,
            n_rows,
            numbers: self.numbers.split_off(head(self.numbers.len())).unwrap_or_default(),
            classes: self.classes.split_off_mut(head(self.classes.len())).unwrap_or_default(),
            probabilities: self
                .probabilities
                .split_off_mut(head(self.probabilities.len()))
                .unwrap_or_default(),
            scores: self.scores.split_off_mut(head(self.scores.len())).unwrap_or_default(),
            values: self.values.split_off_mut(head(self.values.len())).unwrap_or_default(),
            contributions: self
                .contributions
                .split_off_mut(head(self.contributions.len()))
                .unwrap_or_default(),
        };
        self.first += n_rows;
        self.n_rows -= n_rows;
        part
    }

    /// Answers the rows. An error names the row by its place in the batch.
    fn alone(self, predictor: &Predictor, scratch: &mut Scratch) -> Result<()> {
        let first = self.first;
        let in_batch = |error: Error| match error.row() {
            Some(row) => error.at_row(first + row),
            None => error,
        };
        self.rows(predictor, scratch).map_err(in_batch)
    }

    fn rows(self, predictor: &Predictor, scratch: &mut Scratch) -> Result<()> {
        let (schema, want) = (predictor.schema(), self.want);
        let rows = Rows::new(self.numbers, schema.n_features())?;
        match schema.task() {
            Task::Regress { n_targets } => {
                predictor.predict_values_batch_with(scratch, rows, RowsMut::new(self.values, *n_targets)?)?;
            }
            Task::Classify { .. } => {
                let (n_classes, n_scores) = (schema.n_classes(), predictor.n_scores());
                let probabilities = want.probabilities.then(|| RowsMut::new(self.probabilities, n_classes));
                let scores = want.scores.then(|| RowsMut::new(self.scores, n_scores));
                let (probabilities, scores) = (probabilities.transpose()?, scores.transpose()?);
                let classes = self.classes;
                predictor.classify_batch_with(
                    scratch,
                    rows,
                    Classified { classes, probabilities, scores },
                )?;
            }
        }
        if !want.contributions {
            return Ok(());
        }
        let out = RowsMut::new(self.contributions, predictor.contributions_len())?;
        predictor.contributions_batch_with(scratch, rows, out)
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn per_sample(n_rows: usize) -> f64 {
    n_rows as f64 / SAMPLE as f64
}

/// How many threads more are worth while for work that takes one so long.
fn worth_threads(work: Duration) -> usize {
    let n = work.as_nanos() / WORTH.as_nanos();
    usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::lane::{Client, Form, Lane};

    const N_ROWS: usize = 10_000;
    const WANT: Want = Want { probabilities: true, scores: true, contributions: true };

    /// Answers, in the order of a part's fields.
    type Answers = (Vec<u32>, [Vec<f64>; 3]);

    fn numbers() -> Vec<f64> {
        (0..97).cycle().map(|step| f64::from(step) / 12.0).take(4 * N_ROWS).collect()
    }

    fn answered(numbers: &[f64], answer: impl FnOnce(&Predictor, Part<'_>) -> Result<()>) -> Result<Answers> {
        let predictor = Predictor::iris();
        let mut classes = vec![0; N_ROWS];
        let mut others = [3, 3, 15].map(|columns| vec![0.0; columns * N_ROWS]);
        let [probabilities, scores, contributions] = &mut others;
        let (classes, values) = (&mut classes[..], &mut [][..]);
        let part = Part {
            want: WANT,
            first: 0,
            n_rows: N_ROWS,
            numbers,
            classes,
            probabilities,
            scores,
            values,
            contributions,
        };
        answer(&predictor, part)?;
        Ok((classes.to_vec(), others))
    }

    fn alone(numbers: &[f64]) -> Result<Answers> {
        answered(numbers, |predictor, part| part.alone(predictor, &mut Scratch::new()))
    }

    /// What comes of this on a thread of a lane whose two others have nothing to do.
    async fn in_a_lane<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        let lane = Lane::start(NonZeroUsize::new(3).unwrap(), Lane::DEFAULT_MAX_WAIT).unwrap();
        lane.admit(&Client::default(), Form::Text, 1 << 20).unwrap().unwrap().run(work).await
    }

    fn shared(predictor: &Predictor, part: Part<'_>) -> Result<()> {
        let hands = Hands::borrow(2).unwrap();
        let pieces = part.pieces(12);
        assert_eq!(pieces.len(), 12, "of seven samples each");
        hands.share(pieces, &mut Scratch::new(), |piece, scratch| piece.alone(predictor, scratch))
    }

    #[tokio::test]
    async fn parts_have_the_answers_of_the_whole() {
        let whole = alone(&numbers()).unwrap();
        let parts = in_a_lane(|| answered(&numbers(), shared)).await.unwrap();
        assert!(whole == parts);
        let chosen = |predictor: &Predictor, part: Part<'_>| part.answer(predictor, &mut Scratch::new());
        assert!(whole == answered(&numbers(), chosen).unwrap(), "not in a lane");
        assert!(whole == in_a_lane(move || answered(&numbers(), chosen)).await.unwrap());
    }

    #[tokio::test]
    async fn the_first_row_at_fault_is_named_by_its_place_in_the_batch() {
        let mut numbers = numbers();
        numbers[4 * 9_000] = f64::NAN;
        numbers[4 * 8_999 + 2] = f64::INFINITY;
        let whole = alone(&numbers).unwrap_err();
        assert_eq!(whole.row(), Some(8_999));
        for _ in 0..20 {
            let numbers = numbers.clone();
            assert_eq!(in_a_lane(move || answered(&numbers, shared)).await.unwrap_err(), whole);
        }
    }

    #[test]
    fn only_long_work_is_worth_a_thread() {
        let threads = [0, 499, 999, 1_000, 5_000].map(|micros| worth_threads(Duration::from_micros(micros)));
        assert_eq!(threads, [0, 0, 0, 1, 9]);
    }
}
