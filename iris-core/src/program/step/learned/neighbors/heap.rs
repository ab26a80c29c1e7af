//! The nearest points so far, the farthest of them on top.

/// Reduced distances, and behind them as many points, in the bits of numbers.
#[derive(Debug)]
pub(super) struct Heap<'m> {
    distances: &'m mut [f64],
    points: &'m mut [f64],
}

impl<'m> Heap<'m> {
    /// An empty one in memory of two numbers a point.
    pub(super) fn new(memory: &'m mut [f64]) -> Self {
        let (distances, points) = memory.split_at_mut(memory.len() / 2);
        distances.fill(f64::INFINITY);
        points.fill(bits(0));
        Self { distances, points }
    }

    /// How far the farthest is; infinity until there are enough.
    #[inline]
    pub(super) fn farthest(&self) -> f64 {
        self.distances[0]
    }

    /// Puts a point in the place of the farthest, if it is nearer.
    ///
    /// Which of several equally far ones stays is scikit-learn's choice: which child takes the
    /// place of a parent decides what is on top later.
    #[inline]
    pub(super) fn push(&mut self, distance: f64, point: u32) {
        if distance < self.distances[0] {
            self.put(distance, point);
        }
    }

    fn put(&mut self, distance: f64, point: u32) {
        let n = self.distances.len();
        let mut place = 0;
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            if left >= n {
                break;
            }
            let larger =
                if right >= n || self.distances[left] >= self.distances[right] { left } else { right };
            if self.distances[larger] <= distance {
                break;
            }
            self.distances[place] = self.distances[larger];
            self.points[place] = self.points[larger];
            place = larger;
        }
        self.distances[place] = distance;
        self.points[place] = bits(point);
    }

    /// Each reduced distance and its point.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, usize)> {
        self.distances.iter().copied().zip(self.points.iter().map(|point| of_bits(*point)))
    }
}

fn bits(point: u32) -> f64 {
    f64::from_bits(u64::from(point))
}

fn of_bits(number: f64) -> usize {
    usize::try_from(number.to_bits()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_stay_and_of_equals_the_first() {
        let mut memory = [f64::NAN; 6];
        let mut heap = Heap::new(&mut memory);
        for (point, distance) in (0u32..).zip([5.0, 3.0, 4.0, 4.0, 9.0, 1.0, f64::NAN]) {
            heap.push(distance, point);
        }
        let mut kept: Vec<(f64, usize)> = heap.iter().collect();
        kept.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(kept, [(1.0, 5), (3.0, 1), (4.0, 2)]);
        assert_eq!(heap.farthest(), 4.0);
    }
}
