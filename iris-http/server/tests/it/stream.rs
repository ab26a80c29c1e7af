//! `iris-server stream` against a real NATS server: what is killed, goes away, or can never be answered.
//!
//! Where there is no `nats-server` (Debian has it as a package) the tests say so and hold nothing.
//! `IRIS_STREAM_EVENTS` says how many messages two of them send.

mod broker;
mod refused;
mod wrong;

use std::process::{Child, Command};

use crate::process::command;
use broker::{Broker, FLOWERS, check};

/// A process that answers flowers.
fn bridge(broker: &Broker, more: &[&str]) -> Child {
    bridging(broker, more).spawn().unwrap()
}

fn bridging(broker: &Broker, more: &[&str]) -> Command {
    let (from, to) = (broker.at("flowers"), broker.at("answers.iris"));
    let mut command = command(&["stream", "--from", &from, "--to", &to]);
    command.args(more);
    command
}

/// The last line that it prints, and what it logs.
fn ended(child: Child) -> (String, String) {
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    (String::from_utf8(output.stdout).unwrap().trim_end().to_owned(), log)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn n_events() -> usize {
    std::env::var("IRIS_STREAM_EVENTS").map_or(6000, |n| n.parse().unwrap())
}

#[tokio::test]
async fn a_process_that_is_killed_loses_nothing() {
    let Some(broker) = Broker::start().await else { return };
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0)).await;
    let mut killed = bridge(&broker, &["--ack-wait", "2s"]);
    let other = bridge(&broker, &["--ack-wait", "2s", "--until-empty"]);
    broker.until_answered(n / 4).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (counts, log) = ended(other);
    assert!(counts.contains("refused=0") && counts.ends_with("left=0"), "{counts}\n{log}");
    check(&broker.answers().await, n);
}

#[tokio::test]
async fn a_broker_that_goes_away_is_waited_for() {
    let Some(mut broker) = Broker::start().await else { return };
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0)).await;
    let child = bridge(&broker, &["--ack-wait", "2s", "--until-empty", "--batch", "16"]);
    broker.until_answered(n / 4).await;
    broker.crash().await;
    let (_, log) = ended(child);
    assert!(log.contains("the broker is away"), "{log}");
    check(&broker.answers().await, n);
}

#[tokio::test]
async fn what_came_before_a_stop_is_still_answered() {
    let Some(broker) = Broker::start().await else { return };
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0)).await;
    let child = bridge(&broker, &["--batch", "16"]);
    broker.until_answered(n / 8).await;
    signal(&child, "TERM");
    let (counts, log) = ended(child);
    assert!(counts.starts_with("answered=") && log.contains("SIGTERM"), "{counts}\n{log}");
    // What was taken and not acknowledged would come again only after the default's 30 seconds.
    let began = std::time::Instant::now();
    ended(bridge(&broker, &["--until-empty"]));
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    let answers = broker.answers().await;
    check(&answers, n);
    assert!(answers.values().all(|answers| answers.len() == 1));
}

#[tokio::test]
async fn an_answer_goes_on_with_the_trace_and_can_be_told_from_others() {
    let Some(broker) = Broker::start().await else { return };
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("traceparent", parent);
    broker.publish_with(headers, FLOWERS[0].0).await;
    // Two consumers, as two models would have: each has its own answer.
    for consumer in ["one", "two"] {
        let (counts, _) = ended(bridge(&broker, &["--until-empty", "--consumer", consumer]));
        assert_eq!(counts, "answered=1 refused=0 again=0 left=0");
    }
    let last = broker.last("answers.iris").await;
    let header = |name: &str| last.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("traceparent"), parent);
    assert!(header("Nats-Msg-Id").starts_with("flowers.two.1."), "{}", header("Nats-Msg-Id"));
    assert_eq!((&*header("Iris-Sequence"), &*header("Content-Type")), ("1", "application/json"));
    assert_eq!(broker.answers().await[&1].len(), 2);
}

#[tokio::test]
async fn a_message_delivered_twice_has_one_answer() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([FLOWERS[0].0, FLOWERS[1].0]).await;
    ended(bridge(&broker, &["--until-empty"]));
    broker.forget_consumer("iris").await;
    let (counts, _) = ended(bridge(&broker, &["--until-empty"]));
    assert_eq!(counts, "answered=2 refused=0 again=2 left=0");
    check(&broker.answers().await, 2);
}

#[tokio::test]
async fn messages_that_are_gone_are_told_and_those_after_them_answered() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([FLOWERS[0].0, FLOWERS[1].0]).await;
    let (_, log) = ended(bridge(&broker, &["--until-empty"]));
    assert!(!log.contains("any more"), "{log}");
    broker.publish([FLOWERS[2].0, FLOWERS[0].0, FLOWERS[1].0]).await;
    broker.purge_until(5).await;
    let (counts, log) = ended(bridge(&broker, &["--until-empty"]));
    assert_eq!(counts, "answered=1 refused=0 again=0 left=0");
    assert!(log.contains("no messages 3 to 4 any more"), "{log}");
    let mut answered: Vec<_> = broker.answers().await.into_keys().collect();
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 5]);
}

#[tokio::test]
async fn a_stream_that_is_made_anew_has_messages_of_its_own() {
    let Some(broker) = Broker::start().await else { return };
    for flower in [FLOWERS[0].0, FLOWERS[1].0] {
        broker.publish([flower]).await;
        let (counts, _) = ended(bridge(&broker, &["--until-empty"]));
        assert_eq!(counts, "answered=1 refused=0 again=0 left=0");
        broker.remove("flowers").await;
        broker.store("flowers", "flowers").await;
    }
    let answers = &broker.answers().await[&1];
    assert!(answers[0].contains("setosa") && answers[1].contains("versicolor"), "{answers:?}");
}
