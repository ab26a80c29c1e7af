//! The slices in which a dear request is answered.
//!
//! A worker that shares its processor with a thread of the lane has to wait until the
//! kernel takes the processor away from that, which is some milliseconds. A thread that
//! gives it away itself, often, costs others no more than a slice.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

/// So long a thread goes on before it looks who else wants the processor.
const SLICE: Duration = Duration::from_micros(50);

thread_local! {
    /// When this thread's slice began, if it is one of the lane's.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Makes this thread one that works in slices.
pub(super) fn begin() {
    BEGAN.set(Some(Instant::now()));
}

/// Lets others have the processor if this thread is one of a lane's and its slice is over.
///
/// For loops over rows, every few dozen of them; on other threads it does nothing.
#[inline]
pub fn breathe() {
    if let Some(began) = BEGAN.get() {
        let now = Instant::now();
        if now.saturating_duration_since(began) > SLICE {
            thread::yield_now();
            BEGAN.set(Some(Instant::now()));
        }
    }
}
