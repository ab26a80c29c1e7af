//! Whatever kernel is at work, and for however many rows: the leaves and the
//! sums are those of a tree that is gone down question by question.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// What a forest is made of.
#[derive(Debug, Clone)]
struct Shape {
    n_features: usize,
    n_outputs: usize,
    precision: Precision,
    sum: Precision,
    has_categories: bool,
    max_leaves: usize,
    /// Of 100 branches, how many are made at the last leaf that was made, as a chain is.
    chained: u32,
}

/// Numbers on which thresholds and rows meet.
const NUMBERS: [f64; 9] = [0.0, -0.0, 1.0, 0.1, -2.5, 3.0, 1e-36, 1e-40, f64::INFINITY];

fn shapes() -> impl Strategy<Value = Shape> {
    let precision = || select(vec![Precision::Single, Precision::Double]);
    let n_features = select(vec![1usize, 3, 300]);
    let max_leaves = select(vec![1usize, 2, 7, 31, 33, 64, 65, 300]);
    (n_features, 1..4usize, precision(), precision(), any::<bool>(), max_leaves, 0..100u32).prop_map(
        |(n_features, n_outputs, precision, sum, has_categories, max_leaves, chained)| Shape {
            n_features,
            n_outputs,
            precision,
            sum,
            has_categories: has_categories && max_leaves < 64,
            max_leaves,
            chained,
        },
    )
}

/// Numbers that look as if they were by chance, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(n).unwrap()).unwrap()
    }

    fn of<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    fn number(&mut self) -> f64 {
        match self.below(4) {
            0 => self.of(&NUMBERS),
            1 => f64::from(u8::try_from(self.below(8)).unwrap()) * 0.5 - 1.0,
            _ => f64::from(u16::try_from(self.below(60_000)).unwrap()) / 7000.0 - 4.0,
        }
    }

    /// A number, or one beside it, or what is missing.
    fn value(&mut self) -> f64 {
        let number = self.number();
        match self.below(8) {
            0 => f64::NAN,
            1 => number.next_up(),
            2 => number.next_down(),
            3 => -number,
            #[expect(clippy::cast_possible_truncation, reason = "a step in single precision is meant")]
            4 => f64::from((number as f32).next_up()),
            _ => number,
        }
    }

    fn leaf(&mut self) -> f64 {
        let few = [0.25, -1.0, 0.1f32.into(), f64::from(1e-3f32), 1e6];
        self.of(&few)
    }

    fn branch(&mut self, shape: &Shape, left: u32) -> Branch {
        let feature = self.below(shape.n_features);
        let sides = [Missing::Left, Missing::Right];
        let all = [Missing::Left, Missing::Right, Missing::Zero, Missing::OrZeroLeft, Missing::OrZeroRight];
        let (test, missing) = match self.below(8) {
            0 if shape.has_categories => {
                let n = self.below(6);
                let set = (0..n).map(|_| u32::try_from(self.below(70)).unwrap()).collect();
                (Test::In(set), self.of(&sides))
            }
            1 => (Test::Equals(f64::from(u8::try_from(self.below(4)).unwrap())), self.of(&sides)),
            2 | 3 => (Test::Below(self.number()), self.of(&all)),
            _ => (Test::AtMost(self.number()), self.of(&all)),
        };
        Branch { feature, test, missing, left, right: left + 1 }
    }

    fn tree(&mut self, shape: &Shape) -> Tree {
        let mut nodes = vec![Node::Leaf(0)];
        let mut leaves = vec![0];
        for _ in 1..=self.below(shape.max_leaves) {
            let is_chained = self.below(100) < shape.chained as usize;
            let index = if is_chained { leaves.len() - 1 } else { self.below(leaves.len()) };
            let left = u32::try_from(nodes.len()).unwrap();
            nodes[leaves.swap_remove(index)] = Node::Branch(self.branch(shape, left));
            leaves.extend([left as usize, left as usize + 1]);
            nodes.extend([Node::Leaf(0), Node::Leaf(0)]);
        }
        for (number, leaf) in (0u32..).zip(&leaves) {
            nodes[*leaf] = Node::Leaf(number);
        }
        let output = (self.below(3) > 0).then(|| self.below(shape.n_outputs));
        let width = if output.is_some() { 1 } else { shape.n_outputs };
        let values = (0..leaves.len() * width).map(|_| self.leaf()).collect();
        Tree { nodes, values, output, covers: Vec::new() }
    }

    fn oblivious(&mut self, shape: &Shape) -> Oblivious {
        let levels = (0..self.below(8)).map(|_| {
            let Branch { feature, test, missing, .. } = self.branch(shape, 1);
            Level { feature, test, missing }
        });
        let levels: Vec<Level> = levels.collect();
        let output = (self.below(3) > 0).then(|| self.below(shape.n_outputs));
        let width = if output.is_some() { 1 } else { shape.n_outputs };
        let values = (0..width << levels.len()).map(|_| self.leaf()).collect();
        Oblivious { levels, values, output, covers: Vec::new() }
    }
}

