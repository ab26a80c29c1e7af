//! What can never be answered is told apart from what cannot be now.

use rdkafka::types::RDKafkaRespErr;

use super::broker::{Broker, FLOWERS, check_once};
use super::process::Bridge;

const NONSENSE: [&str; 2] = ["no JSON", r#"{"sepal_length":"long"}"#];

#[test]
fn a_message_that_can_never_be_answered_is_set_aside_with_why() {
    let broker = Broker::start_with(1);
    broker.publish([FLOWERS[0].0, NONSENSE[0], NONSENSE[1], FLOWERS[1].0]);
    let more = ["--until-empty", "--dead-letter", "refused"];
    let (counts, log) = Bridge::start(&broker, &more).ended();
    assert_eq!(counts, "answered=2 refused=2 again=0 left=0", "{log}");
    assert!(log.contains("can never be answered"), "{log}");
    let refused = broker.read("refused");
    let bodies: Vec<_> = refused.iter().map(|found| &*found.body).collect();
    assert_eq!(bodies, NONSENSE);
    assert_eq!((refused[1].place, refused[1].answers()), ((0, 1), (0, 2)));
    assert_eq!(refused[1].header("Iris-Error"), "invalid_input");
    assert!(refused[1].header("Iris-Reason").contains("sepal_length"));
    assert_eq!(broker.answers().into_keys().collect::<Vec<_>>(), [(0, 0), (0, 3)]);
    assert_eq!(Bridge::start(&broker, &more).ended().0, "answered=0 refused=0 again=0 left=0");
}

#[test]
fn without_a_place_for_it_it_is_passed_over() {
    let broker = Broker::start_with(1);
    broker.publish([NONSENSE[0], FLOWERS[1].0]);
    let (counts, log) = Bridge::start(&broker, &["--until-empty"]).ended();
    assert_eq!(counts, "answered=1 refused=1 again=0 left=0");
    assert!(log.contains("can never be answered"), "{log}");
    assert_eq!(Bridge::start(&broker, &["--until-empty"]).ended().0, "answered=0 refused=0 again=0 left=0");
}

#[test]
fn answers_that_are_not_stored_are_no_fault_of_the_message() {
    let broker = Broker::start();
    broker.publish((0..12).map(|index| FLOWERS[index % 3].0));
    broker.does_not_store(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 2);
    broker.does_not_store(RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2);
    let (counts, log) = Bridge::start(&broker, &["--until-empty"]).ended();
    assert_eq!(counts, "answered=12 refused=0 again=0 left=0");
    assert!(log.contains("is not stored, and sent again") && !log.contains("never"), "{log}");
    check_once(&broker.answers(), 12);
}

#[test]
fn an_answer_that_is_too_large_for_the_topic_sets_its_message_aside() {
    let broker = Broker::start_with(1);
    broker.publish([FLOWERS[0].0]);
    broker.does_not_store(RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 5);
    let (counts, log) = Bridge::start(&broker, &["--until-empty", "--dead-letter", "refused"]).ended();
    assert_eq!(counts, "answered=0 refused=1 again=0 left=0", "{log}");
    let refused = broker.read("refused");
    assert_eq!((&*refused[0].body, &*refused[0].header("Iris-Error")), (FLOWERS[0].0, "too_large"));
    assert!(broker.answers().is_empty());
}
