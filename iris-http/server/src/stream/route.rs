//! Which broker's messages are answered.

use super::nats;
use crate::cli::Stream;

/// Where messages come from and go, by the kind of both brokers.
pub(super) enum Route {
    Nats(Box<nats::Route>),
    #[cfg(feature = "kafka")]
    Kafka(Box<super::kafka::Route>),
}

impl Route {
    /// # Errors
    ///
    /// Names the flag that is wrong, without repeating an address, which may hold a password.
    pub(super) fn of(flags: &Stream) -> Result<Self, String> {
        match (is_of_kafka(&flags.from), is_of_kafka(&flags.to)) {
            (false, false) => Ok(Self::Nats(Box::new(nats::Route::of(flags)?))),
            #[cfg(feature = "kafka")]
            (true, true) => Ok(Self::Kafka(Box::new(super::kafka::Route::of(flags)?))),
            #[cfg(not(feature = "kafka"))]
            (true, true) => {
                Err("--from: kafka is not spoken by this build; the feature kafka adds it".to_owned())
            }
            (true, false) | (false, true) => {
                Err("--from and --to: one is of Kafka and the other is not; both have to be of one kind"
                    .to_owned())
            }
        }
    }
}

fn is_of_kafka(address: &str) -> bool {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.starts_with("kafka")
}
