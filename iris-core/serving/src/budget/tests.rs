use std::thread;

use iris_core::ErrorClass::{TooLarge, Unavailable};
use tokio::time::Instant;

use super::*;
use crate::timeouts::poll_once;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn levels(budget: &Budget) -> [usize; Kind::ALL.len()] {
    budget.levels().map(|level| level.bytes)
}

#[test]
fn what_is_held_is_told_by_kind_and_given_back() {
    let budget = Budget::new(4 * MIB);
    let body = budget.try_hold(Kind::Bodies, MIB).unwrap();
    let mut rows = budget.try_hold(Kind::Rows, 2 * MIB).unwrap();
    assert_eq!((budget.total(), levels(&budget)), (3 * MIB, [0, MIB, 0, 2 * MIB, 0]));
    rows.resize(KIB).unwrap();
    assert_eq!(levels(&budget), [0, MIB, 0, KIB, 0]);
    drop(body);
    assert_eq!(levels(&budget), [0, 0, 0, KIB, 0]);
    drop(rows);
    assert_eq!(budget.total(), 0);
}

#[test]
fn the_last_quarter_is_for_those_who_ask_for_little() {
    let budget = Budget::new(4 * MIB);
    let much = budget.try_hold(Kind::Bodies, 3 * MIB).unwrap();
    assert!(budget.try_hold(Kind::Bodies, Budget::SMALL + 1).is_none());
    let little: Vec<Held> = std::iter::from_fn(|| budget.try_hold(Kind::Bodies, Budget::SMALL)).collect();
    assert_eq!(little.len(), MIB / Budget::SMALL);
    drop(much);
    assert!(budget.try_hold(Kind::Answers, 2 * MIB).is_some());
}

#[test]
fn what_never_fits_is_told_apart_from_what_does_not_fit_now() {
    let budget = Budget::new(4 * MIB);
    let never = Exceeded::Never { needed: 3 * MIB + 1, limit: 3 * MIB };
    assert_eq!(budget.hold_now(Kind::Bodies, 3 * MIB + 1).unwrap_err(), never);
    let held = budget.hold_now(Kind::Bodies, 3 * MIB).unwrap();
    assert_eq!(budget.hold_now(Kind::Rows, MIB).unwrap_err(), Exceeded::Now);
    assert_eq!(budget.levels().map(|level| level.refused), [0, 1, 0, 1, 0]);
    drop(held);
    assert_eq!([never, Exceeded::Now].map(|it| Refusal::from(it).class()), [TooLarge, Unavailable]);
    assert!(Refusal::from(never).to_string().contains(&(3 * MIB).to_string()));
}

#[test]
fn what_a_request_holds_itself_is_not_waited_for() {
    let budget = Budget::new(4 * MIB);
    let body = budget.try_hold(Kind::Bodies, 2 * MIB).unwrap();
    assert_eq!(budget.hold_now(Kind::Rows, 2 * MIB).unwrap_err(), Exceeded::Now);
    let rows = budget.beside(body.bytes()).hold_now(Kind::Rows, 2 * MIB);
    assert_eq!(rows.unwrap_err(), Exceeded::Never { needed: 4 * MIB, limit: 3 * MIB });
    assert!(budget.beside(body.bytes()).try_hold(Kind::Rows, MIB).is_some());
}

#[test]
fn a_connection_has_a_quarter_and_others_have_theirs() {
    let budget = Budget::new(4 * MIB);
    let [one, other] = [budget.of_connection(), budget.of_connection()];
    let first = one.try_hold(Kind::Answers, MIB).unwrap();
    assert_eq!(one.clone().hold_now(Kind::Bodies, 1).unwrap_err(), Exceeded::Now);
    assert!(matches!(one.hold_now(Kind::Bodies, MIB + 1), Err(Exceeded::Never { limit: MIB, .. })));
    let second = other.try_hold(Kind::Answers, MIB).unwrap();
    drop(first);
    assert!(one.try_hold(Kind::Bodies, MIB).is_some());
    drop(second);
    assert_eq!(budget.total(), 0);
}

#[test]
fn a_connection_that_the_process_refuses_holds_nothing() {
    let budget = Budget::new(4 * MIB);
    let all = budget.try_hold(Kind::Bodies, 3 * MIB).unwrap();
    let connection = budget.of_connection();
    assert_eq!(connection.hold_now(Kind::Bodies, MIB).unwrap_err(), Exceeded::Now);
    drop(all);
    assert!(connection.try_hold(Kind::Bodies, MIB).is_some());
}

#[tokio::test(start_paused = true)]
async fn who_waits_has_the_room_as_soon_as_it_is_there() {
    let budget = Budget::new(4 * MIB);
    let held = budget.try_hold(Kind::Bodies, 3 * MIB).unwrap();
    let waits = tokio::spawn({
        let budget = budget.clone();
        async move { budget.hold(Kind::Bodies, 2 * MIB).await.map(|held| held.bytes()) }
    });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    let began = Instant::now();
    drop(held);
    assert_eq!(waits.await.unwrap(), Ok(2 * MIB));
    assert_eq!((began.elapsed(), budget.total()), (Duration::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_that() {
    let budget = Budget::new(4 * MIB);
    let _held = budget.try_hold(Kind::Bodies, 3 * MIB).unwrap();
    let began = Instant::now();
    assert_eq!(budget.hold(Kind::Rows, MIB).await.unwrap_err(), Exceeded::Now);
    assert!(began.elapsed() >= Budget::PATIENCE);
    assert_eq!((budget.total(), budget.levels()[Kind::Rows as usize].refused), (3 * MIB, 1));
    // What never fits is not waited for.
    assert!(poll_once(budget.hold(Kind::Rows, 4 * MIB)).await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_broken_off_leaves_nothing() {
    let budget = Budget::new(4 * MIB);
    let held = budget.try_hold(Kind::Bodies, 3 * MIB).unwrap();
    assert!(poll_once(budget.hold(Kind::Rows, MIB)).await.is_none());
    assert_eq!(budget.process.waiting.load(Ordering::SeqCst), 0);
    drop(held);
    assert_eq!(budget.total(), 0);
}

#[test]
fn threads_never_hold_more_than_there_is() {
    let budget = Budget::new(MIB);
    thread::scope(|scope| {
        for thread in 0..4 {
            let budget = &budget;
            scope.spawn(move || {
                let connection = budget.of_connection();
                for round in 0..10_000 {
                    let held = connection.try_hold(Kind::Rows, (round * 37 + thread * 101) % (128 * KIB));
                    assert!(budget.total() <= MIB);
                    drop(held);
                }
            });
        }
    });
    assert_eq!((budget.total(), levels(&budget)), (0, [0; Kind::ALL.len()]));
}
