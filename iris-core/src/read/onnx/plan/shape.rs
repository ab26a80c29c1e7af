//! Shapes of tensors, and the places of their numbers.

use crate::error::{Error, ErrorKind, Result};

/// How many numbers there are in a shape. Those of any of its dimensions alone can be counted as well,
/// even where another is 0.
pub(super) fn len(shape: &[usize]) -> Result<usize> {
    let len = shape.iter().try_fold(1usize, |product, dim| product.checked_mul((*dim).max(1)));
    len.filter(|len| u32::try_from(*len).is_ok()).ok_or_else(too_large)?;
    Ok(shape.iter().product())
}

/// A count as tensors have it.
#[expect(clippy::cast_precision_loss, reason = "a tensor has fewer than 2^32 numbers")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

pub(super) fn too_large() -> Error {
    Error::new(ErrorKind::ModelTooLarge, "a tensor of more than 2^32 numbers")
}

/// The shape that tensors of these shapes are spread over together.
pub(super) fn spread_shape(shapes: &[&[usize]]) -> Result<Vec<usize>> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut spread = vec![1; rank];
    for shape in shapes {
        for (to, dim) in spread[rank - shape.len()..].iter_mut().zip(*shape) {
            match (*to, *dim) {
                (1, dim) => *to = dim,
                (to, dim) if dim == 1 || dim == to => {}
                _ => return Err(Error::malformed(format!("shapes {shapes:?} do not fit each other"))),
            }
        }
    }
    Ok(spread)
}

/// For each place of a shape which number of a tensor stands there, repeated as often as it takes.
pub(super) fn spread(from: &[usize], to: &[usize]) -> Result<Vec<u32>> {
    let unfit = || Error::malformed(format!("shape {from:?} does not spread over {to:?}"));
    let missing = to.len().checked_sub(from.len()).ok_or_else(unfit)?;
    if from.iter().zip(&to[missing..]).any(|(from, to)| *from != 1 && from != to) {
        return Err(unfit());
    }
    let mut strides = vec![0; to.len()];
    let mut stride = 1;
    for (place, dim) in from.iter().enumerate().rev() {
        strides[missing + place] = if *dim == 1 { 0 } else { stride };
        stride *= dim;
    }
    places(to, &strides, 0)
}

/// The places of a tensor that these strides lead to, in the order of a shape.
pub(super) fn places(shape: &[usize], strides: &[usize], start: usize) -> Result<Vec<u32>> {
    let mut places = Vec::with_capacity(len(shape)?);
    let mut at = vec![0; shape.len()];
    let mut place = start;
    for _ in 0..len(shape)? {
        places.push(u32::try_from(place).map_err(|_| too_large())?);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            place += strides[axis];
            if at[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * at[axis];
            at[axis] = 0;
        }
    }
    Ok(places)
}

/// How far apart neighbours of each axis stand.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_spread_as_numpy_does() {
        assert_eq!(spread_shape(&[&[3, 1], &[2], &[]]).unwrap(), [3, 2]);
        assert!(spread_shape(&[&[3], &[2]]).is_err());
        assert_eq!(spread(&[3, 1], &[3, 2]).unwrap(), [0, 0, 1, 1, 2, 2]);
        assert_eq!(spread(&[2], &[3, 2]).unwrap(), [0, 1, 0, 1, 0, 1]);
        assert_eq!(spread(&[], &[2]).unwrap(), [0, 0]);
        assert!(spread(&[3], &[2]).is_err() && spread(&[1, 2], &[2]).is_err());
    }

    #[test]
    fn places_follow_strides_and_shapes_that_overflow_are_refused() {
        assert_eq!(places(&[2, 3], &[1, 2], 0).unwrap(), [0, 2, 4, 1, 3, 5]);
        assert_eq!(places(&[0, 3], &[1, 2], 0).unwrap(), [0u32; 0]);
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert!(len(&[1 << 40, 1 << 40]).is_err() && len(&[0, 1 << 40, 1 << 40]).is_err());
        assert_eq!(len(&[0, 3]).unwrap(), 0);
    }
}
