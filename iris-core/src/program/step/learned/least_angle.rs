//! Shares of atoms by least angle regression, and by the lasso along its path (Efron et al., 2004).

use super::order::{atom, number};
use super::triangle;

/// What is known of the atoms, and how far the path is gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeastAngle {
    pub(crate) n_atoms: usize,
    /// Products of the atoms with each other, a row each.
    pub(crate) products: Vec<f64>,
    /// Numbers of an atom, by which the penalty is divided as products are.
    pub(crate) n_features: f64,
    /// At which penalty the path ends.
    pub(crate) penalty: f64,
    /// Steps after which it ends as well.
    pub(crate) n_steps: usize,
    /// Whether an atom is dropped as soon as its share is nothing.
    pub(crate) is_lasso: bool,
    /// Whether shares are never less than nothing.
    pub(crate) is_positive: bool,
}

/// Penalties as near as this count as the same.
const SAME: f64 = f32::EPSILON as f64;
/// Pivots below this are those of atoms that depend on others.
const LEAST_PIVOT: f64 = 1e-7;
/// Added to what divides.
const TINY: f64 = f32::MIN_POSITIVE as f64;
/// Directions are rounded to so many of these.
const DIGITS: f64 = 1e15;

/// Where a path stands. Atoms are told by their places in `order`, those that have a share in front.
struct Path<'m> {
    order: &'m mut [f64],
    /// What is left of each place's product with the row; of those in front nothing is said.
    left: &'m mut [f64],
    /// What of it a step takes away.
    toward: &'m mut [f64],
    signs: &'m mut [f64],
    direction: &'m mut [f64],
    before: &'m mut [f64],
    triangle: &'m mut [f64],
    n_active: usize,
}

impl LeastAngle {
    fn most_active(&self) -> usize {
        self.n_steps.min(self.n_atoms)
    }

    /// All that a path keeps.
    pub(super) fn scratch_len(&self) -> usize {
        4 * self.n_atoms + (self.most_active() + 2) * self.most_active()
    }

