//! The head of a model: what it is of, before its trees.

use super::super::budget::Budget;
use super::text::{Lines, Text, shown};
use crate::error::{Error, Result};

/// What stands in front of the trees.
pub(in crate::read) struct Header {
    #[cfg_attr(not(feature = "inspect"), expect(dead_code, reason = "the trees are alike in all of them"))]
    pub(super) version: &'static str,
    names: Vec<String>,
    /// What the values of each column were, where the file says.
    pub(super) infos: Vec<Info>,
    pub(super) objective: Option<String>,
    /// Trees of an iteration: one for each score.
    pub(super) n_scores: usize,
    /// Whether the answer is the mean over iterations rather than the sum.
    pub(super) averages: bool,
    /// How many trees there are, where the file says.
    pub(super) n_trees: Option<usize>,
}

/// What the values of a column were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Info {
    /// Of one value only, or the file does not say.
    None,
    /// Numbers from the first to the second.
    Numbers(f64, f64),
    /// Categories up to this one.
    Categories(i64),
}

/// Columns that a file may declare; each costs a name and a place in a row.
const MAX_FEATURES: usize = 1 << 20;

/// The versions whose trees are read.
const VERSIONS: [&str; 3] = ["v2", "v3", "v4"];

impl Header {
    pub(super) fn read(text: &mut Text<'_>, budget: &mut Budget) -> Result<Self> {
        let lines = text.head()?;
        let version = lines.required("version")?.trim();
        let Some(version) = VERSIONS.into_iter().find(|known| *known == version) else {
            let message = format!(
                "version '{}' of LightGBM's format; {} are read",
                shown(version),
                VERSIONS.join(", ")
            );
            return Err(Error::unsupported(message));
        };
        let n_features = lines.number("max_feature_idx", None)?.saturating_add(1);
        if n_features > MAX_FEATURES {
            return Err(Error::malformed(format!("a model of {n_features} input columns")));
        }
        let n_classes = lines.number("num_class", Some(1))?;
        let n_scores = lines.number("num_tree_per_iteration", Some(n_classes))?;
        if n_scores == 0 || n_scores != n_classes {
            return Err(Error::malformed(format!("{n_scores} trees an iteration for {n_classes} classes")));
        }
        budget.spend(4 * n_scores)?;
        Ok(Self {
            version,
            names: names(&lines, n_features, budget)?,
            infos: infos(&lines, n_features)?,
            objective: lines.get("objective").map(|objective| objective.trim().to_owned()),
            n_scores,
            averages: lines.get("average_output").is_some(),
            n_trees: lines.get("tree_sizes").map(|sizes| sizes.split_ascii_whitespace().count()),
        })
    }

    /// The head of a text alone.
    #[cfg(any(feature = "inspect", feature = "pickle"))]
    pub(in crate::read) fn of(text: &str, budget: &mut Budget) -> Result<Self> {
        Self::read(&mut Text::new(text), budget)
    }

    /// What an outline shows of it, by what it is called in the file.
    #[cfg(feature = "inspect")]
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let objective =
            self.objective.as_ref().map(|objective| ("objective", format!("'{}'", shown(objective))));
        let n_trees = self.n_trees.map(|n_trees| ("num_trees", n_trees.to_string()));
        let averages = self.averages.then(|| ("average_output", "True".to_owned()));
        let told = [objective, n_trees, averages].into_iter().flatten();
        told.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Length of a row.
    pub(in crate::read) fn n_features(&self) -> usize {
        self.names.len()
    }

    /// The columns' names, `x0`, `x1`, … where LightGBM has only numbered them.
    pub(in crate::read) fn names(&self) -> Vec<String> {
        let is_numbered = |(index, name): (usize, &String)| {
            name.strip_prefix("Column_").is_some_and(|number| number == index.to_string())
        };
        if self.names.iter().enumerate().all(is_numbered) {
            return (0..self.names.len()).map(|index| format!("x{index}")).collect();
        }
        self.names.clone()
    }
}

fn names(lines: &Lines<'_>, n_features: usize, budget: &mut Budget) -> Result<Vec<String>> {
    let line = lines.required("feature_names")?;
    budget.spend_bytes(line.len())?;
    budget.spend(4 * n_features)?;
    let names: Vec<String> = line.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.len() == n_features {
        return Ok(names);
    }
    Err(Error::malformed(format!("{} feature names for {n_features} features", names.len())))
}

fn infos(lines: &Lines<'_>, n_features: usize) -> Result<Vec<Info>> {
    let Some(line) = lines.get("feature_infos") else { return Ok(vec![Info::None; n_features]) };
    let infos: Vec<Info> = line.split(' ').filter(|info| !info.is_empty()).map(Info::of).collect();
    if infos.len() == n_features {
        return Ok(infos);
    }
    Err(Error::malformed(format!("'feature_infos' are of {} features instead of {n_features}", infos.len())))
}

impl Info {
    /// `[1:2.5]` of numbers, `0:2:1` of categories. What is written otherwise says nothing.
    fn of(text: &str) -> Self {
        if let Some(range) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            let ends =
                range.split_once(':').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
            return ends.map_or(Self::None, |(low, high)| Self::Numbers(low, high));
        }
        let largest =
            text.split(':').try_fold(-1, |largest: i64, number| Some(largest.max(number.parse().ok()?)));
        largest.map_or(Self::None, Self::Categories)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infos_tell_numbers_from_categories() {
        assert_eq!(Info::of("[-1.5:7]"), Info::Numbers(-1.5, 7.0));
        assert_eq!(Info::of("-1:0:3:2"), Info::Categories(3));
        assert_eq!(Info::of("4"), Info::Categories(4));
        for text in ["none", "[1]", "[a:b]", "0:x"] {
            assert_eq!(Info::of(text), Info::None, "{text}");
        }
    }
}
