//! What the threads of `iris-telemetry` share, in every order in which they can
//! run and see each other's writes.
//!
//! A workspace of its own: the files are the product's, and only what they are
//! made of is loom's.

#![cfg(test)]

mod sync;

#[path = "../../src/rings/spill.rs"]
mod spill;

#[path = "../../src/waker.rs"]
mod waker;

use std::time::Duration;

use loom::model;
use loom::sync::Arc;
use loom::thread;

use spill::Spill;
use sync::{AtomicBool, Ordering};
use waker::Waker;

/// What was said before waking is seen after the wait, and no wait goes on for
/// ever: loom's threads have no clock that would end it.
#[test]
fn whoever_waits_is_woken_and_sees_why() {
    model(|| {
        let (waker, work) = (Arc::new(Waker::default()), Arc::new(AtomicBool::new(false)));
        let (theirs, their_work) = (waker.clone(), work.clone());
        // Not joined: loom takes an unpark for the end of the thread that is waited for.
        thread::spawn(move || {
            their_work.store(true, Ordering::Relaxed);
            theirs.wake();
        });
        waker.wait(Duration::MAX);
        while !work.load(Ordering::Relaxed) {
            waker.wait(Duration::MAX);
        }
    });
}

/// The reader drains until it is told that the writer has ended.
#[test]
fn nothing_spilled_is_left_behind_by_a_thread_that_ends() {
    model(|| {
        let spill = Arc::new(Spill::new(8));
        let theirs = spill.clone();
        let writer = thread::spawn(move || {
            assert!(theirs.push(1, [1].into_iter()));
            assert!(theirs.push(1, [2].into_iter()));
            theirs.end();
        });
        let mut read = Vec::new();
        loop {
            read.extend(spill.take());
            if spill.is_ended() && spill.is_empty() {
                break;
            }
            thread::yield_now();
        }
        writer.join().unwrap();
        assert_eq!(read, [1, 2]);
    });
}
