//! Points in leaves, and the tree over them by which most leaves are passed by.

use super::distance::{Distance, from_points};
use super::heap::Heap;

/// Points, leaf by leaf.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Points {
    width: usize,
    distance: Distance,
    /// Of each leaf its columns, one behind the other.
    columns: Vec<f64>,
    /// Which point each is.
    order: Vec<u32>,
    shape: Shape,
    /// Those behind node i are 2i + 1 and 2i + 2; empty where there is no tree.
    nodes: Vec<Node>,
    largest_leaf: usize,
}

/// What a node of the tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Branch,
    Leaf(Leaf),
}

/// Some points that lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What is known of the points behind a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Nothing,
    /// The least and the largest number of each column.
    Boxes {
        least: Vec<f64>,
        largest: Vec<f64>,
    },
    /// A middle, and how far away from it they are at most.
    Balls {
        middles: Vec<f64>,
        radii: Vec<f64>,
    },
}

/// Points of a leaf where there is no tree.
const FLAT_LEAF: usize = 64;

/// Nodes that wait: one a level, and no more levels than an index has bits.
const WAITING: usize = 34;

impl Points {
    /// Points one by one, row by row.
    pub(crate) fn flat(width: usize, distance: Distance, points: &[f64]) -> Self {
        let n_points = points.len() / width;
        let order = (0u32..).take(n_points).collect();
        let leaves = (0..n_points).step_by(FLAT_LEAF);
        let leaves = leaves.map(|start| Leaf { start, end: (start + FLAT_LEAF).min(n_points) });
        Self::of_leaves(width, distance, points, order, leaves.collect(), Shape::Nothing, Vec::new())
    }

