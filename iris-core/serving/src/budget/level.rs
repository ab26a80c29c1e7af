//! What is held, by kind.

use iris_telemetry::Families;

use super::Budget;

/// What memory is held for. The names are those of labels in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The head of a request that is not complete.
    Heads,
    /// A body, or a message, as it came.
    Bodies,
    /// What a compressed one becomes.
    Inflated,
    /// Numbers on their way from a body to the model.
    Rows,
    /// What the model gave, and its answer until it is sent.
    Answers,
}

/// How much is held of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Of which.
    pub kind: Kind,
    /// Bytes held now.
    pub bytes: usize,
    /// How often there was no room.
    pub refused: u64,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [Self::Heads, Self::Bodies, Self::Inflated, Self::Rows, Self::Answers];

    /// Its name in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Bodies => "bodies",
            Self::Inflated => "inflated",
            Self::Rows => "rows",
            Self::Answers => "answers",
        }
    }
}

/// The budget on the page of metrics.
pub(super) fn write(budget: &Budget, families: &mut Families<'_>) {
    let levels = budget.levels();
    let bytes = levels.map(|level| (level.kind.as_str(), level.bytes));
    families.gauges("iris_memory_held_bytes", "Memory held for clients, by what it is for", "kind", bytes);
    families.gauge("iris_memory_limit_bytes", "Memory that may be held for clients", budget.limit());
    let refused = levels.map(|level| (level.kind.as_str(), level.refused));
    let help = "Requests for which there was no memory, by what it was to be for";
    families.counters("iris_memory_refused_total", help, "kind", refused);
}
