//! What the client tells a member of a group: partitions that come and go.

use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tokio::sync::mpsc::UnboundedSender;
use tracing::warn;

use super::client::Log;

/// What has happened to the member.
pub(super) enum Told {
    /// These partitions are its own now; reading begins when they are assigned.
    Assigned(Vec<i32>),
    /// Its partitions are to be given back, and the group waits until they are.
    Revoked,
    /// Its partitions are others' already.
    Lost,
    /// What was committed is not.
    NotCommitted,
}

/// Passes on what has to be waited for, as nothing can be where it is told.
pub(super) struct Member {
    told: UnboundedSender<Told>,
    is_leaving: AtomicBool,
}

impl Member {
    pub(super) fn new(told: UnboundedSender<Told>) -> Self {
        Self { told, is_leaving: AtomicBool::new(false) }
    }

    /// From here on nobody listens.
    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }

    fn tell(&self, told: Told) {
        // Nobody listens at the end any more.
        let _ = self.told.send(told);
    }
}

impl ConsumerContext for Member {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let is_assigned = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let is_leaving = self.is_leaving.load(Ordering::Relaxed);
        if is_assigned && !is_leaving {
            let elements = partitions.elements();
            self.tell(Told::Assigned(elements.iter().map(TopicPartitionListElem::partition).collect()));
        } else if is_leaving || consumer.assignment_lost() {
            self.tell(Told::Lost);
            if let Err(error) = consumer.unassign() {
                warn!("cannot give partitions back: {error}");
            }
        } else {
            self.tell(Told::Revoked);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        match result {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => {
                warn!("offsets are not committed yet: {error}");
                self.tell(Told::NotCommitted);
            }
        }
    }
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        Log.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        Log.error(error, reason);
    }
}
