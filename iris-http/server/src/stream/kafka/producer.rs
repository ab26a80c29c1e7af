//! Answers on their way to the brokers, until these have stored them.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use iris_core::ErrorClass;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use rdkafka::types::RDKafkaErrorCode;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep;
use tracing::warn;

use super::PAUSE;
use super::address::Address;
use super::bridge::IN_WORK;
use super::client::{Log, config};
use super::message::Message;
use crate::stream::answers::{Answers, Refused, Verdict};
use crate::stream::counts::Counts;
use crate::stream::message::Outgoing;

/// How often brokers have to say of a message that it is too large, as those that are sent with one that is hear it too.
const TRIES: usize = 5;

/// The client's own limits, where no more is in work.
const QUEUE: usize = 100_000;

pub(super) struct Producer {
    client: FutureProducer<Log>,
    answers: Answers,
    /// Set when nothing is to be tried any more that fails.
    is_hurried: AtomicBool,
}

/// A message, and what is to be said of it.
type Said = (Message, Result<Outgoing, Refused>);

/// What was taken together, with what is to be said of each; `left` of it is not to be tried any more.
pub(super) struct Answered {
    messages: Vec<Said>,
    left: u64,
}

/// An answer on its way.
struct Sent {
    message: Message,
    /// `None` of a message that can never be answered and has no place to be set aside.
    outgoing: Option<Outgoing>,
    is_refused: bool,
    delivery: Option<Result<DeliveryFuture, KafkaError>>,
}

/// Answers on their way, in the order of their messages.
pub(super) struct OnTheWay {
    sent: Vec<Sent>,
    left: u64,
    refused: Option<String>,
}

/// What became of them.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) counts: Counts,
    /// By partition, the offset before which all of these are stored.
    pub(super) next: BTreeMap<i32, i64>,
}

enum Settled {
    Stored,
    Left,
}

impl Producer {
    pub(super) fn new(to: &Address, answers: Answers, batch: NonZeroUsize) -> Result<Arc<Self>, String> {
        let queue = batch.get().saturating_mul(IN_WORK + 1).clamp(QUEUE, 10_000_000);
        let client = config(to)
            // Stored by all that have to, and once, however often it is sent.
            .set("enable.idempotence", "true")
            // A broker that is away is waited for.
            .set("message.timeout.ms", "0")
            .set("queue.buffering.max.messages", queue.to_string())
            .set("queue.buffering.max.kbytes", i32::MAX.to_string())
            // What is too large for a topic is for its brokers to say.
            .set("message.max.bytes", "100000000")
            .set("linger.ms", "1")
            .create_with_context(Log)
            .map_err(|error| format!("cannot write to {to}: {error}"))?;
        Ok(Arc::new(Self { client, answers, is_hurried: AtomicBool::new(false) }))
    }

    /// Whether what fails is left to others from now on.
    pub(super) fn hurry(&self, is_hurried: bool) {
        self.is_hurried.store(is_hurried, Ordering::Relaxed);
    }

    fn is_hurried(&self) -> bool {
        self.is_hurried.load(Ordering::Relaxed)
    }

    /// What is to be said of each message; one that cannot be answered now holds up those behind it.
    pub(super) async fn answer(self: Arc<Self>, taken: Vec<Message>) -> Result<Answered, JoinError> {
        let mut messages = Vec::with_capacity(taken.len());
        let mut ahead = VecDeque::from(taken);
        loop {
            let (producer, later);
            producer = Arc::clone(&self);
            // On another thread, so that what is stored is heard of meanwhile.
            (messages, ahead, later) = spawn_blocking(move || producer.say(messages, ahead)).await?;
            let Some(reason) = later.filter(|_| !self.is_hurried()) else {
                return Ok(Answered { messages, left: ahead.len() as u64 });
            };
            if ahead.front().is_some_and(|message| message.n_tries == 1) {
                warn!("to be tried again: {reason}");
            }
            sleep(PAUSE).await;
        }
    }