    /// A row has its products with the atoms.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let (n, most) = (self.n_atoms, self.most_active());
        let (order, rest) = scratch.split_at_mut(n);
        let (left, rest) = rest.split_at_mut(n);
        let (toward, rest) = rest.split_at_mut(n);
        let (before, rest) = rest.split_at_mut(n);
        let (signs, rest) = rest.split_at_mut(most);
        let (direction, rest) = rest.split_at_mut(most);
        let triangle = &mut rest[..most * most];
        for (place, atom) in order.iter_mut().enumerate() {
            *atom = number(place);
        }
        left.copy_from_slice(row);
        out.fill(0.0);
        before.fill(0.0);
        let mut path = Path { order, left, toward, signs, direction, before, triangle, n_active: 0 };
        self.go(row, out, &mut path);
    }

    fn go(&self, row: &[f64], shares: &mut [f64], path: &mut Path<'_>) {
        let (mut n_steps, mut penalty_before, mut is_dropping) = (0, 0.0, false);
        loop {
            let Some((place, most)) = self.most(path) else { return };
            let penalty = most / self.n_features;
            if penalty <= self.penalty + SAME {
                // Not all of the last step is gone.
                if (penalty - self.penalty).abs() > SAME && n_steps > 0 {
                    let part = (penalty_before - self.penalty) / (penalty_before - penalty);
                    for (share, before) in shares.iter_mut().zip(&*path.before) {
                        *share = before + part * (*share - before);
                    }
                }
                return;
            }
            if n_steps >= self.n_steps || path.n_active >= self.n_atoms {
                return;
            }
            if !is_dropping && !self.take(path, place) {
                continue;
            }
            // What is left is no more than roundings.
            if self.is_lasso && n_steps > 0 && penalty_before < penalty {
                return;
            }
            let pull = self.direct(path);
            let mut length = self.length(path, most, pull);
            is_dropping = false;
            let first_gone = first_gone(path, shares);
            if first_gone < length {
                is_dropping = true;
                turn(path, shares, first_gone);
                if self.is_lasso {
                    length = first_gone;
                }
            }
            n_steps += 1;
            penalty_before = penalty;
            path.before.copy_from_slice(shares);
            // Those without a share stay at nothing, also one that was dropped.
            shares.fill(0.0);
            for (taken, direction) in path.order[..path.n_active].iter().zip(&*path.direction) {
                let taken = atom(*taken);
                shares[taken] = path.before[taken] + length * direction;
            }
            for place in path.n_active..self.n_atoms {
                path.left[place] -= length * path.toward[place];
            }
            if is_dropping && self.is_lasso {
                self.drop_gone(row, path, shares);
            }
        }
    }

    /// The place of whatever has most left among those without a share, and how much; nothing of what is no number.
    fn most(&self, path: &Path<'_>) -> Option<(usize, f64)> {
        let size = |left: f64| if self.is_positive { left } else { left.abs() };
        let mut found = (path.n_active, 0.0);
        for (place, left) in path.left.iter().enumerate().skip(path.n_active) {
            if place == path.n_active || size(*left) > found.1 {
                found = (place, size(*left));
            }
        }
        (!found.1.is_nan()).then_some(found)
    }

    /// Takes the atom at a place among those with a share, unless it depends on them: then it has nothing left.
    fn take(&self, path: &mut Path<'_>, place: usize) -> bool {
        let n = path.n_active;
        path.signs[n] = match path.left[place] {
            _ if self.is_positive => 1.0,
            left if left > 0.0 => 1.0,
            left if left < 0.0 => -1.0,
            _ => 0.0,
        };
        path.order.swap(n, place);
        let pivot = self.line(path, n);
        if pivot < LEAST_PIVOT {
            // The places stay exchanged, and what is left of them does not, as the library has it.
            path.left[place] = 0.0;
            return false;
        }
        path.left.swap(n, place);
        path.n_active += 1;
        true
    }

    /// Writes a line of the triangle of those in front; gives its pivot.
    fn line(&self, path: &mut Path<'_>, line: usize) -> f64 {
        let most = self.most_active();
        let (above, here) = path.triangle.split_at_mut(line * most);
        let taken = atom(path.order[line]);
        for (product, other) in here.iter_mut().zip(&path.order[..line]) {
            *product = self.product(taken, atom(*other));
        }
        triangle::line(above, most, &mut here[..line]);
        let squares = here[..line].iter().fold(0.0, |sum, each| sum + each * each);
        let pivot = (self.product(taken, taken) - squares).abs().sqrt().max(f64::EPSILON);
        here[line] = pivot;
        pivot
    }

    /// Finds the direction that is at the same angle to all with a share, and what it takes from every other; gives
    /// what it takes from those.
    fn direct(&self, path: &mut Path<'_>) -> f64 {
        let (n, most) = (path.n_active, self.most_active());
        let direction = &mut path.direction[..n];
        direction.copy_from_slice(&path.signs[..n]);
        triangle::solve(path.triangle, most, direction);
        let pull = 1.0 / direction.iter().zip(&*path.signs).map(|(a, b)| a * b).sum::<f64>().sqrt();
        for each in direction.iter_mut() {
            *each *= pull;
        }
        for place in n..self.n_atoms {
            let one = atom(path.order[place]);
            let active = path.order[..n].iter().zip(&*direction);
            let toward = active.fold(0.0, |sum, (other, each)| sum + self.product(atom(*other), one) * each);
            let rounded = (toward * DIGITS).round_ties_even() / DIGITS;
            path.toward[place] = if rounded.is_finite() { rounded } else { toward };
        }
        pull
    }

    /// How far to go: until another has as much left, or nothing is.
    fn length(&self, path: &Path<'_>, most: f64, pull: f64) -> f64 {
        let mut length = most / pull;
        let mut up_to = |one: f64| {
            if one > 0.0 && one < length {
                length = one;
            }
        };
        for place in path.n_active..self.n_atoms {
            let (left, toward) = (path.left[place], path.toward[place]);
            up_to((most - left) / (pull - toward + TINY));
            if !self.is_positive {
                up_to((most + left) / (pull + toward + TINY));
            }
        }
        length
    }

    /// Puts the last of those whose share has gone behind all that have one. `before` has their shares.
    fn drop_gone(&self, row: &[f64], path: &mut Path<'_>, shares: &mut [f64]) {
        let n = path.n_active;
        let first = first_gone(path, path.before);
        let Some(gone) = (0..n).rev().find(|at| gone(path, path.before, *at) == first) else { return };
        path.order[gone..n].rotate_left(1);
        path.signs[gone..n].rotate_left(1);
        path.n_active = n - 1;
        for line in gone..n - 1 {
            self.line(path, line);
        }
        let last = atom(path.order[n - 1]);
        let told = shares
            .iter()
            .enumerate()
            .fold(0.0, |sum, (other, share)| sum + self.product(last, other) * share);
        path.left[n - 1] = row[last] - told;
    }

    fn product(&self, one: usize, other: usize) -> f64 {
        self.products[one * self.n_atoms + other]
    }
}

