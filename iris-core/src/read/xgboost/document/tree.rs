//! One tree, whose nodes are lists side by side.

use crate::error::{Error, Result};
use crate::read::budget::Budget;
use crate::read::xgboost::grown::{Condition, RawNode, children, grown, spend};
use crate::read::xgboost::learner::Ensemble;
use crate::read::xgboost::value::{Value, whole};
use crate::trees::CategorySet;

/// The lists that every node has its place in.
struct Lists<'v> {
    left: &'v [f64],
    right: &'v [f64],
    feature: &'v [f64],
    condition: &'v [f64],
    default_left: &'v [f64],
    cover: &'v [f64],
    n_nodes: usize,
}

/// Reads a tree into the ensemble. Whether its leaves have a number for every output.
pub(super) fn read(tree: &Value, budget: &mut Budget, ensemble: &mut Ensemble) -> Result<bool> {
    let lists = Lists::of(tree)?;
    spend(lists.n_nodes, budget)?;
    let mut sets = categories(tree, lists.n_nodes, budget)?;
    let width = tree.required("tree_param")?.get("size_leaf_vector").and_then(Value::size).unwrap_or(0);
    let vectors = if width > 1 { Some(Vectors::of(tree, width, lists.n_nodes)?) } else { None };
    let mut nodes = Vec::with_capacity(lists.n_nodes);
    for index in 0..lists.n_nodes {
        let node = lists.node(index, &mut sets, vectors.as_ref());
        let node = node.map_err(|error| error.within(format_args!("node {index}")))?;
        if let Condition::Leaf(values) = &node.condition {
            budget.spend(values.len() * 2)?;
        }
        nodes.push(node);
    }
    ensemble.trees.push(grown(nodes, &mut ensemble.categorical)?);
    Ok(width > 1)
}

impl<'v> Lists<'v> {
    fn of(tree: &'v Value) -> Result<Self> {
        let list = |name: &str| {
            let numbers = tree.required(name)?.numbers();
            numbers.ok_or_else(|| Error::malformed(format!("'{name}' are no numbers")))
        };
        let left = list("left_children")?;
        let n_nodes = left.len();
        let list = |name: &str| {
            let list = list(name)?;
            if list.len() == n_nodes { Ok(list) } else { Err(unequal(name, list.len(), n_nodes)) }
        };
        Ok(Self {
            left,
            right: list("right_children")?,
            feature: list("split_indices")?,
            condition: list("split_conditions")?,
            default_left: list("default_left")?,
            // Trees of several outputs had none at first.
            cover: match tree.get("sum_hessian").and_then(Value::numbers) {
                None | Some([]) => &[],
                Some(_) => list("sum_hessian")?,
            },
            n_nodes,
        })
    }

    fn node(
        &self,
        index: usize,
        sets: &mut [Option<CategorySet>],
        vectors: Option<&Vectors<'_>>,
    ) -> Result<RawNode> {
        let feature = whole(self.feature[index]);
        #[expect(clippy::cast_possible_truncation, reason = "as XGBoost has it")]
        let condition = Condition::Number(self.condition[index] as f32);
        let (children, condition) = match (self.left[index], vectors) {
            // Of a leaf of several numbers the right child says where they are, since 3.2.
            (-1.0, Some(vectors)) => (None, Condition::Leaf(vectors.of_leaf(index, self.right[index])?)),
            (left, _) => (
                children(left, self.right[index])?,
                sets[index].take().map_or(condition, Condition::Categories),
            ),
        };
        Ok(RawNode {
            children,
            feature: feature.ok_or_else(|| Error::malformed("it asks about no feature"))?,
            default_left: self.default_left[index] != 0.0,
            condition,
            cover: self.cover.get(index).copied(),
        })
    }
}

/// The numbers of leaves that have several.
struct Vectors<'v> {
    values: &'v [f64],
    width: usize,
    /// Whether every node has its place, and not leaves alone.
    by_node: bool,
}

