//! Panics as lines of the log.

use std::any::Any;
use std::panic::{self, Location};
use std::thread;

use tracing::error;

/// From now on what a thread panics with goes to the log: standard error may be
/// read by programs, line by line, or by nobody, and then a panic would wait.
pub(crate) fn start() {
    panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let at = panic.location().map(Location::to_string).unwrap_or_default();
        // Quoted, for it may hold what a client has sent.
        error!(thread = thread.name(), at, "panic: {:?}", message(panic.payload()));
    }));
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("of no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_panicked_with_has_words() {
        assert_eq!(message(&"text"), "text");
        assert_eq!(message(&"owned".to_owned()), "owned");
        assert_eq!(message(&7), "of no text");
    }
}
