//! The kernel for shapes known only at run time.

use multiversion::multiversion;

use super::narrow::Narrow;
use super::wide::Wide;
use super::{Link, NotFinite, Winner, all_finite, class_number};
use crate::columns::{Columns, ColumnsMut};
use crate::math::argmax;
use crate::scratch::Memory;

/// Scores of any number of features and classes.
#[derive(Debug)]
pub(super) enum General {
    Narrow(Narrow),
    Wide(Wide),
}

impl General {
    pub(super) fn new(weights: Vec<f64>, intercepts: Vec<f64>) -> Self {
        if Wide::pays(weights.len() / intercepts.len(), intercepts.len()) {
            Self::Wide(Wide::new(&weights, intercepts))
        } else {
            Self::Narrow(Narrow::new(weights, intercepts))
        }
    }

    pub(super) fn weight(&self, feature: usize, output: usize) -> f64 {
        match self {
            Self::Narrow(narrow) => narrow.weight(feature, output),
            Self::Wide(wide) => wide.weight(feature, output),
        }
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        match self {
            Self::Narrow(narrow) => narrow.intercepts(),
            Self::Wide(wide) => wide.intercepts(),
        }
    }

    fn n_classes(&self) -> usize {
        self.intercepts().len()
    }

    pub(super) fn n_features(&self) -> usize {
        match self {
            Self::Narrow(narrow) => narrow.n_features(),
            Self::Wide(wide) => wide.n_features(),
        }
    }

    /// Rows scored together, so that weights beyond the cache are read once for all.
    fn block(&self) -> usize {
        match self {
            Self::Narrow(_) => Narrow::BLOCK,
            Self::Wide(_) => Wide::BLOCK,
        }
    }

    /// The scores of a block of rows, a column a class.
    pub(super) fn score_columns(&self, rows: Columns<'_>, out: ColumnsMut<'_>) {
        match self {
            Self::Narrow(narrow) => narrow.score_columns(rows, out),
            Self::Wide(wide) => wide.score_columns(rows, out),
        }
    }

    /// The scores of `rows` into `out`, both row-major.
    pub(super) fn evaluate(&self, rows: &[f64], out: &mut [f64]) {
        match self {
            Self::Narrow(narrow) => narrow.evaluate(rows, out),
            Self::Wide(wide) => wide.evaluate(rows, out),
        }
    }

    fn checked(&self, row: &[f64], scores: &mut [f64]) -> Result<(), NotFinite> {
        self.evaluate(row, scores);
        if all_finite(scores) { Ok(()) } else { Err(NotFinite { row: 0 }) }
    }

    pub(super) fn row_len(&self) -> usize {
        self.n_classes()
    }

    pub(super) fn batch_len(&self) -> usize {
        self.block() * self.n_classes()
    }

    pub(super) fn class(&self, row: &[f64], memory: Memory<'_>) -> Result<usize, NotFinite> {
        memory.with(self.row_len(), |scores| {
            self.checked(row, scores)?;
            Ok(argmax(scores))
        })
    }

    pub(super) fn winner(&self, row: &[f64], link: Link, memory: Memory<'_>) -> Result<Winner, NotFinite> {
        memory.with(self.row_len(), |scores| self.probabilities(row, link, scores))
    }

    pub(super) fn probabilities(
        &self,
        row: &[f64],
        link: Link,
        out: &mut [f64],
    ) -> Result<Winner, NotFinite> {
        self.checked(row, out)?;
        let class_index = argmax(out);
        link.apply(out);
        let probability = link.has_probabilities().then(|| super::link::largest(out));
        Ok(Winner { class_index, probability })
    }

    pub(super) fn scores(&self, row: &[f64], mirrored: bool, out: &mut [f64]) -> Result<(), NotFinite> {
        if !mirrored {
            return self.checked(row, out);
        }
        let mut scores = [0.0; 2];
        self.checked(row, &mut scores)?;
        out[0] = scores[1];
        Ok(())
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn apply_link(link: Link, n_classes: usize, out: &mut [f64]) {
    out.chunks_exact_mut(n_classes).for_each(|scores| link.apply(scores));
}

pub(super) fn class_batch(
    kernel: &General,
    rows: &[f64],
    out: &mut [u32],
    memory: Memory<'_>,
) -> Result<(), NotFinite> {
    let (n_classes, size) = (kernel.n_classes(), kernel.block());
    let n_features = kernel.n_features();
    memory.with(kernel.batch_len(), |scratch| {
        let blocks = rows.chunks(size * n_features).zip(out.chunks_mut(size));
        for (block, (rows, out)) in blocks.enumerate() {
            let scores = &mut scratch[..out.len() * n_classes];
            kernel.evaluate(rows, scores);
            check(scores, n_classes, block * size)?;
            for (scores, class) in scores.chunks_exact(n_classes).zip(out) {
                *class = class_number(argmax(scores));
            }
        }
        Ok(())
    })
}

pub(super) fn probability_batch(
    kernel: &General,
    link: Link,
    rows: &[f64],
    out: &mut [f64],
) -> Result<(), NotFinite> {
    let (n_classes, size) = (kernel.n_classes(), kernel.block());
    let n_features = kernel.n_features();
    let blocks = rows.chunks(size * n_features).zip(out.chunks_mut(size * n_classes));
    for (block, (rows, out)) in blocks.enumerate() {
        kernel.evaluate(rows, out);
        check(out, n_classes, block * size)?;
        apply_link(link, n_classes, out);
    }
    Ok(())
}

fn check(scores: &[f64], n_classes: usize, first_row: usize) -> Result<(), NotFinite> {
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(()),
        Some(index) => Err(NotFinite { row: first_row + index / n_classes }),
    }
}
