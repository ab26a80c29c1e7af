use std::net::Ipv4Addr;

use super::super::times::Waits;
use super::*;
use crate::timeouts::poll_once;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn clients(max_connections: usize) -> Clients {
    Clients::new(ClientLimits { max_connections, ..ClientLimits::default() })
}

async fn is_told(client: &Client) -> bool {
    let mut told = std::pin::pin!(client.pace().told());
    poll_once(told.as_mut()).await;
    poll_once(told.as_mut()).await == Some(Told::Recycled)
}

async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn the_oldest_idle_connection_makes_room() {
    let clients = clients(3);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(clients.enter(HERE).await.unwrap());
        pass(1).await;
    }
    let _request = all[1].pace().request();
    // The first has been used since.
    clients.remind();
    all[0].pace().wait(Waits::Idle);
    assert_eq!(clients.enter_now(HERE).err(), Some(NoPlace::Full));
    assert!(clients.recycle());
    assert!(!is_told(&all[0]).await && !is_told(&all[1]).await);
    assert!(is_told(&all[2]).await);
    drop(all.pop());
    assert!(clients.enter_now(HERE).is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_makes_room_after_the_idle_and_who_is_busy_never() {
    let clients = clients(2);
    let (slow, busy) = (clients.enter(HERE).await.unwrap(), clients.enter(HERE).await.unwrap());
    slow.pace().wait(Waits::Head);
    let _request = busy.pace().request();
    assert!(!clients.recycle(), "it is young");
    pass(10).await;
    assert!(clients.recycle());
    assert!(is_told(&slow).await);
    assert!(clients.recycle(), "it did not go");
    drop(slow);
    assert!(!clients.recycle());
}

#[tokio::test(start_paused = true)]
async fn who_comes_to_a_full_house_waits_until_somebody_is_idle() {
    let clients = clients(1);
    let busy = clients.enter(HERE).await.unwrap();
    let request = busy.pace().request();
    let mut next = Box::pin(clients.enter(HERE));
    assert!(poll_once(&mut next).await.is_none());
    pass(1).await;
    assert!(poll_once(&mut next).await.is_none());
    drop(request);
    pass(1).await;
    assert!(poll_once(&mut next).await.is_none());
    assert!(is_told(&busy).await);
    drop(busy);
    assert!(next.await.is_some());
}

#[tokio::test]
async fn an_address_has_its_share() {
    let limits = ClientLimits { max_per_address: NonZeroU32::new(2), ..ClientLimits::default() };
    let clients = Clients::new(limits);
    let mine = [clients.enter(HERE).await.unwrap(), clients.enter(HERE).await.unwrap()];
    assert!(clients.enter(HERE).await.is_none());
    let elsewhere = IpAddr::from([192, 0, 2, 1]);
    assert!(clients.enter(elsewhere).await.is_some());
    drop(mine);
    assert!(clients.enter(HERE).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn all_listeners_together_have_the_places() {
    let clients = clients(600);
    let grpc = clients.by(Door::Grpc);
    let all: Vec<Client> =
        (0..600).map(|n| if n % 2 == 0 { &clients } else { &grpc }.enter_now(HERE).unwrap()).collect();
    assert!(grpc.enter_now(HERE).is_err());
    // More than one look finds, each once.
    for _ in 0..600 {
        assert!(clients.recycle());
    }
    assert!(!clients.recycle());
    for client in &all {
        assert!(is_told(client).await);
    }
}
