//! Few atoms of a dictionary that a row is made up of, by orthogonal matching pursuit (Rubinstein, Zibulevsky &
//! Elad, 2008).

use super::order::{atom, number};
use super::triangle;

/// What is known of the atoms, and how many may be taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pursuit {
    pub(crate) n_atoms: usize,
    /// Products of the atoms with each other, a row each.
    pub(crate) products: Vec<f64>,
    /// At least one, no more than there are.
    pub(crate) n_taken: usize,
}

impl Pursuit {
    /// The triangle of the atoms taken, their shares, what is left of every atom's product, and the atoms by place.
    pub(super) fn scratch_len(&self) -> usize {
        self.n_taken * self.n_taken + self.n_taken + 2 * self.n_atoms
    }

    /// A row has its products with the atoms. Takes the atom that tells most of what is left, and finds the shares of
    /// all that are taken anew, until there are enough or no other tells anything.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let (triangle, rest) = scratch.split_at_mut(self.n_taken * self.n_taken);
        let (shares, rest) = rest.split_at_mut(self.n_taken);
        let (left, order) = rest[..2 * self.n_atoms].split_at_mut(self.n_atoms);
        left.copy_from_slice(row);
        for (place, atom) in order.iter_mut().enumerate() {
            *atom = number(place);
        }
        let mut n = 0;
        while n < self.n_taken {
            let Some(place) = next(left, n) else { break };
            let Some(line) = self.line(&order[..n], atom(order[place]), triangle, n) else { break };
            order.swap(n, place);
            triangle[line] =
                self.product(atom(order[n]), atom(order[n])) - squares(&triangle[line - n..line]);
            triangle[line] = triangle[line].sqrt();
            n += 1;
            // The shares of which the atoms taken have the row's products with them.
            for (share, taken) in shares.iter_mut().zip(&order[..n]) {
                *share = row[atom(*taken)];
            }
            triangle::solve(triangle, self.n_taken, &mut shares[..n]);
            for (left, other) in left.iter_mut().zip(&*order) {
                let other = atom(*other);
                let told = order[..n].iter().zip(&*shares);
                let told =
                    told.fold(0.0, |sum, (taken, share)| sum + self.product(other, atom(*taken)) * share);
                *left = row[other] - told;
            }
        }
        out.fill(0.0);
        for (taken, share) in order[..n].iter().zip(&*shares) {
            out[atom(*taken)] = *share;
        }
    }

    /// Writes the next line of the triangle up to its diagonal, whose place is given, unless the atom depends on those
    /// that are taken.
    fn line(&self, taken: &[f64], next: usize, triangle: &mut [f64], n: usize) -> Option<usize> {
        let (above, line) = triangle.split_at_mut(n * self.n_taken);
        for (product, taken) in line.iter_mut().zip(taken) {
            *product = self.product(next, atom(*taken));
        }
        triangle::line(above, self.n_taken, &mut line[..n]);
        // The first is taken as it is.
        let is_new = n == 0 || self.product(next, next) - squares(&line[..n]) > f64::EPSILON;
        is_new.then_some(n * self.n_taken + n)
    }

    fn product(&self, one: usize, other: usize) -> f64 {
        self.products[one * self.n_atoms + other]
    }
}

/// The place of the atom that tells most, unless it is taken or what is left is no more than a rounding.
fn next(left: &[f64], n_taken: usize) -> Option<usize> {
    let mut place = 0;
    for (other, value) in left.iter().enumerate() {
        if value.abs() > left[place].abs() {
            place = other;
        }
    }
    (place >= n_taken && left[place] * left[place] >= f64::EPSILON).then_some(place)
}

fn squares(numbers: &[f64]) -> f64 {
    let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
    length * length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(products: &[f64], row: &[f64], n_taken: usize) -> Vec<f64> {
        let pursuit = Pursuit { n_atoms: row.len(), products: products.to_vec(), n_taken };
        let mut out = vec![f64::NAN; row.len()];
        pursuit.apply(row, &mut out, &mut vec![f64::NAN; pursuit.scratch_len()]);
        out
    }

    #[test]
    fn atoms_at_right_angles_are_taken_by_what_they_tell() {
        let products = [1.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(of(&products, &[1.0, -8.0, 3.0], 1), [0.0, -2.0, 0.0]);
        assert_eq!(of(&products, &[1.0, -8.0, 3.0], 2), [0.0, -2.0, 3.0]);
        assert_eq!(of(&products, &[1.0, -8.0, 3.0], 3), [1.0, -2.0, 3.0]);
        assert_eq!(of(&products, &[0.0, -8.0, 0.0], 3), [0.0, -2.0, 0.0]);
        assert_eq!(of(&products, &[0.0; 3], 3), [0.0; 3]);
    }

    #[test]
    fn shares_are_found_anew_with_each_atom() {
        // Atoms [1, 0], [0.6, 0.8]; the row is twice the first and five times the second.
        let products = [1.0, 0.6, 0.6, 1.0];
        let [first, second] = of(&products, &[5.0, 6.2], 2)[..] else { panic!("two atoms") };
        assert!((first - 2.0).abs() < 1e-14 && (second - 5.0).abs() < 1e-14, "{first} {second}");
        assert_eq!(of(&products, &[5.0, 6.2], 1), [0.0, 6.2]);
    }

    #[test]
    fn an_atom_that_depends_on_another_is_not_taken() {
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0], &[3.0, 3.0], 2), [3.0, 0.0]);
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0], &[3.0, 2.0], 2), [3.0, 0.0]);
    }
}
