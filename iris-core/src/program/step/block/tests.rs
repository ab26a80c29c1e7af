use proptest::prelude::*;

use super::*;
use crate::affine::Affine;
use crate::program::step::{
    Above, Basis, Beyond, Binarize, Bins, Clip, Conversion, Distances, Family, Function, Impute, Inverse,
    InverseQuantiles, Keys, LightGbm, LookUp, Metric, NeighborsImpute, Norm, Normalize, OneHot, OneHotSums,
    OneVsOne, Otherwise, Polynomial, Power, Quantiles, Spline, Splines, Table, TwoShares, WeightedMedian,
    Weights,
};
use crate::program::{
    Asked, Barycenter, ChainedImpute, ChiSquare, CountSketch, Counts, Descent, Distance, Floor, GroupSums,
    Interpolation, Kernel, KernelPart, KernelSums, Laplace, Leaf, Learned, LeastAngle, Neighbors, Next,
    NonNegative, Outside, PairCoupling, PairSums, Points, Pursuit, Says, Shape, Term, Topics, Turn,
};
use crate::refused::Refused;
use crate::trees::{Branch, Forest, Missing, Node, Planting, Precision, Sum, Test, Tree};

/// Every row is this wide, but where a step takes fewer.
const WIDTH: usize = 4;

/// The kinds there are. A new one does not compile until it has its place here.
fn kind(step: &Step) -> usize {
    match step {
        Step::Above(_) => 0,
        Step::Affine(_) => 1,
        Step::Binarize(_) => 2,
        Step::Bins(_) => 3,
        Step::Clip(_) => 4,
        Step::Function(_) => 5,
        Step::Distances(_) => 6,
        Step::Impute(_) => 7,
        Step::Inverse(_) => 8,
        Step::LastOfLargest => 9,
        Step::Link(_) => 10,
        Step::LookUp(_) => 11,
        Step::NeighborsImpute(_) => 12,
        Step::Normalize(_) => 13,
        Step::OneHot(_) => 14,
        Step::Polynomial(_) => 15,
        Step::Power(_) => 16,
        Step::Quantiles(_) => 17,
        Step::Splines(_) => 18,
        Step::OneVsOne(_) => 19,
        Step::Shares => 20,
        Step::Copy => 21,
        Step::ExponentialShares => 22,
        Step::FirstOfLargest => 23,
        Step::Trees(_) => 24,
        Step::Present => 25,
        Step::Single => 26,
        Step::TwoShares(_) => 27,
        Step::WeightedMedian(_) => 28,
        Step::LightGbm(_) => 29,
        Step::Learned(_) => 30,
        Step::OneHotSums(_) => 31,
        #[cfg(feature = "boosters")]
        Step::TargetStatistics(_) => 32,
        #[cfg(feature = "onnx")]
        Step::EnsembleOutput(_) => 33,
        #[cfg(feature = "boosters")]
        Step::Blank(_) => 34,
        #[cfg(feature = "boosters")]
        Step::SingleLinear(_) => 35,
        #[cfg(feature = "boosters")]
        Step::XgBoost(_) => 36,
        #[cfg(feature = "onnx")]
        Step::Fold(_) => 37,
        #[cfg(feature = "onnx")]
        Step::Calculation(_) => 38,
    }
}

const N_KINDS: usize = 32 + 4 * cfg!(feature = "boosters") as usize + 3 * cfg!(feature = "onnx") as usize;

