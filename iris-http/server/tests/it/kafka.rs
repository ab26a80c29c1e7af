//! `iris-server stream` against brokers of Kafka's, which the client's library brings for tests: they speak Kafka's
//! protocol on sockets, with groups, idempotent writes and offsets, and keep what they have in this process.
//!
//! `IRIS_STREAM_EVENTS` says how many messages some of them send.

mod broker;
mod group;
mod process;
mod refused;
mod wrong;

use broker::{Broker, FLOWERS, Found, check, check_once};
use process::Bridge;

fn n_events() -> usize {
    std::env::var("IRIS_STREAM_EVENTS").map_or(6000, |n| n.parse().unwrap())
}

#[test]
fn each_message_is_answered_once_and_in_its_order() {
    let broker = Broker::start();
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0));
    let (counts, log) = Bridge::start(&broker, &["--until-empty"]).ended();
    assert_eq!(counts, format!("answered={n} refused=0 again=0 left=0"), "{log}");
    check_once(&broker.answers(), n);
    // Those of one key are in the order of their messages.
    let mut last = std::collections::HashMap::new();
    for (partition, offset) in broker.read("answers").iter().map(Found::answers) {
        assert!(last.insert(partition, offset) < Some(offset), "{partition}@{offset}");
    }
    assert_eq!(broker.committed("iris").values().sum::<i64>(), i64::try_from(n).unwrap());
    // Nothing is left to be answered again.
    assert!(Bridge::start(&broker, &["--until-empty"]).ended().0.starts_with("answered=0"));
}

#[test]
fn a_broker_that_goes_away_is_waited_for() {
    let broker = Broker::start();
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0));
    let mut child = Bridge::start(&broker, &["--until-empty", "--batch", "16"]);
    broker.until_answered(n / 4);
    broker.goes_away();
    child.await_in_log("the broker is away");
    broker.comes_back();
    child.ended();
    // Some come twice here: these brokers know what is sent again only of transactions, Kafka's own of any producer
    // that is idempotent.
    check(&broker.answers(), n);
}

#[test]
fn an_answer_goes_on_with_the_trace_and_the_key_and_can_be_told_from_others() {
    let broker = Broker::start();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    broker.publish_with("garden", ("traceparent", parent), FLOWERS[0].0);
    // Two consumers, as two models would have: each has its own answer.
    for consumer in ["one", "two"] {
        let (counts, log) = Bridge::start(&broker, &["--until-empty", "--consumer", consumer]).ended();
        assert_eq!(counts, "answered=1 refused=0 again=0 left=0", "{log}");
    }
    let answers = broker.read("answers");
    assert_eq!(answers.len(), 2);
    let mut consumers: Vec<_> = answers.iter().map(|answer| answer.header("Iris-Consumer")).collect();
    consumers.sort_unstable();
    assert_eq!(consumers, ["one", "two"]);
    for answer in answers {
        assert_eq!(answer.key.as_deref(), Some(b"garden".as_slice()));
        assert_eq!(answer.header("traceparent"), parent);
        assert_eq!(answer.header("Content-Type"), "application/json");
        assert_eq!((&*answer.header("Iris-Topic"), &*answer.header("Iris-Offset")), ("flowers", "0"));
        assert!(answer.body.contains("setosa"), "{}", answer.body);
    }
}

#[test]
fn an_offset_is_committed_when_the_answers_before_it_are_stored_and_not_before() {
    let broker = Broker::with_answers_elsewhere();
    broker.publish(["no JSON"].into_iter().chain((0..9).map(|index| FLOWERS[index % 3].0)));
    broker.place_of_answers_goes_away();
    let more = ["--dead-letter", "refused"];
    let mut child = Bridge::start(&broker, &more);
    // All were taken together, and answered: of the first one can be stored what is said of it.
    broker.until_there_are(1, "refused");
    child.signal("TERM");
    child.await_in_log("what was in work will be answered again");
    let (counts, _) = child.ended();
    assert_eq!(counts, "answered=0 refused=0 again=0 left=0");
    assert_eq!(broker.committed("iris").values().sum::<i64>(), 0);
    broker.place_of_answers_comes_back();
    let (counts, log) = Bridge::start(&broker, &[&more[..], &["--until-empty"]].concat()).ended();
    assert_eq!(counts, "answered=9 refused=1 again=0 left=0", "{log}");
    let answers = broker.answers();
    assert_eq!(answers.len(), 9);
    assert!(answers.values().all(|answers| answers.len() == 1));
    assert_eq!(broker.committed("iris").values().sum::<i64>(), 10);
}

#[test]
fn messages_that_are_gone_are_told_and_those_after_them_answered() {
    let broker = Broker::start_with(1);
    broker.publish([FLOWERS[0].0, FLOWERS[1].0]);
    let (_, log) = Bridge::start(&broker, &["--until-empty"]).ended();
    assert!(!log.contains("any more"), "{log}");
    broker.publish([FLOWERS[2].0]);
    broker.push_out();
    broker.publish([FLOWERS[0].0]);
    let begins = broker.begins("flowers");
    assert!(begins > 3, "{begins}");
    let (counts, log) = Bridge::start(&broker, &["--until-empty"]).ended();
    assert!(counts.starts_with("answered=1 "), "{counts}");
    assert!(log.contains(&format!("no messages 2 to {} any more", begins - 1)), "{log}");
}

#[test]
fn messages_that_are_gone_before_they_are_read_are_told_while_it_runs() {
    let broker = Broker::start_with(1);
    broker.publish([FLOWERS[0].0]);
    let mut child = Bridge::start(&broker, &[]);
    broker.until_answered(1);
    child.signal("STOP");
    broker.publish([FLOWERS[1].0]);
    broker.push_out();
    broker.push_out();
    broker.publish([FLOWERS[2].0]);
    let begins = broker.begins("flowers");
    assert!(begins > 2, "{begins}");
    child.signal("CONT");
    child.await_in_log(&format!(" to {} any more", begins - 1));
    broker.until_an_answer_has("virginica");
    child.signal("TERM");
    child.ended();
}

#[test]
fn an_offset_that_is_refused_for_a_moment_is_read_again() {
    let broker = Broker::start();
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0));
    let child = Bridge::start(&broker, &["--until-empty", "--batch", "16"]);
    broker.until_answered(1);
    broker.says_out_of_range();
    let (counts, log) = child.ended();
    assert!(counts.starts_with(&format!("answered={n} ")), "{counts}\n{log}");
    check_once(&broker.answers(), n);
}
