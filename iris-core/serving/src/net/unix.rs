//! Sockets that have a path instead of a port.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::UnixStream;

use super::Stream;
use super::listen::BACKLOG;

/// The file of a socket, which is removed at the latest when it is dropped behind
/// the last listener.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    is_removed: AtomicBool,
}

/// Who may connect: the server's user and group.
const MODE: u32 = 0o660;

/// Binds a listener to `path`, where there may be a socket that nobody answers.
///
/// # Errors
///
/// If another server answers there, something else is there, or nothing may be.
pub(super) fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    make_way(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    let file = SocketFile { path: path.to_owned(), is_removed: AtomicBool::new(false) };
    // Nobody can connect before it listens, and so nobody whom this keeps out.
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok((socket.into(), file))
}

/// Removes what a server left behind that did not come to its end.
fn make_way(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        Ok(_) => {}
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server whose queue is full answers that, and is there.
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

impl SocketFile {
    /// Removes it, once: nobody finds the way any more, and who has is in the queue.
    /// A server that listens there later is somebody else.
    pub(super) fn remove(&self) {
        if !self.is_removed.swap(true, Ordering::Relaxed) {
            drop(fs::remove_file(&self.path));
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // What stays is made way for at the next start.
        if !self.is_removed.load(Ordering::Relaxed) {
            drop(make_way(&self.path));
        }
    }
}

impl Stream for UnixStream {
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    async fn close(self) {}
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A path in a folder of the test's own.
    fn path(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("iris-unix-{}-{test}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir(&folder).unwrap();
        folder.join("socket")
    }

    #[test]
    fn only_the_servers_user_and_group_may_connect_and_the_file_goes_with_it() {
        let path = path("mode");
        let (listener, file) = bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        UnixStream::connect(&path).unwrap();
        drop((listener, file));
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_server_left_is_removed_and_a_living_one_stays() {
        let path = path("stale");
        let (listener, file) = bind(&path).unwrap();
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        let (_listener, _successors) = bind(&path).unwrap();
        // The first one's file is no longer its own.
        drop(file);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn who_came_before_it_was_removed_is_in_the_queue_and_a_successor_may_come_at_once() {
        let path = path("removed");
        let (listener, file) = bind(&path).unwrap();
        let _before = UnixStream::connect(&path).unwrap();
        file.remove();
        assert_eq!(UnixStream::connect(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        let (_successor, _its_file) = bind(&path).unwrap();
        file.remove();
        drop(file);
        listener.accept().unwrap();
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_no_socket_stays() {
        let path = path("file");
        fs::write(&path, "precious").unwrap();
        assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let nowhere = path("none").with_file_name("no").join("socket");
        assert_eq!(bind(&nowhere).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
