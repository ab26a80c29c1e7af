//! Who a client is: the other end of its connection, or whom a proxy names that is trusted.

use std::future::Future;
use std::net::IpAddr;

use ipnet::IpNet;

tokio::task_local! {
    static PEER: Option<IpAddr>;
}

/// Runs what answers a request that came over a connection from `peer`. It is no
/// larger than what it runs, which a call of HTTP/2 keeps for as long as it lasts.
pub fn asked_by<F: Future>(peer: Option<IpAddr>, answering: F) -> impl Future<Output = F::Output> {
    PEER.scope(peer, answering)
}

/// The other end of the connection that what runs here came by, if it is
/// [known](asked_by).
#[must_use]
pub fn peer() -> Option<IpAddr> {
    PEER.try_with(|peer| *peer).ok().flatten()
}

/// What is recorded of clients, and which proxies are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDetails {
    are_recorded: bool,
    proxies: Vec<IpNet>,
}

/// Why a text names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no network; expected an address, with the length of its prefix behind a / if it is one of many"
)]
pub struct NetworkError {
    text: String,
}

/// Addresses and user agents are recorded, and no proxy is believed.
impl Default for ClientDetails {
    fn default() -> Self {
        Self { are_recorded: true, proxies: Vec::new() }
    }
}

impl ClientDetails {
    /// Nothing of a client is recorded.
    #[must_use]
    pub fn none() -> Self {
        Self { are_recorded: false, proxies: Vec::new() }
    }

    /// The same believing the proxies of these networks, `10.0.0.0/8` or `::1`,
    /// what they say in `Forwarded` or `X-Forwarded-For`.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] for the first that is no network.
    pub fn behind<'a>(self, networks: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        let network = |text: &str| {
            let host = || text.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
            text.parse().or_else(|_| host()).map_err(|_| NetworkError { text: text.to_owned() })
        };
        let proxies = networks.into_iter().map(network).collect::<Result<_, _>>()?;
        Ok(Self { proxies, ..self })
    }

    /// Whether addresses and user agents are recorded.
    #[inline]
    #[must_use]
    pub fn are_recorded(&self) -> bool {
        self.are_recorded
    }

    /// Whether what this address says of others is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`: whom it names, if it is trusted, and so on from
    /// proxy to proxy, as far as they are. `Forwarded` comes before
    /// `X-Forwarded-For`; each is given line by line, in the order of the lines.
    #[must_use]
    pub fn client<'h>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'h [u8]>,
        x_forwarded_for: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let mut named = forwarded.rev().flat_map(|line| elements(line).map(in_forwarded)).peekable();
        let mut by_x = x_forwarded_for.rev().flat_map(|line| elements(line).map(address));
        let mut next = || if named.peek().is_some() { named.next() } else { by_x.next() };
        // Who is not named as an address, or names himself unknown, ends what is known.
        while let Some(Some(before)) = next() {
            client = before;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// The elements of a list, the last first.
fn elements(line: &[u8]) -> impl Iterator<Item = &str> {
    std::str::from_utf8(line).unwrap_or_default().rsplit(',').map(str::trim).filter(|text| !text.is_empty())
}

/// The `for` of an element of `Forwarded`, RFC 7239.
fn in_forwarded(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut by_name = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    address(by_name.next()?.1.trim().trim_matches('"'))
}

/// An address, with or without its port, and in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(with_port).or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], x_forwarded_for: &[&str]) -> String {
        let details = ClientDetails::default().behind(["10.0.0.0/8", "::1", "192.0.2.7"]).unwrap();
        let [forwarded, x_forwarded_for] = [forwarded, x_forwarded_for]
            .map(|lines| lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
        details.client(peer.parse().unwrap(), forwarded.into_iter(), x_forwarded_for.into_iter()).to_string()
    }

    #[test]
    fn who_is_not_trusted_speaks_for_himself_only() {
        assert_eq!(client("203.0.113.9", &["for=1.2.3.4"], &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(client("::ffff:203.0.113.9", &[], &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        assert_eq!(client("10.0.0.1", &[], &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:10.0.0.1", &[], &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["for=203.0.113.9;proto=https"], &["1.1.1.1"]), "203.0.113.9");
        assert_eq!(client("::1", &["proto=http;For=\"[2001:db8::7]:4711\""], &[]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &[], &["203.0.113.9:1234"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &[], &[]), "10.0.0.1");
    }

    /// What stands further to the left was said by who is not trusted.
    #[test]
    fn names_are_believed_from_the_right_as_far_as_trust_goes() {
        assert_eq!(client("10.0.0.1", &[], &["1.1.1.1, 203.0.113.9, 10.2.3.4"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &[], &["1.1.1.1, 203.0.113.9", "192.0.2.7"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &[], &["10.9.9.9, 10.2.3.4"]), "10.9.9.9");
        assert_eq!(client("10.0.0.1", &["for=1.1.1.1, for=203.0.113.9"], &[]), "203.0.113.9");
        for nonsense in ["unknown", "_hidden", "", ",,", "203.0.113.9 x", "1.1.1.1, \u{7f}"] {
            assert_eq!(client("10.0.0.1", &[], &[nonsense]), "10.0.0.1", "{nonsense}");
        }
        assert_eq!(client("10.0.0.1", &[], &["1.1.1.1, unknown, 10.2.3.4"]), "10.2.3.4");
        assert_eq!(client("10.0.0.1", &["for=unknown"], &["1.1.1.1"]), "10.0.0.1");
    }

    #[test]
    fn networks_are_named_by_prefix_or_address() {
        for good in ["10.0.0.0/8", "10.1.2.3", "::1", "fd00::/8", "0.0.0.0/0"] {
            assert!(ClientDetails::default().behind([good]).is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0", "garden.example", "10.0.0.0/8/8"] {
            assert!(ClientDetails::none().behind(["::1", bad]).unwrap_err().to_string().contains(bad));
        }
    }

    #[tokio::test]
    async fn the_peer_is_known_where_its_request_is_answered() {
        let address = "203.0.113.9".parse().ok();
        assert_eq!(asked_by(address, async { peer() }).await, address);
        assert_eq!(asked_by(None, async { peer() }).await, None);
        assert_eq!(peer(), None);
    }
}
