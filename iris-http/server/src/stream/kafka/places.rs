//! How far each partition of a member is read, and how far it is answered.

use std::collections::BTreeMap;

/// The partitions that are a member's own.
#[derive(Default)]
pub(super) struct Places(BTreeMap<i32, Place>);

struct Place {
    /// The offset of the message after the last one that was taken.
    next: i64,
    /// That after the last one of which all before it have answers that are stored.
    answered: i64,
    /// What the brokers were told of it last.
    committed: i64,
    is_at_end: bool,
}

/// Where the reading of a partition begins, and which messages are gone that were to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) offset: i64,
    pub(super) missing: Option<Missing>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// From the first to the last of these.
    Between(i64, i64),
    /// The partition ends before what was read of it already: it was made anew.
    Anew { next: i64, end: i64 },
}

impl Beginning {
    /// Of a partition that has the offsets from `low` to before `high`; whoever read nothing begins with the first.
    pub(super) fn of(next: Option<i64>, low: i64, high: i64) -> Self {
        let next = next.unwrap_or(low);
        if next < low {
            Self { offset: low, missing: Some(Missing::Between(next, low - 1)) }
        } else if next > high {
            Self { offset: low, missing: Some(Missing::Anew { next, end: high }) }
        } else {
            Self { offset: next, missing: None }
        }
    }
}

impl Places {
    /// What is answered of a partition that is read already stays so.
    pub(super) fn begin(&mut self, partition: i32, offset: i64) {
        let before = self.0.get(&partition);
        let (answered, committed) =
            before.map_or((offset, offset), |place| (place.answered, place.committed));
        self.0.insert(partition, Place { next: offset, answered, committed, is_at_end: false });
    }

    /// Whether the message is of a partition of ours; it counts as taken.
    pub(super) fn took(&mut self, partition: i32, offset: i64) -> bool {
        let Some(place) = self.0.get_mut(&partition) else { return false };
        place.next = offset + 1;
        place.is_at_end = false;
        true
    }

    pub(super) fn came_to_end(&mut self, partition: i32) {
        if let Some(place) = self.0.get_mut(&partition) {
            place.is_at_end = true;
        }
    }

    /// All before `next` is answered.
    pub(super) fn answered(&mut self, partition: i32, next: i64) {
        if let Some(place) = self.0.get_mut(&partition) {
            place.answered = next;
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The next offset of each partition.
    pub(super) fn read(&self) -> Vec<(i32, Option<i64>)> {
        self.0.iter().map(|(partition, place)| (*partition, Some(place.next))).collect()
    }

    /// Whether nothing is left to be read for now.
    pub(super) fn are_at_end(&self) -> bool {
        self.0.values().all(|place| place.is_at_end)
    }

    /// What the brokers are to be told; they are held to know it then.
    pub(super) fn uncommitted(&mut self) -> Vec<(i32, i64)> {
        let ahead = self.0.iter_mut().filter(|(_, place)| place.answered != place.committed);
        let told = ahead.map(|(partition, place)| {
            place.committed = place.answered;
            (*partition, place.answered)
        });
        told.collect()
    }

    /// What the brokers were told they do not know.
    pub(super) fn not_committed(&mut self) {
        for place in self.0.values_mut() {
            // No partition has it, so that it is told again.
            place.committed = -1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_goes_on_where_it_was_or_says_what_is_gone() {
        let of = |next, low, high| Beginning::of(next, low, high);
        let goes_on = |offset| Beginning { offset, missing: None };
        assert_eq!(of(None, 3, 9), goes_on(3));
        assert_eq!(of(Some(3), 3, 9), goes_on(3));
        assert_eq!(of(Some(9), 3, 9), goes_on(9));
        assert_eq!(of(Some(1), 3, 9), Beginning { offset: 3, missing: Some(Missing::Between(1, 2)) });
        let anew = Missing::Anew { next: 10, end: 9 };
        assert_eq!(of(Some(10), 3, 9), Beginning { offset: 3, missing: Some(anew) });
    }

    #[test]
    fn what_is_answered_is_committed_once() {
        let mut places = Places::default();
        places.begin(0, 5);
        places.begin(1, 0);
        assert!(places.took(0, 5) && places.took(0, 6) && !places.took(2, 0));
        assert_eq!(places.uncommitted(), []);
        places.answered(0, 6);
        assert_eq!(places.uncommitted(), [(0, 6)]);
        assert_eq!(places.uncommitted(), []);
        places.not_committed();
        assert_eq!(places.uncommitted(), [(0, 6), (1, 0)]);
        places.clear();
        places.answered(0, 7);
        assert_eq!(places.uncommitted(), []);
    }

    #[test]
    fn a_partition_that_is_begun_again_keeps_what_is_answered() {
        let mut places = Places::default();
        places.begin(0, 5);
        assert!(places.took(0, 5));
        places.answered(0, 6);
        places.begin(0, 9);
        assert_eq!((places.read(), places.uncommitted()), (vec![(0, Some(9))], vec![(0, 6)]));
    }

    #[test]
    fn a_message_after_the_end_is_no_end() {
        let mut places = Places::default();
        assert!(places.are_at_end());
        places.begin(0, 5);
        assert!(!places.are_at_end());
        places.came_to_end(0);
        assert!(places.are_at_end() && places.took(0, 5) && !places.are_at_end());
    }
}
