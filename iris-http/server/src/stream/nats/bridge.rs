//! From one broker to the other: batches of messages answered, stored, then acknowledged.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::{ConsumerInfoErrorKind, PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::ReadyChunks;
use iris_core::ErrorClass;
use iris_http::HttpService;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::Route;
use super::broker::Broker;
use super::message::header_map;
use crate::cli::Stream;
use crate::stream::answers::{Answers, Refused, Verdict};
use crate::stream::counts::Counts;
use crate::stream::message::Outgoing;

/// Batches in work at a time: while one waits for the broker, another is answered. Nothing more is taken meanwhile.
const IN_WORK: usize = 4;

/// How long the broker may take to have a batch's messages; those that it has come at once.
const EXPIRES: Duration = Duration::from_secs(1);

/// How long who failed is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// After what time a message that could not be answered is delivered again.
const AGAIN: Duration = Duration::from_secs(5);

/// How often the consumer has to be missing, a pause apart, to be held to be deleted: a broker that starts may not
/// know it yet.
const LOOKS: usize = 10;

/// How long what is in work at the stop may take.
const GRACE: Duration = Duration::from_secs(10);

type Messages = ReadyChunks<pull::Batch>;

/// What the broker was asked for and has not said to the end.
enum Asked {
    Nothing,
    /// A batch; whether none of it has come.
    Messages {
        messages: Box<Messages>,
        is_empty: bool,
    },
    /// Whether there are messages at all.
    Whether,
}

/// What the broker says that there is.
enum Found {
    /// No message that is not answered, here or in another process.
    Nothing,
    Something,
    NoConsumer,
    /// There is nobody who would say it.
    Nobody,
}

/// Messages of a consumer on their way to a subject.
pub(super) struct Bridge {
    answers: Arc<Answers>,
    consumer: PullConsumer,
    source: Broker,
    target: Broker,
    batch: usize,
}

/// What is still to be heard of a message.
enum Sent {
    Waiting(PublishAckFuture),
    Terminated,
    Failed(String),
}

/// What was heard.
enum Settled {
    Stored { is_again: bool },
    Terminated,
    Failed(String),
}

impl Bridge {
    pub(super) fn new(
        service: HttpService,
        consumer: PullConsumer,
        (source, target): (Broker, Broker),
        route: Route,
        flags: &Stream,
    ) -> Arc<Self> {
        let answers = Answers {
            service,
            consumer: flags.consumer.clone(),
            to: route.to.subject().to_owned(),
            dead_letter: route.dead_letter,
        };
        Arc::new(Self { answers: Arc::new(answers), consumer, source, target, batch: flags.batch.get() })
    }

    /// Answers batch after batch until `stop`; what came until then is still answered.
    ///
    /// # Errors
    ///
    /// Says that the consumer was deleted. A broker that is away is no error: it is waited for.
    pub(super) async fn run(
        self: Arc<Self>,
        stop: impl Future<Output = ()>,
        until_empty: bool,
    ) -> Result<Counts, String> {
        let mut stop = std::pin::pin!(stop);
        let (mut counts, mut in_work) = (Counts::default(), JoinSet::new());
        let mut asked = Asked::Nothing;
        let (mut is_stopping, mut n_missing) = (false, 0);
        while !(is_stopping && matches!(asked, Asked::Nothing)) {
            let has_room = in_work.len() < IN_WORK;
            tokio::select! {
                () = &mut stop, if !is_stopping => is_stopping = true,
                Some(done) = in_work.join_next() => counts += done.unwrap_or_default(),
                messages = self.ask(), if matches!(asked, Asked::Nothing) => {
                    asked = Asked::Messages { messages: Box::new(messages), is_empty: true };
                }
                batch = next(&mut asked), if has_room && matches!(asked, Asked::Messages { .. }) => match batch {
                    Some(batch) => {
                        let messages = good(batch);
                        asked.note(&messages);
                        if !messages.is_empty() {
                            in_work.spawn(Arc::clone(&self).answer(messages));
                        }
                    }
                    None => asked = asked.over(is_stopping),
                },
                found = self.look(), if matches!(asked, Asked::Whether) => {
                    match found {
                        Found::Nothing if until_empty && in_work.is_empty() => break,
                        Found::NoConsumer if n_missing == LOOKS => return Err(self.gone()),
                        Found::NoConsumer if !is_stopping => n_missing += 1,
                        _ => (asked, n_missing) = (Asked::Nothing, 0),
                    }
                }
            }
        }
        let finish = async {
            while let Some(done) = in_work.join_next().await {
                counts += done.unwrap_or_default();
            }
            self.source.flush().await;
        };
        if timeout(GRACE, finish).await.is_err() {
            warn!("the broker does not answer; what was in work is delivered again");
        }
        Ok(counts)
    }

