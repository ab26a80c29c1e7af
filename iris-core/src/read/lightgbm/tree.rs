//! One tree: its lines, which are arrays by node and by leaf.

use super::super::budget::Budget;
use super::text::Lines;
use crate::error::{Error, Result};
use crate::trees::{Branch, CategorySet, LinearLeaf, Missing, Node, Planting, Test, Tree, ZERO};

/// A tree as it was read.
pub(super) struct Grown {
    tree: Tree,
    /// The terms of each leaf of a linear tree.
    linear: Option<Vec<LinearLeaf>>,
}

/// Numbers that a node and its leaf take while they are read, and afterwards.
const NODE: usize = 24;

/// The bits of a `decision_type`: whether categories are asked about, and whether what is
/// missing goes left; behind them what is missing.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

impl Grown {
    pub(super) fn read(lines: &Lines<'_>, budget: &mut Budget) -> Result<Self> {
        let n_leaves = lines.number("num_leaves", None)?;
        // A line cannot have more numbers than bytes, so nothing is held for leaves that are not there.
        let values = lines.required("leaf_value")?;
        if n_leaves == 0 || n_leaves > values.len() {
            return Err(Error::malformed(format!(
                "{n_leaves} leaves, of which 'leaf_value' has not as many"
            )));
        }
        budget.spend(n_leaves * NODE)?;
        let values = lines.numbers("leaf_value", n_leaves)?;
        let n_branches = n_leaves - 1;
        let mut nodes = if n_branches > 0 { branches(lines, n_branches, budget)? } else { Vec::new() };
        nodes.extend((0..n_leaves).map(|leaf| Node::Leaf(short(leaf))));
        let linear = match lines.number("is_linear", Some(0))? {
            0 => None,
            _ => Some(linear(lines, n_leaves, budget)?),
        };
        let tree = Tree { nodes, values, output: None, covers: covers(lines, n_branches) };
        Ok(Self { tree, linear })
    }

    /// Adds it to a forest. Its leaves add to this score.
    pub(super) fn plant(mut self, planting: &mut Planting, score: usize) -> Result<()> {
        self.tree.output = Some(score);
        match self.linear {
            Some(leaves) => planting.plant_linear(&self.tree, leaves),
            None => planting.plant(&self.tree),
        }
    }
}

fn branches(lines: &Lines<'_>, n_branches: usize, budget: &mut Budget) -> Result<Vec<Node>> {
    let features: Vec<usize> = lines.numbers("split_feature", n_branches)?;
    let thresholds: Vec<f64> = lines.numbers("threshold", n_branches)?;
    let left: Vec<i32> = lines.numbers("left_child", n_branches)?;
    let right: Vec<i32> = lines.numbers("right_child", n_branches)?;
    let decisions: Vec<u8> = match lines.get("decision_type") {
        Some(_) => lines.numbers("decision_type", n_branches)?,
        None => vec![0; n_branches],
    };
    let sets = Sets::read(lines, budget)?;
    let mut nodes = Vec::with_capacity(2 * n_branches + 1);
    for index in 0..n_branches {
        let at_node = |error: Error| error.within(format_args!("node {index}"));
        let (test, missing) = if decisions[index] & CATEGORICAL != 0 {
            (Test::In(sets.get(thresholds[index], budget).map_err(at_node)?), Missing::Right)
        } else {
            let missing = missing(decisions[index]).map_err(at_node)?;
            (Test::AtMost(without_zeros(thresholds[index])), missing)
        };
        nodes.push(Node::Branch(Branch {
            feature: features[index],
            test,
            missing,
            left: child(left[index], n_branches),
            right: child(right[index], n_branches),
        }));
    }
    Ok(nodes)
}

/// Where a child is among the nodes: leaves are counted from -1 downwards, and stand behind the
/// branches.
fn child(number: i32, n_branches: usize) -> u32 {
    match u32::try_from(number) {
        Ok(branch) if (branch as usize) < n_branches => branch,
        // No node, so that planting refuses it.
        Ok(_) => u32::MAX,
        Err(_) => short(n_branches).saturating_add(u32::try_from(!number).unwrap_or(u32::MAX)),
    }
}

/// What is missing at a branch about a number, and where it goes.
fn missing(decision: u8) -> Result<Missing> {
    let goes_left = decision & DEFAULT_LEFT != 0;
    match (decision >> 2, goes_left) {
        (0, _) => Ok(Missing::Zero),
        (1, true) => Ok(Missing::OrZeroLeft),
        (1, false) => Ok(Missing::OrZeroRight),
        (2, true) => Ok(Missing::Left),
        (2, false) => Ok(Missing::Right),
        _ => Err(Error::malformed(format!("its 'decision_type' is {decision}"))),
    }
}

/// The threshold that divides rows alike when values next to zero are what they are:
/// LightGBM makes them zero before it asks.
fn without_zeros(threshold: f64) -> f64 {
    if (0.0..ZERO).contains(&threshold) {
        ZERO
    } else if (-ZERO..0.0).contains(&threshold) {
        (-ZERO).next_down()
    } else {
        threshold
    }
}

