//! The binary as whoever runs it sees it: a process, its flags, its signals and its streams.

mod clients;
mod inspect;
mod process;
mod streams;
mod telemetry;