/// Whether a question leads to the left, as it is defined.
fn holds(precision: Precision, test: &Test, missing: Missing, value: f64) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
    let value = if precision == Precision::Single { f64::from(value as f32) } else { value };
    if let Test::In(set) = test {
        let category = value.trunc();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in the range")]
        let is_in = (0.0..1e6).contains(&category) && set.contains(category as u32);
        return if value.is_nan() { missing == Missing::Left } else { is_in };
    }
    let is_near_zero = value.abs() <= 1e-35 && !matches!(test, Test::Equals(_));
    let value = match missing {
        Missing::Left if value.is_nan() => return true,
        Missing::Right if value.is_nan() => return false,
        Missing::OrZeroLeft if value.is_nan() || is_near_zero => return true,
        Missing::OrZeroRight if value.is_nan() || is_near_zero => return false,
        Missing::Zero if value.is_nan() => 0.0,
        _ => value,
    };
    match test {
        Test::AtMost(threshold) => value <= *threshold,
        Test::Below(threshold) => value < *threshold,
        Test::Equals(other) => value == *other,
        Test::In(_) | Test::IsMember(_) | Test::InByte { .. } => unreachable!("looked at above"),
    }
}

fn leaf_of(tree: &Tree, precision: Precision, row: &[f64]) -> usize {
    let mut node = &tree.nodes[0];
    loop {
        match node {
            Node::Leaf(leaf) => return *leaf as usize,
            Node::Branch(Branch { feature, test, missing, left, right }) => {
                let is_left = holds(precision, test, *missing, row[*feature]);
                node = &tree.nodes[if is_left { *left } else { *right } as usize];
            }
        }
    }
}

fn leaf_of_oblivious(tree: &Oblivious, precision: Precision, row: &[f64]) -> usize {
    let bits = tree.levels.iter().enumerate().map(|(bit, Level { feature, test, missing })| {
        usize::from(!holds(precision, test, *missing, row[*feature])) << bit
    });
    bits.sum()
}

/// What is added for a leaf, in order.
fn add(sums: &mut [f64], precision: Precision, values: &[f64], output: Option<usize>, leaf: usize) {
    #[expect(clippy::cast_possible_truncation, reason = "both are of single precision")]
    let plus = |a: f64, b: f64| match precision {
        Precision::Single => f64::from(a as f32 + b as f32),
        Precision::Double => a + b,
    };
    if let Some(output) = output {
        sums[output] = plus(sums[output], values[leaf]);
    } else {
        let values = &values[leaf * sums.len()..];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum = plus(*sum, *value));
    }
}