/// Turns the signs of those whose share is gone at a length.
fn turn(path: &mut Path<'_>, shares: &[f64], length: f64) {
    for at in 0..path.n_active {
        if gone(path, shares, at) == length {
            path.signs[at] = -path.signs[at];
        }
    }
}

/// How far until a first share is gone, of those that go at all.
fn first_gone(path: &Path<'_>, shares: &[f64]) -> f64 {
    let lengths = (0..path.n_active).map(|at| gone(path, shares, at)).filter(|length| *length > 0.0);
    lengths.fold(f64::MAX, f64::min)
}

/// How far until the share at a place is gone.
fn gone(path: &Path<'_>, shares: &[f64], at: usize) -> f64 {
    -shares[atom(path.order[at])] / (path.direction[at] + TINY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &LeastAngle, row: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; row.len()];
        path.apply(row, &mut out, &mut vec![f64::NAN; path.scratch_len()]);
        out
    }

    fn lasso(products: &[f64], penalty: f64) -> LeastAngle {
        let products = products.to_vec();
        let n_atoms = products.len().isqrt();
        let is_lasso = true;
        LeastAngle { n_atoms, products, n_features: 2.0, penalty, n_steps: 100, is_lasso, is_positive: false }
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(is_near, "{found:?}, not {expected:?}");
    }

    #[test]
    fn at_right_angles_each_share_is_less_by_the_penalty() {
        let path = lasso(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 0.5);
        assert_near(&of(&path, &[3.0, -2.0, 0.5]), &[2.0, -1.0, 0.0]);
        assert_near(&of(&path, &[0.25, 0.0, -1.0]), &[0.0; 3]);
        let positive = LeastAngle { is_positive: true, ..path.clone() };
        assert_near(&of(&positive, &[3.0, -2.0, 0.5]), &[2.0, 0.0, 0.0]);
        let steps = LeastAngle { n_steps: 1, is_lasso: false, penalty: 0.0, ..path };
        assert_near(&of(&steps, &[3.0, -2.0, 0.5]), &[1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_share_that_would_turn_is_dropped() {
        // The path goes by the first atom, which the other two tell better.
        let products = [1.0, 0.75, 0.6, 0.75, 1.0, 0.0, 0.6, 0.0, 1.0];
        let row = [1.4, 1.3, 1.2];
        let found = of(&lasso(&products, 0.01), &row);
        // No share can be bettered: what is left of its product is the penalty, or less where it is nothing.
        for (atom, products) in products.chunks_exact(3).enumerate() {
            let left = row[atom] - products.iter().zip(&found).map(|(a, b)| a * b).sum::<f64>();
            let share = found[atom];
            let is_best =
                if share == 0.0 { left.abs() <= 0.02 } else { (left - 0.02 * share.signum()).abs() < 1e-13 };
            assert!(is_best, "{atom}: {share} with {left} left");
        }
        assert!(found[0] <= 0.0 && found[1] > 1.0, "{found:?}");
    }

    #[test]
    fn an_atom_that_depends_on_others_is_passed_by() {
        let found = of(&lasso(&[1.0, 1.0, 1.0, 1.0], 0.25), &[3.0, 3.0]);
        assert_near(&found, &[2.5, 0.0]);
        assert!(of(&lasso(&[1.0], 0.25), &[f64::NAN]).iter().all(|share| *share == 0.0));
    }
}
