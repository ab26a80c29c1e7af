//! The binary as whoever runs it sees it: a process, its flags, its signals and its streams.

mod access;
mod clients;
mod inspect;
mod memory;
mod panics;
mod process;
mod reference;
mod stop;
mod streams;
mod telemetry;
