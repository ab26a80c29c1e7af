//! Weights in panels, and the types that a weight is kept in.

/// Outputs side by side: one vector of the widest registers.
pub(super) const PANEL: usize = 8;

/// A weight as it is kept.
pub(super) trait Weight: Copy {
    /// Whether it is less than the file had, so that single precision is good enough to compute with.
    const IS_ROUNDED: bool;

    /// As it is, exactly.
    fn double(self) -> f64;

    /// The same in single precision, which holds what is rounded.
    fn single(self) -> f32;
}

impl Weight for f64 {
    const IS_ROUNDED: bool = false;

    #[inline(always)]
    fn double(self) -> f64 {
        self
    }

    #[inline(always)]
    fn single(self) -> f32 {
        single(self)
    }
}

impl Weight for f32 {
    const IS_ROUNDED: bool = false;

    #[inline(always)]
    fn double(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn single(self) -> f32 {
        self
    }
}

/// The nearest there is; of what is too large the largest.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the rounding that is asked for")]
pub(super) fn single(number: f64) -> f32 {
    number.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// The upper half of a number in single precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bfloat16(u16);

impl Bfloat16 {
    /// The nearest to a finite number, of two as near the even one.
    pub(super) fn nearest(number: f64) -> Self {
        let bits = single(number).to_bits();
        let half = 0x7fff + ((bits >> 16) & 1);
        // What is next to infinity stays the largest number there is.
        let rounded = bits.checked_add(half).filter(|bits| f32::from_bits(*bits & !0xffff).is_finite());
        Self((rounded.unwrap_or(bits) >> 16) as u16)
    }
}

impl Weight for Bfloat16 {
    const IS_ROUNDED: bool = true;

    #[inline(always)]
    fn double(self) -> f64 {
        f64::from(self.single())
    }

    #[inline(always)]
    fn single(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

/// `n_features × PANEL` weights after one another, as many times as the outputs need; the last
/// filled up with zeros.
#[derive(Debug)]
pub(super) struct Panels<W>(Vec<[W; PANEL]>);

impl<W: Weight> Panels<W> {
    /// From row-major weights.
    pub(super) fn new(weights: &[f64], n_outputs: usize, keep: impl Fn(f64) -> W) -> Self {
        let n_features = weights.len() / n_outputs;
        let mut panels = vec![[keep(0.0); PANEL]; n_features * n_outputs.div_ceil(PANEL)];
        for (feature, weights) in weights.chunks_exact(n_outputs).enumerate() {
            for (index, weights) in weights.chunks(PANEL).enumerate() {
                let panel = &mut panels[index * n_features + feature];
                panel.iter_mut().zip(weights).for_each(|(to, weight)| *to = keep(*weight));
            }
        }
        Self(panels)
    }

    pub(super) fn numbers(&self) -> &[[W; PANEL]] {
        &self.0
    }

    pub(super) fn weight(&self, n_features: usize, feature: usize, output: usize) -> f64 {
        self.0[output / PANEL * n_features + feature][output % PANEL].double()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bfloat16_rounds_to_the_nearest_and_never_to_infinity() {
        let kept = |number: f64| Bfloat16::nearest(number).double();
        assert_eq!(kept(1.0), 1.0);
        assert_eq!(kept(-0.1), -0.100_097_656_25);
        // Half way between two: the even one.
        assert_eq!(kept(1.0 + 1.0 / 256.0), 1.0);
        assert_eq!(kept(1.0 + 3.0 / 256.0), 1.0 + 4.0 / 256.0);
        assert!(kept(f64::from(f32::MAX)).is_finite() && kept(f64::from(f32::MIN)).is_finite());
    }

    #[test]
    fn a_weight_is_where_it_was() {
        let weights: Vec<f64> = (0..3 * 19).map(f64::from).collect();
        let panels = Panels::new(&weights, 19, |weight| weight);
        for (index, weight) in weights.iter().enumerate() {
            assert_eq!(panels.weight(3, index / 19, index % 19), *weight);
        }
    }
}
