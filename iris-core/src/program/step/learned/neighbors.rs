//! What the nearest of many points say: their classes, their targets, or how dense it is among them.

#[cfg(feature = "pickle")]
mod barycenter;
mod distance;
mod heap;
mod points;

#[cfg(feature = "pickle")]
pub(crate) use barycenter::Barycenter;
pub(crate) use distance::Distance;
use heap::Heap;
pub(crate) use points::{Leaf, Points, Shape};

/// Points, which of them are asked, and what is made of their answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Neighbors {
    pub(crate) points: Points,
    pub(crate) asked: Asked,
    pub(crate) counts: Counts,
    pub(crate) says: Says,
}

/// Which points are asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    /// So many, no more than there are.
    Nearest(usize),
    /// Those no farther away.
    Within(f64),
}

/// What a point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    Same,
    /// One by its distance; where points are at no distance, they alone.
    ByDistance,
}

/// What each point says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Says {
    /// So many of all classes; `alone` are those of rows without neighbours, of which nothing is answered if there
    /// are none.
    Classes { n_votes: usize, n_classes: usize, of_points: Vec<u32>, alone: Vec<usize> },
    /// So many numbers, of which the mean is answered.
    Values { n_targets: usize, of_points: Vec<f64> },
    /// How far its own neighbours reach, and how dense it is there: the local outlier factor of
    /// Breunig et al. (2000), negative.
    Density { reaches: Vec<f64>, densities: Vec<f64> },
    /// How far it is from every point, a row a point: the shortest way to each is answered.
    Ways { n_points: usize, ways: Vec<f64> },
    /// A number for each point: how far it is if that is asked, else 1, of those that are asked, and 0 of all others.
    #[cfg(feature = "pickle")]
    Graph { n_points: usize, is_distance: bool },
    /// Where it was placed: the row is placed among its neighbours as it lies among them.
    #[cfg(feature = "pickle")]
    Place(Barycenter),
}

impl Neighbors {
    pub(super) fn n_outputs(&self) -> usize {
        match &self.says {
            Says::Classes { n_classes, .. } => *n_classes,
            Says::Values { n_targets, .. } => *n_targets,
            Says::Density { .. } => 1,
            Says::Ways { n_points, .. } => *n_points,
            #[cfg(feature = "pickle")]
            Says::Graph { n_points, .. } => *n_points,
            #[cfg(feature = "pickle")]
            Says::Place(barycenter) => barycenter.n_outputs,
        }
    }

