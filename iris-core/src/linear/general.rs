//! The kernel for shapes known only at run time.

use multiversion::multiversion;

use super::wide::Wide;
use super::{Link, NotFinite, Winner, all_finite, class_number};
use crate::affine::add_scaled;
use crate::columns::{Columns, ColumnsMut, products};
use crate::math::argmax;
use crate::scratch::Memory;

/// Scores of any number of features and classes.
#[derive(Debug)]
pub(super) enum General {
    Narrow(Narrow),
    Wide(Wide),
}

/// Weights of `n_features` by `n_classes`, row-major: for each feature the
/// classes lie side by side, so that a row is scored in whole vectors.
#[derive(Debug)]
pub(super) struct Narrow {
    weights: Vec<f64>,
    intercepts: Vec<f64>,
}

impl General {
    pub(super) fn new(weights: Vec<f64>, intercepts: Vec<f64>) -> Self {
        if Wide::pays(weights.len() / intercepts.len(), intercepts.len()) {
            Self::Wide(Wide::new(&weights, intercepts))
        } else {
            Self::Narrow(Narrow { weights, intercepts })
        }
    }

    pub(super) fn weight(&self, feature: usize, output: usize) -> f64 {
        match self {
            Self::Narrow(narrow) => narrow.weights[feature * narrow.intercepts.len() + output],
            Self::Wide(wide) => wide.weight(feature, output),
        }
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        match self {
            Self::Narrow(narrow) => &narrow.intercepts,
            Self::Wide(wide) => wide.intercepts(),
        }
    }

    fn n_classes(&self) -> usize {
        self.intercepts().len()
    }

    pub(super) fn n_features(&self) -> usize {
        match self {
            Self::Narrow(narrow) => narrow.weights.len() / narrow.intercepts.len(),
            Self::Wide(wide) => wide.n_features(),
        }
    }

    /// Rows scored together, so that weights beyond the cache are read once for all.
    fn block(&self) -> usize {
        match self {
            Self::Narrow(_) => 8,
            Self::Wide(_) => Wide::BLOCK,
        }
    }

    /// The scores of a block of rows, a column a class.
    pub(super) fn score_columns(&self, rows: Columns<'_>, out: ColumnsMut<'_>) {
        match self {
            Self::Narrow(narrow) => products(rows, &narrow.weights, &narrow.intercepts, out),
            Self::Wide(wide) => wide.score_columns(rows, out),
        }
    }

    /// The scores of `rows` into `out`, both row-major.
    pub(super) fn evaluate(&self, rows: &[f64], out: &mut [f64]) {
        match self {
            Self::Narrow(narrow) => evaluate_narrow(narrow, rows, out),
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

impl Narrow {
    /// The scores of `rows` into `out`, both row-major.
    #[inline(always)]
    fn evaluate(&self, rows: &[f64], out: &mut [f64]) {
        let n_classes = self.intercepts.len();
        let n_features = self.weights.len() / n_classes;
        out.fill(0.0);
        for (feature, weights) in self.weights.chunks_exact(n_classes).enumerate() {
            for (row, out) in rows.chunks_exact(n_features).zip(out.chunks_exact_mut(n_classes)) {
                add_scaled(out, row[feature], weights);
            }
        }
        for out in out.chunks_exact_mut(n_classes) {
            out.iter_mut().zip(&self.intercepts).for_each(|(out, intercept)| *out += intercept);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn evaluate_narrow(kernel: &Narrow, rows: &[f64], out: &mut [f64]) {
    kernel.evaluate(rows, out);
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
