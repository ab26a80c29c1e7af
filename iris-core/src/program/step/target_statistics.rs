//! CatBoost's target statistics: numbers that stand for the texts of a row, alone or together.

/// For each table the numbers that it has for what a row holds, one after another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetStatistics {
    pub(crate) tables: Vec<StatisticsTable>,
}

/// Numbers by the hash of what is combined of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatisticsTable {
    pub(crate) combination: Combination,
    /// In ascending order.
    pub(crate) hashes: Vec<u64>,
    /// As many for each hash as are in `unknown`, which are for any other.
    pub(crate) values: Vec<f64>,
    pub(crate) unknown: Vec<f64>,
}

/// What is looked at of a row, in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Combination {
    /// Columns of texts, by their hashes.
    pub(crate) texts: Vec<usize>,
    /// Questions about columns of numbers.
    pub(crate) above: Vec<AboveBorder>,
    /// Columns of texts, each with the hash that it may have.
    pub(crate) equal: Vec<(usize, u32)>,
}

/// Whether a number, rounded to single precision, is above a border.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AboveBorder {
    pub(crate) column: usize,
    pub(crate) border: f32,
    /// Whether a missing number counts as above.
    pub(crate) or_missing: bool,
}

impl TargetStatistics {
    pub(crate) fn n_outputs(&self) -> usize {
        self.tables.iter().map(|table| table.unknown.len()).sum()
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        let mut rest = out;
        for table in &self.tables {
            let (out, behind) = rest.split_at_mut(table.unknown.len());
            out.copy_from_slice(table.get(row));
            rest = behind;
        }
    }

    /// Texts may not be missing; what is missing of numbers has its answer.
    pub(super) fn tolerates_missing(&self, width: usize) -> Vec<bool> {
        let mut tolerated = vec![true; width];
        for Combination { texts, equal, .. } in self.tables.iter().map(|table| &table.combination) {
            let texts = texts.iter().chain(equal.iter().map(|(column, _)| column));
            texts.for_each(|column| tolerated[*column] = false);
        }
        tolerated
    }
}

impl StatisticsTable {
    fn get(&self, row: &[f64]) -> &[f64] {
        let hash = self.combination.hash(row);
        match self.hashes.binary_search(&hash) {
            Ok(place) => &self.values[place * self.unknown.len()..][..self.unknown.len()],
            Err(_) => &self.unknown,
        }
    }
}

impl Combination {
    pub(in crate::program::step) fn hash(&self, row: &[f64]) -> u64 {
        let texts = self.texts.iter().fold(0, |hash, column| with_text(hash, code(row[*column])));
        let above = self.above.iter().fold(texts, |hash, above| with(hash, above.of(row).into()));
        let is_equal = |(column, text): &(usize, u32)| code(row[*column]) == *text;
        self.equal.iter().fold(above, |hash, equal| with(hash, is_equal(equal).into()))
    }
}

impl AboveBorder {
    fn of(&self, row: &[f64]) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
        let value = row[self.column] as f32;
        if value.is_nan() { self.or_missing } else { value > self.border }
    }
}

/// A hash with the hash of a text, whose highest bit is a sign to CatBoost.
pub(crate) fn with_text(hash: u64, text: u32) -> u64 {
    with(hash, i64::from(text.cast_signed()).cast_unsigned())
}

fn with(hash: u64, value: u64) -> u64 {
    const FACTOR: u64 = 0x4906_ba49_4954_cb65;
    FACTOR.wrapping_mul(hash.wrapping_add(FACTOR.wrapping_mul(value)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the code of a text is its hash, a whole number of 32 bits"
)]
fn code(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(combination: Combination, hashes: Vec<u64>) -> TargetStatistics {
        let values = (0u32..).map(f64::from).take(2 * hashes.len()).collect();
        let unknown = vec![-1.0, -2.0];
        TargetStatistics { tables: vec![StatisticsTable { combination, hashes, values, unknown }] }
    }

    fn of(statistics: &TargetStatistics, row: &[f64]) -> [f64; 2] {
        let mut out = [f64::NAN; 2];
        statistics.apply(row, &mut out);
        out
    }

    #[test]
    fn texts_are_looked_up_by_their_hashes_and_others_are_unknown() {
        // What CatBoost keeps for the text 29, whose hash is beyond 2^31.
        let hashes = vec![7, with_text(0, 3_940_690_768)];
        let combination = Combination { texts: vec![1], ..Combination::default() };
        let statistics = statistics(combination, hashes);
        assert_eq!(of(&statistics, &[f64::NAN, 3_940_690_768.0]), [2.0, 3.0]);
        assert_eq!(of(&statistics, &[0.0, 3_940_690_767.0]), [-1.0, -2.0]);
        assert_eq!(statistics.tolerates_missing(3), [true, false, true]);
        assert_eq!(statistics.n_outputs(), 2);
    }

    #[test]
    fn a_combination_asks_about_numbers_and_texts() {
        let above = |border, or_missing| AboveBorder { column: 0, border, or_missing };
        for or_missing in [true, false] {
            let combination =
                Combination { texts: vec![1], above: vec![above(0.5, or_missing)], equal: vec![(2, 9)] };
            let hash = |is_above: u64, is_equal: u64| with(with(with_text(0, 5), is_above), is_equal);
            let mut hashes = vec![hash(0, 0), hash(1, 0), hash(0, 1), hash(1, 1)];
            hashes.sort_unstable();
            let statistics = statistics(combination, hashes.clone());
            // In single precision the border itself is not above, nor is what is rounded to it.
            let rows = [
                ([0.5, 5.0, 8.0], hash(0, 0)),
                ([0.500_000_001, 5.0, 9.0], hash(0, 1)),
                ([0.75, 5.0, 8.0], hash(1, 0)),
                ([f64::INFINITY, 5.0, 9.0], hash(1, 1)),
                ([f64::NAN, 5.0, 9.0], hash(or_missing.into(), 1)),
            ];
            for (row, hash) in rows {
                let place = hashes.iter().position(|known| *known == hash).unwrap();
                assert_eq!(of(&statistics, &row)[0], [0.0, 2.0, 4.0, 6.0][place], "{row:?}");
            }
        }
    }
}
