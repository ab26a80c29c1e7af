//! `TreePredictor`: one tree, and what the bin mapper knows of categories.

use super::super::estimator::Estimator;
use super::super::flow::Flow;
use crate::error::{Error, Result};
use crate::read::pickle::{Array, Object};
use crate::trees::{Branch, CategorySet, Missing, Node, Test, Tree};

/// Categories are numbers below this.
const N_CATEGORIES: u32 = 256;

/// Words of 32 bits that a set of categories takes.
const N_WORDS: usize = 8;

/// Numbers that a node takes while its tree is read, and afterwards.
const NODE: usize = 16;

/// The categories that each column was fitted with.
pub(super) struct Known {
    columns: Vec<Option<CategorySet>>,
    /// Whether what is below 0 is taken for the category that its lowest byte is.
    wraps: bool,
}

impl Known {
    /// What the bin mapper has as edges of a column of categories: these.
    pub(super) fn of(bin_mapper: &Estimator<'_, '_>, width: usize, wraps: bool) -> Result<Self> {
        // Without any, there may be no mask.
        let is_categorical = match bin_mapper.get("is_categorical_") {
            Some(_) if !bin_mapper.is_none("is_categorical_") => {
                bin_mapper.masked("is_categorical_", width)?
            }
            _ => Vec::new(),
        };
        let id = bin_mapper.required("bin_thresholds_")?;
        let objects = bin_mapper.objects;
        let edges = objects.items(id).filter(|edges| edges.len() == width);
        let edges = edges.ok_or_else(|| bin_mapper.unexpected("bin_thresholds_", id))?;
        let mut columns = vec![None; width];
        for column in is_categorical {
            let Object::Array(array) = objects.get(edges[column]) else {
                return Err(bin_mapper.unexpected("bin_thresholds_", edges[column]));
            };
            let categories =
                array.floats(objects)?.into_iter().map(category).collect::<Option<CategorySet>>();
            columns[column] = Some(categories.ok_or_else(|| {
                Error::malformed(format!("a category of column {column} is no number below {N_CATEGORIES}"))
            })?);
        }
        Ok(Self { columns, wraps })
    }

    /// What leads to the left at a node that asks about categories. Those that
    /// are not known are missing.
    fn left(&self, feature: usize, raw: &[u32], missing_is_left: bool) -> Result<CategorySet> {
        let known = self.columns.get(feature).and_then(Option::as_ref).ok_or_else(|| {
            Error::malformed(format!("it asks for categories of column {feature}, which has none"))
        })?;
        let is_in = |category: u32| raw[category as usize / 32] >> (category % 32) & 1 == 1;
        let is_left = |category: &u32| is_in(*category) || (missing_is_left && !known.contains(*category));
        Ok((0..N_CATEGORIES).filter(is_left).collect())
    }
}

/// A tree that adds to one output.
pub(super) fn tree(
    predictor: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    known: &Known,
    output: usize,
) -> Result<Tree> {
    let array = |name: &str| -> Result<&Array<'_>> {
        let id = predictor.required(name)?;
        match predictor.objects.get(id) {
            Object::Array(array) => Ok(array),
            _ => Err(predictor.unexpected(name, id)),
        }
    };
    let nodes = array("nodes")?;
    flow.spend(nodes.len().saturating_mul(NODE))?;
    let (is_leaf, features) = (nodes.field_integers("is_leaf")?, nodes.field_integers("feature_idx")?);
    let (left, right) = (nodes.field_integers("left")?, nodes.field_integers("right")?);
    let (thresholds, leaves) = (nodes.field_floats("num_threshold")?, nodes.field_floats("value")?);
    let missing_left = nodes.field_integers("missing_go_to_left")?;
    let is_categorical = nodes.field_integers("is_categorical")?;
    let sets = if is_categorical.contains(&1) {
        let sets = array("raw_left_cat_bitsets")?;
        match sets.shape() {
            [_, N_WORDS] => sets.integers(predictor.objects)?,
            shape => {
                return Err(Error::malformed(format!("'raw_left_cat_bitsets' are of shape {shape:?}")));
            }
        }
    } else {
        Vec::new()
    };
    let set_of = nodes.field_integers("bitset_idx")?;
    let words: Option<Vec<u32>> = sets.into_iter().map(|word| u32::try_from(word).ok()).collect();
    let words = words.ok_or_else(|| Error::malformed("'raw_left_cat_bitsets' are no words of 32 bits"))?;
    // Without it there is only no explanation.
    let covers = nodes.field_floats("count").unwrap_or_default();
    let mut tree =
        Tree { nodes: Vec::with_capacity(nodes.len()), output: Some(output), covers, ..Tree::default() };
    for node in 0..nodes.len() {
        if is_leaf[node] != 0 {
            let leaf = u32::try_from(tree.values.len()).map_err(|_| Error::malformed("too many leaves"))?;
            tree.values.push(leaves[node]);
            tree.nodes.push(Node::Leaf(leaf));
            continue;
        }
        let at_node = |error: Error| error.within(format!("node {node}"));
        let place =
            |place: i64| u32::try_from(place).map_err(|_| Error::malformed("what it leads to is no node"));
        let feature = usize::try_from(features[node])
            .map_err(|_| at_node(Error::malformed(format!("it asks about feature {}", features[node]))))?;
        let missing_is_left = missing_left[node] != 0;
        let test = if is_categorical[node] == 0 {
            Test::AtMost(thresholds[node])
        } else {
            let set = usize::try_from(set_of[node]).ok().and_then(|set| words.chunks_exact(N_WORDS).nth(set));
            let set = set.ok_or_else(|| at_node(Error::malformed("it has no set of categories")))?;
            Test::InByte {
                set: known.left(feature, set, missing_is_left).map_err(at_node)?,
                wraps: known.wraps,
            }
        };
        tree.nodes.push(Node::Branch(Branch {
            feature,
            test,
            missing: if missing_is_left { Missing::Left } else { Missing::Right },
            left: place(left[node]).map_err(at_node)?,
            right: place(right[node]).map_err(at_node)?,
        }));
    }
    Ok(tree)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is out of range is no category"
)]
fn category(value: f64) -> Option<u32> {
    (0.0..f64::from(N_CATEGORIES)).contains(&value).then_some(value as u32)
}
