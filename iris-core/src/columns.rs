//! Views of a block: some rows whose columns each lie in one piece.

mod products;

use std::ops::Range;

pub(crate) use products::products;

/// Columns of one number a row, one column behind the other; there is at least one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    numbers: &'a [f64],
    n_rows: usize,
}

/// The same to be written.
#[derive(Debug)]
pub(crate) struct ColumnsMut<'a> {
    numbers: &'a mut [f64],
    n_rows: usize,
}

impl<'a> Columns<'a> {
    /// Whole columns of `n_rows` numbers.
    pub(crate) fn new(numbers: &'a [f64], n_rows: usize) -> Self {
        Self { numbers, n_rows }
    }

    pub(crate) fn n_rows(self) -> usize {
        self.n_rows
    }

    /// How many columns there are.
    pub(crate) fn width(self) -> usize {
        self.numbers.len() / self.n_rows
    }

    /// All of them.
    pub(crate) fn numbers(self) -> &'a [f64] {
        self.numbers
    }

    #[inline]
    pub(crate) fn column(self, column: usize) -> &'a [f64] {
        &self.numbers[column * self.n_rows..][..self.n_rows]
    }

    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = &'a [f64]> {
        self.numbers.chunks_exact(self.n_rows)
    }

    /// Some that stand side by side.
    pub(crate) fn range(self, columns: Range<usize>) -> Self {
        let numbers = &self.numbers[columns.start * self.n_rows..columns.end * self.n_rows];
        Self { numbers, n_rows: self.n_rows }
    }

    /// Whether every number is finite.
    pub(crate) fn are_finite(self) -> bool {
        all(self.numbers, f64::is_finite)
    }

    /// Copies one row to `row`.
    #[inline]
    pub(crate) fn gather(self, index: usize, row: &mut [f64]) {
        row.iter_mut().zip(self.iter()).for_each(|(to, column)| *to = column[index]);
    }

    /// The index of the largest number of each row, the first of equal ones,
    /// into `out`; works in one number a row.
    pub(crate) fn argmax(self, out: &mut [u32], scratch: &mut [f64]) {
        let largest = &mut scratch[..self.n_rows];
        largest.copy_from_slice(self.column(0));
        out.fill(0);
        for (index, column) in (1u32..).zip(self.iter().skip(1)) {
            for ((best, largest), value) in out.iter_mut().zip(&mut *largest).zip(column) {
                // Two choices instead of one branch, as of a single row.
                let is_better = value > largest;
                *largest = if is_better { *value } else { *largest };
                *best = if is_better { index } else { *best };
            }
        }
    }
}

impl<'a> ColumnsMut<'a> {
    /// Whole columns of `n_rows` numbers.
    pub(crate) fn new(numbers: &'a mut [f64], n_rows: usize) -> Self {
        Self { numbers, n_rows }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.numbers.len() / self.n_rows
    }

    /// All of them.
    pub(crate) fn numbers(&mut self) -> &mut [f64] {
        self.numbers
    }

    /// The same for a while.
    pub(crate) fn reborrow(&mut self) -> ColumnsMut<'_> {
        ColumnsMut { numbers: self.numbers, n_rows: self.n_rows }
    }

    /// To be read from now on.
    pub(crate) fn into_columns(self) -> Columns<'a> {
        Columns { numbers: self.numbers, n_rows: self.n_rows }
    }

    /// As they are now.
    pub(crate) fn as_columns(&self) -> Columns<'_> {
        Columns { numbers: self.numbers, n_rows: self.n_rows }
    }

    #[inline]
    pub(crate) fn column(&mut self, column: usize) -> &mut [f64] {
        &mut self.numbers[column * self.n_rows..][..self.n_rows]
    }

    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [f64]> {
        self.numbers.chunks_exact_mut(self.n_rows)
    }

    /// What stands in front of a column, and the column.
    pub(crate) fn before(&mut self, column: usize) -> (Columns<'_>, &mut [f64]) {
        let (front, rest) = self.numbers.split_at_mut(column * self.n_rows);
        (Columns { numbers: front, n_rows: self.n_rows }, &mut rest[..self.n_rows])
    }

    /// Copies `row` to where one row lies.
    #[inline]
    pub(crate) fn scatter(&mut self, index: usize, row: &[f64]) {
        self.iter_mut().zip(row).for_each(|(column, from)| column[index] = *from);
    }
}

/// Whether something is so of every number; asks all of them, since a loop
/// without an exit becomes vectors.
pub(crate) fn all(numbers: &[f64], is_so: impl Fn(f64) -> bool) -> bool {
    numbers.iter().fold(true, |all, number| all & is_so(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_and_out_of_columns() {
        let mut numbers = [0.0; 6];
        let mut columns = ColumnsMut::new(&mut numbers, 2);
        columns.scatter(0, &[1.0, 2.0, 3.0]);
        columns.scatter(1, &[4.0, 5.0, 6.0]);
        assert_eq!((columns.n_rows(), columns.width()), (2, 3));
        let (front, second) = columns.before(1);
        assert_eq!((front.numbers(), &*second), (&[1.0, 4.0][..], &[2.0, 5.0][..]));
        let columns = columns.as_columns();
        assert_eq!(columns.numbers(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(columns.range(1..3).column(1), [3.0, 6.0]);
        let mut row = [0.0; 3];
        columns.gather(1, &mut row);
        assert_eq!(row, [4.0, 5.0, 6.0]);
        assert!(columns.are_finite() && !Columns::new(&[0.0, f64::NAN], 1).are_finite());
    }

    #[test]
    fn the_first_of_equal_numbers_is_the_largest() {
        let mut classes = [9; 2];
        Columns::new(&[1.0, 5.0, 3.0, 2.0, 3.0, 5.0], 2).argmax(&mut classes, &mut [0.0; 2]);
        assert_eq!(classes, [1, 0]);
    }
}
