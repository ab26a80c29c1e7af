//! Trees as a writer of another format is told them.

use super::Missing;
use super::columns::{Column, Form};
use super::explained::Explained;
use super::flat::Kind;

/// A node of a tree, whose root is the first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WrittenNode {
    /// Numbers that are added to the outputs from this one on.
    Leaf { first_output: usize, values: Vec<f64> },
    /// A question, and the places of the nodes that the answers lead to.
    Branch { feature: usize, question: Question, missing_is_left: bool, left: usize, right: usize },
}

/// What is asked about a feature; yes leads to the left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Question {
    AtMost(f64),
    Equals(f64),
}

/// The nodes of a tree, or what in it cannot be told.
pub(crate) type WrittenTree = Result<Vec<WrittenNode>, &'static str>;

/// The trees, one after the other.
pub(super) fn trees<'a>(
    explained: &'a Explained,
    columns: &'a [Column],
) -> impl Iterator<Item = WrittenTree> + 'a {
    (0..explained.n_trees()).map(move |tree| written(explained, columns, tree))
}

fn written(explained: &Explained, columns: &[Column], tree: usize) -> WrittenTree {
    let (root, output) = explained.tree(tree);
    let mut places = vec![root];
    let mut nodes = Vec::new();
    while let Some(place) = places.get(nodes.len()) {
        let (column, threshold, left) = match explained.node(*place) {
            Kind::Leaf(first) => {
                let values = explained.numbers(output, first).to_vec();
                nodes.push(WrittenNode::Leaf { first_output: output.unwrap_or(0), values });
                continue;
            }
            Kind::Number { column, threshold, left } => (column, threshold, left),
            Kind::Set { .. } => return Err("questions about sets of categories"),
        };
        let Column { feature, form } = columns[column as usize];
        let (question, missing_is_left) = match form {
            Form::Number(missing) => {
                let is_left = match missing {
                    Missing::Left => true,
                    Missing::Right => false,
                    Missing::Zero => threshold >= 0.0,
                    Missing::OrZeroLeft | Missing::OrZeroRight => {
                        return Err("zeros that stand for missing values");
                    }
                };
                (Question::AtMost(threshold), is_left)
            }
            Form::Equals { bits, missing_is_equal } => {
                (Question::Equals(f64::from_bits(bits)), missing_is_equal)
            }
            Form::Category | Form::Member | Form::Byte { .. } => {
                return Err("questions about categories");
            }
        };
        let first = places.len();
        places.extend([left, left + 1]);
        nodes.push(WrittenNode::Branch { feature, question, missing_is_left, left: first, right: first + 1 });
    }
    Ok(nodes)
}
