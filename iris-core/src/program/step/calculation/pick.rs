//! Numbers of a tensor by places that are computed.

use super::Operand;

/// `table` is groups of `n` slices of `inner` numbers; `by` says which of the slices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PickBy {
    pub(crate) table: Operand,
    pub(crate) n: usize,
    pub(crate) inner: usize,
    pub(crate) by: Operand,
    /// Places that each group is asked for; not 0.
    pub(crate) n_picked: usize,
    /// Whether every number of the answer has a place of its own.
    pub(crate) is_each: bool,
}

impl PickBy {
    /// A place from the end is below zero; what is none is cut to the next that is one.
    pub(super) fn apply(&self, from: &[f64], to: &mut [f64]) {
        let Self { n, inner, n_picked, .. } = *self;
        for (index, to) in to.iter_mut().enumerate() {
            let (group, rest) = (index / (n_picked * inner), index % (n_picked * inner));
            let by = self.by.at(from, if self.is_each { index } else { rest / inner });
            let by = if by < 0.0 { by + super::number(n) } else { by };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it saturates, and is cut"
            )]
            let by = (by as usize).min(n - 1);
            *to = self.table.at(from, (group * n + by) * inner + rest % inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_picked_for_every_group_and_numbers_one_by_one() {
        let table = || Operand::Constants([1.0, 2.0, 3.0, 4.0, 5.0, 6.0].into());
        let by = Operand::Input { start: 0 };
        let mut to = [0.0; 4];
        let pick = PickBy { table: table(), n: 3, inner: 1, by: by.clone(), n_picked: 2, is_each: false };
        pick.apply(&[-1.0, 0.0], &mut to);
        assert_eq!(to, [3.0, 1.0, 6.0, 4.0]);
        let pick = PickBy { table: table(), n: 3, inner: 1, by: by.clone(), n_picked: 2, is_each: true };
        pick.apply(&[1.0, 0.0, 2.0, 9.0], &mut to);
        assert_eq!(to, [2.0, 1.0, 6.0, 6.0]);
        let pick = PickBy { table: table(), n: 3, inner: 2, by, n_picked: 2, is_each: false };
        pick.apply(&[2.0, 0.0], &mut to);
        assert_eq!(to, [5.0, 6.0, 1.0, 2.0]);
    }
}
