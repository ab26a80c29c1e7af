//! What cannot be meant, or not be done, is said before the first message is taken.

use std::net::TcpListener;

use super::broker::{Broker, FLOWERS};
use super::process::Bridge;
use crate::process::command;

/// The exit code, and what is said.
fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(&[&["stream"], arguments].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_cannot_be_meant_is_a_mistake_of_usage() {
    let (from, to) = (["--from", "kafka://garden/a"], ["--to", "kafka://garden/b"]);
    let wrong = [
        ([&from[..], &["--to", "kafka://garden"]].concat(), "--to: a topic is missing"),
        ([&from[..], &["--to", "kafka://garden/b c"]].concat(), "no topic"),
        (
            [&["--from", "kafkas://garden/a"], &to[..]].concat(),
            "kafkas is not spoken: only kafka://, without TLS",
        ),
        ([&["--from", "kafka://me:secret@garden/a"], &to[..]].concat(), "SASL"),
        ([&from[..], &["--to", "kafka://other,garden:9092/a"]].concat(), "would come back"),
        ([&from[..], &to, &["--dead-letter", "a"]].concat(), "--dead-letter: what goes to a would come back"),
        ([&from[..], &to, &["--dead-letter", "b"]].concat(), "answers go there"),
        ([&from[..], &to, &["--dead-letter", "b/c"]].concat(), "--dead-letter: \"b/c\" is no topic"),
        ([&from[..], &to, &["--consumer", "a b"]].concat(), "--consumer"),
        ([&from[..], &to, &["--credentials", "/nowhere"]].concat(), "--credentials"),
        ([&from[..], &["--to", "nats://garden/b"]].concat(), "both have to be of one kind"),
        ([&["--from", "nats://me:secret@garden/a"], &to[..]].concat(), "both have to be of one kind"),
    ];
    for (arguments, why) in wrong {
        let (code, log) = said(&arguments);
        assert!(code == Some(2) && log.contains(why) && !log.contains("secret"), "{arguments:?}: {log}");
    }
}

#[test]
fn without_a_broker_it_ends_with_why() {
    // Nobody listens on a port that was free and is bound by nobody else meanwhile.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (from, to) = (format!("kafka://127.0.0.1:{port}/a"), format!("kafka://127.0.0.1:{port}/b"));
    drop(taken);
    let (code, log) = said(&["--from", &from, "--to", &to]);
    assert!(code == Some(1) && log.contains("cannot reach a broker"), "{log}");
}

#[test]
fn a_topic_that_is_not_there_is_told_and_not_made() {
    let broker = Broker::start();
    let (flowers, trees, answers) = (broker.at("flowers"), broker.at("trees"), broker.at("answers"));
    for more in [vec!["--from", &trees, "--to", &answers], vec!["--from", &flowers, "--to", &trees]] {
        for _ in 0..2 {
            let (code, log) = said(&more);
            assert!(code == Some(1) && log.contains("the topic trees: the brokers have none"), "{log}");
        }
    }
    let (_, log) = said(&["--from", &flowers, "--to", &answers, "--dead-letter", "trees"]);
    assert!(log.contains("the topic trees: the brokers have none"), "{log}");
}

#[test]
fn the_same_brokers_by_another_name_are_known() {
    let broker = Broker::start();
    let flowers = broker.at("flowers");
    let (code, log) = said(&["--from", &flowers, "--to", &flowers.replace("127.0.0.1", "localhost")]);
    assert!(code == Some(1) && log.contains("--to: what goes to flowers would come back"), "{log}");
}

#[test]
fn a_topic_that_is_deleted_ends_it_with_why() {
    let broker = Broker::start();
    broker.publish([FLOWERS[0].0]);
    let child = Bridge::start(&broker, &[]);
    broker.until_answered(1);
    broker.deletes("flowers");
    let (code, _, log) = child.ended_with();
    assert!(code == Some(1) && log.contains("cannot read the topic flowers"), "{log}");
}
