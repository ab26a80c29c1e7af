//! Numbers that stand for others in a table, as codes stand for texts.

use std::cmp::Ordering;

use crate::refused::Refused;

/// For each number that comes the one that its table has for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Codes {
    /// Which table each number is looked up in.
    pub(crate) which: Box<[u32]>,
    pub(crate) tables: Box<[CodeTable]>,
    /// What unknown numbers become; without it they are refused.
    pub(crate) otherwise: Option<f64>,
}

/// Numbers in ascending order, NaN behind all, with what stands for each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CodeTable(Box<[(f64, f64)]>);

impl CodeTable {
    /// Of equal numbers the last says what stands for them.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by(|(a, _), (b, _)| order(*a, *b));
        pairs.dedup_by(|later, earlier| {
            let is_same = order(later.0, earlier.0).is_eq();
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        Self(pairs.into())
    }

    pub(crate) fn get(&self, number: f64) -> Option<f64> {
        let found = self.0.binary_search_by(|(key, _)| order(*key, number)).ok()?;
        Some(self.0[found].1)
    }
}

impl Codes {
    pub(super) fn apply(&self, from: &[f64], to: &mut [f64]) -> Result<(), Refused> {
        for (column, (to, number)) in to.iter_mut().zip(from).enumerate() {
            let found = self.tables[self.which[column] as usize].get(*number);
            *to = found.or(self.otherwise).ok_or(Refused { column })?;
        }
        Ok(())
    }
}

/// -0 is 0, and NaN is itself.
fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_becomes_another_number_or_is_refused() {
        let table = || CodeTable::new([(f64::NAN, 9.0), (3.0, 1.0), (0.0, 4.0), (3.0, 2.0)]);
        let codes = |otherwise| Codes { which: [0; 4].into(), tables: [table()].into(), otherwise };
        let mut to = [0.0; 4];
        codes(Some(-1.0)).apply(&[3.0, f64::NAN, 5.0, -0.0], &mut to).unwrap();
        assert_eq!(to, [2.0, 9.0, -1.0, 4.0]);
        assert_eq!(codes(None).apply(&[3.0, 5.0, 3.0, 3.0], &mut to), Err(Refused { column: 1 }));
    }
}
