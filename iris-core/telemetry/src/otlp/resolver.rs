//! Looking the collector up, but not for every message.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an address is good for; a new connection is made to it at most.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// ureq resolves the host of each request, on a thread of its own and even if a
/// connection is open: more work than the request. This one remembers the last
/// answer for a while.
#[derive(Debug, Default)]
pub(super) struct Remembering {
    resolver: DefaultResolver,
    last: Mutex<Option<(Instant, ResolvedSocketAddrs)>>,
}

impl Resolver for Remembering {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, addresses)) = last.as_ref().filter(|(since, _)| since.elapsed() < GOOD_FOR) {
            return Ok(addresses.clone());
        }
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        *last = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}
