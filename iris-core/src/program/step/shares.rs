//! Numbers divided by their sum, where there is one.

use crate::columns::ColumnsMut;

/// Each number's share of the sum; where they add up to zero, they stay as they are.
pub(super) fn shares(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    if total != 0.0 {
        for value in row {
            *value /= total;
        }
    }
}

/// The same of every row of a block; works in one number a row.
pub(super) fn shares_of_columns(mut rows: ColumnsMut<'_>, scratch: &mut [f64]) {
    let totals = &mut scratch[..rows.n_rows()];
    totals.fill(-0.0);
    for column in rows.iter_mut() {
        totals.iter_mut().zip(column).for_each(|(total, value)| *total += *value);
    }
    for column in rows.iter_mut() {
        for (value, total) in column.iter_mut().zip(&*totals) {
            *value = if *total == 0.0 { *value } else { *value / total };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_zeroes_stays_so() {
        let (mut some, mut none) = ([1.0, 3.0, 0.0], [0.0; 3]);
        shares(&mut some);
        shares(&mut none);
        assert_eq!((some, none), ([0.25, 0.75, 0.0], [0.0; 3]));
    }
}
