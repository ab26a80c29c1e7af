//! What the files were when they were last looked at.

use super::super::stamp::Stamp;

/// What the files were when they were last looked at.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// When they were last loaded.
    pub(super) loaded: Stamp,
    last: Stamp,
}

impl Looked {
    /// Whether they have changed since they were loaded, and stayed as they `are` since the last look: who
    /// still writes is waited for.
    pub(super) fn have_changed(&mut self, are: Stamp) -> bool {
        let is_settled = are == self.last;
        let have_changed = are != self.loaded;
        self.last = are;
        have_changed && is_settled
    }
}