    /// Answers those ahead up to the first that cannot be now, and why.
    fn say(
        &self,
        mut said: Vec<Said>,
        mut ahead: VecDeque<Message>,
    ) -> (Vec<Said>, VecDeque<Message>, Option<String>) {
        while let Some(message) = ahead.front_mut() {
            message.n_tries += 1;
            let answer = match self.answers.of(message) {
                Verdict::Answered(answer) => Ok(answer),
                Verdict::Refused(refused) => Err(refused),
                Verdict::Later(reason) => return (said, ahead, Some(reason)),
            };
            said.extend(ahead.pop_front().map(|message| (message, answer)));
        }
        (said, ahead, None)
    }

    /// Sends all, and waits for none.
    pub(super) fn send(&self, answered: Answered) -> OnTheWay {
        let mut refused = None;
        let mut sent = Vec::with_capacity(answered.messages.len());
        for (message, said) in answered.messages {
            let is_refused = said.is_err();
            let set_aside = |Refused { reason, set_aside }| {
                refused.get_or_insert(reason);
                set_aside
            };
            let outgoing = said.map_or_else(set_aside, Some);
            let delivery = outgoing.as_ref().map(|outgoing| self.publish(&message, outgoing));
            sent.push(Sent { message, outgoing, is_refused, delivery });
        }
        OnTheWay { sent, left: answered.left, refused }
    }

    fn publish(&self, message: &Message, outgoing: &Outgoing) -> Result<DeliveryFuture, KafkaError> {
        let mut headers = OwnedHeaders::new_with_capacity(outgoing.headers.len());
        for (key, value) in &outgoing.headers {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let record = FutureRecord::to(&outgoing.to).payload(&outgoing.body).headers(headers);
        let record = match &message.key {
            Some(key) => record.key(key),
            None => record,
        };
        self.client.send_result(record).map_err(|(error, _)| error)
    }

    /// Waits until all are stored, or the first is not to be tried any more.
    pub(super) async fn settle(&self, on_the_way: OnTheWay) -> Result<Stored, String> {
        let OnTheWay { sent, left, mut refused } = on_the_way;
        let mut stored = Stored::default();
        let n_sent = sent.len() as u64;
        for mut sent in sent {
            match self.settle_one(&mut sent, &mut refused).await? {
                Settled::Left => break,
                Settled::Stored if sent.is_refused => stored.counts.refused += 1,
                Settled::Stored => stored.counts.answered += 1,
            }
            stored.next.insert(sent.message.partition, sent.message.offset + 1);
        }
        stored.counts.left = left + n_sent - stored.counts.answered - stored.counts.refused;
        if let Some(reason) = refused {
            warn!(messages = stored.counts.refused, "can never be answered: {reason}");
        }
        Ok(stored)
    }

    async fn settle_one(&self, sent: &mut Sent, refused: &mut Option<String>) -> Result<Settled, String> {
        let (mut n_failed, mut n_too_large) = (0_u64, 0);
        loop {
            let error = match sent.delivery.take() {
                None => return Ok(Settled::Stored),
                Some(Err(error)) => error,
                Some(Ok(delivery)) => match delivery.await {
                    Ok(Ok(_)) => return Ok(Settled::Stored),
                    Ok(Err((error, _))) => error,
                    Err(_) => KafkaError::Canceled,
                },
            };
            if let Some((code, reason)) = self.client.client().fatal_error() {
                return Err(format!("cannot store answers any more: {reason} ({code})"));
            }
            if error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
                n_too_large += 1;
                if n_too_large == TRIES {
                    self.give_up(sent, refused, &error);
                    n_too_large = 0;
                }
            } else {
                if self.is_hurried() {
                    return Ok(Settled::Left);
                }
                if n_failed == 0 {
                    warn!("an answer is not stored, and sent again: {error}");
                }
                n_failed += 1;
                sleep(PAUSE).await;
            }
            sent.delivery = sent.outgoing.as_ref().map(|outgoing| self.publish(&sent.message, outgoing));
        }
    }

    /// An answer that is too large sets its message aside; of a message that is, nothing can be said.
    fn give_up(&self, sent: &mut Sent, first: &mut Option<String>, error: &KafkaError) {
        sent.outgoing = None;
        if sent.is_refused {
            return;
        }
        sent.is_refused = true;
        let reason = format!("its answer: {error}");
        let Refused { reason, set_aside } = self.answers.refused(&sent.message, ErrorClass::TooLarge, reason);
        first.get_or_insert(reason);
        sent.outgoing = set_aside;
    }
}
