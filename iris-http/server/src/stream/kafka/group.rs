//! A member of a consumer group: what it takes, where it begins, and what it commits.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::address::Address;
use super::client::config;
use super::member::{Member, Told};
use super::message::Message;
use super::places::{Beginning, Missing, Places};
use super::{GRACE, PATIENCE, PAUSE};
use crate::cli::Stream;

/// Kilobytes of messages that are fetched before they are taken.
const FETCHED_AHEAD: &str = "16384";

/// A heartbeat has to be missed more than once until a member is held to be gone.
const HEARTBEATS: u128 = 3;
const HEARTBEAT_MAX_MS: u128 = 3000;

const STALLED_MS: u128 = 300_000;

pub(super) struct Group {
    consumer: Arc<StreamConsumer<Member>>,
    topic: Arc<str>,
    places: Places,
    /// Counts how often partitions were given back: what was taken before is committed by nobody here.
    generation: u64,
}

/// What came of the topic.
pub(super) enum Came {
    Message(Message),
    /// This partition has no more for now.
    End(i32),
    /// A partition has not the offset that is asked for.
    OutOfRange,
    Failed(KafkaError),
}

/// Where the reading of each partition begins.
pub(super) type Beginnings = Vec<(i32, Beginning)>;

/// Partitions of others that are not answered up to their ends, each with how far it is.
pub(super) type Left = Vec<(i32, Option<i64>)>;

impl Group {
    pub(super) fn join(from: &Address, flags: &Stream) -> Result<(Self, UnboundedReceiver<Told>), String> {
        let (tell, told) = unbounded_channel();
        let no = |error: &KafkaError| format!("cannot read {from} in the group {}: {error}", flags.consumer);
        let session = flags.ack_wait.as_millis();
        let heartbeat = (session / HEARTBEATS).clamp(1, HEARTBEAT_MAX_MS);
        // Who takes nothing for so long has no partitions any more.
        let stalled = session.max(STALLED_MS);
        let consumer: StreamConsumer<Member> = config(from)
            .set("group.id", &flags.consumer)
            .set("session.timeout.ms", session.to_string())
            .set("heartbeat.interval.ms", heartbeat.to_string())
            .set("max.poll.interval.ms", stalled.to_string())
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            // An offset that is gone is dealt with here, where it can be told.
            .set("auto.offset.reset", "error")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", FETCHED_AHEAD)
            .set("fetch.queue.backoff.ms", "20")
            .create_with_context(Member::new(tell))
            .map_err(|error| no(&error))?;
        consumer.subscribe(&[from.topic()]).map_err(|error| no(&error))?;
        let topic = Arc::from(from.topic());
        Ok((Self { consumer: Arc::new(consumer), topic, places: Places::default(), generation: 0 }, told))
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn places(&mut self) -> &mut Places {
        &mut self.places
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// What has come, as soon as anything has, and up to `max` together.
    pub(super) async fn take(&self, max: usize) -> Vec<Came> {
        let mut taken = vec![Came::of(self.consumer.recv().await)];
        while taken.len() < max
            && let Some(next) = self.consumer.recv().now_or_never()
        {
            taken.push(Came::of(next));
        }
        taken
    }

    /// Looks up where these partitions begin for us: where we are, else where the group is, else with the first.
    pub(super) fn begin(
        &self,
        partitions: Vec<(i32, Option<i64>)>,
    ) -> BoxFuture<'static, Result<Beginnings, String>> {
        let (consumer, topic) = (Arc::clone(&self.consumer), Arc::clone(&self.topic));
        Box::pin(async move {
            let mut is_first = true;
            loop {
                let (consumer, topic, partitions) =
                    (Arc::clone(&consumer), topic.clone(), partitions.clone());
                let found = asked(move || beginnings(&consumer, &topic, partitions)).await;
                match found {
                    Ok(found) => return Ok(found),
                    Err(error) if is_final(&error) => return Err(format!("cannot read the topic: {error}")),
                    Err(error) if is_first => warn!("cannot look up where partitions begin yet: {error}"),
                    Err(_) => {}
                }
                is_first = false;
                sleep(PAUSE).await;
            }
        })
    }

    /// Reads from there.
    pub(super) fn assign(&mut self, beginnings: Beginnings) -> Result<(), String> {
        let mut partitions = TopicPartitionList::with_capacity(beginnings.len());
        for (partition, Beginning { offset, missing }) in beginnings {
            self.warn(partition, missing);
            self.places.begin(partition, offset);
            let added = partitions.add_partition_offset(&self.topic, partition, Offset::Offset(offset));
            added.map_err(|error| self.no(&error))?;
        }
        self.consumer.assign(&partitions).map_err(|error| self.no(&error))
    }

    fn warn(&self, partition: i32, missing: Option<Missing>) {
        let topic = &self.topic;
        match missing {
            None => {}
            Some(Missing::Between(first, last)) => warn!(
                "partition {partition} of {topic} has no messages {first} to {last} any more; those not answered \
                 by now never are"
            ),
            Some(Missing::Anew { next, end }) => warn!(
                "partition {partition} of {topic} ends before {end}, and was read up to {next}: it was made anew, \
                 and is read from its beginning; those of before that were not answered never are"
            ),
        }
    }

    /// Tells the brokers how far all is answered, and does not wait.
    pub(super) fn commit(&mut self) {
        let offsets = self.places.uncommitted();
        if offsets.is_empty() {
            return;
        }
        let committed = self.list(&offsets).and_then(|list| self.consumer.commit(&list, CommitMode::Async));
        if let Err(error) = committed {
            warn!("offsets are not committed yet: {error}");
            self.places.not_committed();
        }
    }

    /// Tells the brokers how far all is answered, and waits for them.
    pub(super) async fn commit_all(&mut self) {
        // What was told without waiting may have failed.
        self.places.not_committed();
        let offsets = self.places.uncommitted();
        if offsets.is_empty() {
            return;
        }
        let (consumer, list) = (Arc::clone(&self.consumer), self.list(&offsets));
        let committed = spawn_blocking(move || consumer.commit(&list?, CommitMode::Sync));
        let why = match timeout(GRACE, committed).await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the broker does not answer".to_owned(),
        };
        warn!("offsets are not committed, and messages after them will be answered again: {why}");
    }

