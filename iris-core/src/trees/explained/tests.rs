//! Against the definition: the mean over all orders in which features become known of what each then changes.

use super::*;
use crate::trees::{Branch, Forest, Level, Missing, Node, Oblivious, Planting, Precision, Test, Tree};

const N_FEATURES: usize = 5;

/// A tree of questions `x <= threshold`, with a number at each leaf.
struct Grown {
    tree: Tree,
    depth: usize,
}

/// Numbers that look as if they were by chance, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % n
    }

    fn number(&mut self) -> f64 {
        f64::from(self.below(2001)) / 1000.0 - 1.0
    }

    fn rows(&mut self, n: usize) -> Vec<Vec<f64>> {
        (0..n).map(|_| (0..N_FEATURES).map(|_| self.number()).collect()).collect()
    }

    /// Grown at its last leaf until it is so deep, and with a few questions beside that.
    fn tree(&mut self, depth: usize, rows: &[Vec<f64>]) -> Grown {
        let mut tree = Tree { nodes: vec![Node::Leaf(0)], output: Some(0), ..Tree::default() };
        let (mut last, mut others) = (0, Vec::new());
        for _ in 0..depth {
            let [left, right] = self.split(&mut tree, last);
            let goes_left = self.below(2) == 0;
            others.push(if goes_left { right } else { left });
            last = if goes_left { left } else { right };
        }
        for leaf in others {
            if self.below(3) == 0 {
                self.split(&mut tree, leaf);
            }
        }
        let mut n_leaves = 0;
        for node in &mut tree.nodes {
            if let Node::Leaf(leaf) = node {
                *leaf = n_leaves;
                n_leaves += 1;
                tree.values.push(self.number());
            }
        }
        tree.covers = vec![0.0; tree.nodes.len()];
        for row in rows {
            let mut node = 0;
            tree.covers[node] += 1.0;
            while let Node::Branch(branch) = &tree.nodes[node] {
                node = next(branch, row);
                tree.covers[node] += 1.0;
            }
        }
        Grown { tree, depth }
    }

    fn split(&mut self, tree: &mut Tree, leaf: usize) -> [usize; 2] {
        let left = tree.nodes.len();
        let n = u32::try_from(left).unwrap();
        let feature = usize::try_from(self.below(u32::try_from(N_FEATURES).unwrap())).unwrap();
        let test = Test::AtMost(self.number());
        tree.nodes[leaf] =
            Node::Branch(Branch { feature, test, missing: Missing::Left, left: n, right: n + 1 });
        tree.nodes.extend([Node::Leaf(0), Node::Leaf(0)]);
        [left, left + 1]
    }
}

fn next(branch: &Branch, row: &[f64]) -> usize {
    let Test::AtMost(threshold) = branch.test else { unreachable!("there are no others") };
    (if row[branch.feature] <= threshold { branch.left } else { branch.right }) as usize
}

/// What a tree answers where the features of a set are known.
fn value(tree: &Tree, node: usize, row: &[f64], known: usize) -> f64 {
    match &tree.nodes[node] {
        Node::Leaf(leaf) => tree.values[*leaf as usize],
        Node::Branch(branch) if known >> branch.feature & 1 == 1 => {
            value(tree, next(branch, row), row, known)
        }
        Node::Branch(branch) => {
            let sides = [branch.left, branch.right].map(|side| side as usize);
            let both: f64 = sides.iter().map(|side| tree.covers[*side]).sum();
            let share = |side: usize| if both == 0.0 { 0.5 } else { tree.covers[side] / both };
            sides.iter().map(|side| share(*side) * value(tree, *side, row, known)).sum()
        }
    }
}

fn shapley(tree: &Tree, row: &[f64]) -> Vec<f64> {
    let values: Vec<f64> = (0..1 << N_FEATURES).map(|known| value(tree, 0, row, known)).collect();
    let factorial = |n: usize| (1..=n).map(|n| f64::from(u32::try_from(n).unwrap())).product::<f64>();
    let of_feature = |feature: usize| -> f64 {
        let without = (0..values.len()).filter(|known| known >> feature & 1 == 0);
        let of_set = |known: usize| {
            let n_known = known.count_ones() as usize;
            let weight = factorial(n_known) * factorial(N_FEATURES - n_known - 1) / factorial(N_FEATURES);
            weight * (values[known | 1 << feature] - values[known])
        };
        without.map(of_set).sum()
    };
    (0..N_FEATURES).map(of_feature).collect()
}

fn forest(tree: &Tree) -> Forest {
    let mut planting = Planting::new(N_FEATURES, 1, Precision::Double);
    planting.plant(tree).unwrap();
    planting.finish(Sum::plain(1)).unwrap()
}

fn explained(forest: &Forest, row: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; N_FEATURES];
    let mut scratch = vec![f64::NAN; forest.explanation_scratch_len()];
    forest.explain(row, &mut scratch, &mut |_, feature, value| out[feature] += value).unwrap();
    out
}

fn why_not(tree: &Tree) -> &'static str {
    forest(tree).expected().unwrap_err()
}

