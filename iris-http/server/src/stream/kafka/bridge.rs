//! From one topic to the other: batches of messages answered, stored, then committed, in their order.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use rdkafka::error::KafkaResult;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinError;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{debug, info, warn};

use super::GRACE;
use super::group::{Beginnings, Came, Group, Left, is_final};
use super::member::Told;
use super::producer::{Answered, Producer, Stored};
use crate::cli::Stream;
use crate::stream::counts::Counts;

/// Batches whose answers may be on their way while another is answered. Nothing more is taken meanwhile.
pub(super) const IN_WORK: usize = 4;

/// How often the brokers are told how far all is answered.
const COMMITS: Duration = Duration::from_millis(250);

/// After how many sessions without a step another member's partitions are not waited for any more: one that is gone
/// has lost them by then.
const SESSIONS: u32 = 2;

pub(super) struct Bridge {
    group: Group,
    producer: Arc<Producer>,
    batch: usize,
    session: Duration,
    until_empty: bool,
    counts: Counts,
    /// The batch that is answered, of a generation of the group's partitions.
    answering: Option<BoxFuture<'static, (u64, Result<Answered, JoinError>)>>,
    /// Those before it.
    storing: FuturesOrdered<BoxFuture<'static, (u64, Result<Stored, String>)>>,
    /// Where partitions begin that are new.
    beginning: Option<BoxFuture<'static, Result<Beginnings, String>>>,
    /// When partitions are given back at the latest, if they are to be.
    give_back: Option<Instant>,
    looking: Option<BoxFuture<'static, KafkaResult<Left>>>,
    /// What others have left, and since when.
    left: (Left, Instant),
}

impl Bridge {
    pub(super) fn new(group: Group, producer: Arc<Producer>, flags: &Stream) -> Self {
        Self {
            group,
            producer,
            batch: flags.batch.get(),
            session: flags.ack_wait,
            until_empty: flags.until_empty,
            counts: Counts::default(),
            answering: None,
            storing: FuturesOrdered::new(),
            beginning: None,
            give_back: None,
            looking: None,
            left: (Left::new(), Instant::now()),
        }
    }

    /// Answers batch after batch until `stop`; what was taken until then is still answered.
    ///
    /// # Errors
    ///
    /// Says why nothing can be read or stored any more.
    pub(super) async fn run(
        mut self,
        mut told: UnboundedReceiver<Told>,
        stop: impl Future<Output = ()>,
    ) -> Result<Counts, String> {
        let mut done = self.answer(&mut told, stop).await;
        if done.is_ok() {
            self.producer.hurry(true);
            if let Ok(finished) = timeout(GRACE, self.finish()).await {
                done = finished;
            } else {
                warn!("the broker does not answer; what was in work will be answered again");
            }
        }
        self.group.commit_all().await;
        self.group.leave().await;
        done.map(|()| self.counts)
    }

