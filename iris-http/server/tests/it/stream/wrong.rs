//! What cannot be meant, or not be done, is said before the first message is taken.

use super::broker::{Broker, FLOWERS};
use super::{bridge, bridging};
use crate::process::command;

/// The exit code, and what is said.
fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(&[&["stream"], arguments].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_cannot_be_meant_is_a_mistake_of_usage() {
    let wrong = [
        (vec!["--from", "mqtt://me:secret@garden/a", "--to", "nats://garden/b"], "mqtt is not spoken"),
        (vec!["--from", "nats://garden/a", "--to", "nats://garden"], "--to: a subject is missing"),
        (vec!["--from", "nats://garden/a", "--to", "nats://garden/b.*"], "nothing can be published"),
        (vec!["--from", "nats://garden/a.>", "--to", "nats://garden/a.b"], "would come back"),
        (
            vec!["--from", "nats://garden/a", "--to", "nats://garden/b", "--dead-letter", "a"],
            "--dead-letter: what goes to a would come back",
        ),
        (
            vec!["--from", "nats://garden/a", "--to", "nats://garden/b", "--dead-letter", "b"],
            "answers go there",
        ),
        (vec!["--from", "nats://garden/a", "--to", "nats://garden/b", "--consumer", "a b"], "--consumer"),
        (vec!["--from", "nats://garden/a", "--to", "nats://garden/b", "--ack-wait", "0s"], "above zero"),
        (vec!["--from", "nats://garden/a"], "--to"),
    ];
    for (arguments, why) in wrong {
        let (code, log) = said(&arguments);
        assert!(code == Some(2) && log.contains(why) && !log.contains("secret"), "{arguments:?}: {log}");
    }
}

#[cfg(not(feature = "kafka"))]
#[test]
fn without_its_feature_kafka_is_not_spoken() {
    let (code, log) = said(&["--from", "kafka://me:secret@garden/a", "--to", "kafka://garden/b"]);
    assert!(code == Some(2) && log.contains("the feature kafka") && !log.contains("secret"), "{log}");
}

#[test]
fn without_a_broker_it_ends_with_why() {
    // Nobody listens on a port that was free and is bound by nobody else meanwhile.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (from, to) = (format!("nats://me:secret@127.0.0.1:{port}/a"), format!("nats://127.0.0.1:{port}/b"));
    drop(taken);
    let (code, log) = said(&["--from", &from, "--to", &to]);
    assert!(code == Some(1) && log.contains("cannot reach the broker") && !log.contains("secret"), "{log}");
    let (code, log) = said(&["--from", &from, "--to", &to, "--model", "/dev/null"]);
    assert!(code == Some(1) && log.contains("cannot read the model"), "{log}");
    let (code, log) = said(&["--from", &from, "--to", &to, "--credentials", "/nowhere"]);
    assert!(code == Some(1) && log.contains("cannot read --credentials"), "{log}");
}

#[tokio::test]
async fn a_subject_that_nobody_stores_is_told_at_once() {
    let Some(broker) = Broker::start().await else { return };
    let (flowers, trees, answers) = (broker.at("flowers"), broker.at("trees"), broker.at("answers.iris"));
    for (from, to, subject) in [(&trees, &answers, "trees"), (&flowers, &trees, "trees")] {
        let (code, log) = said(&["--from", from, "--to", to]);
        assert!(code == Some(1), "{log}");
        assert!(log.contains(&format!("the subject {subject}: no stream stores it")), "{log}");
    }
    let (_, log) = said(&["--from", &flowers, "--to", &answers, "--dead-letter", "trees"]);
    assert!(log.contains("the subject trees: no stream stores it"), "{log}");
}

#[tokio::test]
async fn a_consumer_of_something_else_is_not_taken() {
    let Some(broker) = Broker::start().await else { return };
    broker.store("trees", "trees.>").await;
    let run = |from: &str| {
        let (from, to) = (broker.at(from), broker.at("answers.iris"));
        said(&["--from", &from, "--to", &to, "--until-empty"])
    };
    assert_eq!(run("trees.oak").0, Some(0));
    let (code, log) = run("trees.elm");
    assert!(code == Some(1) && log.contains("reads \"trees.oak\""), "{log}");
}

#[tokio::test]
async fn a_consumer_that_is_deleted_ends_it_with_why() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([FLOWERS[0].0]).await;
    let child = bridge(&broker, &[]);
    broker.until_answered(1).await;
    broker.forget_consumer("iris").await;
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1), "{log}");
    assert!(log.contains("the consumer iris of the stream flowers was deleted"), "{log}");
    // Made anew it begins with the first message, whose answer the broker knows.
    assert!(bridging(&broker, &["--until-empty"]).output().unwrap().status.success());
}
