//! What the files were when they were last looked at.

use super::super::stamp::Stamp;
use super::Library;

/// What the files were when they were last looked at.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// When they were last loaded.
    pub(super) loaded: Stamp,
    last: Stamp,
}

impl Library {
    /// Loads what has changed, if it has stayed as it is since the last look: who still writes is waited for.
    pub(in super::super) fn look(&mut self) {
        let now = self.signature();
        let has_changed = now != self.looked.loaded;
        let is_settled = now == self.looked.last;
        self.looked.last.clone_from(&now);
        if has_changed && is_settled {
            self.reload();
        }
    }

    /// All files as they are now.
    pub(super) fn signature(&self) -> Stamp {
        let given = self.sources.files.iter().map(|file| file.path.as_path());
        Stamp::of_what_is_there(given.chain(self.sources.folder.as_deref()))
    }
}
