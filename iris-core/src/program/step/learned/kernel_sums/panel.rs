//! A row beside several points at once: sums over the columns that kernels are made of.

/// Points that are compared with a row at once.
pub(super) const LANES: usize = 8;

/// A number of each.
pub(super) type Lanes = [f64; LANES];

#[inline(always)]
pub(super) fn products(row: &[f64], panel: &[Lanes]) -> Lanes {
    summed(row, panel, |x, y| x * y)
}

#[inline(always)]
pub(super) fn squares(row: &[f64], panel: &[Lanes]) -> Lanes {
    summed(row, panel, |x, y| (x - y) * (x - y))
}

#[inline(always)]
pub(super) fn absolutes(row: &[f64], panel: &[Lanes]) -> Lanes {
    summed(row, panel, |x, y| (x - y).abs())
}

/// Sums of squared differences by sums, for numbers that are not negative.
#[inline(always)]
pub(super) fn shares(row: &[f64], panel: &[Lanes]) -> Lanes {
    summed(row, panel, |x, y| if x + y == 0.0 { 0.0 } else { (x - y) * (x - y) / (x + y) })
}

#[inline(always)]
pub(super) fn cosines(row: &[f64], panel: &[Lanes]) -> Lanes {
    let of_row = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let lengths = summed(row, panel, |_, y| y * y).map(|sum| sum.sqrt() * of_row);
    let mut kernels = products(row, panel);
    for (kernel, length) in kernels.iter_mut().zip(lengths) {
        *kernel = if length == 0.0 { 0.0 } else { *kernel / length };
    }
    kernels
}

#[inline(always)]
fn summed(row: &[f64], panel: &[Lanes], term: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut sums = [0.0; LANES];
    for (x, points) in row.iter().zip(panel) {
        for lane in 0..LANES {
            sums[lane] += term(*x, points[lane]);
        }
    }
    sums
}
