//! Batches of messages: answered, stored, then acknowledged.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, AckKind, Message};
use async_nats::{ConnectOptions, HeaderMap};
use futures_util::StreamExt;
use futures_util::future::join_all;
use iris_core::Predictor;
use iris_http::HttpService;
use iris_http::predict::predict;
use iris_telemetry::{Endpoint, Origin};

use crate::settings::Settings;

/// What records call a message.
static ENDPOINT: Endpoint = Endpoint::http("NATS", "stream");

/// How long a batch may be short of messages.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a broker that is away is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// Why there is nothing to answer at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the model cannot be read: {0}")]
    Model(#[from] iris_core::Error),
    #[error("NATS cannot be reached: {0}")]
    Connect(#[from] async_nats::ConnectError),
    #[error("the stream {0} cannot be read: {1}")]
    Stream(String, String),
}

/// What became of the messages.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    answered: u64,
    refused: u64,
    /// Answers that the broker had already.
    again: u64,
    /// Left to be delivered once more.
    left: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, refused, again, left } = self;
        write!(f, "answered={answered} refused={refused} again={again} left={left}")
    }
}

/// From a stream to a subject.
pub(crate) struct Bridge {
    settings: Settings,
    service: HttpService,
    jetstream: jetstream::Context,
    consumer: PullConsumer,
}

/// What is published about a message.
struct Outgoing {
    subject: String,
    headers: HeaderMap,
    body: Vec<u8>,
    is_refused: bool,
}

impl Bridge {
    pub(crate) async fn new(settings: Settings) -> Result<Self, Error> {
        let predictor = match &settings.model {
            Some(path) => Predictor::open(path)?,
            None => Predictor::iris(),
        };
        let name = predictor.schema().name().unwrap_or("model").to_owned();
        let version = predictor.schema().version().unwrap_or("1").to_owned();
        let service = HttpService::new(name, version, predictor);
        let client = ConnectOptions::new().max_reconnects(None).connect(&settings.nats).await?;
        let jetstream = jetstream::new(client);
        let no = |error: &dyn fmt::Display| Error::Stream(settings.from.clone(), error.to_string());
        let stream = jetstream.get_stream(&settings.from).await.map_err(|error| no(&error))?;
        let config = pull::Config {
            durable_name: Some(settings.consumer.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: settings.ack_wait(),
            max_ack_pending: i64::try_from(settings.batch * 64).unwrap_or(i64::MAX),
            ..pull::Config::default()
        };
        let consumer =
            stream.get_or_create_consumer(&settings.consumer, config).await.map_err(|error| no(&error))?;
        Ok(Self { settings, service, jetstream, consumer })
    }

    /// Answers batch after batch until `stop`; the one in work is finished.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        let mut stop = std::pin::pin!(stop);
        loop {
            let batch = tokio::select! {
                biased;
                () = &mut stop => break,
                batch = self.batch() => batch,
            };
            match batch {
                Some(messages) if messages.is_empty() && self.settings.once => break,
                Some(messages) => self.answer(&messages, &mut counts).await,
                // The client connects anew by itself; what was asked before that is asked again.
                None => tokio::time::sleep(PAUSE).await,
            }
        }
        Ok(counts)
    }

    /// The next messages; none if the broker is away.
    async fn batch(&self) -> Option<Vec<Message>> {
        let fetch = self.consumer.fetch().max_messages(self.settings.batch).expires(PATIENCE);
        let mut batch = fetch.messages().await.ok()?;
        let mut messages = Vec::with_capacity(self.settings.batch);
        while let Some(message) = batch.next().await {
            match message {
                Ok(message) => messages.push(message),
                // Those that have come are answered; others are delivered again.
                Err(_) if messages.is_empty() => return None,
                Err(_) => break,
            }
        }
        Some(messages)
    }

    async fn answer(&self, messages: &[Message], counts: &mut Counts) {
        let outgoing: Vec<_> = messages.iter().map(|message| self.outgoing(message)).collect();
        let published = outgoing.iter().map(|Outgoing { subject, headers, body, .. }| {
            self.jetstream.publish_with_headers(subject.clone(), headers.clone(), body.clone().into())
        });
        // All are on their way before the first is waited for.
        let published = join_all(published).await;
        let stored = published.into_iter().map(async |sent| match sent {
            Ok(stored) => stored.await.ok(),
            Err(_) => None,
        });
        let stored = join_all(stored).await;
        let mut acknowledged = Vec::with_capacity(messages.len());
        for ((message, outgoing), stored) in messages.iter().zip(&outgoing).zip(stored) {
            let Some(stored) = stored else {
                counts.left += 1;
                continue;
            };
            counts.again += u64::from(stored.duplicate);
            if outgoing.is_refused {
                counts.refused += 1;
            } else {
                counts.answered += 1;
            }
            acknowledged.push(message.ack_with(AckKind::Ack));
        }
        // One that is lost means a second delivery, whose answer the broker knows by its id.
        join_all(acknowledged).await;
    }

    fn outgoing(&self, message: &Message) -> Outgoing {
        let sequence = message.info().map_or(0, |info| info.stream_sequence);
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{}-{sequence}", self.settings.from).as_str());
        headers.insert("Iris-Sequence", sequence.to_string().as_str());
        if let Some(parent) = message.headers.as_ref().and_then(|headers| headers.get("traceparent")) {
            headers.insert("traceparent", parent.as_str());
        }
        match predict(&self.service, &Origin::new(&ENDPOINT), &message.payload).result {
            Ok(body) => Outgoing { subject: self.settings.to.clone(), headers, body, is_refused: false },
            Err(failure) => {
                headers.insert("Iris-Status", failure.status().as_str());
                headers.insert("Iris-Reason", failure.to_string().replace(['\r', '\n'], " ").as_str());
                let body = message.payload.to_vec();
                Outgoing { subject: self.settings.refused(), headers, body, is_refused: true }
            }
        }
    }
}
