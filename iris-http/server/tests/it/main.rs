//! The binary as whoever runs it sees it: a process, its flags, its signals and its streams.

mod inspect;
mod panics;
mod process;
mod stop;
mod streams;
mod telemetry;
