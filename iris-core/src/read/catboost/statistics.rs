//! What was counted for texts, as the numbers that trees ask about.

use super::parts::{CountKind, Counted, Counts, Parts, Statistic, Table};
use crate::error::{Error, Result};
use crate::program::{AboveBorder, Combination, StatisticsTable, TargetStatistics};
use crate::read::budget::Budget;

/// The step that makes a model's statistics, in their order.
pub(super) fn of(parts: &Parts, budget: &mut Budget) -> Result<TargetStatistics> {
    // Those of the same counts stand next to each other, and share the way to their hash.
    let mut groups: Vec<(&Table, Vec<&Statistic>)> = Vec::new();
    for (number, statistic) in parts.statistics.iter().enumerate() {
        budget.spend(parts.tables.len() + 1)?;
        let table = parts.tables.iter().find(|table| table.of == statistic.of);
        let table = table
            .ok_or_else(|| Error::malformed(format!("statistic {number}: the file has no counts for it")))?;
        match groups.last_mut() {
            Some((of, members)) if std::ptr::eq(*of, table) => members.push(statistic),
            _ => groups.push((table, vec![statistic])),
        }
    }
    let tables = groups.into_iter().map(|(table, statistics)| numbers(parts, table, &statistics, budget));
    Ok(TargetStatistics { tables: tables.collect::<Result<_>>()? })
}

fn numbers(
    parts: &Parts,
    table: &Table,
    statistics: &[&Statistic],
    budget: &mut Budget,
) -> Result<StatisticsTable> {
    let Counts { hashes, width, numbers } = &table.counts;
    let kind = table.of.kind;
    let width_is_right = match kind {
        CountKind::BinarizedTargetMeanValue | CountKind::FloatTargetMeanValue => *width == 2,
        CountKind::Counter | CountKind::FeatureFreq => *width == 1,
        CountKind::Borders => *width >= 2,
        CountKind::Buckets => *width >= 1,
    };
    if !width_is_right || numbers.len() != hashes.len() * width {
        return Err(Error::malformed(format!("{width} counts for a hash of kind {kind:?}")));
    }
    if let (CountKind::Borders | CountKind::Buckets, Some(statistic)) =
        (kind, statistics.iter().find(|statistic| statistic.target_border >= *width))
    {
        let message = format!("statistics of border {} of {width} classes", statistic.target_border);
        return Err(Error::malformed(message));
    }
    let combination = combination(parts, &table.of, budget)?;
    budget.spend(hashes.len().saturating_mul(3 + statistics.len()))?;
    let mut order: Vec<(u64, usize)> = hashes
        .iter()
        .enumerate()
        .filter(|(_, hash)| **hash != NO_HASH)
        .map(|(place, hash)| (*hash, place))
        .collect();
    order.sort_unstable();
    // The first one is found.
    order.dedup_by_key(|(hash, _)| *hash);
    let denominator = f64::from(table.denominator);
    let mut values = Vec::with_capacity(order.len() * statistics.len());
    for (_, place) in &order {
        let counts = &numbers[place * width..][..*width];
        values.extend(statistics.iter().map(|statistic| {
            let (good, total) = good_of_total(statistic, counts, denominator);
            statistic.number(good, total)
        }));
    }
    let total = match kind {
        CountKind::Counter | CountKind::FeatureFreq => denominator,
        _ => 0.0,
    };
    Ok(StatisticsTable {
        combination,
        hashes: order.into_iter().map(|(hash, _)| hash).collect(),
        values,
        unknown: statistics.iter().map(|statistic| statistic.number(0.0, total)).collect(),
    })
}

/// Marks a place of a table at which there is no hash.
const NO_HASH: u64 = u64::MAX;

fn good_of_total(statistic: &Statistic, counts: &[f64], denominator: f64) -> (f64, f64) {
    let border = statistic.target_border;
    match statistic.of.kind {
        CountKind::BinarizedTargetMeanValue | CountKind::FloatTargetMeanValue => (counts[0], counts[1]),
        CountKind::Counter | CountKind::FeatureFreq => (counts[0], denominator),
        CountKind::Buckets => (counts[border], counts.iter().sum()),
        CountKind::Borders if counts.len() == 2 => (counts[1], counts[0] + counts[1]),
        CountKind::Borders => (counts[border + 1..].iter().sum(), counts.iter().sum()),
    }
}

impl Statistic {
    /// The number that so many of so many make, each step in single precision.
    #[expect(clippy::cast_possible_truncation, reason = "CatBoost computes it in single precision")]
    fn number(&self, good: f64, total: f64) -> f64 {
        let share = (good as f32 + self.prior) / (total as f32 + self.prior_weight);
        f64::from((share + self.shift) * self.scale)
    }
}

fn combination(parts: &Parts, counted: &Counted, budget: &mut Budget) -> Result<Combination> {
    let mut combination = Combination::default();
    for text in &counted.texts {
        combination.texts.push(parts.text(*text, budget)?);
    }
    for (number, border) in &counted.above {
        let column = parts.number(*number, budget)?;
        let (column, or_missing) = (column.position.column, column.missing_is_above);
        combination.above.push(AboveBorder { column, border: *border, or_missing });
    }
    for (text, hash) in &counted.equal {
        combination.equal.push((parts.text(*text, budget)?, *hash));
    }
    Ok(combination)
}
