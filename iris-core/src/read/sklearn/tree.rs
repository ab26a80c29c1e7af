//! `Tree`: what fitting left of one tree, in the arrays that scikit-learn keeps it in.
//!
//! | since | what changed |
//! |---|---|
//! | 1.3 | `missing_go_to_left` says where missing values go, if the criterion and the splitter take any |
//! | 1.4 | `values` of classifiers are shares of the classes, where they were counts |
//! | 1.6 | random splits take missing values too |
//! | 1.9 | every criterion does, also with monotonic constraints |

use std::rc::Rc;

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, Result};
use crate::read::pickle::{Array, Object, ObjectId, Objects};
use crate::trees::{Branch, Missing, Node, Test, Tree};

/// A tree's arrays, as they lie in the file.
pub(super) struct FittedTree<'a> {
    n_features: usize,
    nodes: Rc<Array<'a>>,
    /// For each node, `width` numbers.
    values: Vec<f64>,
    /// Outputs, and classes of each.
    shape: [usize; 2],
}

/// Numbers that a node takes while its tree is read, and afterwards.
const NODE: usize = 16;

/// What stands in the place of a child where there is none.
const NONE: i64 = -1;

impl<'a> FittedTree<'a> {
    /// The tree that an estimator has fitted.
    pub(super) fn of(estimator: &Estimator<'_, 'a>, flow: &mut Flow<'_, '_>) -> Result<Self> {
        let id = estimator.required("tree_")?;
        let tree = flow.part_of(estimator, id)?;
        if !tree.is("tree", "Tree") {
            return Err(estimator.unexpected("tree_", id));
        }
        let n_features = n_features(tree.objects, id).ok_or_else(|| estimator.unexpected("tree_", id))?;
        let (nodes, values) = (array(&tree, "nodes")?, array(&tree, "values")?);
        let n_nodes = nodes.len();
        let shape = match *values.shape() {
            [height, n_outputs, n_classes] if height == n_nodes && nodes.shape().len() == 1 => {
                [n_outputs, n_classes]
            }
            _ => {
                let message =
                    format!("its values are of shape {:?} for {n_nodes} nodes of a tree", values.shape());
                return Err(Error::malformed(message));
            }
        };
        flow.spend(values.len())?;
        flow.spend(n_nodes.saturating_mul(NODE))?;
        let values = values.floats(tree.objects)?;
        Ok(Self { n_features, nodes, values, shape })
    }

    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    /// How many classes each leaf has a number of, where it is a classifier's of one output.
    pub(super) fn n_classes(&self) -> usize {
        self.shape[1]
    }

    /// How many numbers each leaf has, one an output, where it is a regressor's.
    pub(super) fn n_outputs(&self) -> usize {
        self.shape[0]
    }

    pub(super) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The numbers of a node, as many as it has outputs and classes.
    pub(super) fn values(&self, node: usize) -> &[f64] {
        let width = self.shape[0] * self.shape[1];
        &self.values[node * width..][..width]
    }

    /// A number of each node.
    pub(super) fn field(&self, name: &str) -> Result<Vec<f64>> {
        self.nodes.field_floats(name)
    }

    /// The feature that each node asks about; of a leaf some negative number.
    pub(super) fn features(&self) -> Result<Vec<i64>> {
        self.nodes.field_integers("feature")
    }

    /// The two nodes behind each, or `None` behind a leaf; what is no node is `u32::MAX`.
    pub(super) fn children(&self) -> Result<Vec<Option<[u32; 2]>>> {
        let left = self.nodes.field_integers("left_child")?;
        let right = self.nodes.field_integers("right_child")?;
        let child = |place: i64| u32::try_from(place).unwrap_or(u32::MAX);
        let of_node = |(left, right)| (left != NONE).then(|| [child(left), child(right)]);
        Ok(left.into_iter().zip(right).map(of_node).collect())
    }

    /// The tree over `columns`, which its features are, with the numbers of each
    /// leaf that `leaf` makes of its node. Missing values go as trained if `takes_missing`.
    pub(super) fn over(
        &self,
        columns: Option<&[usize]>,
        takes_missing: bool,
        mut leaf: impl FnMut(usize, &mut Vec<f64>),
    ) -> Result<Tree> {
        let children = self.children()?;
        let features = self.features()?;
        let thresholds = self.nodes.field_floats("threshold")?;
        let missing_left =
            if takes_missing { self.nodes.field_integers("missing_go_to_left")? } else { Vec::new() };
        let (mut nodes, mut values, mut n_leaves) = (Vec::with_capacity(children.len()), Vec::new(), 0);
        for (node, children) in children.into_iter().enumerate() {
            let Some([left, right]) = children else {
                leaf(node, &mut values);
                nodes.push(Node::Leaf(n_leaves));
                n_leaves += 1;
                continue;
            };
            // Planting says of a feature or a node that there is none such.
            let feature = usize::try_from(features[node]).unwrap_or(usize::MAX);
            let goes_left = missing_left.get(node).is_some_and(|flag| *flag != 0);
            nodes.push(Node::Branch(Branch {
                feature: columns
                    .map_or(feature, |columns| columns.get(feature).copied().unwrap_or(usize::MAX)),
                test: Test::AtMost(thresholds[node]),
                missing: if goes_left { Missing::Left } else { Missing::Right },
                left,
                right,
            }));
        }
        let covers = self.nodes.field_floats("weighted_n_node_samples").unwrap_or_default();
        Ok(Tree { nodes, values, output: None, covers })
    }
}

/// Whether an object is one tree of scikit-learn's: an estimator with a `tree_`.
pub(super) fn is_tree(objects: &Objects<'_>, id: ObjectId) -> bool {
    let class = Estimator::class_of(objects, id);
    class.is_some_and(|(module, class)| {
        module.starts_with("sklearn.tree")
            && matches!(
                class,
                "DecisionTreeClassifier"
                    | "DecisionTreeRegressor"
                    | "ExtraTreeClassifier"
                    | "ExtraTreeRegressor"
            )
    })
}

/// Whether a tree's estimator takes missing values.
pub(super) fn takes_missing(tree: &Estimator<'_, '_>) -> bool {
    let is_random = tree.text("splitter") == Some("random");
    let is_extra = tree.class().starts_with("Extra");
    if tree.is_since(1, 9) {
        return is_random || !is_extra;
    }
    let splits = if is_random { tree.is_since(1, 6) } else { !(is_extra && tree.is_since(1, 6)) };
    // Before 1.4 there were no monotonic constraints.
    tree.is_since(1, 3) && splits && has_missing_criterion(tree) && tree.is_none("monotonic_cst")
}

/// Whether, before 1.9, the criterion of a tree or a forest was one that takes missing values.
pub(super) fn has_missing_criterion(estimator: &Estimator<'_, '_>) -> bool {
    estimator.text("criterion").is_some_and(|criterion| {
        ["gini", "log_loss", "entropy", "squared_error", "friedman_mse", "poisson"].contains(&criterion)
    })
}

fn array<'a>(tree: &Estimator<'_, 'a>, name: &str) -> Result<Rc<Array<'a>>> {
    let id = tree.required(name)?;
    match tree.objects.get(id) {
        Object::Array(array) => Ok(array.clone()),
        _ => Err(tree.unexpected(name, id)),
    }
}

/// The first of what the tree was made with.
fn n_features(objects: &Objects<'_>, id: ObjectId) -> Option<usize> {
    match objects.get(id) {
        Object::Call(call) => objects.size(*objects.items(call.args)?.first()?),
        _ => None,
    }
}