impl<'v> Vectors<'v> {
    fn of(tree: &'v Value, width: usize, n_nodes: usize) -> Result<Self> {
        let numbers = |name: &str| tree.get(name).and_then(Value::numbers).filter(|list| !list.is_empty());
        if let Some(values) = numbers("leaf_weights") {
            return Ok(Self { values, width, by_node: false });
        }
        let values = numbers("base_weights").unwrap_or_default();
        if Some(values.len()) != n_nodes.checked_mul(width) {
            return Err(unequal("base_weights", values.len(), n_nodes.saturating_mul(width)));
        }
        Ok(Self { values, width, by_node: true })
    }

    #[expect(clippy::cast_possible_truncation, reason = "as XGBoost has it")]
    fn of_leaf(&self, node: usize, right: f64) -> Result<Vec<f32>> {
        let leaf = if self.by_node { Some(node) } else { whole(right) };
        let start = leaf.and_then(|leaf| leaf.checked_mul(self.width));
        let range = start.and_then(|start| Some(start..start.checked_add(self.width)?));
        let values = range.and_then(|range| self.values.get(range));
        let values = values.ok_or_else(|| Error::malformed("there are no numbers for this leaf"))?;
        Ok(values.iter().map(|value| *value as f32).collect())
    }
}

/// The categories of every node that asks about some.
fn categories(tree: &Value, n_nodes: usize, budget: &mut Budget) -> Result<Vec<Option<CategorySet>>> {
    let list = |name: &str| tree.get(name).and_then(Value::numbers).unwrap_or_default();
    let mut sets: Vec<Option<CategorySet>> = vec![None; n_nodes];
    let (nodes, segments) = (list("categories_nodes"), list("categories_segments"));
    let (sizes, all) = (list("categories_sizes"), list("categories"));
    if nodes.len() != segments.len() || nodes.len() != sizes.len() {
        return Err(Error::malformed("the lists of categories are of different lengths"));
    }
    for ((node, segment), size) in nodes.iter().zip(segments).zip(sizes) {
        let at_node = |error: Error| error.within(format_args!("node {node}"));
        let range =
            whole(*segment).zip(whole(*size)).and_then(|(start, size)| Some(start..start.checked_add(size)?));
        let categories = range.and_then(|range| all.get(range));
        let categories =
            categories.ok_or_else(|| at_node(Error::malformed("its categories are not in the list")))?;
        let set = set(categories, budget).map_err(at_node)?;
        let place = whole(*node).and_then(|node| sets.get_mut(node));
        let place =
            place.ok_or_else(|| at_node(Error::malformed(format!("there are only {n_nodes} nodes"))))?;
        *place = Some(set);
    }
    if let Some(kinds) = tree.get("split_type").and_then(Value::numbers) {
        let missing = kinds.iter().zip(&sets).position(|(kind, set)| *kind != 0.0 && set.is_none());
        if let Some(node) = missing {
            return Err(Error::malformed(format!("node {node}: it asks about categories, and has none")));
        }
    }
    Ok(sets)
}

fn set(categories: &[f64], budget: &mut Budget) -> Result<CategorySet> {
    let number = |category: &f64| {
        let number = whole(*category).and_then(|category| u32::try_from(category).ok());
        number.filter(|category| *category < CategorySet::MAX)
    };
    let numbers: Option<Vec<u32>> = categories.iter().map(number).collect();
    let numbers = numbers.ok_or_else(|| Error::malformed("a category is no number from 0 to 2^24"))?;
    let largest = numbers.iter().max().map_or(0, |largest| *largest as usize);
    // As bits, twice: as it is read, and as it is asked.
    budget.spend(2 * (largest / 64 + 2))?;
    Ok(numbers.into_iter().collect())
}

#[cold]
fn unequal(name: &str, found: usize, n_nodes: usize) -> Error {
    Error::malformed(format!("'{name}' has {found} numbers where {n_nodes} are due"))
}