/// The steps that only boosters have.
#[cfg(feature = "boosters")]
fn of_boosters() -> Vec<Step> {
    use crate::program::{
        AboveBorder, Blank, Combination, SingleLinear, StatisticsTable, TargetStatistics, XgBoost,
    };

    let above = |column| AboveBorder { column, border: 0.5, or_missing: false };
    let combination = Combination { above: vec![above(1), above(2)], ..Combination::default() };
    let mut hashes: Vec<u64> =
        [[0.0, 0.0], [1.0, 0.0]].map(|[b, c]| combination.hash(&[0.0, b, c, 0.0])).into();
    hashes.sort_unstable();
    let values = vec![1.0, 2.0, 3.0, 4.0];
    let table = StatisticsTable { combination, hashes, values, unknown: vec![-1.0, 0.5] };
    let weights = vec![0.1; 2 * WIDTH];
    let linear =
        SingleLinear { intercepts: vec![0.5, 1.0], weights, takes_missing: true, takes_infinite: false };
    let mut steps = vec![
        Step::TargetStatistics(TargetStatistics { tables: vec![table] }),
        Step::Blank(Blank { missing: 1.0, categories: vec![2], takes_missing: true, zero_is_missing: false }),
        Step::SingleLinear(linear),
    ];
    for each in [XgBoost::Sigmoid, XgBoost::Exponential, XgBoost::Softmax, XgBoost::WithComplement] {
        steps.push(Step::XgBoost(each));
    }
    steps
}

/// What ONNX's operators for ensembles make of what trees give.
#[cfg(feature = "onnx")]
fn of_ensembles() -> Vec<Step> {
    use crate::program::{EnsembleKind, EnsembleOutput, EnsemblePart, Fold, FoldBy, PostTransform};

    let part = EnsemblePart::Scores { transform: PostTransform::Softmax, rounded: true };
    let (kind, base) = (EnsembleKind::Several, vec![0.5, 1.0, 0.0, -1.0]);
    let output = EnsembleOutput { precision: Precision::Double, base, kind, part };
    let mut steps = vec![Step::EnsembleOutput(Box::new(output))];
    for by in [FoldBy::Least { none: f64::MAX }, FoldBy::Largest { none: f64::MIN }, FoldBy::Counted] {
        let (base, precision) = (vec![0.1, 0.25], Precision::Single);
        steps.push(Step::Fold(Box::new(Fold { width: WIDTH / 2, by, base, precision })));
    }
    steps.extend(calculations());
    steps
}

/// Operators of ONNX's graphs.
#[cfg(feature = "onnx")]
fn calculations() -> impl Iterator<Item = Step> {
    use crate::program::{
        Calculation, Coupling, Difference, FoldNumbers, Groups, Operand, PairVotes, Rounding, RowDistances,
        Top, Two, What,
    };

    let input = || Operand::Input { start: 0 };
    let table: Box<[f64]> = (0..12u8).map(|at| f64::from(at % 5) - 1.5).collect();
    let whats = [
        (What::Pick(Operand::Places([3, 0, 0].into())), 3),
        (What::Two(Two::Sub, input(), Operand::Same(0.5)), WIDTH),
        (What::Choice(input(), Operand::Same(1.0), input()), WIDTH),
        (What::Fold(FoldNumbers::LogOfExponentials, Groups { n: 2, inner: 2 }, input()), 2),
        (What::Softmax { n: WIDTH, is_logarithm: false }, WIDTH),
        (What::Top(Top { n: WIDTH, k: 2, is_largest: true }), 4),
        (What::RowDistances(RowDistances { table, n: WIDTH, difference: Difference::Euclidean }), 3),
        (What::PairVotes(PairVotes { n_classes: 3 }), 3),
        (What::Coupling(Coupling { n_classes: 3, a: [-1.0; 3].into(), b: [0.5; 3].into() }), 3),
    ];
    let step = |(what, width)| Calculation { what, rounding: Rounding::Single, width };
    whats.into_iter().map(step).map(|calculation| Step::Calculation(Box::new(calculation)))
}

