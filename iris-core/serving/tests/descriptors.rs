//! The accept loop in a process that has no file descriptors left.

use std::future::{Future, ready};
use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use iris_serving::net::{Client, ClientLimits, Clients, Protocol, Stream, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::yield_now;

const GRACE: Duration = Duration::from_secs(20);

fn ten() -> Clients {
    Clients::new(ClientLimits { max_connections: 10, ..ClientLimits::default() })
}

/// Says one byte.
struct Hello;

impl Protocol for Hello {
    const NAMES: &[&[u8]] = &[b"echo"];

    fn connection<S: Stream>(&self, stream: S, _: Client) -> impl Future<Output = ()> + Send + 'static {
        hello(stream)
    }
}

async fn hello(mut stream: impl Stream) {
    stream.write_u8(1).await.unwrap();
}

/// The process opens no more files until this is dropped.
struct NoDescriptors {
    before: Rlimit,
}

impl NoDescriptors {
    fn left() -> Self {
        let before = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before }).unwrap();
        Self { before }
    }
}

impl Drop for NoDescriptors {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.before).unwrap();
    }
}

/// One after the other, for the limit is the whole process's. On a thread, so
/// that a loop without an end fails and does not hang.
#[test]
fn a_lack_of_descriptors_is_waited_out_and_holds_up_no_stop() {
    let (done, outcome) = mpsc::channel();
    let tested = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(waited_out());
        runtime.block_on(stopped());
        done.send(()).unwrap();
    });
    let outcome = outcome.recv_timeout(Duration::from_secs(20));
    assert_ne!(outcome, Err(mpsc::RecvTimeoutError::Timeout), "the accept loop goes on and on");
    tested.join().unwrap();
}

async fn waited_out() {
    let (listener, mut client) = waiting_client().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let none_left = NoDescriptors::left();
    let started = Instant::now();
    let answered = async {
        // Meanwhile the server hears of the client, and cannot accept it.
        for _ in 0..10 {
            yield_now().await;
        }
        drop(none_left);
        assert_eq!(client.read_u8().await.unwrap(), 1);
        drop(stop);
    };
    let shutdown = async { drop(stopped.await) };
    let (cut_off, ()) = tokio::join!(serve(listener, |_| Hello, ten(), GRACE, shutdown), answered);
    assert_eq!(cut_off, 0);
    // Else nothing was missing when it accepted, and nothing was tested.
    assert!(started.elapsed() >= Duration::from_millis(100));
}

async fn stopped() {
    let (listener, mut client) = waiting_client().await;
    let none_left = NoDescriptors::left();
    assert_eq!(serve(listener, |_| Hello, ten(), GRACE, ready(())).await, 0);
    drop(none_left);
    assert!(client.read_u8().await.is_err());
}

/// A client that the kernel has accepted, and nobody else.
async fn waiting_client() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener, client)
}
