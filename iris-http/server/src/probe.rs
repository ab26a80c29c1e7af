//! `iris-server health`: asks a running server how it is, where no other program is there to ask.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use iris_serving::net::Address;
use ureq::Agent;
use ureq::tls::TlsConfig;

/// The answer of `/health`, or what is wrong, in words.
///
/// A server that listens on every interface is asked on the loopback. Whose
/// certificate it has is not looked at: nothing that is secret is sent.
pub(crate) fn ask(address: &Address, encrypted: bool, timeout: Duration) -> Result<String, String> {
    match address {
        Address::Tcp(address) => ask_port(*address, encrypted, timeout),
        Address::Unix(path) => ask_path(path, timeout),
    }
}

fn ask_port(address: SocketAddr, encrypted: bool, timeout: Duration) -> Result<String, String> {
    let address = reachable(address);
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .build()
        .into();
    let scheme = if encrypted { "https" } else { "http" };
    let url = format!("{scheme}://{address}/health");
    let mut answer = agent.get(&url).call().map_err(|error| format!("no answer from {url}: {error}"))?;
    let status = answer.status();
    let body =
        answer.body_mut().read_to_string().map_err(|error| format!("half an answer from {url}: {error}"))?;
    if status.is_success() { Ok(body) } else { Err(format!("{url} answers {status}: {body}")) }
}

/// The server's own answer is the only one there can be, and it has a length.
fn ask_path(path: &Path, timeout: Duration) -> Result<String, String> {
    let asked = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let place = path.display();
    let answer = asked().map_err(|error| format!("no answer from unix:{place}: {error}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 200 ") {
        Ok(body.to_owned())
    } else {
        Err(format!("unix:{place} answers {}: {body}", head.lines().next().unwrap_or_default()))
    }
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
