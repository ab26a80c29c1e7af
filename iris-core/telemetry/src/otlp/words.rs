//! All that differs from record to record, computed once, eight bytes each.

use super::placeholder::Placeholder;
use crate::clock::{Tick, seconds};
use crate::record::Stage;
use crate::view::View;

/// A power of two, so that a remainder of it costs less than a check of bounds.
const N_WORDS: usize = 64;

/// Where each stands. Those of spans are of the root first, then of its stages.
const TRACE_ID: usize = 0;
const SPAN_IDS: usize = 2;
const PARENT_ID: usize = SPAN_IDS + 4;
const STARTS: usize = PARENT_ID + 1;
const ENDS: usize = STARTS + 4;
const SECONDS: usize = ENDS + 4;
const ANSWER: usize = SECONDS + 4;
const FEATURES: usize = ANSWER + 1;

/// The words of one record, as they go into a message.
#[derive(Debug)]
pub(super) struct Words([[u8; 8]; N_WORDS]);

impl Default for Words {
    fn default() -> Self {
        Self([[0; 8]; N_WORDS])
    }
}

/// Which word goes to a placeholder, or the first of two; none to a feature
/// beyond the last word.
pub(super) fn index_of(placeholder: Placeholder) -> Option<u8> {
    let of = |first: usize, stage: Option<Stage>| first + stage.map_or(0, |stage| 1 + stage as usize);
    let index = match placeholder {
        Placeholder::TraceId => TRACE_ID,
        Placeholder::SpanId(stage) => of(SPAN_IDS, stage),
        Placeholder::ParentId => PARENT_ID,
        Placeholder::Start(stage) => of(STARTS, stage),
        Placeholder::End(stage) => of(ENDS, stage),
        Placeholder::Seconds(stage) => of(SECONDS, stage),
        Placeholder::Answer => ANSWER,
        Placeholder::Feature(index) => FEATURES + usize::from(index),
    };
    u8::try_from(index).ok().filter(|_| index < N_WORDS)
}

impl Words {
    pub(super) fn get(&self, index: u8) -> &[u8; 8] {
        &self.0[usize::from(index) % N_WORDS]
    }

    /// Takes those of a record. `epoch` is when its clock stood at 0. What the
    /// record lacks stays as it was: no template of its shape asks for it.
    pub(super) fn fill(&mut self, view: &View<'_>, epoch: u64) {
        let record = view.record;
        let words = &mut self.0;
        words[TRACE_ID..][..2].copy_from_slice(record.trace_id.0.to_be_bytes().as_chunks().0);
        words[PARENT_ID] = record.parent_id.0.to_be_bytes();
        let [preparation, inference, formatting] = Stage::ALL.map(Some);
        for (index, stage) in [None, preparation, inference, formatting].into_iter().enumerate() {
            let (start, end) = record.times(stage);
            let time = |tick: Tick| (epoch + tick.as_nanos()).to_le_bytes();
            words[SPAN_IDS + index] = record.span_id_of(stage).0.to_be_bytes();
            words[STARTS + index] = time(start);
            words[ENDS + index] = time(end);
            words[SECONDS + index] = seconds(end.since(start)).to_le_bytes();
        }
        words[ANSWER] = record.number.unwrap_or_default().to_le_bytes();
        for (word, feature) in words[FEATURES..].iter_mut().zip(view.features()) {
            *word = feature.to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Quantity;
    use crate::origin::Endpoint;
    use crate::record::{Kind, Record, Tail};

    /// As many features as a tail may have: the last ones are no words.
    #[test]
    fn every_placeholder_finds_its_word() {
        let mut record = Record::new(Kind::Prediction, Endpoint::CALL, Tick::at(100));
        record.trace_id.0 = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10;
        (record.span_id.0, record.parent_id.0, record.number) = (7, 9, Some(0.25));
        (record.boundaries, record.n_stages) = ([101, 103, 106, 110].map(Tick::at), 3);
        record.end = Tick::at(120);
        let mut tail = Tail::default();
        let row: Vec<f64> = (0..200_u16).map(f64::from).collect();
        tail.features(&mut record, &row);
        let view = View::new(&record, tail.as_bytes());
        let mut words = Words::default();
        words.fill(&view, 1_000);
        let word = |placeholder| index_of(placeholder).map(|index| *words.get(index));
        assert_eq!(word(Placeholder::TraceId), Some([1, 2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(words.get(1), &[9, 10, 11, 12, 13, 14, 15, 16]);
        assert_eq!(word(Placeholder::ParentId), Some(9_u64.to_be_bytes()));
        assert_eq!(word(Placeholder::Answer), Some(0.25_f64.to_le_bytes()));
        for stage in
            [None, Some(Stage::DataPreparation), Some(Stage::ModelInference), Some(Stage::ResponseFormatting)]
        {
            let (start, end) = record.times(stage);
            assert_eq!(word(Placeholder::SpanId(stage)), Some(record.span_id_of(stage).0.to_be_bytes()));
            assert_eq!(word(Placeholder::Start(stage)), Some((1_000 + start.as_nanos()).to_le_bytes()));
            assert_eq!(word(Placeholder::End(stage)), Some((1_000 + end.as_nanos()).to_le_bytes()));
            let seconds = Quantity::Seconds(stage).of(&view).to_le_bytes();
            assert_eq!(word(Placeholder::Seconds(stage)), Some(seconds));
        }
        let n_near = N_WORDS - FEATURES;
        for (index, feature) in (0..).zip(row) {
            let near = (usize::from(index) < n_near).then(|| feature.to_le_bytes());
            assert_eq!(word(Placeholder::Feature(index)), near, "{index}");
        }
    }
}
