//! What becomes of traces.

/// What became of traces since the start.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Exports {
    /// Whether there is somewhere to send them.
    pub is_on: bool,
    /// Traces recorded.
    pub recorded: u64,
    /// Traces that the collector took.
    pub exported: u64,
    /// Messages sent again.
    pub retries: u64,
    /// Times that the thread woke which empties the rings.
    pub wakeups: u64,
    /// Traces lost, by reason.
    pub dropped: [(&'static str, u64); 3],
    /// Lines for requests that were not written.
    pub dropped_lines: u64,
    /// Spans that the collector would not have.
    pub rejected_spans: u64,
    /// Traces that wait.
    pub pending: usize,
    /// Bytes in the buffer of those that wait.
    pub buffer_bytes: usize,
    /// Bytes that may wait.
    pub buffer_limit: usize,
    /// Most slots of a thread's ring ever in use.
    pub ring_used_at_most: usize,
    /// Slots of a thread's ring.
    pub ring_slots: usize,
}
