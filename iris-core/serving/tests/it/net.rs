//! The accept loop and the stop, with a protocol of a byte there and a byte back.

use std::any::Any;
use std::future::{Future, ready};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use iris_serving::net::{
    Bound, Client, ClientLimits, Clients, Flow, Listener, Protocol, Stopped, Stopping, Stream, Told, Waits,
    bind, serve, serve_until,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const LIMITS: Limits = Limits { max_connections: 100, drain_grace: Duration::from_secs(20) };

#[derive(Clone, Copy)]
struct Limits {
    max_connections: usize,
    drain_grace: Duration,
}

/// Waits for a client's first byte, whatever happens, and for more until the stop.
#[derive(Clone)]
struct Echo {
    stopped: Stopped,
    load: Arc<Load>,
}

/// Connections that are served.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Protocol for Echo {
    const NAMES: &[&[u8]] = &[b"echo"];

    fn connection<S: Stream>(
        &self,
        mut stream: S,
        client: Client,
    ) -> impl Future<Output = ()> + Send + 'static {
        let Self { stopped, load } = self.clone();
        async move {
            // As if a request were being answered for as long as it lasts.
            client.pace().wait(Waits::Server);
            let tcp = (&stream as &dyn Any).downcast_ref::<TcpStream>().unwrap();
            assert!(tcp.nodelay().unwrap());
            assert_eq!(stream.peer(), tcp.peer_addr().ok());
            load.most.fetch_max(load.now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            let flow = Flow::one_at_a_time();
            let (_call, mut watch) = (flow.call(), flow.watch(&stopped));
            let mut byte = stream.read_u8().await;
            while let Ok(read) = byte
                && stream.write_u8(read).await.is_ok()
            {
                byte = tokio::select! {
                    more = stream.read_u8() => more,
                    () = stopped.clone().wait() => break,
                };
            }
            watch.over();
            load.now.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Serves until `shutdown`; returns how many connections were cut off.
async fn echo(
    listener: TcpListener,
    load: Arc<Load>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let Limits { max_connections, drain_grace } = limits;
    let clients = Clients::new(ClientLimits { max_connections, ..ClientLimits::default() });
    serve(listener, |stopped| Echo { stopped, load }, clients, drain_grace, shutdown).await
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Connected as the kernel sees it, whether or not somebody accepts.
async fn clients_of<const N: usize>(address: SocketAddr) -> [TcpStream; N] {
    let mut clients = Vec::new();
    for _ in 0..N {
        clients.push(TcpStream::connect(address).await.unwrap());
    }
    clients.try_into().unwrap()
}

async fn ask(client: &mut TcpStream, byte: u8) {
    client.write_u8(byte).await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), byte);
}

/// Reads the end of the connection, orderly or not.
async fn assert_ended(client: &mut TcpStream) {
    let kind = client.read_u8().await.unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{kind:?}");
}

#[tokio::test]
async fn a_listener_that_nobody_came_to_ends_at_once() {
    let (listener, address) = listener().await;
    assert_eq!(echo(listener, Arc::default(), LIMITS, ready(())).await, 0);
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn who_waits_in_the_kernels_queue_at_the_stop_is_served() {
    let (listener, address) = listener().await;
    let mut clients = clients_of::<5>(address).await;
    for client in &mut clients {
        client.write_u8(7).await.unwrap();
    }
    assert_eq!(echo(listener, Arc::default(), LIMITS, ready(())).await, 0);
    for client in &mut clients {
        assert_eq!(client.read_u8().await.unwrap(), 7);
        assert_ended(client).await;
    }
}

#[tokio::test]
async fn idle_connections_are_told_of_the_stop() {
    let (listener, address) = listener().await;
    let load = Arc::<Load>::default();
    let clients = async {
        let mut clients = clients_of::<3>(address).await;
        for client in &mut clients {
            ask(client, 1).await;
            ask(client, 2).await;
        }
        clients
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let started = Instant::now();
    let shutdown = async { drop(stopped.await) };
    let clients = async {
        let clients = clients.await;
        drop(stop);
        clients
    };
    let (cut_off, mut clients) = tokio::join!(echo(listener, load.clone(), LIMITS, shutdown), clients);
    assert_eq!((cut_off, load.most.load(Ordering::Relaxed)), (0, 3));
    assert!(started.elapsed() < LIMITS.drain_grace);
    for client in &mut clients {
        assert_ended(client).await;
    }
}

#[tokio::test]
async fn who_is_not_done_after_the_grace_is_cut_off_and_counted() {
    let (listener, address) = listener().await;
    let [mut silent, mut also_silent, mut answered, gone] = clients_of(address).await;
    answered.write_u8(3).await.unwrap();
    drop(gone);
    let limits = Limits { drain_grace: Duration::from_millis(200), ..LIMITS };
    let started = Instant::now();
    assert_eq!(echo(listener, Arc::default(), limits, ready(())).await, 2);
    assert!(started.elapsed() >= limits.drain_grace);
    assert_eq!(answered.read_u8().await.unwrap(), 3);
    for client in [&mut silent, &mut also_silent, &mut answered] {
        assert_ended(client).await;
    }
}

#[tokio::test]
async fn nobody_is_waited_for_when_the_stop_is_to_be_at_once() {
    let (listener, address) = listener().await;
    let [mut silent] = clients_of(address).await;
    let (stopping, stopped) = Stopping::channel();
    let protocol = |stopped| Echo { stopped, load: Arc::default() };
    let clients = Clients::new(ClientLimits::default());
    let serving = serve_until(listener, protocol, clients, LIMITS.drain_grace, stopped);
    let stop = async {
        stopping.tell();
        tokio::task::yield_now().await;
        stopping.tell_at_once();
    };
    let started = Instant::now();
    tokio::join!(serving, stop);
    assert!(started.elapsed() < LIMITS.drain_grace);
    assert_eq!(stopping.cuts().working, 1);
    assert_ended(&mut silent).await;
}

#[tokio::test]
async fn no_more_are_served_at_a_time_than_there_are_slots() {
    let (listener, address) = listener().await;
    let mut clients = clients_of::<10>(address).await;
    for client in &mut clients {
        client.write_u8(1).await.unwrap();
    }
    let load = Arc::<Load>::default();
    let limits = Limits { max_connections: 2, ..LIMITS };
    // Each is answered once, and its slot is free for the next when it leaves.
    let all_answered = async {
        for mut client in clients {
            assert_eq!(client.read_u8().await.unwrap(), 1);
        }
    };
    assert_eq!(echo(listener, load.clone(), limits, all_answered).await, 0);
    assert_eq!(load.most.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_finds_no_slot_at_the_stop_is_served_all_the_same() {
    let (listener, address) = listener().await;
    let mut clients = clients_of::<2>(address).await;
    for client in &mut clients {
        client.write_u8(1).await.unwrap();
    }
    let limits = Limits { max_connections: 1, ..LIMITS };
    assert_eq!(echo(listener, Arc::default(), limits, ready(())).await, 0);
    for client in &mut clients {
        assert_eq!(client.read_u8().await.unwrap(), 1);
        assert_ended(client).await;
    }
}

#[tokio::test]
async fn a_socket_that_somebody_else_has_too_is_left_open_for_the_next() {
    let given = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    given.set_nonblocking(true).unwrap();
    let address = given.local_addr().unwrap();
    let ours = Listener::new(Bound::from(given.try_clone().unwrap())).unwrap();
    let clients = Clients::new(ClientLimits::default());
    let protocol = |stopped| Echo { stopped, load: Arc::default() };
    assert_eq!(serve(ours, protocol, clients, LIMITS.drain_grace, ready(())).await, 0);
    let next = TcpListener::from_std(given).unwrap();
    let client = async { ask(&mut clients_of::<1>(address).await[0], 1).await };
    let limit = Duration::from_millis(900);
    let served = tokio::time::timeout(limit, echo(next, Arc::default(), LIMITS, client)).await;
    assert_eq!(served, Ok(0), "a client that has to try again comes after a second");
}

#[tokio::test]
async fn any_number_of_slots_may_be_asked_for() {
    let (listener, address) = listener().await;
    let limits = Limits { max_connections: usize::MAX, ..LIMITS };
    let client = async { ask(&mut clients_of::<1>(address).await[0], 1).await };
    assert_eq!(echo(listener, Arc::default(), limits, client).await, 0);
}

#[tokio::test]
async fn every_listener_of_a_shared_port_serves() {
    let bound = bind((Ipv4Addr::LOCALHOST, 0).into(), 2.try_into().unwrap()).unwrap();
    let address = bound[0].local_addr().unwrap();
    let [first, second] = <[_; 2]>::try_from(bound).unwrap().map(|std| TcpListener::from_std(std).unwrap());
    let (stop, stopped) = tokio::sync::watch::channel(());
    let shutdown =
        |mut stopped: tokio::sync::watch::Receiver<()>| async move { drop(stopped.changed().await) };
    let clients = async {
        for client in &mut clients_of::<20>(address).await {
            ask(client, 9).await;
        }
        drop(stop);
    };
    let (first, second, ()) = tokio::join!(
        echo(first, Arc::default(), LIMITS, shutdown(stopped.clone())),
        echo(second, Arc::default(), LIMITS, shutdown(stopped.clone())),
        clients
    );
    assert_eq!((first, second), (0, 0));
}

/// Waits to be told to end.
struct Silent;

impl Protocol for Silent {
    const NAMES: &[&[u8]] = &[b"silence"];

    fn connection<S: Stream>(&self, stream: S, client: Client) -> impl Future<Output = ()> + Send + 'static {
        until_recycled(stream, client)
    }
}

async fn until_recycled(stream: impl Stream, client: Client) {
    let told = client.pace().told().await;
    assert_eq!(told, Told::Recycled);
    client.ends(told);
    drop(stream);
}

#[tokio::test]
async fn silent_connections_make_room_for_any_number_on_every_listener() {
    let bound = bind((Ipv4Addr::LOCALHOST, 0).into(), 2.try_into().unwrap()).unwrap();
    let address = bound[0].local_addr().unwrap();
    let [first, second] = <[_; 2]>::try_from(bound).unwrap().map(|std| TcpListener::from_std(std).unwrap());
    let clients = Clients::new(ClientLimits { max_connections: 10, ..ClientLimits::default() });
    let (stop, stopped) = tokio::sync::watch::channel(());
    let until = |mut stopped: tokio::sync::watch::Receiver<()>| async move { drop(stopped.changed().await) };
    let grace = Duration::from_millis(10);
    let silent = async {
        let mut waiting = tokio::task::JoinSet::new();
        for mut client in clients_of::<100>(address).await {
            waiting.spawn(async move { assert_ended(&mut client).await });
        }
        // All but ten are let go; which these are depends on the listeners that they came to.
        for _ in 0..90 {
            waiting.join_next().await.unwrap().unwrap();
        }
        drop(stop);
        waiting
    };
    let (first, second, waiting) = tokio::join!(
        serve(first, |_| Silent, clients.clone(), grace, until(stopped.clone())),
        serve(second, |_| Silent, clients.clone(), grace, until(stopped.clone())),
        silent
    );
    // Silence is no request that could be cut off.
    assert_eq!((waiting.len(), first + second), (10, 0));
}
