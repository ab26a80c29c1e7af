//! What differs from record to record, and is left open in a message.

use crate::contract::Quantity;
use crate::record::Stage;

/// Something of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Placeholder {
    TraceId,
    /// The id of the root or of a stage's span.
    SpanId(Option<Stage>),
    ParentId,
    Start(Option<Stage>),
    End(Option<Stage>),
    Seconds(Option<Stage>),
    Feature(u16),
    Answer,
}

impl Placeholder {
    /// Bytes that it takes.
    pub(super) fn width(self) -> usize {
        if self == Self::TraceId { 16 } else { 8 }
    }
}

impl From<Quantity> for Placeholder {
    fn from(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Seconds(stage) => Self::Seconds(stage),
            Quantity::Feature(index) => Self::Feature(index),
            Quantity::Answer => Self::Answer,
        }
    }
}
