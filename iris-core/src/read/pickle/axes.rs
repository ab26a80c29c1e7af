//! Arrays whose axes numpy has written in another order than they have.

use super::array::Array;
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// An array's bytes row by row, of items that lie as if its axes were in the order that `axes` says.
///
/// Axis `k` of the result is the axis `axes[k]` of what is written. Gives the
/// shape of the result too.
pub(super) fn in_order(
    bytes: &[u8],
    size: usize,
    written: &[usize],
    axes: &[usize],
    budget: &mut Budget,
) -> Result<(Vec<usize>, Vec<u8>)> {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..written.len()) {
        return Err(Error::malformed(format!("{axes:?} is no order of the axes of an array of {written:?}")));
    }
    Array::check_len(written, size, bytes.len())?;
    budget.spend_bytes(bytes.len())?;
    let mut steps = vec![size; written.len()];
    for axis in (1..written.len()).rev() {
        steps[axis - 1] = steps[axis] * written[axis];
    }
    let shape: Vec<usize> = axes.iter().map(|axis| written[*axis]).collect();
    let steps: Vec<usize> = axes.iter().map(|axis| steps[*axis]).collect();
    let mut ordered = Vec::with_capacity(bytes.len());
    for from in offsets(&shape, steps).take(bytes.len() / size) {
        ordered.extend_from_slice(&bytes[from..from + size]);
    }
    Ok((shape, ordered))
}

/// Where the items of an array lie, row by row, if the next along an axis is
/// `steps` of it further on. Begins again behind the last.
pub(super) fn offsets(shape: &[usize], steps: Vec<usize>) -> impl Iterator<Item = usize> {
    let mut index = vec![0; shape.len()];
    let mut next = 0;
    std::iter::repeat_with(move || {
        let from = next;
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            next += steps[axis];
            if index[axis] < shape[axis] {
                break;
            }
            next -= steps[axis] * shape[axis];
            index[axis] = 0;
        }
        from
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_where_their_index_says() {
        let bytes: Vec<u8> = (0..24).collect();
        let budget = &mut Budget::new(100);
        let (shape, ordered) = in_order(&bytes, 1, &[2, 3, 4], &[1, 2, 0], budget).unwrap();
        assert_eq!(shape, [3, 4, 2]);
        // The item at (i, j, k) is the one written at (k, i, j), which is 12 k + 4 i + j.
        assert_eq!(ordered[..4], [0, 12, 1, 13]);
        assert_eq!(ordered[8], 4);
        let (_, pairs) = in_order(&bytes[..8], 2, &[1, 2, 2], &[2, 0, 1], budget).unwrap();
        assert_eq!(pairs, [0, 1, 4, 5, 2, 3, 6, 7]);
    }

    #[test]
    fn what_is_no_order_of_the_axes_is_refused() {
        for (axes, len) in [(&[0, 0][..], 4), (&[0, 2], 4), (&[0], 4), (&[1, 0], 5), (&[1, 0], 0)] {
            in_order(&vec![0; len], 1, &[2, 2], axes, &mut Budget::new(100)).unwrap_err();
        }
    }
}