    /// Asks for a batch, as soon as that can be said.
    async fn ask(&self) -> Messages {
        loop {
            let batch = self.consumer.batch().max_messages(self.batch).expires(EXPIRES).messages();
            match batch.await {
                Ok(messages) => return messages.ready_chunks(self.batch),
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    /// Where nothing came: whether there is nothing.
    async fn look(&self) -> Found {
        match self.consumer.get_info().await {
            Ok(info) if info.num_pending == 0 && info.num_ack_pending == 0 => Found::Nothing,
            Ok(_) => Found::Something,
            Err(error) => {
                sleep(PAUSE).await;
                match error.kind() {
                    ConsumerInfoErrorKind::NotFound | ConsumerInfoErrorKind::StreamNotFound => {
                        Found::NoConsumer
                    }
                    _ => Found::Nobody,
                }
            }
        }
    }

    fn gone(&self) -> String {
        let info = self.consumer.cached_info();
        format!("the consumer {} of the stream {} was deleted", info.name, info.stream_name)
    }

    async fn answer(self: Arc<Self>, messages: Vec<Message>) -> Counts {
        let answers = Arc::clone(&self.answers);
        // On another thread, so that the client speaks with the broker meanwhile.
        let answered = tokio::task::spawn_blocking(move || {
            let verdicts: Vec<_> = messages.iter().map(|message| answers.of(message)).collect();
            (messages, verdicts)
        });
        let Ok((messages, verdicts)) = answered.await else { return Counts::default() };
        let mut counts = Counts::default();
        let mut refused = None;
        let mut sent = Vec::with_capacity(messages.len());
        let mut failed: Option<String> = None;
        // All are on their way before the first is waited for; after one that does not leave none is tried.
        for (message, verdict) in messages.iter().zip(verdicts) {
            let (is_refused, now) = match (&failed, verdict) {
                (Some(reason), _) => (false, Sent::Failed(reason.clone())),
                (None, verdict) => self.send(message, verdict, &mut refused).await,
            };
            sent.push((is_refused, now));
        }
        let settled =
            join_all(sent.into_iter().map(async |(is_refused, sent)| (is_refused, settle(sent).await)));
        for (message, (is_refused, settled)) in messages.iter().zip(settled.await) {
            // An acknowledgement that is lost means another delivery, whose answer the broker knows by its id.
            let _ = match settled {
                Settled::Stored { is_again } => {
                    counts.again += u64::from(is_again);
                    message.ack().await
                }
                Settled::Terminated => message.ack_with(AckKind::Term).await,
                Settled::Failed(reason) => {
                    counts.left += 1;
                    failed.get_or_insert(reason);
                    let _ = message.ack_with(AckKind::Nak(Some(AGAIN))).await;
                    continue;
                }
            };
            if is_refused {
                counts.refused += 1;
            } else {
                counts.answered += 1;
            }
        }
        if let Some(reason) = refused {
            warn!(messages = counts.refused, "can never be answered: {reason}");
        }
        if let Some(reason) = failed {
            warn!(messages = counts.left, "to be delivered again: {reason}");
            sleep(PAUSE).await;
        }
        counts
    }

    /// Publishes what there is to say about a message; whether that is why it has no answer.
    async fn send(&self, message: &Message, verdict: Verdict, first: &mut Option<String>) -> (bool, Sent) {
        let refused = match verdict {
            Verdict::Later(reason) => return (false, Sent::Failed(reason)),
            Verdict::Refused(refused) => refused,
            Verdict::Answered(answer) => match self.publish(answer).await {
                Ok(waiting) => return (false, Sent::Waiting(waiting)),
                Err((PublishErrorKind::MaxPayloadExceeded, reason)) => {
                    self.answers.refused(message, ErrorClass::TooLarge, format!("its answer: {reason}"))
                }
                Err((_, reason)) => return (false, Sent::Failed(reason)),
            },
        };
        let Refused { reason, set_aside } = refused;
        first.get_or_insert(reason);
        let Some(set_aside) = set_aside else { return (true, Sent::Terminated) };
        match self.publish(set_aside).await {
            Ok(waiting) => (true, Sent::Waiting(waiting)),
            // It came from a broker that took it, but now it has headers.
            Err((PublishErrorKind::MaxPayloadExceeded, _)) => (true, Sent::Terminated),
            Err((_, reason)) => (true, Sent::Failed(reason)),
        }
    }

    async fn publish(&self, outgoing: Outgoing) -> Result<PublishAckFuture, (PublishErrorKind, String)> {
        let Outgoing { to, headers, body } = outgoing;
        let sent = self.target.jetstream().publish_with_headers(to, header_map(headers), body.into()).await;
        sent.map_err(|error| (error.kind(), error.to_string()))
    }
}

/// Waits until what was sent is stored.
async fn settle(sent: Sent) -> Settled {
    match sent {
        Sent::Waiting(stored) => match stored.await {
            Ok(stored) => Settled::Stored { is_again: stored.duplicate },
            Err(error) => Settled::Failed(error.to_string()),
        },
        Sent::Terminated => Settled::Terminated,
        Sent::Failed(reason) => Settled::Failed(reason),
    }
}

async fn next(asked: &mut Asked) -> Option<Vec<Result<Message, async_nats::Error>>> {
    match asked {
        Asked::Messages { messages, .. } => messages.next().await,
        Asked::Nothing | Asked::Whether => None,
    }
}

/// Messages without what was said in their place: that none come for now.
fn good(batch: Vec<Result<Message, async_nats::Error>>) -> Vec<Message> {
    batch
        .into_iter()
        .filter_map(|message| message.inspect_err(|error| debug!("no messages: {error}")).ok())
        .collect()
}

impl Asked {
    fn note(&mut self, came: &[Message]) {
        if let Self::Messages { is_empty, .. } = self {
            *is_empty &= came.is_empty();
        }
    }

    /// What is to be asked next.
    fn over(&self, is_stopping: bool) -> Self {
        match self {
            Self::Messages { is_empty: true, .. } if !is_stopping => Self::Whether,
            _ => Self::Nothing,
        }
    }
}
