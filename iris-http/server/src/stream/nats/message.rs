//! Messages of `JetStream`, as those who answer them see them.

use async_nats::HeaderMap;
use async_nats::jetstream::Message;

use crate::stream::message::{Headers, Incoming};

impl Incoming for Message {
    fn body(&self) -> &[u8] {
        &self.payload
    }

    fn header(&self, name: &str) -> Option<&[u8]> {
        Some(self.headers.as_ref()?.get(name)?.as_str().as_bytes())
    }

    fn n_tries(&self) -> i64 {
        self.info().map_or(1, |info| info.delivered)
    }

    /// An id by which the broker knows an answer that it has already, and the message's number.
    /// The id has the message's time too: in a stream that is deleted and made anew, numbers begin again.
    fn marks(&self, consumer: &str) -> Headers {
        let Ok(info) = self.info() else { return Headers::new() };
        let (stream, sequence) = (info.stream, info.stream_sequence);
        let published = info.published.unix_timestamp_nanos();
        vec![
            ("Nats-Msg-Id", format!("{stream}.{consumer}.{sequence}.{published}")),
            ("Iris-Sequence", sequence.to_string()),
        ]
    }
}

pub(super) fn header_map(headers: Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name, value);
    }
    map
}