/// The sets of categories of a tree, in words of 32 bits.
struct Sets {
    /// Where each set begins, and the last ends.
    bounds: Vec<usize>,
    words: Vec<u32>,
}

impl Sets {
    fn read(lines: &Lines<'_>, budget: &mut Budget) -> Result<Self> {
        let n_sets = lines.number("num_cat", Some(0))?;
        if n_sets == 0 {
            return Ok(Self { bounds: Vec::new(), words: Vec::new() });
        }
        let n_bounds = n_sets.saturating_add(1);
        budget.spend_bytes(lines.required("cat_boundaries")?.len())?;
        let bounds: Vec<usize> = lines.numbers("cat_boundaries", n_bounds)?;
        let is_ascending = bounds[0] == 0 && bounds.is_sorted();
        let n_words = bounds.last().copied().filter(|_| is_ascending);
        let n_words = n_words.ok_or_else(|| Error::malformed("'cat_boundaries' do not ascend from 0"))?;
        budget.spend_bytes(lines.required("cat_threshold")?.len())?;
        Ok(Self { bounds, words: lines.numbers("cat_threshold", n_words)? })
    }

    /// The set of the number that stands where a threshold would.
    fn get(&self, number: f64, budget: &mut Budget) -> Result<CategorySet> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is no index is larger than any, or none that is equal"
        )]
        let index = number as usize;
        let bounds = self.bounds.get(index..).and_then(|bounds| bounds.get(..2));
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 sets")]
        let bounds = bounds.filter(|_| index as f64 == number);
        let Some(bounds) = bounds else {
            let n_sets = self.bounds.len().saturating_sub(1);
            return Err(Error::malformed(format!("it asks about set {number} of {n_sets}")));
        };
        let words = &self.words[bounds[0]..bounds[1]];
        // Every bit is looked at.
        budget.spend(words.len().saturating_mul(4))?;
        let bits = |(place, word): (usize, &u32)| {
            let (first, word) = (place * 32, *word);
            (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| first + bit)
        };
        let mut set = CategorySet::default();
        for category in words.iter().enumerate().flat_map(bits) {
            let category = u32::try_from(category).ok().filter(|category| *category < CategorySet::MAX);
            set.insert(
                category.ok_or_else(|| {
                    Error::unsupported(format!("a category of {} or more", CategorySet::MAX))
                })?,
            );
        }
        Ok(set)
    }
}

/// The terms of the leaves of a linear tree.
fn linear(lines: &Lines<'_>, n_leaves: usize, budget: &mut Budget) -> Result<Vec<LinearLeaf>> {
    let constants: Vec<f64> = lines.numbers("leaf_const", n_leaves)?;
    let counts: Vec<usize> = lines.numbers("num_features", n_leaves)?;
    let n_terms = counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count));
    let n_terms = n_terms.ok_or_else(|| Error::malformed("'num_features' are too many"))?;
    budget.spend_bytes(lines.required("leaf_features")?.len())?;
    let features: Vec<usize> = lines.numbers("leaf_features", n_terms)?;
    budget.spend(4 * n_terms)?;
    let coefficients: Vec<f64> = lines.numbers("leaf_coeff", n_terms)?;
    let mut terms = features.into_iter().zip(coefficients);
    let leaf = |(constant, count): (f64, usize)| LinearLeaf {
        constant,
        terms: terms.by_ref().take(count).collect(),
    };
    Ok(constants.into_iter().zip(counts).map(leaf).collect())
}

/// How many training rows came to each node, if the file says.
fn covers(lines: &Lines<'_>, n_branches: usize) -> Vec<f64> {
    if n_branches == 0 {
        // All of them; the file does not count them.
        return vec![1.0];
    }
    let leaves = lines.numbers::<f64>("leaf_count", n_branches + 1);
    match (lines.numbers::<f64>("internal_count", n_branches), leaves) {
        (Ok(branches), Ok(leaves)) => [branches, leaves].concat(),
        _ => Vec::new(),
    }
}

/// A place, which is smaller than the length of a line.
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_among_zeros_divide_as_if_values_next_to_zero_were_zero() {
        let zero = f64::from(1e-35f32);
        for threshold in [-1.0, -zero, -1e-36, -0.0, 0.0, 1e-36, zero, 1.0] {
            for value in [-1.0, (-zero).next_down(), -zero, -1e-36, 0.0, 1e-36, zero, zero.next_up(), 1.0] {
                let asked = if f64::abs(value) <= zero { 0.0 } else { value };
                assert_eq!(value <= without_zeros(threshold), asked <= threshold, "{value} {threshold}");
            }
        }
    }

    #[test]
    fn children_are_branches_or_leaves_behind_them() {
        assert_eq!([0, 2, 3, -1, -4].map(|number| child(number, 3)), [0, 2, u32::MAX, 3, 6]);
        assert_eq!(child(i32::MIN, 3), 3 + 0x7fff_ffff);
    }
}