    async fn answer(
        &mut self,
        told: &mut UnboundedReceiver<Told>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), String> {
        let mut stop = std::pin::pin!(stop);
        let mut commits = interval(COMMITS);
        commits.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.give_back.is_some() && self.is_idle() {
                self.give_back().await?;
            }
            let is_taking = self.answering.is_none()
                && self.storing.len() < IN_WORK
                && self.give_back.is_none()
                && self.beginning.is_none();
            let looks =
                self.until_empty && self.is_idle() && self.beginning.is_none() && self.looking.is_none();
            if looks && self.group.places().are_at_end() {
                self.looking = Some(self.group.look());
            }
            tokio::select! {
                () = &mut stop => return Ok(()),
                Some((generation, stored)) = self.storing.next() => self.note(generation, stored?),
                (generation, answered) = said(&mut self.answering) => self.send(generation, answered)?,
                Some(told) = told.recv() => self.hear(told),
                beginnings = said(&mut self.beginning) => self.group.assign(beginnings?)?,
                () = passed(self.give_back) => {
                    warn!("answers to messages of partitions that others get now are not stored yet; those come twice");
                    self.give_back().await?;
                }
                left = said(&mut self.looking) => if self.is_over(left) { return Ok(()) },
                _ = commits.tick() => self.group.commit(),
                came = self.group.take(self.batch), if is_taking => self.take(came)?,
            }
        }
    }

    /// Nothing is in work.
    fn is_idle(&self) -> bool {
        self.answering.is_none() && self.storing.is_empty()
    }

    fn take(&mut self, came: Vec<Came>) -> Result<(), String> {
        let mut messages = Vec::with_capacity(came.len());
        for came in came {
            match came {
                Came::Message(message) => {
                    if self.group.places().took(message.partition, message.offset) {
                        messages.push(message);
                    }
                }
                Came::End(partition) => self.group.places().came_to_end(partition),
                Came::OutOfRange => {
                    let read = self.group.places().read();
                    self.beginning = Some(self.group.begin(read));
                }
                Came::Failed(error) if is_final(&error) => {
                    return Err(format!("cannot read the topic {}: {error}", self.group.topic()));
                }
                Came::Failed(error) => debug!("no messages: {error}"),
            }
        }
        if !messages.is_empty() {
            let (producer, generation) = (Arc::clone(&self.producer), self.group.generation());
            self.answering = Some(Box::pin(async move { (generation, producer.answer(messages).await) }));
        }
        Ok(())
    }

    fn send(&mut self, generation: u64, answered: Result<Answered, JoinError>) -> Result<(), String> {
        let answered = answered.map_err(|error| format!("cannot answer what was taken: {error}"))?;
        let (producer, on_the_way) = (Arc::clone(&self.producer), self.producer.send(answered));
        self.storing.push_back(Box::pin(async move { (generation, producer.settle(on_the_way).await) }));
        Ok(())
    }

    /// What of partitions that are others' by now is stored is not ours to commit.
    fn note(&mut self, generation: u64, stored: Stored) {
        let Stored { counts, next } = stored;
        self.counts += counts;
        if generation != self.group.generation() {
            return;
        }
        for (partition, next) in next {
            self.group.places().answered(partition, next);
        }
        if counts.left > 0 {
            // What comes behind it is not to be committed over it.
            self.group.commit();
            self.group.lose();
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Assigned(partitions) => {
                info!(?partitions, "reading");
                let partitions = partitions.into_iter().map(|partition| (partition, None)).collect();
                self.beginning = Some(self.group.begin(partitions));
            }
            Told::Revoked => {
                self.producer.hurry(true);
                self.beginning = None;
                self.give_back = Some(Instant::now() + GRACE);
            }
            Told::Lost => {
                if !self.is_idle() {
                    warn!(
                        "partitions went to others before what was in work was stored; those messages are answered twice"
                    );
                }
                self.beginning = None;
                self.give_back = None;
                self.producer.hurry(false);
                self.group.lose();
            }
            Told::NotCommitted => self.group.places().not_committed(),
        }
    }

    async fn give_back(&mut self) -> Result<(), String> {
        self.give_back = None;
        self.producer.hurry(false);
        self.group.commit_all().await;
        self.group.give_back()
    }

    /// Whether nothing is left, here or with others of the group.
    fn is_over(&mut self, left: KafkaResult<Left>) -> bool {
        let left = match left {
            Ok(left) => left,
            Err(error) => {
                debug!("nobody says what is left: {error}");
                return false;
            }
        };
        if !self.is_idle() || !self.group.places().are_at_end() {
            return false;
        }
        if left != self.left.0 {
            self.left = (left, Instant::now());
        }
        let (left, since) = &self.left;
        if !left.is_empty() && since.elapsed() > self.session * SESSIONS {
            warn!(
                ?left,
                "not waited for: partitions of others of the group in which nothing is answered any more"
            );
            return true;
        }
        left.is_empty()
    }

    /// Waits for what is in work.
    async fn finish(&mut self) -> Result<(), String> {
        if let Some(answering) = self.answering.take() {
            let (generation, answered) = answering.await;
            self.send(generation, answered)?;
        }
        while let Some((generation, stored)) = self.storing.next().await {
            self.note(generation, stored?);
        }
        Ok(())
    }
}

/// What is asked for, once it is said; where nothing is, never.
async fn said<T>(asked: &mut Option<BoxFuture<'static, T>>) -> T {
    let Some(future) = asked else { return pending().await };
    let said = future.await;
    *asked = None;
    said
}

async fn passed(instant: Option<Instant>) {
    match instant {
        Some(instant) => {
            let left = instant.saturating_duration_since(Instant::now());
            drop(timeout(left, pending::<()>()).await);
        }
        None => pending().await,
    }
}
