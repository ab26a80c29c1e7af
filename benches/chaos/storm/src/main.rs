//! An open-loop generator of load: requests leave when they are due, and count only if their answer comes in time.
//!
//! A closed loop asks less of a server that is slow, and so hides what overload does. This one has as many clients as
//! the rate needs, who give up at their deadline and hang up, as people and proxies do.

#![forbid(unsafe_code)]

mod answer;
mod cli;
mod clients;
mod grpc;
mod http1;
mod phase;
mod tally;

use std::io;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use cli::Cli;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Goes through the phases, and prints what became of each as JSON.
fn run(cli: &Cli) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let said = LocalSet::new().block_on(&runtime, async {
        match &cli.grpc {
            None => {
                let clients = Rc::new(clients::Clients::open(cli)?);
                phase::run_all(&cli.phases, cli.in_turn(), |due| clients.send(due)).await
            }
            Some(path) => {
                let channels = Rc::new(grpc::Channels::open(cli, path).await?);
                phase::run_all(&cli.phases, cli.in_turn(), |due| channels.send(due)).await
            }
        }
    })?;
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}
