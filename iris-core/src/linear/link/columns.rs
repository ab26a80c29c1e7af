//! Links of many rows whose scores lie a column a class.

use multiversion::multiversion;

use super::Link;
use crate::columns::ColumnsMut;
use crate::math::{exp_nonpositive, logistic};

impl Link {
    /// Numbers that [`apply_columns`](Self::apply_columns) works in.
    pub(crate) fn columns_len(width: usize, n_rows: usize) -> usize {
        width.max(2 * n_rows)
    }

    /// [`apply`](Self::apply) on every row, to the same bits.
    pub(crate) fn apply_columns(self, scores: ColumnsMut<'_>, scratch: &mut [f64]) {
        match self {
            Self::Softmax => softmax_columns(scores, scratch),
            Self::Logistic => logistic_columns(scores),
            Self::Identity => {}
            _ => self.apply_by_rows(scores, scratch),
        }
    }

    fn apply_by_rows(self, mut scores: ColumnsMut<'_>, scratch: &mut [f64]) {
        let row = &mut scratch[..scores.width()];
        for index in 0..scores.n_rows() {
            scores.as_columns().gather(index, row);
            self.apply(row);
            scores.scatter(index, row);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn softmax_columns(mut scores: ColumnsMut<'_>, scratch: &mut [f64]) {
    let n_rows = scores.n_rows();
    let (largest, rest) = scratch.split_at_mut(n_rows);
    let sums = &mut rest[..n_rows];
    largest.fill(f64::NEG_INFINITY);
    // What numbers are summed from, so that zeros keep their signs.
    sums.fill(-0.0);
    for column in scores.iter_mut() {
        for (largest, score) in largest.iter_mut().zip(column) {
            *largest = if *score > *largest { *score } else { *largest };
        }
    }
    for column in scores.iter_mut() {
        for ((score, largest), sum) in column.iter_mut().zip(&*largest).zip(&mut *sums) {
            *score = exp_nonpositive(*score - largest);
            *sum += *score;
        }
    }
    for sum in &mut *sums {
        *sum = 1.0 / *sum;
    }
    for column in scores.iter_mut() {
        column.iter_mut().zip(&*sums).for_each(|(score, factor)| *score *= factor);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn logistic_columns(mut scores: ColumnsMut<'_>) {
    for score in scores.numbers() {
        *score = logistic(*score);
    }
}
