//! The messages, made from `proto/` by the test `generated`.

#![allow(missing_docs, clippy::pedantic, reason = "the code is generated")]

/// The Open Inference Protocol.
pub mod inference {
    include!("generated/inference.rs");
}

/// This project's own messages.
pub mod iris {
    /// Their first version.
    pub mod v1 {
        include!("generated/iris.v1.rs");
    }
}

/// Both files, as reflection gives them out, comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.bin");