    /// What is summed up of all and of those at no distance, the heap, and a leaf's distances.
    pub(super) fn scratch_len(&self) -> usize {
        let n_asked = match self.asked {
            Asked::Nearest(n) => n,
            Asked::Within(_) => 0,
        };
        let own = match &self.says {
            #[cfg(feature = "pickle")]
            Says::Place(_) => Barycenter::scratch_len(n_asked),
            _ => 0,
        };
        2 * (self.n_outputs() + 1) + 2 * n_asked + self.points.largest_leaf().max(own)
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) {
        let n = self.n_outputs() + 1;
        let (sums, rest) = scratch.split_at_mut(n);
        let (at_none, rest) = rest.split_at_mut(n);
        sums.fill(0.0);
        at_none.fill(0.0);
        let distance = self.points.distance();
        if let Says::Ways { n_points, ways } = &self.says {
            out.fill(f64::INFINITY);
            let by = |reduced: f64, point: usize| {
                let so_far = distance.whole(reduced);
                let ways = ways[point * n_points..][..*n_points].iter();
                out.iter_mut().zip(ways).for_each(|(out, way)| *out = out.min(so_far + way));
            };
            return self.each_asked(row, rest, by);
        }
        #[cfg(feature = "pickle")]
        if let Says::Graph { is_distance, .. } = &self.says {
            out.fill(0.0);
            let by = |reduced: f64, point: usize| {
                // Of points too far away to tell nothing is known.
                let far = if reduced.is_finite() { distance.whole(reduced) } else { f64::NAN };
                out[point] = if *is_distance || far.is_nan() { far } else { 1.0 };
            };
            return self.each_asked(row, rest, by);
        }
        match self.asked {
            Asked::Nearest(n_asked) => {
                let (heap, rest) = rest.split_at_mut(2 * n_asked);
                let mut heap = Heap::new(heap);
                self.points.nearest(row, &mut heap, rest);
                if let Says::Density { reaches, densities } = &self.says {
                    out[0] = outlier_factor(&heap, distance, reaches, densities);
                    return;
                }
                #[cfg(feature = "pickle")]
                if let Says::Place(barycenter) = &self.says {
                    barycenter.apply(row, &heap, out, rest);
                    return;
                }
                for (reduced, point) in heap.iter() {
                    self.add(point, distance.whole(reduced), sums, at_none);
                }
            }
            Asked::Within(radius) => {
                self.points.within(row, distance.reduced(radius), rest, |reduced, point| {
                    self.add(point, distance.whole(reduced), sums, at_none);
                });
            }
        }
        let sums = if at_none[n - 1] > 0.0 { at_none } else { sums };
        let (total, sums) = (sums[n - 1], &sums[..n - 1]);
        match &self.says {
            Says::Classes { alone, .. } if total == 0.0 => {
                out.fill(if alone.is_empty() { f64::NAN } else { 0.0 });
                for class in alone {
                    out[*class] = 1.0;
                }
            }
            Says::Classes { .. } => out.copy_from_slice(sums),
            _ => out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum / total),
        }
    }

    /// Hands on every point that is asked, and how far it is.
    fn each_asked(&self, row: &[f64], rest: &mut [f64], mut by: impl FnMut(f64, usize)) {
        match self.asked {
            Asked::Nearest(n_asked) => {
                let (heap, rest) = rest.split_at_mut(2 * n_asked);
                let mut heap = Heap::new(heap);
                self.points.nearest(row, &mut heap, rest);
                heap.iter().for_each(|(reduced, point)| by(reduced, point));
            }
            Asked::Within(radius) => {
                self.points.within(row, self.points.distance().reduced(radius), rest, by);
            }
        }
    }

    #[inline]
    fn add(&self, point: usize, distance: f64, sums: &mut [f64], at_none: &mut [f64]) {
        let (weight, sums) = match self.counts {
            Counts::Same => (1.0, sums),
            Counts::ByDistance if distance == 0.0 => (1.0, at_none),
            Counts::ByDistance => (1.0 / distance, sums),
        };
        match &self.says {
            Says::Classes { n_votes, of_points, .. } => {
                for class in &of_points[point * n_votes..][..*n_votes] {
                    sums[*class as usize] += weight;
                }
            }
            Says::Values { n_targets, of_points } => {
                let values = &of_points[point * n_targets..][..*n_targets];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
            Says::Density { .. } | Says::Ways { .. } => {}
            #[cfg(feature = "pickle")]
            Says::Graph { .. } | Says::Place(_) => {}
        }
        if let Some(total) = sums.last_mut() {
            *total += weight;
        }
    }
}

