//! From one topic of Kafka to another.
//!
//! An offset is committed when the answers to all messages before it are stored, never before: what a process was at
//! when it ended goes to another of its group. The answer repeats the message's place, by which whoever reads the
//! answers knows one that came twice.

mod address;
mod bridge;
mod client;
mod group;
mod member;
mod message;
mod places;
mod producer;

use std::future::Future;
use std::time::Duration;

use iris_http::HttpService;
use tracing::info;

use super::answers::Answers;
use super::counts::Counts;
use crate::cli::Stream;
use address::{Address, check_topic};
use bridge::Bridge;
use group::Group;
use producer::Producer;

/// How long brokers may take to say something before they are held to be away.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long who failed is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// How long what is in work may take when it has to end.
const GRACE: Duration = Duration::from_secs(10);

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
    let published = [Some(route.to.topic()), route.dead_letter.as_deref()];
    let target = client::check(&route.to, published.into_iter().flatten()).await?;
    let source = client::check(&route.from, [route.from.topic()]).await?;
    if source == target {
        route.check_without_end()?;
    }
    let answers = Answers {
        service,
        consumer: flags.consumer.clone(),
        to: route.to.topic().to_owned(),
        dead_letter: route.dead_letter,
    };
    let producer = Producer::new(&route.to, answers, flags.batch)?;
    let (group, told) = Group::join(&route.from, flags)?;
    info!(from = %route.from, to = %route.to, consumer = flags.consumer, "answering");
    Bridge::new(group, producer, flags).run(told, stop).await
}

impl Route {
    pub(super) fn of(flags: &Stream) -> Result<Self, String> {
        let address = |flag: &str, text: &str| Address::parse(text).map_err(|why| format!("{flag}: {why}"));
        let from = address("--from", &flags.from)?;
        let to = address("--to", &flags.to)?;
        if let Some(topic) = &flags.dead_letter {
            check_topic(topic).map_err(|why| format!("--dead-letter: {why}"))?;
            if topic == to.topic() {
                return Err("--dead-letter: answers go there".to_owned());
            }
        }
        if flags.credentials.is_some() {
            return Err("--credentials: a file of NATS's, of which Kafka knows nothing".to_owned());
        }
        if flags.consumer.is_empty() || flags.consumer.contains(|c: char| !c.is_ascii_graphic()) {
            return Err("--consumer: a name has letters, digits and signs, without spaces".to_owned());
        }
        let route = Self { from, to, dead_letter: flags.dead_letter.clone() };
        if route.from.is_same_cluster(&route.to) {
            route.check_without_end()?;
        }
        Ok(route)
    }

    /// Fails if what is published would be read again.
    fn check_without_end(&self) -> Result<(), String> {
        let published = [("--to", Some(self.to.topic())), ("--dead-letter", self.dead_letter.as_deref())];
        match published.into_iter().find(|(_, topic)| *topic == Some(self.from.topic())) {
            Some((flag, _)) => Err(format!(
                "{flag}: what goes to {} would come back by --from, without an end",
                self.from.topic()
            )),
            None => Ok(()),
        }
    }
}
