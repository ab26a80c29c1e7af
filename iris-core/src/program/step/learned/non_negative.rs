//! Of which parts a row is made up, none of them less than nothing, by coordinate descent (Cichocki & Phan, 2009).

/// What is known of the parts, and how often they are gone through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NonNegative {
    pub(crate) n_parts: usize,
    /// Products of the parts with each other, a row each, with what is added to hold them small.
    pub(crate) products: Vec<f64>,
    pub(crate) n_rounds: usize,
}

impl NonNegative {
    /// A row has its products with the parts. Begins at nothing, and moves a part at a time to where it is best.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for _ in 0..self.n_rounds {
            let mut has_moved = false;
            for (part, products) in self.products.chunks_exact(self.n_parts).enumerate() {
                let gradient = products.iter().zip(&*out).fold(-row[part], |sum, (a, b)| sum + a * b);
                let curvature = products[part];
                if curvature != 0.0 {
                    let before = out[part];
                    let best = before - gradient / curvature;
                    out[part] = if best > 0.0 { best } else { 0.0 };
                    has_moved |= out[part] != before;
                }
            }
            if !has_moved {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(products: Vec<f64>, row: [f64; 2], n_rounds: usize) -> [f64; 2] {
        let mut out = [f64::NAN; 2];
        NonNegative { n_parts: 2, products, n_rounds }.apply(&row, &mut out);
        out
    }

    #[test]
    fn a_mixture_of_parts_is_found_again() {
        // Parts [1, 2] and [2, 1]: of [4, 5] there are two of the first and one of the second.
        let products = vec![5.0, 4.0, 4.0, 5.0];
        let [first, second] = of(products.clone(), [14.0, 13.0], 200);
        assert!((first - 2.0).abs() < 1e-12 && (second - 1.0).abs() < 1e-12, "{first} {second}");
        assert_eq!(of(products, [14.0, 13.0], 1), [2.8, (13.0 - 4.0 * 2.8) / 5.0]);
    }

    #[test]
    fn no_part_is_less_than_nothing_and_one_that_is_nothing_itself_is_not_asked() {
        assert_eq!(of(vec![1.0, 0.0, 0.0, 1.0], [-3.0, 2.0], 5), [0.0, 2.0]);
        assert_eq!(of(vec![0.0, 0.0, 0.0, 2.0], [3.0, 2.0], 5), [0.0, 1.0]);
        assert_eq!(of(vec![1.0, 0.0, 0.0, 1.0], [3.0, 2.0], 0), [0.0, 0.0]);
    }
}
