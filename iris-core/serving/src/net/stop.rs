//! Learning that the server stops.

use std::sync::Arc;

use tokio::sync::watch;

use super::cut::{Cut, Cuts, Tally};

/// Tells everybody.
#[derive(Debug)]
pub struct Stopping {
    told: watch::Sender<Stage>,
    tally: Arc<Tally>,
}

/// Learns it. Cheap to clone; each clone learns it, also one made after the stop.
#[derive(Debug, Clone)]
pub struct Stopped {
    told: watch::Receiver<Stage>,
    tally: Arc<Tally>,
    /// Without a server nobody stops, and the channel stays open.
    _never: Option<Arc<Stopping>>,
}

/// How far the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// Requests in flight are still answered.
    Stopping,
    /// Nobody is waited for any more.
    AtOnce,
}

impl Stopping {
    /// Who tells, and who learns.
    #[must_use]
    pub fn channel() -> (Self, Stopped) {
        let (sender, told) = watch::channel(Stage::Serving);
        let tally = Arc::<Tally>::default();
        (Self { told: sender, tally: tally.clone() }, Stopped { told, tally, _never: None })
    }

    /// Does what `serve` makes until it has stopped, as it is told once `shutdown` is
    /// done. Returns how much that cut off.
    pub async fn when<F: Future<Output = ()>>(
        shutdown: impl Future<Output = ()>,
        serve: impl FnOnce(Stopped) -> F,
    ) -> usize {
        let (stopping, stopped) = Self::channel();
        let telling = async {
            shutdown.await;
            stopping.tell();
        };
        tokio::join!(telling, serve(stopped));
        stopping.cuts().total()
    }

    /// Says that the server stops.
    pub fn tell(&self) {
        self.reach(Stage::Stopping);
    }

    /// Says that it stops at once, whatever is in flight.
    pub fn tell_at_once(&self) {
        self.reach(Stage::AtOnce);
    }

    fn reach(&self, stage: Stage) {
        self.told.send_if_modified(|told| stage > std::mem::replace(told, stage.max(*told)));
    }

    /// What was cut off until now.
    #[must_use]
    pub fn cuts(&self) -> Cuts {
        self.tally.get()
    }
}

impl Stopped {
    /// Of a server that never stops.
    #[must_use]
    pub fn never() -> Self {
        let (stopping, stopped) = Stopping::channel();
        Self { _never: Some(Arc::new(stopping)), ..stopped }
    }

    /// Done once the server stops, or is gone.
    pub async fn wait(self) {
        self.reached(Stage::Stopping).await;
    }

    /// Done once it stops at once, or is gone.
    pub async fn wait_at_once(self) {
        self.reached(Stage::AtOnce).await;
    }

    async fn reached(mut self, stage: Stage) {
        // An error says that the server is gone.
        drop(self.told.wait_for(|told| *told >= stage).await);
    }

    /// Whether it stops, or is gone.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.told.borrow() >= Stage::Stopping || self.told.has_changed().is_err()
    }

    /// Takes note of what the stop has cut off.
    pub fn cut(&self, cut: Cut) {
        self.tally.add(cut, 1);
    }

    pub(super) fn cut_all(&self, cuts: Cuts) {
        self.tally.add_all(cuts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeouts::poll_once;

    #[tokio::test]
    async fn who_asks_before_and_after_the_stop_learns_it() {
        let (stopping, stopped) = Stopping::channel();
        assert_eq!(poll_once(stopped.clone().wait()).await, None);
        assert!(!stopped.is_told());
        let waiting = tokio::spawn(stopped.clone().wait());
        tokio::task::yield_now().await;
        stopping.tell();
        waiting.await.unwrap();
        assert_eq!(poll_once(stopped.clone().wait()).await, Some(()));
        assert!(stopped.is_told());
    }

    #[tokio::test]
    async fn to_stop_at_once_is_more_than_to_stop() {
        let (stopping, stopped) = Stopping::channel();
        stopping.tell();
        assert_eq!(poll_once(stopped.clone().wait_at_once()).await, None);
        stopping.tell_at_once();
        stopping.tell();
        assert_eq!(poll_once(stopped.clone().wait_at_once()).await, Some(()));
        assert_eq!(poll_once(stopped.wait()).await, Some(()));
    }

    #[tokio::test]
    async fn a_server_that_is_gone_has_stopped() {
        let (stopping, stopped) = Stopping::channel();
        drop(stopping);
        assert!(stopped.is_told());
        assert_eq!(poll_once(stopped.clone().wait()).await, Some(()));
        assert_eq!(poll_once(stopped.wait_at_once()).await, Some(()));
    }

    #[tokio::test]
    async fn who_has_no_server_waits_for_ever() {
        assert_eq!(poll_once(Stopped::never().wait()).await, None);
        assert!(!Stopped::never().is_told());
    }

    #[test]
    fn what_is_cut_off_is_counted_by_its_kind() {
        let (stopping, stopped) = Stopping::channel();
        for cut in [Cut::Request, Cut::Answer, Cut::Work, Cut::Answer] {
            stopped.clone().cut(cut);
        }
        assert_eq!(stopping.cuts(), Cuts { requests: 1, answers: 2, working: 1 });
        assert_eq!(stopping.cuts().total(), 4);
    }
}