/// What estimators compute that are neither linear nor trees.
fn learned() -> Vec<Step> {
    let points: Vec<f64> = (0..44u8).map(|at| f64::from(at % 7) - 2.5).collect();
    let weights: Vec<f64> = (0..22u8).map(|at| f64::from(at % 5) - 1.5).collect();
    let sums = |kernel| Learned::KernelSums(KernelSums::new(kernel, WIDTH, &points, &weights, 2, &[9, 2]));
    let parts = vec![
        KernelPart::Rbf { factors: vec![0.5; WIDTH] },
        KernelPart::Constant(0.5),
        KernelPart::Plus,
        KernelPart::Power(2.0),
    ];
    let leaf = |start, end| Leaf { start, end };
    let nodes = [(leaf(0, 11), false), (leaf(0, 5), true), (leaf(5, 11), true)];
    let shape = Shape::Boxes { least: vec![-2.5; 3 * WIDTH], largest: vec![3.5; 3 * WIDTH] };
    let tree = Points::tree(WIDTH, Distance::Manhattan, &points, (0..11).collect(), &nodes, shape).unwrap();
    let of_points: Vec<u32> = (0..11).map(|point| point % 3).collect();
    let votes = Says::Classes { n_votes: 1, n_classes: 3, of_points, alone: vec![1] };
    let means = Says::Values { n_targets: 2, of_points: weights.clone() };
    let density = Says::Density { reaches: vec![0.5; 11], densities: vec![2.0; 11] };
    let ways = Says::Ways { n_points: 11, ways: (0..121u8).map(f64::from).collect() };
    let graph = Says::Graph { n_points: 11, is_distance: true };
    let place = Says::Place(Barycenter {
        of_points: points.clone(),
        n_outputs: 2,
        places: weights.clone(),
        regularization: 1e-3,
    });
    let flat = |distance| Points::flat(WIDTH, distance, &points);
    let neighbors =
        |points, asked, counts, says| Learned::Neighbors(Neighbors { points, asked, counts, says });
    let line = |outside| Interpolation { x: vec![-1.0, 0.0, 1.5], y: vec![0.0, 0.25, 1.0], outside };
    let turn = Turn { column: 1, weights: vec![0.5, 0.0, 1.0, -1.0], intercept: 0.1, least: -2.0, most: 2.0 };
    let sketch = CountSketch {
        n_outputs: 3,
        n_hashed: WIDTH,
        constant: 0.0,
        places: vec![0, 1, 2, 1, 2, 2, 0, 1],
        signs: vec![1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0, -1.0],
    };
    let topics = Topics {
        n_outputs: 2,
        weights: vec![0.5, 0.1, 0.1, 0.5, 0.3, 0.3, 0.2, 0.4],
        prior: 0.5,
        n_rounds: 10,
        tolerance: 1e-3,
    };
    let all = vec![
        sums(Kernel::Linear),
        sums(Kernel::Rbf { gamma: 0.3 }),
        sums(Kernel::Polynomial { gamma: 0.5, coef0: 1.0, degree: 3.0 }),
        sums(Kernel::Sigmoid { gamma: 0.2, coef0: 0.1 }),
        sums(Kernel::Laplacian { gamma: 0.2 }),
        sums(Kernel::Composed(parts)),
        sums(Kernel::Cosine),
        sums(Kernel::Chi2 { gamma: 0.1 }),
        sums(Kernel::AdditiveChi2),
        Learned::ChainedImpute(ChainedImpute {
            initial: vec![0.5; WIDTH],
            missing: f64::NAN,
            turns: vec![turn],
        }),
        Learned::ChiSquare(ChiSquare::new(0.5, 2)),
        Learned::CountSketch(sketch),
        Learned::Descent(Descent {
            splits: vec![[Next::Leaf(1), Next::Split(1)], [Next::Leaf(0); 2]],
            n_leaves: 2,
        }),
        Learned::Floor(Floor { least: -1.0, or_equal: true }),
        Learned::PairCoupling(PairCoupling::new(3, vec![-1.0; 3], vec![0.1; 3]).unwrap()),
        Learned::PairSums(PairSums::new(2, vec![0.5]).unwrap()),
        Learned::GroupSums(GroupSums { widths: vec![1, 3], term: Term::Square }),
        Learned::GroupSums(GroupSums { widths: vec![1, 1], term: Term::Product }),
        Learned::Interpolation(line(Outside::Nearest)),
        Learned::Interpolation(line(Outside::Refused)),
        Learned::Laplace(Laplace { variance: 4.0 }),
        Learned::NonNegative(NonNegative { n_parts: WIDTH, products: vec![0.5; WIDTH * WIDTH], n_rounds: 3 }),
        Learned::LeastAngle(LeastAngle {
            n_atoms: WIDTH,
            products: (0..16u8).map(|at| if at % 5 == 0 { 1.0 } else { 0.25 }).collect(),
            n_features: 3.0,
            penalty: 0.1,
            n_steps: 9,
            is_lasso: true,
            is_positive: false,
        }),
        Learned::Pursuit(Pursuit {
            n_atoms: WIDTH,
            products: (0..16u8).map(|at| if at % 5 == 0 { 1.0 } else { 0.25 }).collect(),
            n_taken: 3,
        }),
        Learned::Topics(topics),
        neighbors(tree, Asked::Nearest(3), Counts::Same, votes.clone()),
        neighbors(flat(Distance::Euclidean), Asked::Nearest(4), Counts::ByDistance, means),
        neighbors(flat(Distance::Manhattan), Asked::Nearest(3), Counts::Same, ways),
        neighbors(flat(Distance::Euclidean), Asked::Nearest(3), Counts::Same, graph.clone()),
        neighbors(flat(Distance::Manhattan), Asked::Within(2.0), Counts::Same, graph),
        neighbors(flat(Distance::Euclidean), Asked::Nearest(4), Counts::Same, place),
        neighbors(flat(Distance::Chebyshev), Asked::Within(2.0), Counts::Same, votes),
        neighbors(flat(Distance::Minkowski(3.0)), Asked::Nearest(5), Counts::Same, density),
    ];
    all.into_iter().map(|each| Step::Learned(Box::new(each))).collect()
}