fn outlier_factor(heap: &Heap<'_>, distance: Distance, reaches: &[f64], densities: &[f64]) -> f64 {
    let (mut reach, mut density, mut n) = (0.0, 0.0, 0.0);
    for (reduced, point) in heap.iter() {
        reach += distance.whole(reduced).max(reaches[point]);
        density += densities[point];
        n += 1.0;
    }
    let own = 1.0 / (reach / n + 1e-10);
    -(density / own / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_line(asked: Asked, counts: Counts, says: Says) -> Neighbors {
        let points = Points::flat(1, Distance::Euclidean, &[0.0, 1.0, 2.0, 4.0]);
        Neighbors { points, asked, counts, says }
    }

    fn ask(neighbors: &Neighbors, x: f64) -> Vec<f64> {
        let mut out = vec![f64::NAN; neighbors.n_outputs()];
        neighbors.apply(&[x], &mut out, &mut vec![f64::NAN; neighbors.scratch_len()]);
        out
    }

    fn classes(alone: &[usize]) -> Says {
        Says::Classes { n_votes: 1, n_classes: 2, of_points: vec![0, 1, 1, 0], alone: alone.to_vec() }
    }

    #[test]
    fn the_nearest_vote_and_those_at_no_distance_alone() {
        let same = on_a_line(Asked::Nearest(3), Counts::Same, classes(&[]));
        assert_eq!(ask(&same, 0.25), [1.0, 2.0]);
        let weighted = on_a_line(Asked::Nearest(3), Counts::ByDistance, classes(&[]));
        assert_eq!(ask(&weighted, 0.5), [2.0, 2.0 + 1.0 / 1.5]);
        assert_eq!(ask(&weighted, 1.0), [0.0, 1.0]);
    }

    #[test]
    fn of_several_questions_the_same_neighbours_are_asked() {
        let says = Says::Classes {
            n_votes: 2,
            n_classes: 5,
            of_points: vec![0, 2, 1, 4, 1, 2, 0, 3],
            alone: Vec::new(),
        };
        let neighbors = on_a_line(Asked::Nearest(3), Counts::Same, says);
        assert_eq!(ask(&neighbors, 0.25), [1.0, 2.0, 2.0, 0.0, 1.0]);
    }

    #[test]
    fn means_of_numbers() {
        let says = Says::Values { n_targets: 2, of_points: vec![1.0, 10.0, 3.0, 30.0, 5.0, 50.0, 9.0, 90.0] };
        let neighbors = on_a_line(Asked::Nearest(2), Counts::Same, says);
        assert_eq!(ask(&neighbors, 3.1), [7.0, 70.0]);
    }

    #[test]
    fn the_shortest_way_goes_by_any_of_the_nearest() {
        let ways = vec![0.0, 1.0, 2.0, 9.0, 1.0, 0.0, 5.0, 3.0, 2.0, 5.0, 0.0, 2.0, 9.0, 3.0, 2.0, 0.0];
        let says = Says::Ways { n_points: 4, ways };
        let neighbors = on_a_line(Asked::Nearest(2), Counts::Same, says.clone());
        assert_eq!(ask(&neighbors, 0.25), [0.25, 0.75, 2.25, 3.75]);
        let within = on_a_line(Asked::Within(0.5), Counts::Same, says);
        assert_eq!(ask(&within, 0.25), [0.25, 1.25, 2.25, 9.25]);
        assert_eq!(ask(&within, 9.0), [f64::INFINITY; 4]);
    }

    #[test]
    #[cfg(feature = "pickle")]
    fn a_graph_has_a_number_for_each_point() {
        let graph = |asked, is_distance| {
            let says = Says::Graph { n_points: 4, is_distance };
            on_a_line(asked, Counts::Same, says)
        };
        assert_eq!(ask(&graph(Asked::Nearest(2), true), 1.75), [0.0, 0.75, 0.25, 0.0]);
        assert_eq!(ask(&graph(Asked::Nearest(2), false), 1.75), [0.0, 1.0, 1.0, 0.0]);
        assert_eq!(ask(&graph(Asked::Within(1.0), true), 9.0), [0.0; 4]);
        assert!(ask(&graph(Asked::Nearest(1), false), 1e200)[0].is_nan());
    }

    #[test]
    fn within_a_radius_there_may_be_nobody() {
        let within = |alone: &[usize]| on_a_line(Asked::Within(1.0), Counts::Same, classes(alone));
        assert_eq!(ask(&within(&[]), 1.0), [1.0, 2.0]);
        assert!(ask(&within(&[]), 9.0)[0].is_nan());
        assert_eq!(ask(&within(&[1]), 9.0), [0.0, 1.0]);
        assert_eq!(ask(&within(&[0, 1]), 9.0), [1.0, 1.0]);
    }
}
