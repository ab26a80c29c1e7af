//! The predictor as a WebAssembly module without imports: the functions of the C ABI, each of them a call of the [`Session`].
//!
//! An instance holds one model. Numbers and texts go through buffers in the module's memory, of which the host is
//! told the address; 0 says that there is no memory. What can fail gives -1, and [`iris_said`] the error as JSON.

#![expect(unsafe_code, reason = "an exported name is an unsafe attribute; there is no unsafe block")]

mod session;

use std::cell::RefCell;
use std::ptr;

pub use session::{Asked, Session};

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Session) -> T) -> T {
    SESSION.with_borrow_mut(work)
}

/// Room for the bytes of a file, or for a text in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn iris_bytes(len: usize) -> *mut u8 {
    with(|session| session.bytes(len).map_or(ptr::null_mut(), <[u8]>::as_mut_ptr))
}

/// Room for rows: `len` numbers, row by row.
#[unsafe(no_mangle)]
pub extern "C" fn iris_rows(len: usize) -> *mut f64 {
    with(|session| session.rows(len).map_or(ptr::null_mut(), <[f64]>::as_mut_ptr))
}

/// Reads the file in [`iris_bytes`], of at most so many numbers if that is not 0; [`iris_said`] then describes the model.
#[unsafe(no_mangle)]
pub extern "C" fn iris_load(max_numbers: usize) -> i32 {
    with(|session| status(session.load(max_numbers).is_ok()))
}

/// Takes the model that is built in; [`iris_said`] then describes it.
#[unsafe(no_mangle)]
pub extern "C" fn iris_embedded() {
    with(Session::embedded);
}

/// Begins new rows, before their values are encoded: the free texts of earlier ones are forgotten.
#[unsafe(no_mangle)]
pub extern "C" fn iris_begin_rows() {
    with(Session::begin_rows);
}

/// What stands in a row for the text in [`iris_bytes`]; a NaN if it does not belong there.
#[unsafe(no_mangle)]
pub extern "C" fn iris_encode_text(feature: usize) -> f64 {
    with(|session| session.encode_text(feature).unwrap_or(f64::NAN))
}

/// What stands in a row for a number; a NaN if it is one or does not belong there.
#[unsafe(no_mangle)]
pub extern "C" fn iris_encode_number(feature: usize, number: f64) -> f64 {
    with(|session| session.encode_number(feature, number).unwrap_or(f64::NAN))
}

/// Answers the rows in [`iris_rows`]; what is asked is a number of [`Asked`].
#[unsafe(no_mangle)]
pub extern "C" fn iris_answer(asked: u32) -> i32 {
    with(|session| status(Asked::of(asked).is_some_and(|asked| session.answer(asked).is_ok())))
}

/// The classes of the last answer, one a row.
#[unsafe(no_mangle)]
pub extern "C" fn iris_classes() -> *const u32 {
    with(|session| session.classes().as_ptr())
}

/// The numbers of the last answer, row by row.
#[unsafe(no_mangle)]
pub extern "C" fn iris_numbers() -> *const f64 {
    with(|session| session.numbers().as_ptr())
}

/// How many numbers that are.
#[unsafe(no_mangle)]
pub extern "C" fn iris_numbers_len() -> usize {
    with(|session| session.numbers().len())
}

/// What was said last: JSON in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn iris_said() -> *const u8 {
    with(|session| session.said().as_ptr())
}

/// How many bytes that are.
#[unsafe(no_mangle)]
pub extern "C" fn iris_said_len() -> usize {
    with(|session| session.said().len())
}

fn status(is_well: bool) -> i32 {
    if is_well { 0 } else { -1 }
}
