//! Several processes of one group: what is killed, joins and leaves.

use super::broker::{Broker, FLOWERS, check};
use super::n_events;
use super::process::Bridge;

#[test]
fn a_process_that_is_killed_loses_nothing() {
    let broker = Broker::start();
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0));
    let more = ["--ack-wait", "6s", "--batch", "16"];
    let mut killed = Bridge::start(&broker, &more);
    let mut other = Bridge::start(&broker, &[&more[..], &["--until-empty"]].concat());
    killed.await_in_log("reading");
    other.await_in_log("reading");
    broker.until_answered(n / 4);
    killed.kill();
    let (counts, log) = other.ended();
    assert!(counts.contains("refused=0") && counts.ends_with("left=0"), "{counts}\n{log}");
    // Some may be answered twice, which their places tell.
    check(&broker.answers(), n);
    assert_eq!(broker.committed("iris").values().sum::<i64>(), i64::try_from(n).unwrap());
}

#[test]
fn who_joins_and_who_leaves_loses_nothing() {
    let broker = Broker::start();
    let mut n = 0;
    let mut publish = || {
        broker.publish((n..n + 120).map(|index| FLOWERS[index % 3].0));
        n += 120;
        n
    };
    publish();
    let more = ["--batch", "8", "--ack-wait", "6s"];
    let one = Bridge::start(&broker, &more);
    broker.until_answered(1);
    // The first one is at work while the second one joins, and the second one while the first one leaves.
    let mut other = Bridge::start(&broker, &more);
    while !other.has_said("reading") {
        broker.until_answered(publish() - 40);
    }
    publish();
    one.signal("TERM");
    publish();
    one.ended();
    let n = publish();
    broker.until_committed(n);
    other.signal("TERM");
    other.ended();
    // Some come twice here: from the moment that somebody joins these brokers take no offsets, which Kafka's own do
    // until all have joined again.
    check(&broker.answers(), n);
}

#[test]
fn one_that_has_no_partition_waits_for_what_others_have() {
    let broker = Broker::start_with(1);
    let n = n_events();
    broker.publish((0..n).map(|index| FLOWERS[index % 3].0));
    let more = ["--until-empty", "--batch", "16"];
    let bridges = [Bridge::start(&broker, &more), Bridge::start(&broker, &more)];
    let mut answered = 0;
    for bridge in bridges {
        let (counts, _) = bridge.ended();
        let said = counts.strip_prefix("answered=").unwrap().split(' ').next().unwrap();
        answered += said.parse::<usize>().unwrap();
        // Whoever ends first ends when all is answered.
        assert_eq!(broker.committed("iris").values().sum::<i64>(), i64::try_from(n).unwrap());
    }
    assert_eq!(answered, n);
}
