//! What threads share is made of. The loom tests bring their own `sync` in its place.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
pub(crate) use std::thread::{Thread, current, park_timeout};
