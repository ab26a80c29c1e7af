//! What each model has been used for.

use iris_core::ErrorClass;

use crate::clock::Tick;
use crate::record::{Answer, MAX_CLASSES, Record, Stage};

/// How many there were, and how long they took together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// Nanoseconds, all together.
    pub nanos: u64,
}

/// The requests of one model.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Usage {
    /// Rows answered, by class; all beyond the last place share it.
    pub(super) classes: Vec<u64>,
    /// Rows answered by numbers.
    pub(super) values: u64,
    pub(in super::super) success: Total,
    pub(in super::super) failure: Total,
    /// Of requests that were answered.
    pub(in super::super) stages: [Total; 3],
    /// When the last one was answered.
    pub(in super::super) last: Tick,
}

impl Total {
    pub(crate) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.nanos += other.nanos;
    }

    /// Takes away what was counted before.
    pub(crate) fn subtract(&mut self, before: Self) {
        self.count = self.count.saturating_sub(before.count);
        self.nanos = self.nanos.saturating_sub(before.nanos);
    }

    fn one(nanos: u64) -> Self {
        Self { count: 1, nanos }
    }
}

impl Usage {
    /// Rows answered.
    pub(in super::super) fn rows(&self) -> u64 {
        self.classes.iter().sum::<u64>() + self.values
    }

    pub(super) fn observe(&mut self, record: &Record, counts: impl Iterator<Item = u32>) {
        match record.fault {
            // That was no request of this model's.
            Some(ErrorClass::NotFound) => return,
            Some(_) => return self.failure.add(Total::one(record.duration())),
            None => self.success.add(Total::one(record.duration())),
        }
        for (stage, total) in Stage::ALL.into_iter().zip(&mut self.stages) {
            let (start, end) = record.stage(stage).unwrap_or_default();
            total.add(Total::one(end.since(start)));
        }
        self.last = self.last.max(record.end);
        match record.answer {
            Answer::Class(class) => self.predicted(class as usize, 1),
            Answer::Values => self.values += u64::from(record.batch_size.max(1)),
            Answer::None => {}
        }
        for (class, count) in counts.enumerate() {
            self.predicted(class, count.into());
        }
    }

    fn predicted(&mut self, class: usize, count: u64) {
        let class = class.min(MAX_CLASSES);
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        self.classes[class] += count;
    }

    pub(in super::super) fn merge(&mut self, other: &Self) {
        for (class, count) in other.classes.iter().enumerate() {
            self.predicted(class, *count);
        }
        self.values += other.values;
        self.success.add(other.success);
        self.failure.add(other.failure);
        for (mine, theirs) in self.stages.iter_mut().zip(other.stages) {
            mine.add(theirs);
        }
        self.last = self.last.max(other.last);
    }
}