    /// Points row by row, the order in which they lie in the leaves, and for each node of the tree
    /// the range of them behind it, and whether it is a leaf.
    ///
    /// # Errors
    ///
    /// What is wrong with the tree.
    pub(crate) fn tree(
        width: usize,
        distance: Distance,
        points: &[f64],
        order: Vec<u32>,
        nodes: &[(Leaf, bool)],
        shape: Shape,
    ) -> Result<Self, &'static str> {
        let n_points = points.len() / width;
        if order.len() != n_points || order.iter().any(|point| *point as usize >= n_points) {
            return Err("its order of the points is none");
        }
        if u32::try_from(nodes.len()).is_err()
            || nodes.first().is_none_or(|(all, _)| *all != Leaf { start: 0, end: n_points })
        {
            return Err("its first node does not have all points behind it");
        }
        let (mut leaves, mut made) = (Vec::new(), Vec::with_capacity(nodes.len()));
        let mut is_reached = vec![false; nodes.len()];
        is_reached[0] = true;
        for (index, (range, is_leaf)) in nodes.iter().enumerate() {
            // Nodes that nobody comes to may say anything.
            if *is_leaf || !is_reached[index] {
                if is_reached[index] {
                    leaves.push(*range);
                }
                made.push(Node::Leaf(*range));
                continue;
            }
            let (Some((left, _)), Some((right, _))) = (nodes.get(2 * index + 1), nodes.get(2 * index + 2))
            else {
                return Err("a node leads to none");
            };
            if left.start != range.start
                || left.end != right.start
                || right.end != range.end
                || left.start > left.end
                || right.start > right.end
            {
                return Err("the points behind a node are not those behind its two");
            }
            is_reached[2 * index + 1] = true;
            is_reached[2 * index + 2] = true;
            made.push(Node::Branch);
        }
        leaves.sort_by_key(|leaf| leaf.start);
        Ok(Self::of_leaves(width, distance, points, order, leaves, shape, made))
    }

    fn of_leaves(
        width: usize,
        distance: Distance,
        points: &[f64],
        order: Vec<u32>,
        leaves: Vec<Leaf>,
        shape: Shape,
        nodes: Vec<Node>,
    ) -> Self {
        let mut columns = Vec::with_capacity(points.len());
        for leaf in &leaves {
            for column in 0..width {
                let inside = &order[leaf.start..leaf.end];
                columns.extend(inside.iter().map(|point| points[*point as usize * width + column]));
            }
        }
        let largest_leaf = leaves.iter().map(|leaf| leaf.end - leaf.start).max().unwrap_or(0);
        Self { width, distance, columns, order, shape, nodes, largest_leaf }
    }

    pub(super) fn distance(&self) -> Distance {
        self.distance
    }

    /// Points of the leaf that has most.
    pub(super) fn largest_leaf(&self) -> usize {
        self.largest_leaf
    }

    /// Puts the nearest points into the heap, in the order in which scikit-learn does.
    pub(super) fn nearest(&self, row: &[f64], heap: &mut Heap<'_>, distances: &mut [f64]) {
        let mut heap = heap;
        self.search(
            row,
            distances,
            &mut heap,
            |heap| heap.farthest(),
            |heap, distance, point| heap.push(distance, point),
        );
    }

    /// Visits every point that is no farther away than a reduced distance.
    pub(super) fn within(
        &self,
        row: &[f64],
        reduced: f64,
        distances: &mut [f64],
        mut visit: impl FnMut(f64, usize),
    ) {
        self.search(
            row,
            distances,
            &mut (),
            |()| reduced,
            |(), distance, point| {
                if distance <= reduced {
                    visit(distance, point as usize);
                }
            },
        );
    }

    /// Visits the points of every leaf that may be as near as `limit` says by then, nearer leaves first.
    #[inline]
    fn search<S>(
        &self,
        row: &[f64],
        distances: &mut [f64],
        state: &mut S,
        limit: impl Fn(&S) -> f64,
        mut visit: impl FnMut(&mut S, f64, u32),
    ) {
        if self.nodes.is_empty() {
            let n_points = self.order.len();
            for start in (0..n_points).step_by(FLAT_LEAF) {
                let leaf = Leaf { start, end: (start + FLAT_LEAF).min(n_points) };
                self.of_leaf(row, leaf, distances, |distance, point| visit(state, distance, point));
            }
            return;
        }
        let mut waiting = [(0, 0.0); WAITING];
        waiting[0] = (0, self.at_least(row, 0));
        let mut n_waiting = 1;
        while n_waiting > 0 {
            n_waiting -= 1;
            let (node, at_least) = waiting[n_waiting];
            if at_least > limit(state) {
                continue;
            }
            match self.nodes[node] {
                Node::Leaf(leaf) => {
                    self.of_leaf(row, leaf, distances, |distance, point| visit(state, distance, point));
                }
                Node::Branch => {
                    let [left, right] =
                        [2 * node + 1, 2 * node + 2].map(|node| (node, self.at_least(row, node)));
                    let (near, far) = if left.1 <= right.1 { (left, right) } else { (right, left) };
                    waiting[n_waiting] = far;
                    waiting[n_waiting + 1] = near;
                    n_waiting += 2;
                }
            }
        }
    }

    #[inline]
    fn of_leaf(&self, row: &[f64], leaf: Leaf, distances: &mut [f64], mut visit: impl FnMut(f64, u32)) {
        let distances = &mut distances[..leaf.end - leaf.start];
        if distances.is_empty() {
            return;
        }
        let columns = &self.columns[leaf.start * self.width..leaf.end * self.width];
        from_points(self.distance, row, columns, distances);
        for (distance, point) in distances.iter().zip(&self.order[leaf.start..leaf.end]) {
            visit(*distance, *point);
        }
    }

    /// A reduced distance than which no point behind a node is nearer.
    fn at_least(&self, row: &[f64], node: usize) -> f64 {
        let of_node = node * self.width..(node + 1) * self.width;
        match &self.shape {
            Shape::Nothing => 0.0,
            Shape::Boxes { least, largest } => {
                let bounds = least[of_node.clone()].iter().zip(&largest[of_node]);
                let outside = row.iter().zip(bounds).map(|(x, (least, largest))| {
                    let (low, high) = (least - x, x - largest);
                    0.5 * ((low + low.abs()) + (high + high.abs()))
                });
                self.distance.of_differences(outside)
            }
            Shape::Balls { middles, radii } => {
                let differences = row.iter().zip(&middles[of_node]).map(|(x, middle)| x - middle);
                let whole = self.distance.whole(self.distance.of_differences(differences));
                self.distance.reduced((whole - radii[node]).max(0.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: [f64; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

    fn leaf(start: usize, end: usize) -> Leaf {
        Leaf { start, end }
    }

    fn tree(nodes: &[(Leaf, bool)], order: Vec<u32>) -> Result<Points, &'static str> {
        Points::tree(1, Distance::Euclidean, &LINE, order, nodes, Shape::Nothing)
    }

    #[test]
    fn trees_that_are_none() {
        let order: Vec<u32> = (0..8).collect();
        let good = [(leaf(0, 8), false), (leaf(0, 4), true), (leaf(4, 8), true)];
        assert!(tree(&good, order.clone()).is_ok());
        assert!(tree(&good, vec![8; 8]).is_err() && tree(&good, vec![0; 7]).is_err());
        assert!(tree(&good[..1], order.clone()).is_err() && tree(&[], order.clone()).is_err());
        for bad in [leaf(0, 5), leaf(1, 4), leaf(0, 9), leaf(0, usize::MAX)] {
            assert!(tree(&[good[0], (bad, true), good[2]], order.clone()).is_err(), "{bad:?}");
        }
        let backwards = [(leaf(0, 8), false), (leaf(0, 9), true), (leaf(9, 8), true)];
        assert!(tree(&backwards, order).is_err());
    }

    proptest! {
        #[test]
        fn a_tree_finds_what_looking_at_all_points_does(
            numbers in prop::collection::vec(-3.0..3.0f64, 32),
            row in prop::array::uniform2(-4.0..4.0f64),
            n in 1..16usize,
            is_ball: bool,
        ) {
            // Sixteen points of two columns, in four leaves by the first.
            let mut points: Vec<[f64; 2]> = numbers.as_chunks::<2>().0.to_vec();
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let points = points.concat();
            let ranges = [(0, 16), (0, 8), (8, 16), (0, 4), (4, 8), (8, 12), (12, 16)];
            let nodes: Vec<(Leaf, bool)> =
                ranges.iter().enumerate().map(|(node, (start, end))| (leaf(*start, *end), node > 2)).collect();
            let column = |range: (usize, usize), column| (range.0..range.1).map(|point| points[2 * point + column]).collect::<Vec<f64>>();
            let (mut least, mut largest, mut middles, mut radii) = (vec![], vec![], vec![], vec![]);
            for range in ranges {
                for at in 0..2 {
                    least.push(column(range, at).into_iter().fold(f64::INFINITY, f64::min));
                    largest.push(column(range, at).into_iter().fold(-f64::INFINITY, f64::max));
                    middles.push(f64::midpoint(least[least.len() - 1], largest[largest.len() - 1]));
                }
                radii.push(10.0);
            }
            let shape = if is_ball { Shape::Balls { middles, radii } } else { Shape::Boxes { least, largest } };
            let tree = Points::tree(2, Distance::Euclidean, &points, (0..16).collect(), &nodes, shape).unwrap();
            let flat = Points::flat(2, Distance::Euclidean, &points);
            let found = |points: &Points| {
                let mut memory = vec![f64::NAN; 2 * n];
                let mut heap = Heap::new(&mut memory);
                points.nearest(&row, &mut heap, &mut vec![f64::NAN; points.largest_leaf()]);
                let mut found: Vec<(f64, usize)> = heap.iter().collect();
                found.sort_by(|a, b| a.partial_cmp(b).unwrap());
                found
            };
            prop_assert_eq!(found(&tree), found(&flat));
        }
    }
}