/// Holds a forest to what it should answer, row by row and in a block.
fn check(
    forest: &Forest,
    shape: &Shape,
    rows: &[Vec<f64>],
    expected: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<(), TestCaseError> {
    let mut scratch = vec![f64::NAN; forest.scratch_len().max(forest.block_scratch_len(rows.len()))];
    let mut block = vec![f64::NAN; rows.len() * shape.n_features];
    for (index, row) in rows.iter().enumerate() {
        let mut out = vec![f64::NAN; shape.n_outputs];
        forest.apply(row, &mut out, &mut scratch).unwrap();
        prop_assert_eq!(&out, &expected(row), "row {} by {}", index, forest.kernel());
        row.iter().enumerate().for_each(|(feature, value)| block[feature * rows.len() + index] = *value);
    }
    let mut outs = vec![f64::NAN; rows.len() * shape.n_outputs];
    forest.apply_block(&block, &mut outs, &mut scratch).unwrap();
    for (index, row) in rows.iter().enumerate() {
        let out: Vec<f64> = (0..shape.n_outputs).map(|output| outs[output * rows.len() + index]).collect();
        prop_assert_eq!(&out, &expected(row), "row {} of a block by {}", index, forest.kernel());
    }
    Ok(())
}

fn planting(shape: &Shape) -> Planting {
    Planting::new(shape.n_features, shape.n_outputs, shape.precision)
        .taking_missing(true)
        .taking_infinite(true)
}

fn sum(shape: &Shape) -> Sum {
    let start = (0..shape.n_outputs).map(|output| if output == 1 { 0.5 } else { 0.0 }).collect();
    Sum { precision: shape.sum, start, finish: Finish::Nothing }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_kernel_comes_to_the_same_leaves_and_adds_them_in_order(
        shape in shapes(), n_trees in 0..20usize, n_rows in select(vec![1usize, 3, 16, 17, 129, 300]), seed: u64,
    ) {
        let mut chance = Chance(seed);
        let trees: Vec<Tree> = (0..n_trees).map(|_| chance.tree(&shape)).collect();
        let mut planting = planting(&shape);
        for tree in &trees {
            planting.plant(tree).unwrap();
        }
        let forest = planting.finish(sum(&shape)).unwrap();
        let rows: Vec<Vec<f64>> =
            (0..n_rows).map(|_| (0..shape.n_features).map(|_| chance.value()).collect()).collect();
        check(&forest, &shape, &rows, |row| {
            let mut sums = sum(&shape).start;
            for tree in &trees {
                add(&mut sums, shape.sum, &tree.values, tree.output, leaf_of(tree, shape.precision, row));
            }
            sums
        })?;
    }

    #[test]
    fn oblivious_trees_too_alone_and_beside_others(
        shape in shapes(), n_trees in 0..20usize, others in 0..3usize, n_rows in 1..40usize, seed: u64,
    ) {
        let shape = Shape { has_categories: false, ..shape };
        let mut chance = Chance(seed);
        let mut planting = planting(&shape);
        let trees: Vec<Oblivious> = (0..n_trees).map(|_| chance.oblivious(&shape)).collect();
        let other = chance.tree(&shape);
        let is_other = |index: usize| others > 0 && index % (others + 1) == 1;
        for (index, tree) in trees.iter().enumerate() {
            if is_other(index) { planting.plant(&other) } else { planting.plant_oblivious(tree) }.unwrap();
        }
        let forest = planting.finish(sum(&shape)).unwrap();
        let rows: Vec<Vec<f64>> =
            (0..n_rows).map(|_| (0..shape.n_features).map(|_| chance.value()).collect()).collect();
        check(&forest, &shape, &rows, |row| {
            let mut sums = sum(&shape).start;
            for (index, tree) in trees.iter().enumerate() {
                if is_other(index) {
                    let leaf = leaf_of(&other, shape.precision, row);
                    add(&mut sums, shape.sum, &other.values, other.output, leaf);
                } else {
                    let leaf = leaf_of_oblivious(tree, shape.precision, row);
                    add(&mut sums, shape.sum, &tree.values, tree.output, leaf);
                }
            }
            sums
        })?;
    }
}

/// Trees that ask so often about so few columns that bytes make up for themselves.
fn asking_often(n_thresholds: usize, n_trees: usize, chance: &mut Chance) -> Vec<Oblivious> {
    let thresholds: Vec<f32> = (0..n_thresholds).map(threshold).collect();
    let tree = |_| {
        let levels = (0..chance.below(9)).map(|_| {
            let (feature, test) = (chance.below(2), Test::AtMost(chance.of(&thresholds).into()));
            Level { feature, test, missing: Missing::Right }
        });
        let levels: Vec<Level> = levels.collect();
        let values = (0..1 << levels.len()).map(|_| chance.leaf()).collect();
        Oblivious { levels, values, output: None, covers: Vec::new() }
    };
    (0..n_trees).map(tree).collect()
}

fn threshold(index: usize) -> f32 {
    f32::from(u16::try_from(index).unwrap()) / 64.0 - 1.0
}

const OFTEN: Shape = Shape {
    n_features: 2,
    n_outputs: 1,
    precision: Precision::Single,
    sum: Precision::Double,
    has_categories: false,
    max_leaves: 256,
    chained: 0,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_are_as_good_as_keys(
        n_thresholds in select(vec![1usize, 16, 32, 33, 100, 255, 256]), n_trees in 30..300usize,
        n_rows in select(vec![4usize, 16, 17, 64, 65, 129, 300]), seed: u64,
    ) {
        let mut chance = Chance(seed);
        let trees = asking_often(n_thresholds, n_trees, &mut chance);
        let mut planting = planting(&OFTEN);
        for tree in &trees {
            planting.plant_oblivious(tree).unwrap();
        }
        let forest = planting.finish(sum(&OFTEN)).unwrap();
        let value = |chance: &mut Chance| {
            let near = threshold(chance.below(n_thresholds + 1));
            f64::from(chance.of(&[near, near.next_up(), near.next_down(), f32::NAN]))
        };
        let rows: Vec<Vec<f64>> =
            (0..n_rows).map(|_| (0..2).map(|_| value(&mut chance)).collect()).collect();
        check(&forest, &OFTEN, &rows, |row| {
            let mut sums = sum(&OFTEN).start;
            for tree in &trees {
                let leaf = leaf_of_oblivious(tree, OFTEN.precision, row);
                add(&mut sums, OFTEN.sum, &tree.values, tree.output, leaf);
            }
            sums
        })?;
    }
}

#[test]
fn bytes_are_chosen_where_they_number_all_that_is_asked() {
    let kernel = |n_thresholds: usize, n_trees: usize, more: &[Oblivious]| {
        let mut planting = planting(&OFTEN);
        let trees = asking_often(n_thresholds, n_trees, &mut Chance(7));
        trees.iter().chain(more).for_each(|tree| planting.plant_oblivious(tree).unwrap());
        planting.finish(sum(&OFTEN)).unwrap().kernel()
    };
    let level = Level { feature: 0, test: Test::AtMost(0.0), missing: Missing::Right };
    let of_levels = |n: usize| Oblivious {
        levels: vec![level.clone(); n],
        values: vec![0.5; 1 << n],
        output: None,
        covers: Vec::new(),
    };
    assert!(kernel(255, 2000, &[]).contains("bytes"));
    assert!(!kernel(256, 2000, &[]).contains("bytes"), "one more threshold than a byte can count");
    assert!(!kernel(255, 8, &[]).contains("bytes"), "too few questions");
    assert!(kernel(16, 200, &[of_levels(8)]).contains("bytes"));
    assert!(!kernel(16, 200, &[of_levels(9)]).contains("bytes"), "more leaves than a byte can number");
}

#[test]
fn kernels_are_chosen_by_shape() {
    let forest = |shape: &Shape, n: u64| {
        let mut planting = planting(shape);
        (0..n).for_each(|seed| planting.plant(&Chance(seed).tree(shape)).unwrap());
        planting.finish(sum(shape)).unwrap()
    };
    let base = Shape {
        n_features: 3,
        n_outputs: 1,
        precision: Precision::Single,
        sum: Precision::Single,
        has_categories: false,
        max_leaves: 31,
        chained: 10,
    };
    let kernel = |shape: &Shape| forest(shape, 30).kernel();
    assert!(kernel(&base).contains("bit vectors"));
    assert!(kernel(&Shape { max_leaves: 300, ..base.clone() }).contains("narrow"));
    assert!(kernel(&Shape { max_leaves: 300, n_features: 300, ..base.clone() }).contains("wide"));
    assert!(kernel(&Shape { has_categories: true, ..base.clone() }).contains("categories"));
    let Size { n_trees, n_nodes, n_leaves, depth } = forest(&base, 30).size();
    assert_eq!((n_trees, n_nodes), (30, 2 * n_leaves - 30));
    assert!((2..31).contains(&depth), "{depth}");
}
