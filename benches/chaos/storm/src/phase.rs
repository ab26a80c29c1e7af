//! Requests fall due, phase by phase.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::answer::End;
use crate::cli::Phase;
use crate::tally::{Said, Tally};

/// As finely as tokio's timers go.
const TICK: Duration = Duration::from_millis(1);
/// What is due at a tick beyond so many ticks' worth is not sent: more than the generator can do is not offered.
const MOST_TICKS: f64 = 5.0;

/// A request to be sent now.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    phase: Rc<Running>,
}

/// A phase that goes on, or whose last requests are under way.
#[derive(Debug)]
struct Running {
    began: Instant,
    tally: RefCell<Tally>,
}

impl Due {
    fn now(phase: &Rc<Running>) -> Self {
        let at = Instant::now();
        phase.tally.borrow_mut().due(at - phase.began);
        Self { at, phase: Rc::clone(phase) }
    }

    /// What became of it.
    pub(crate) fn ended(self, end: End) {
        self.phase.tally.borrow_mut().ended(self.at - self.phase.began, self.at.elapsed(), end);
    }
}

/// All phases, and what became of each. `send` starts a request and does not wait for it; `closed` are under way at a
/// time where there is no rate.
pub(crate) async fn run_all(phases: &[Phase], closed: usize, send: impl Fn(Due)) -> io::Result<Vec<Said>> {
    let mut running = Vec::new();
    for phase in phases {
        let this = Rc::new(Running { began: Instant::now(), tally: RefCell::default() });
        if phase.rate > 0.0 {
            open(*phase, &this, &send).await;
        } else {
            in_turn(*phase, closed, &this, &send).await;
        }
        running.push((this, phase.length));
    }
    // Each request holds its phase, until its deadline at the latest.
    while running.iter().any(|(phase, _)| Rc::strong_count(phase) > 1) {
        sleep(TICK).await;
    }
    Ok(running.iter().map(|(phase, length)| phase.tally.borrow_mut().say(*length)).collect())
}

/// Sends what is due at each tick.
async fn open(phase: Phase, running: &Rc<Running>, send: impl Fn(Due)) {
    let most = 1.0 + phase.rate * TICK.as_secs_f64() * MOST_TICKS;
    let mut n_sent = 0.0;
    while running.began.elapsed() < phase.length {
        let wanted = running.began.elapsed().as_secs_f64() * phase.rate;
        n_sent = f64::max(n_sent, wanted - most);
        while n_sent < wanted {
            send(Due::now(running));
            n_sent += 1.0;
        }
        sleep(TICK).await;
    }
}

/// Sends one more whenever fewer than `most` are under way.
async fn in_turn(phase: Phase, most: usize, running: &Rc<Running>, send: impl Fn(Due)) {
    while running.began.elapsed() < phase.length {
        while Rc::strong_count(running) <= most {
            send(Due::now(running));
        }
        tokio::task::yield_now().await;
    }
}