/// A forest of two trees over columns 1 and 3, whose leaves add to two outputs.
fn forest(takes_missing: bool) -> Forest {
    let branch = |feature, missing| {
        Node::Branch(Branch { feature, test: Test::AtMost(0.5), missing, left: 1, right: 2 })
    };
    let mut planting = Planting::new(WIDTH, 2, Precision::Single).taking_missing(takes_missing);
    for (feature, missing) in [(1, Missing::Left), (3, Missing::Right)] {
        let nodes = vec![branch(feature, missing), Node::Leaf(0), Node::Leaf(1)];
        planting.plant(&Tree { nodes, values: vec![1.0, 0.5, 3.0, 0.1], ..Tree::default() }).unwrap();
    }
    planting.finish(Sum::plain(2)).unwrap()
}

fn table(otherwise: Otherwise) -> Table {
    let keys = Keys::Numbers(vec![-1.0, 0.0, 1.0, 2.0]);
    let values = vec![Some(2.0), Some(-1.0), Some(0.0), None];
    Table { keys, values, missing: Otherwise::Value(1.0), unknown: otherwise }
}

fn codes() -> Table {
    let values = vec![Some(0.0), Some(3.0), Some(1.0)];
    Table { keys: Keys::Codes, values, missing: Otherwise::Refuse, unknown: Otherwise::Value(2.0) }
}

