//! The binary as whoever runs it sees it: a process, its flags, its signals and its streams.

mod access;
mod clients;
mod config;
mod inspect;
#[cfg(feature = "kafka")]
mod kafka;
mod manual;
mod memory;
mod panics;
mod predict;
mod process;
mod reference;
mod stop;
#[cfg(feature = "stream")]
mod stream;
mod streams;
mod telemetry;
