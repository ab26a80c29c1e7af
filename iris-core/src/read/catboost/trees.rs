//! From a model's trees to a forest.

use super::parts::{Grown, Node, Parts, Symmetric, Trees};
use super::questions::{Asked, Question};
use crate::error::{Error, Result};
use crate::trees::{
    self, Branch, Finish, Forest, Level, Missing, Oblivious, Planting, Precision, Sum, Test, Tree,
};

/// The forest that asks these questions.
pub(super) fn forest(parts: &Parts, asked: &Asked) -> Result<Forest> {
    let n_outputs = parts.n_outputs;
    let mut planting =
        Planting::new(asked.width(), n_outputs, Precision::Single).taking_missing(true).taking_infinite(true);
    let named = |number: usize| move |error: Error| error.within(format!("tree {number}"));
    match &parts.trees {
        Trees::Oblivious(trees) => {
            for (number, tree) in trees.iter().enumerate() {
                planting.plant_oblivious(&oblivious(tree, asked, n_outputs).map_err(named(number))?)?;
            }
        }
        Trees::Other(trees) => {
            for (number, tree) in trees.iter().enumerate() {
                planting.plant(&grown(tree, asked, n_outputs).map_err(named(number))?)?;
            }
        }
    }
    planting.finish(Sum { precision: Precision::Double, start: vec![0.0; n_outputs], finish: finish(parts)? })
}

/// Leaves are added in the order of the trees, then scaled, then the bias is added.
fn finish(parts: &Parts) -> Result<Finish> {
    let Parts { n_outputs, scale, bias, .. } = parts;
    if !scale.is_finite() || !bias.iter().all(|bias| bias.is_finite()) {
        return Err(Error::malformed("its scale or its bias is not finite"));
    }
    let is_unbiased = bias.iter().all(|bias| *bias == 0.0);
    let bias = if is_unbiased { vec![0.0; *n_outputs] } else { bias.clone() };
    if bias.len() != *n_outputs {
        return Err(Error::malformed(format!("{} biases for {n_outputs} outputs", bias.len())));
    }
    #[expect(clippy::float_cmp, reason = "CatBoost multiplies with whatever is not 1")]
    let is_scaled = *scale != 1.0;
    Ok(match (is_scaled, is_unbiased) {
        (false, true) => Finish::Nothing,
        (false, false) => Finish::Shift(bias),
        (true, _) => Finish::Scale { factor: *scale, shift: bias },
    })
}

/// A question whose answer yes is the other way round leads to the leaf whose bit is turned.
fn oblivious(tree: &Symmetric, asked: &Asked, n_outputs: usize) -> Result<Oblivious> {
    let mut turned = 0usize;
    let mut levels = Vec::with_capacity(tree.questions.len());
    for (bit, number) in tree.questions.iter().enumerate() {
        let (level, yes_is_left) = level(asked.question(*number)?);
        if yes_is_left {
            turned |= 1usize.checked_shl(u32::try_from(bit).unwrap_or(u32::MAX)).unwrap_or(0);
        }
        levels.push(level);
    }
    let turn = |numbers: &[f64], width: usize| {
        let n_leaves = numbers.len() / width;
        let leaf = |index: usize| numbers.get((index ^ turned) * width..)?.get(..width);
        let leaves: Option<Vec<&[f64]>> = (0..n_leaves).map(leaf).collect();
        leaves.map(|leaves| leaves.concat()).ok_or_else(|| Error::malformed("it has too few leaves"))
    };
    let (values, covers) = if turned == 0 {
        (tree.values.clone(), tree.covers.clone())
    } else {
        (turn(&tree.values, n_outputs)?, turn(&tree.covers, 1).unwrap_or_default())
    };
    Ok(Oblivious { levels, values, output: output(n_outputs), covers })
}

fn grown(tree: &Grown, asked: &Asked, n_outputs: usize) -> Result<Tree> {
    let node = |node: &Node| {
        Ok(match node {
            Node::Leaf(leaf) => trees::Node::Leaf(*leaf),
            Node::Asks { question, no, yes } => {
                let (Level { feature, test, missing }, yes_is_left) = level(asked.question(*question)?);
                let (left, right) = if yes_is_left { (*yes, *no) } else { (*no, *yes) };
                trees::Node::Branch(Branch { feature, test, missing, left, right })
            }
        })
    };
    let nodes = tree.nodes.iter().map(node).collect::<Result<_>>()?;
    Ok(Tree { nodes, values: tree.values.clone(), output: output(n_outputs), covers: Vec::new() })
}

/// What leads to the left, and whether that is the answer yes.
fn level(question: Question) -> (Level, bool) {
    match question {
        Question::Above { column, border, missing_is_above } => {
            let missing = if missing_is_above { Missing::Right } else { Missing::Left };
            (Level { feature: column, test: Test::AtMost(f64::from(border)), missing }, false)
        }
        Question::Is { column, value } => {
            (Level { feature: column, test: Test::Equals(value), missing: Missing::Right }, true)
        }
    }
}

fn output(n_outputs: usize) -> Option<usize> {
    (n_outputs == 1).then_some(0)
}
