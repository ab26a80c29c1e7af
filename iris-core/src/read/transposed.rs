//! Tables turned on their side.

/// Rows and columns that are turned at a time: a tile of both tables stays in the first-level cache.
const TILE: usize = 32;

/// The columns of a table, `width` items a row, as rows of what each item stands for.
pub(super) fn transposed<A, T: Copy + Default>(table: &[A], width: usize, item: impl Fn(&A) -> T) -> Vec<T> {
    let height = table.len().checked_div(width).unwrap_or(0);
    let mut turned = vec![T::default(); height * width];
    for first_row in (0..height).step_by(TILE) {
        for first_column in (0..width).step_by(TILE) {
            for row in first_row..height.min(first_row + TILE) {
                for column in first_column..width.min(first_column + TILE) {
                    turned[column * height + row] = item(&table[row * width + column]);
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_whatever_tiles_are_left() {
        for (height, width) in [(0, 3), (1, 1), (2, 3), (33, 65), (64, 32)] {
            let table: Vec<u32> = (0..height * width).map(|index| u32::try_from(index).unwrap()).collect();
            let turned = transposed(&table, width, |item| f64::from(*item));
            assert_eq!(turned.len(), table.len());
            for row in 0..height {
                for column in 0..width {
                    assert_eq!(turned[column * height + row], f64::from(table[row * width + column]));
                }
            }
        }
        assert!(transposed(&[0.0; 0], 0, |item: &f64| *item).is_empty());
    }
}
