//! `iris-stream`: a stream of NATS JetStream's in, the answers to its messages out.
//!
//! A message is acknowledged when its answer is stored, never before: what a process was at when it ended is delivered to
//! another one. An answer has the message's number as its id, by which the broker knows one that it has already.

#![forbid(unsafe_code)]

mod bridge;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use bridge::Bridge;
use settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    let stop = async {
        let terminated = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let bridge = match Bridge::new(settings).await {
        Ok(bridge) => bridge,
        Err(error) => return ended(&error),
    };
    match bridge.run(stop).await {
        Ok(counts) => {
            println!("{counts}");
            ExitCode::SUCCESS
        }
        Err(error) => ended(&error),
    }
}

fn ended(error: &bridge::Error) -> ExitCode {
    eprintln!("iris-stream: {error}");
    ExitCode::FAILURE
}
