//! Messages of a topic, as those who answer them see them.

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::stream::message::{Headers, Incoming};

/// The headers that are read; of the others nothing is kept.
const READ: [&str; 2] = ["traceparent", "tracestate"];

/// A message, and what is to be known of it until its answer is stored.
pub(super) struct Message {
    pub(super) partition: i32,
    pub(super) offset: i64,
    /// Decides on the partition of the answer as it did on that of the message.
    pub(super) key: Option<Vec<u8>>,
    pub(super) n_tries: i64,
    topic: String,
    body: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
}

impl Message {
    /// Takes it out of the client's memory, which the client has no end of otherwise.
    pub(super) fn taken(message: &BorrowedMessage<'_>) -> Self {
        let mut headers = Vec::new();
        for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
            let name = READ.into_iter().find(|name| *name == header.key);
            headers.extend(name.zip(header.value.map(<[u8]>::to_vec)));
        }
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            n_tries: 0,
            topic: message.topic().to_owned(),
            body: message.payload().unwrap_or_default().to_vec(),
            headers,
        }
    }
}

impl Incoming for Message {
    fn body(&self) -> &[u8] {
        &self.body
    }

    fn header(&self, name: &str) -> Option<&[u8]> {
        // Of a header that is there twice the last one counts, as for Kafka's own clients.
        let (_, value) = self.headers.iter().rfind(|(known, _)| *known == name)?;
        Some(value)
    }

    fn n_tries(&self) -> i64 {
        self.n_tries
    }

    /// The message's place: answers of one consumer to the same place are answers to the same message.
    fn marks(&self, consumer: &str) -> Headers {
        vec![
            ("Iris-Consumer", consumer.to_owned()),
            ("Iris-Topic", self.topic.clone()),
            ("Iris-Partition", self.partition.to_string()),
            ("Iris-Offset", self.offset.to_string()),
        ]
    }
}
