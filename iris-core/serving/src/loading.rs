//! x
/// x
#[derive(Debug, Clone)]
pub struct Loader {}
