//! A connection to a broker, and what is asked of it before messages are.

use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, Info, PullConsumer, pull};
use async_nats::jetstream::context::GetStreamByNameErrorKind;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event};
use tracing::{info, warn};

use super::address::Address;
use crate::cli::Stream;

/// Batches of which all processes of a consumer may have messages that are not acknowledged.
const BATCHES_OUT: usize = 64;

/// One connection, which the client makes anew whenever it is lost.
#[derive(Clone)]
pub(super) struct Broker {
    client: Client,
    jetstream: Context,
    shown: String,
}

impl Broker {
    /// # Errors
    ///
    /// Says why the broker cannot be reached, or does not let us in.
    pub(super) async fn connect(address: &Address, credentials: Option<&str>) -> Result<Self, String> {
        let shown = address.to_string();
        let mut options = ConnectOptions::new()
            .name(concat!("iris-server ", env!("CARGO_PKG_VERSION")))
            .event_callback(log)
            .max_reconnects(None);
        if let Some(credentials) = credentials {
            options = options
                .credentials(credentials)
                .map_err(|error| format!("cannot read --credentials: {error}"))?;
        }
        let client = address.log_in(options).connect(address.server().clone()).await;
        let client = client.map_err(|error| format!("cannot reach the broker of {shown}: {error}"))?;
        let jetstream = jetstream::new(client.clone());
        Ok(Self { client, jetstream, shown })
    }

    pub(super) fn jetstream(&self) -> &Context {
        &self.jetstream
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Returns when all that was said so far has left, or cannot.
    pub(super) async fn flush(&self) {
        if self.is_connected() {
            let _ = self.client.flush().await;
        }
    }

    /// Fails unless a stream keeps what is published to the subject: nothing else would acknowledge it.
    pub(super) async fn check_stored(&self, subject: &str) -> Result<(), String> {
        self.stream_of(subject).await.map(drop)
    }

    /// The durable consumer that reads the subject, made if it is not there.
    pub(super) async fn consumer(&self, subject: &str, flags: &Stream) -> Result<PullConsumer, String> {
        let name = &flags.consumer;
        let no = |error: &dyn std::error::Error| {
            format!("cannot read {} by the consumer {name}: {error}", self.shown)
        };
        let stream = self.stream_of(subject).await?;
        let stream = self.jetstream.get_stream(stream).await.map_err(|error| no(&error))?;
        let begins = stream.cached_info().state.first_sequence;
        let config = pull::Config {
            durable_name: Some(name.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: flags.ack_wait,
            filter_subject: subject.to_owned(),
            max_ack_pending: i64::try_from(flags.batch.get().saturating_mul(BATCHES_OUT)).unwrap_or(i64::MAX),
            ..pull::Config::default()
        };
        let consumer: Consumer<pull::Config> =
            stream.get_or_create_consumer(name, config).await.map_err(|error| no(&error))?;
        let Info { config: reads, ack_floor, .. } = consumer.cached_info();
        // One that has acknowledged nothing begins where the stream does.
        if ack_floor.stream_sequence > 0 && begins > ack_floor.stream_sequence + 1 {
            let (first, last) = (ack_floor.stream_sequence + 1, begins - 1);
            warn!(
                "the stream has no messages {first} to {last} any more; those not answered by now never are"
            );
        }
        if reads.filter_subject != subject {
            return Err(format!(
                "the consumer {name} is there and reads {:?}; --consumer takes another name",
                reads.filter_subject
            ));
        }
        Ok(consumer)
    }

    async fn stream_of(&self, subject: &str) -> Result<String, String> {
        self.jetstream.stream_by_subject(subject).await.map_err(|error| {
            let to_be_made = match error.kind() {
                GetStreamByNameErrorKind::NotFound => "no stream stores it; make one for it on the broker",
                GetStreamByNameErrorKind::Request => {
                    "the broker does not say which stream stores it; is JetStream on?"
                }
                _ => "the broker does not say which stream stores it",
            };
            format!("the subject {subject}: {to_be_made} ({error})")
        })
    }
}

async fn log(event: Event) {
    match event {
        Event::Connected => info!("connected to the broker"),
        Event::Disconnected => warn!("the broker is away, and waited for"),
        Event::LameDuckMode => warn!("the broker is about to stop"),
        Event::Draining | Event::Closed => {}
        other => warn!("the broker: {other}"),
    }
}
