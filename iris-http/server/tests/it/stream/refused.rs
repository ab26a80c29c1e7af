//! What can never be answered is told apart from what cannot be now.

use super::broker::{Broker, FLOWERS, check};
use super::{bridge, ended};

const NONSENSE: [&str; 2] = ["no JSON", r#"{"sepal_length":"long"}"#];

#[tokio::test]
async fn a_message_that_can_never_be_answered_is_set_aside_with_why() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([FLOWERS[0].0, NONSENSE[0], NONSENSE[1], FLOWERS[1].0]).await;
    let more = ["--until-empty", "--dead-letter", "answers.refused"];
    let (counts, log) = ended(bridge(&broker, &more));
    assert_eq!(counts, "answered=2 refused=2 again=0 left=0");
    assert!(log.contains("can never be answered"), "{log}");
    assert_eq!(broker.answers().await[&2], ["no JSON"]);
    let last = broker.last("answers.refused").await;
    assert_eq!(last.payload, NONSENSE[1]);
    assert_eq!(last.headers.get("Iris-Error").unwrap().as_str(), "invalid_input");
    assert!(last.headers.get("Iris-Reason").unwrap().as_str().contains("sepal_length"));
    // Nothing is left to be delivered again.
    assert_eq!(ended(bridge(&broker, &more)).0, "answered=0 refused=0 again=0 left=0");
}

#[tokio::test]
async fn without_a_place_for_it_it_is_terminated() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([NONSENSE[0], FLOWERS[1].0]).await;
    let (counts, _) = ended(bridge(&broker, &["--until-empty"]));
    assert_eq!(counts, "answered=1 refused=1 again=0 left=0");
    assert_eq!(broker.answers().await.into_keys().collect::<Vec<_>>(), [2]);
    assert_eq!(ended(bridge(&broker, &["--until-empty"])).0, "answered=0 refused=0 again=0 left=0");
}

#[tokio::test]
async fn answers_that_nobody_stores_are_no_fault_of_the_message() {
    let Some(broker) = Broker::start().await else { return };
    broker.publish([FLOWERS[0].0]).await;
    let child = bridge(&broker, &["--ack-wait", "2s"]);
    // It serves; at its start it would not without a place for answers.
    broker.until_answered(1).await;
    broker.remove("answers").await;
    broker.publish([FLOWERS[1].0, FLOWERS[2].0]).await;
    broker.store("answers", "answers.>").await;
    broker.until_answered(2).await;
    super::signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !log.contains("never"), "{log}");
    let mut answers = broker.answers().await;
    answers.insert(1, vec!["\"setosa\"".to_owned()]);
    check(&answers, 3);
}
