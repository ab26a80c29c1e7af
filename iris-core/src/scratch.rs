//! Working memory on the stack for every model of ordinary size.

/// Numbers that fit on the stack without the zeroing being felt.
const SMALL: usize = 32;
/// Numbers that are still kept on the stack: 16 KiB.
pub(crate) const STACK: usize = 2_048;

/// Calls `work` with `len` zeroes; a `Vec` holds them only past `STACK`.
#[inline(always)]
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f64]) -> R) -> R {
    match len {
        0..=SMALL => work(&mut [0.0; SMALL][..len]),
        _ if len <= STACK => on_large_stack(len, work),
        _ => work(&mut vec![0.0; len]),
    }
}

/// Kept out of line, so that a small model's call does not touch 16 KiB.
#[inline(never)]
fn on_large_stack<R>(len: usize, work: impl FnOnce(&mut [f64]) -> R) -> R {
    work(&mut [0.0; STACK][..len])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_zeroed_and_exact() {
        for len in [0, 1, SMALL, SMALL + 1, STACK, STACK + 1] {
            with_scratch(len, |scratch| assert_eq!(scratch, vec![0.0; len]));
        }
    }
}
