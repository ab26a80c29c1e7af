//! What a message is to those who answer it, whichever broker it comes from.

/// Names and values, in their order.
pub(super) type Headers = Vec<(&'static str, String)>;

/// A message to be answered.
pub(super) trait Incoming {
    fn body(&self) -> &[u8];

    fn header(&self, name: &str) -> Option<&[u8]>;

    /// How often it has been tried, this time included.
    fn n_tries(&self) -> i64;

    /// What tells the answers of `consumer` to it from all other answers.
    fn marks(&self, consumer: &str) -> Headers;
}

/// A message to be published.
pub(super) struct Outgoing {
    pub(super) to: String,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}
