//! What systemd gives a service, and is told by it: sockets, and how far it has come.

use std::env;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use iris_serving::net::Bound;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tracing::debug;

/// Sockets that were opened for this process (`LISTEN_FDS`), by their names
/// (`FileDescriptorName=`): `http`, `grpc`, `admin`. One alone may have any name, and is for HTTP.
pub(crate) struct Inherited {
    sockets: Vec<(String, Bound)>,
}

impl Inherited {
    pub(crate) fn from_env() -> Result<Self, String> {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut given = ListenFd::from_env();
        let alone = given.len() == 1;
        let mut names = names.split(':');
        let sockets = (0..given.len()).map(|index| {
            let name = match names.next() {
                Some(name @ ("http" | "grpc" | "admin")) => name.to_owned(),
                _ if alone => "http".to_owned(),
                name => {
                    return Err(format!(
                        "socket {index} is called {:?}; expected http, grpc or admin",
                        name.unwrap_or_default()
                    ));
                }
            };
            let bound =
                take(&mut given, index).map_err(|error| format!("socket {index} cannot be used: {error}"))?;
            Ok((name, bound))
        });
        Ok(Self { sockets: sockets.collect::<Result<_, _>>()? })
    }

    /// The socket of this name, once.
    pub(crate) fn take(&mut self, name: &str) -> Option<Bound> {
        let index = self.sockets.iter().position(|(other, _)| other == name)?;
        Some(self.sockets.swap_remove(index).1)
    }
}

fn take(given: &mut ListenFd, index: usize) -> std::io::Result<Bound> {
    if let Ok(Some(listener)) = given.take_tcp_listener(index) {
        listener.set_nonblocking(true)?;
        return Ok(TcpListener::into(listener));
    }
    let listener = given.take_unix_listener(index)?.ok_or(std::io::ErrorKind::NotFound)?;
    listener.set_nonblocking(true)?;
    Ok(UnixListener::into(listener))
}

/// Says that requests are answered from now on.
pub(crate) fn ready() {
    tell(NotifyState::Ready);
}

/// Says that the process is coming to its end.
pub(crate) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Without systemd there is nobody to be told.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        debug!(%error, "systemd cannot be told");
    }
}