    fn list(&self, offsets: &[(i32, i64)]) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*offset))?;
        }
        Ok(list)
    }

    /// The partitions are others'.
    pub(super) fn lose(&mut self) {
        self.places.clear();
        self.generation += 1;
    }

    /// Gives the partitions back, for which the group waits.
    pub(super) fn give_back(&mut self) -> Result<(), String> {
        self.lose();
        self.consumer.unassign().map_err(|error| self.no(&error))
    }

    /// What is left in partitions that are not ours; of what is left there the news are waited for a little.
    pub(super) fn look(&self) -> BoxFuture<'static, KafkaResult<Left>> {
        let (consumer, topic) = (Arc::clone(&self.consumer), Arc::clone(&self.topic));
        let own: Vec<_> = self.places.read().into_iter().map(|(partition, _)| partition).collect();
        Box::pin(async move {
            let left = asked(move || left(&consumer, &topic, &own)).await;
            if !left.as_ref().is_ok_and(Vec::is_empty) {
                sleep(PAUSE).await;
            }
            left
        })
    }

    /// Leaves the group, so that others need not wait until we are missed.
    pub(super) async fn leave(self) {
        let consumer = self.consumer;
        consumer.context().leave();
        // Somebody may wait for what was not given back yet.
        let _ = consumer.unassign();
        if timeout(GRACE, spawn_blocking(move || drop(consumer))).await.is_err() {
            debug!("the broker does not hear that we leave");
        }
    }

    fn no(&self, error: &KafkaError) -> String {
        format!("cannot read the topic {}: {error}", self.topic)
    }
}

impl Came {
    fn of(said: KafkaResult<rdkafka::message::BorrowedMessage<'_>>) -> Self {
        match said {
            Ok(message) => Self::Message(Message::taken(&message)),
            Err(KafkaError::PartitionEOF(partition)) => Self::End(partition),
            Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset)) => Self::OutOfRange,
            Err(error) => Self::Failed(error),
        }
    }
}

/// What brokers say to a question for whose answer a thread has to wait.
async fn asked<T: Send + 'static>(ask: impl FnOnce() -> KafkaResult<T> + Send + 'static) -> KafkaResult<T> {
    // A task that does not end with an answer was cancelled with the process.
    spawn_blocking(ask).await.unwrap_or(Err(KafkaError::Canceled))
}

fn beginnings(
    consumer: &StreamConsumer<Member>,
    topic: &str,
    partitions: Vec<(i32, Option<i64>)>,
) -> KafkaResult<Beginnings> {
    let committed = committed(consumer, topic, partitions.iter().map(|(partition, _)| *partition))?;
    let beginnings = partitions.into_iter().zip(committed).map(|((partition, next), (_, committed))| {
        let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
        Ok((partition, Beginning::of(next.or(committed), low, high)))
    });
    beginnings.collect()
}

fn left(consumer: &StreamConsumer<Member>, topic: &str, own: &[i32]) -> KafkaResult<Left> {
    let said = consumer.fetch_metadata(Some(topic), PATIENCE)?;
    let all = said.topics().iter().flat_map(MetadataTopic::partitions);
    let others = all.map(MetadataPartition::id).filter(|id| !own.contains(id));
    let mut left = Left::new();
    for (partition, next) in committed(consumer, topic, others)? {
        let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
        if next.unwrap_or(low) < high {
            left.push((partition, next));
        }
    }
    Ok(left)
}

/// How far the group is in each of these partitions, in their order.
fn committed(
    consumer: &StreamConsumer<Member>,
    topic: &str,
    partitions: impl Iterator<Item = i32>,
) -> KafkaResult<Vec<(i32, Option<i64>)>> {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition(topic, partition);
    }
    if list.count() == 0 {
        return Ok(Vec::new());
    }
    let said = consumer.committed_offsets(list, PATIENCE)?;
    let offsets = said.elements().into_iter().map(|element| {
        element.error()?;
        let committed = match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        Ok((element.partition(), committed))
    });
    offsets.collect()
}

/// Whether it is to end: whoever may not read, or reads what is not there, is not helped by time, and messages that
/// cannot be read must not be passed over.
pub(super) fn is_final(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumptionFatal(_))
        || matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownTopic
                    | RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::InvalidSessionTimeout
                    | RDKafkaErrorCode::InvalidGroupId
                    | RDKafkaErrorCode::InconsistentGroupProtocol
                    | RDKafkaErrorCode::NotImplemented
                    | RDKafkaErrorCode::BadMessage
                    | RDKafkaErrorCode::BadCompression
                    | RDKafkaErrorCode::InvalidMessage
                    | RDKafkaErrorCode::InvalidMessageSize
                    | RDKafkaErrorCode::MessageSizeTooLarge
            )
        )
}
