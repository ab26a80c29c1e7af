//! `iris-server health`: asks a running server how it is, where no other program is there to ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ureq::Agent;

/// The answer of `/health`, or what is wrong, in words.
///
/// A server that listens on every interface is asked on the loopback.
pub(crate) fn ask(address: SocketAddr, timeout: Duration) -> Result<String, String> {
    let address = reachable(address);
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let url = format!("http://{address}/health");
    let mut answer = agent.get(&url).call().map_err(|error| format!("no answer from {url}: {error}"))?;
    let status = answer.status();
    let body =
        answer.body_mut().read_to_string().map_err(|error| format!("half an answer from {url}: {error}"))?;
    if status.is_success() { Ok(body) } else { Err(format!("{url} answers {status}: {body}")) }
}

fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_asked_on_the_loopback() {
        for (bound, asked) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("127.0.0.2:80", "127.0.0.2:80")]
        {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), asked);
        }
    }
}
