//! From one stream of NATS `JetStream`'s to another.
//!
//! A message is acknowledged when the broker has stored its answer, never before: what a process was at when it ended
//! is delivered to another. An answer's id is made of its message's number, so that the broker knows one it has already.

mod address;
mod bridge;
mod broker;
mod message;

use std::future::Future;

use iris_http::HttpService;
use tracing::info;

use super::counts::Counts;
use crate::cli::Stream;
use address::{Address, check_subject};
use bridge::Bridge;
use broker::Broker;

/// Where messages come from and go.
pub(super) struct Route {
    from: Address,
    to: Address,
    dead_letter: Option<String>,
}

/// Answers messages until `stop`, or until all are answered.
pub(super) async fn answer(
    flags: &Stream,
    route: Route,
    service: HttpService,
    stop: impl Future<Output = ()>,
) -> Result<Counts, String> {
    let credentials = flags.credentials.as_deref().map(std::fs::read_to_string).transpose();
    let credentials = credentials.map_err(|error| format!("cannot read --credentials: {error}"))?;
    let source = Broker::connect(&route.from, credentials.as_deref()).await?;
    let target = if route.from.is_same_login(&route.to) {
        source.clone()
    } else {
        Broker::connect(&route.to, credentials.as_deref()).await?
    };
    for subject in [Some(route.to.subject()), route.dead_letter.as_deref()].into_iter().flatten() {
        target.check_stored(subject).await?;
    }
    let consumer = source.consumer(route.from.subject(), flags).await?;
    info!(from = %route.from, to = %route.to, consumer = flags.consumer, "answering");
    let bridge = Bridge::new(service, consumer, (source, target), route, flags);
    bridge.run(stop, flags.until_empty).await
}

impl Route {
    pub(super) fn of(flags: &Stream) -> Result<Self, String> {
        let address = |flag: &str, text: &str| Address::parse(text).map_err(|why| format!("{flag}: {why}"));
        let from = address("--from", &flags.from)?;
        let to = address("--to", &flags.to)?;
        let published = [("--to", Some(to.subject())), ("--dead-letter", flags.dead_letter.as_deref())];
        for (flag, subject) in published {
            let Some(subject) = subject else { continue };
            check_subject(subject).map_err(|why| format!("{flag}: {why}"))?;
            if subject.split('.').any(|token| matches!(token, "*" | ">")) {
                return Err(format!(
                    "{flag}: to {subject} nothing can be published; it stands for many subjects"
                ));
            }
            if from.is_same_broker(&to) && from.takes(subject) {
                return Err(format!(
                    "{flag}: what goes to {subject} would come back by --from, without an end"
                ));
            }
        }
        if flags.dead_letter.as_deref() == Some(to.subject()) {
            return Err("--dead-letter: answers go there".to_owned());
        }
        if !flags.consumer.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            || flags.consumer.is_empty()
        {
            return Err("--consumer: a name has letters, digits, - and _".to_owned());
        }
        Ok(Self { from, to, dead_letter: flags.dead_letter.clone() })
    }
}
