//! What all clients of brokers have in common, and what is asked before the first message is taken.

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::MetadataTopic;
use rdkafka::types::RDKafkaErrorCode;
use tracing::{debug, error, info, warn};

use super::PATIENCE;
use super::address::Address;

/// What every client is told.
pub(super) fn config(address: &Address) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", address.brokers())
        .set("client.id", concat!("iris-server-", env!("CARGO_PKG_VERSION")))
        .set_log_level(RDKafkaLogLevel::Warning);
    config
}

/// Writes what a client says of itself into the log.
pub(super) struct Log;

impl ClientContext for Log {
    fn log(&self, level: RDKafkaLogLevel, _: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                error!("Kafka's client: {message}");
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => warn!("Kafka's client: {message}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => info!("Kafka's client: {message}"),
            RDKafkaLogLevel::Debug => debug!("Kafka's client: {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => warn!("the broker is away, and waited for"),
            // Of connections its log has lines, and these are dealt with where they are met.
            Some(
                RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::Resolve
                | RDKafkaErrorCode::PartitionEOF
                | RDKafkaErrorCode::AutoOffsetReset,
            ) => debug!("Kafka's client: {reason}"),
            _ => warn!("Kafka's client: {reason}"),
        }
    }
}

impl ConsumerContext for Log {}

/// Fails unless the brokers answer and have these topics, so that none is made by being written to.
/// Returns the name that the brokers give themselves, if they have one.
pub(super) async fn check(
    address: &Address,
    topics: impl IntoIterator<Item = &str>,
) -> Result<Option<String>, String> {
    let shown = address.to_string();
    let client: BaseConsumer<Log> = config(address)
        .set("allow.auto.create.topics", "false")
        .create_with_context(Log)
        .map_err(|error| format!("cannot ask the brokers of {shown}: {error}"))?;
    let topics: Vec<_> = topics.into_iter().map(str::to_owned).collect();
    let asked = tokio::task::spawn_blocking(move || {
        for topic in &topics {
            let said = client.fetch_metadata(Some(topic), PATIENCE);
            let said = said.map_err(|error| format!("cannot reach a broker of {shown}: {error}"))?;
            let found = said.topics().iter().find(|found| found.name() == topic);
            match found.and_then(MetadataTopic::error).map(RDKafkaErrorCode::from) {
                None if found.is_some_and(|found| !found.partitions().is_empty()) => {}
                None | Some(RDKafkaErrorCode::UnknownTopicOrPartition) => {
                    return Err(format!("the topic {topic}: the brokers have none; make it there"));
                }
                Some(error) => return Err(format!("the topic {topic}: {error}")),
            }
        }
        Ok(client.client().fetch_cluster_id(PATIENCE))
    });
    asked.await.map_err(|error| error.to_string())?
}