#[test]
fn contributions_are_shapley_values_however_deep_the_trees_and_few_the_rows() {
    for (seed, depth) in (0u64..).zip([0, 1, 2, 7, 20, 60, 60, 60]) {
        let mut chance = Chance(seed);
        // Most of what is deep down was asked of no row at all.
        let rows = chance.rows(12);
        let Grown { tree, .. } = chance.tree(depth, &rows);
        let forest = forest(&tree);
        assert_eq!(forest.size().depth, depth);
        let asked = chance.rows(5);
        for row in rows.iter().chain(&asked) {
            let (ours, theirs) = (explained(&forest, row), shapley(&tree, row));
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert!((ours - theirs).abs() < 1e-12, "depth {depth}: {ours} is not {theirs}");
            }
        }
        assert!((forest.expected().unwrap()[0] - value(&tree, 0, &rows[0], 0)).abs() < 1e-12);
    }
}

#[test]
fn the_deepest_trees_that_are_explained_add_up_and_deeper_ones_say_so() {
    let mut chance = Chance(7);
    let rows = chance.rows(40);
    let Grown { tree, depth } = chance.tree(512, &rows);
    let forest = forest(&tree);
    assert_eq!(forest.size().depth, depth);
    for row in &rows {
        let sum = explained(&forest, row).iter().sum::<f64>() + forest.expected().unwrap()[0];
        let all = (1 << N_FEATURES) - 1;
        assert!((sum - value(&tree, 0, row, all)).abs() < 1e-10);
    }
    let deeper = chance.tree(513, &rows).tree;
    assert_eq!(why_not(&deeper), "one of its trees is deeper than 512 questions");
}

#[test]
fn a_tree_to_which_nothing_came_is_explained_as_if_each_way_were_as_likely() {
    let mut chance = Chance(3);
    let Grown { mut tree, .. } = chance.tree(6, &[]);
    let forest_of_none = forest(&tree);
    let row = &chance.rows(1)[0];
    for (ours, theirs) in explained(&forest_of_none, row).iter().zip(shapley(&tree, row)) {
        assert!((ours - theirs).abs() < 1e-12 && ours.is_finite());
    }
    tree.covers.iter_mut().for_each(|cover| *cover = -0.0);
    assert_eq!(forest(&tree).expected().unwrap(), forest_of_none.expected().unwrap());
}

#[test]
fn covers_that_are_no_amounts_or_missing_are_never_guessed() {
    let mut chance = Chance(5);
    let rows = chance.rows(30);
    let Grown { tree, .. } = chance.tree(8, &rows);
    for wrong in [-1.0, -1e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let mut tree = tree.clone();
        tree.covers[3] = wrong;
        let says = "what its file tells of how much of the training data came to a node is no amount";
        assert_eq!(why_not(&tree), says, "{wrong}");
        let mut out = [f64::NAN];
        let forest = forest(&tree);
        forest.apply(&rows[0], &mut out, &mut vec![0.0; forest.scratch_len()]).unwrap();
        assert!(out[0].is_finite());
        assert_eq!(explained(&forest, &rows[0]), [0.0; N_FEATURES], "nothing is explained");
    }
    for covers in [Vec::new(), tree.covers[1..].to_vec()] {
        let tree = Tree { covers, ..tree.clone() };
        assert!(why_not(&tree).starts_with("its file does not tell"));
    }
}

#[test]
fn one_tree_that_does_not_tell_is_enough() {
    let mut chance = Chance(9);
    let rows = chance.rows(30);
    let known = chance.tree(4, &rows).tree;
    let unknown = Tree { covers: Vec::new(), ..known.clone() };
    let level = Level { feature: 0, test: Test::AtMost(0.0), missing: Missing::Left };
    let ordered =
        |covers| Oblivious { levels: vec![level.clone()], values: vec![1.0, 2.0], output: Some(0), covers };
    let expected = |plant: &dyn Fn(&mut Planting)| {
        let mut planting = Planting::new(N_FEATURES, 1, Precision::Double);
        plant(&mut planting);
        planting.finish(Sum::plain(1)).unwrap().expected().map(<[f64]>::to_vec)
    };
    for trees in [[&known, &unknown], [&unknown, &known]] {
        assert!(expected(&|planting| trees.iter().for_each(|tree| planting.plant(tree).unwrap())).is_err());
    }
    for covers in [Vec::new(), vec![1.0]] {
        let of_nodes_first = expected(&|planting| {
            planting.plant(&known).unwrap();
            planting.plant_oblivious(&ordered(covers.clone())).unwrap();
        });
        let of_levels_first = expected(&|planting| {
            planting.plant_oblivious(&ordered(covers.clone())).unwrap();
            planting.plant(&known).unwrap();
        });
        assert!(of_nodes_first.is_err() && of_levels_first.is_err());
    }
    let both = expected(&|planting| {
        planting.plant_oblivious(&ordered(vec![3.0, 1.0])).unwrap();
        planting.plant(&known).unwrap();
    });
    let alone = forest(&known);
    assert!((both.unwrap()[0] - 1.25 - alone.expected().unwrap()[0]).abs() < 1e-12);
}

#[test]
fn one_leaf_is_what_is_expected_and_no_feature_adds_to_it() {
    let tree = Tree { nodes: vec![Node::Leaf(0)], values: vec![2.5], output: Some(0), covers: vec![7.0] };
    let forest = forest(&tree);
    assert_eq!(forest.expected().unwrap(), [2.5]);
    assert_eq!(explained(&forest, &[0.0; N_FEATURES]), [0.0; N_FEATURES]);
}
