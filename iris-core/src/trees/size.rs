//! How large a forest is.

/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) n_trees: usize,
    /// Questions and leaves.
    pub(crate) n_nodes: usize,
    pub(crate) n_leaves: usize,
    /// Questions on the longest way.
    pub(crate) depth: usize,
}