/// At least one of every kind, in each of its ways.
#[expect(clippy::too_many_lines, reason = "a list of all that there is")]
fn steps() -> Vec<Step> {
    let identity = || Affine::identity(WIDTH);
    let ascending = || vec![-2.0, -0.5, 0.5, 2.0];
    let mut steps = vec![
        Step::Affine(Affine::select(WIDTH, [2, 0, 2].into_iter())),
        Step::Affine(identity().shifted(|j| [0.5, -0.25, 0.0, 3.0][j]).divided(|j| [3.0, 1.0, 0.7, 0.1][j])),
        Step::Affine(identity().scaled(|_| 0.3).times(vec![0.1; 3 * WIDTH], 3)),
        Step::Affine(identity().times(vec![0.7; 7 * WIDTH], 7).shifted(|_| 0.1)),
        Step::Binarize(Binarize { threshold: 0.5 }),
        Step::Clip(Clip { low: -0.75, high: 1.0 }),
        Step::Impute(Impute { fill: vec![1.0, 2.0, 3.0, 4.0], missing: f64::NAN }),
        Step::Impute(Impute { fill: vec![1.0, 2.0, 3.0, 4.0], missing: -1.0 }),
        Step::LastOfLargest,
        Step::OneVsOne(OneVsOne { n_classes: 2 }),
        Step::Shares,
        Step::Copy,
        Step::ExponentialShares,
        Step::FirstOfLargest,
        Step::Trees(Box::new(forest(false))),
        Step::Trees(Box::new(forest(true))),
        Step::Present,
        Step::Single,
        Step::LightGbm(LightGbm { n_averaged: 3.0, conversion: Conversion::Softmax }),
        Step::LightGbm(LightGbm { n_averaged: 1.0, conversion: Conversion::Sigmoid(0.7) }),
        Step::TwoShares(TwoShares { factor: 2.0 }),
        Step::WeightedMedian(WeightedMedian { weights: vec![1.0, 3.0, 1.0, 2.0] }),
    ];
    steps.extend(learned());
    #[cfg(feature = "boosters")]
    steps.extend(of_boosters());
    #[cfg(feature = "onnx")]
    steps.extend(of_ensembles());
    for or_equal in [false, true] {
        steps.push(Step::Above(Above { threshold: 0.5, or_equal }));
        steps.push(Step::Bins(Bins {
            edges: vec![ascending(); WIDTH],
            is_tolerant: or_equal,
            is_single: or_equal,
        }));
        let products = vec![(usize::from(or_equal), 0), (usize::from(or_equal) + 1, 1), (WIDTH, 2)];
        steps.push(Step::Polynomial(Polynomial { has_bias: or_equal, n_inputs: WIDTH, products }));
        let quantiles = Quantiles {
            references: vec![0.0, 0.25, 0.75, 1.0],
            columns: vec![ascending(); WIDTH],
            is_normal: or_equal,
        };
        steps.push(Step::Quantiles(quantiles));
        let inverse = InverseQuantiles {
            references: vec![0.0, 0.25, 0.75, 1.0],
            columns: vec![ascending(); WIDTH],
            is_normal: or_equal,
        };
        steps.push(Step::Inverse(Inverse::Quantiles(inverse)));
        let basis = Basis::new(vec![-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0], 2, 4).unwrap();
        let spline = Spline::new(basis, if or_equal { Beyond::Periodic } else { Beyond::Refuse });
        steps.push(Step::Splines(Splines { columns: vec![spline; WIDTH], takes_missing: or_equal }));
    }
    for name in ["absolute", "exp", "sign", "nan_to_num"] {
        steps.push(Step::Function(Function::named(name).unwrap()));
    }
    for metric in [Metric::SquaredEuclidean, Metric::Manhattan, Metric::SquaredManhattan] {
        let points = (0..12u8).map(f64::from).collect();
        steps.push(Step::Distances(Distances { points, n_points: 3, metric }));
    }
    for inverse in [
        Inverse::Logistic,
        Inverse::Logit,
        Inverse::BoxCox(vec![0.0, 0.5, 1.0, -1.0]),
        Inverse::YeoJohnson(vec![0.0, 0.5, 2.0, -1.0]),
    ] {
        steps.push(Step::Inverse(inverse));
    }
    for link in [
        Link::Softmax,
        Link::Logistic,
        Link::NormalizedLogistic,
        Link::OneVsRest,
        Link::OneVsRestOrZero,
        Link::ModifiedHuber,
        Link::ModifiedHuberOrZero,
        Link::Identity,
    ] {
        steps.push(Step::Link(link));
    }
    for otherwise in [Otherwise::Value(f64::NAN), Otherwise::Keep, Otherwise::Refuse] {
        let outputs = vec![(1, table(otherwise)), (0, codes()), (1, table(otherwise))];
        steps.push(Step::LookUp(LookUp { outputs }));
    }
    for otherwise in [Otherwise::Value(-1.0), Otherwise::Refuse] {
        let places = LookUp { outputs: vec![(3, table(otherwise)), (0, codes())] };
        let weights = (0..8u8).map(f64::from).collect();
        let sums = OneHotSums { places: places.clone(), weights, offset: vec![0.5, 0.25] };
        steps.push(Step::OneHotSums(Box::new(sums)));
        steps.push(Step::OneHot(OneHot { places, width: 4 }));
    }
    for weights in [Weights::Uniform, Weights::Distance] {
        let rows = (0..5 * WIDTH).map(|index| [0.5, -1.0, 2.0][index % 3]).collect();
        steps.push(Step::NeighborsImpute(NeighborsImpute::new(WIDTH, rows, f64::NAN, 2, weights)));
    }
    for norm in [Norm::L1, Norm::L2, Norm::Max] {
        steps.push(Step::Normalize(Normalize { norm, floor: 0.0 }));
        steps.push(Step::Normalize(Normalize { norm, floor: 1.5 }));
    }
    for family in [Family::BoxCox, Family::YeoJohnson, Family::YeoJohnsonByPowers] {
        steps.push(Step::Power(Power { family, lambdas: vec![0.0, 0.5, 2.0, -1.0] }));
    }
    steps
}

/// What a step makes of each row alone, or that it refuses one.
fn alone(step: &Step, rows: &[[f64; WIDTH]]) -> Result<Vec<Vec<f64>>, Refused> {
    let mut scratch = vec![f64::NAN; step.scratch_len(WIDTH)];
    let of_row = |row: &[f64; WIDTH]| {
        let mut to = vec![f64::NAN; step.width_after(WIDTH)];
        step.apply(row, &mut to, &mut scratch).map(|()| to)
    };
    rows.iter().map(of_row).collect()
}

/// The same of all at once, from one place to another or over its input.
fn together(step: &Step, rows: &[[f64; WIDTH]], in_place: bool) -> Result<Vec<Vec<f64>>, SomeRefused> {
    let n_rows = rows.len();
    let mut from: Vec<f64> = (0..WIDTH).flat_map(|column| rows.iter().map(move |row| row[column])).collect();
    let mut to = vec![f64::NAN; step.width_after(WIDTH) * n_rows];
    let mut scratch = vec![f64::NAN; step.block_scratch_len(WIDTH, n_rows)];
    if in_place {
        step.apply_block_in_place(ColumnsMut::new(&mut from, n_rows), &mut scratch)?;
        to = from;
    } else {
        step.apply_block(Columns::new(&from, n_rows), ColumnsMut::new(&mut to, n_rows), &mut scratch)?;
    }
    Ok((0..n_rows).map(|row| to.iter().skip(row).step_by(n_rows).copied().collect()).collect())
}

/// Whether two numbers are the same to the bit; NaN has many, of which none means anything.
fn is_same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn every_kind_is_here() {
    let kinds: std::collections::BTreeSet<usize> = steps().iter().map(kind).collect();
    assert_eq!(kinds.len(), N_KINDS);
}

fn number() -> impl Strategy<Value = f64> {
    let special = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e300, -1e300, f64::MIN_POSITIVE];
    prop_oneof![4 => -3.0..3.0f64, 2 => 0.0..3.0f64, 2 => prop::sample::select(special.to_vec())]
}

/// Mostly rows that every step takes, at times some that few do.
fn rows() -> impl Strategy<Value = Vec<[f64; WIDTH]>> {
    let any = prop_oneof![6 => number(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
    prop_oneof![
        prop::collection::vec(prop::array::uniform4(0.1..1.9f64), 1..40),
        prop::collection::vec(prop::array::uniform4(number()), 1..40),
        prop::collection::vec(prop::array::uniform4(prop_oneof![Just(0.0), Just(1.0), Just(-1.0)]), 1..40),
        prop::collection::vec(prop::array::uniform4(prop_oneof![9 => number(), 1 => Just(f64::NAN)]), 1..20),
        prop::collection::vec(prop::array::uniform4(any), 1..10),
    ]
}

proptest! {
    #[test]
    fn a_row_is_in_a_block_what_it_is_alone(rows in rows()) {
        for step in steps() {
            let alone = alone(&step, &rows);
            for in_place in [false, true] {
                if in_place && !step.works_in_place() {
                    continue;
                }
                let together = together(&step, &rows, in_place);
                prop_assert_eq!(alone.is_ok(), together.is_ok(), "{:?}", step);
                let (Ok(alone), Ok(together)) = (&alone, &together) else { continue };
                for (alone, together) in alone.iter().flatten().zip(together.iter().flatten()) {
                    prop_assert!(is_same(*alone, *together), "{:?}: {} {}", step, alone, together);
                }
            }
        }
    }
}
