//! How long clients are waited for, and for what.

use std::time::Duration;

use iris_telemetry::Closed;

/// How long a client may take, each above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From the connection to its first bytes, or to the first call of HTTP/2.
    pub silent: Duration,
    /// For the head of a request, from its first byte to its last.
    pub head: Duration,
    /// For what is waited for of a body, all in all.
    pub body: Duration,
    /// For reading an answer: without reading anything, and in all as [`min_rate`](Self::min_rate) says.
    pub answer: Duration,
    /// Between requests.
    pub idle: Duration,
    /// Bytes a second that a body has to come with, or an answer has to be read
    /// with, after [`PATIENCE`]; 0 for any.
    pub min_rate: u32,
}

/// So long a body may come, and an answer be read, at any rate.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// So long part of a common request is waited for where common requests are answered.
const PART: Duration = Duration::from_secs(1);

impl Default for Times {
    fn default() -> Self {
        Self {
            silent: Duration::from_secs(20),
            head: Duration::from_secs(20),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            min_rate: 240,
        }
    }
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Waits {
    /// For the server: a request is being answered.
    Server,
    /// For the client's first bytes.
    Silent,
    /// For the rest of a request that somebody else has to wait for longer.
    Part,
    /// For the rest of a head.
    Head,
    /// For the rest of a body.
    Body,
    /// For the client to read.
    Answer,
    /// For the next request.
    Idle,
    /// For something to say in a stream.
    Stream,
}

impl Waits {
    const ALL: [Self; 8] = [
        Self::Server,
        Self::Silent,
        Self::Part,
        Self::Head,
        Self::Body,
        Self::Answer,
        Self::Idle,
        Self::Stream,
    ];

    /// By its number.
    pub(super) fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Server)
    }

    /// Whether nobody loses anything if the connection ends.
    pub(super) fn is_idle(self) -> bool {
        matches!(self, Self::Silent | Self::Idle)
    }

    /// Whether it is the client that is waited for, in the middle of something.
    pub(super) fn is_slow(self) -> bool {
        matches!(self, Self::Part | Self::Head | Self::Body | Self::Answer | Self::Stream)
    }

    /// As what it counts when it took too long.
    pub(super) fn in_vain(self) -> Closed {
        match self {
            Self::Silent => Closed::Silent,
            Self::Part | Self::Head => Closed::Head,
            Self::Body => Closed::Body,
            Self::Answer => Closed::Answer,
            Self::Server | Self::Idle | Self::Stream => Closed::Idle,
        }
    }
}

impl Times {
    /// How long this may take; what the server takes is not the client's time.
    pub(super) fn limit(&self, waits: Waits) -> Option<Duration> {
        match waits {
            Waits::Silent => Some(self.silent),
            Waits::Part => Some(PART.min(self.head)),
            Waits::Head => Some(self.head),
            Waits::Body => Some(self.body),
            Waits::Answer => Some(self.answer),
            Waits::Idle => Some(self.idle),
            Waits::Server | Waits::Stream => None,
        }
    }

    /// How often it is looked whether a time is over.
    pub(super) fn tick(&self) -> Duration {
        let shortest = [self.silent, self.head, self.body, self.answer, self.idle].into_iter().min();
        let eighth = shortest.unwrap_or_default() / 8;
        eighth.clamp(Duration::from_millis(5), Duration::from_secs(1))
    }

    /// Whether so many bytes in this time are too few.
    pub(super) fn is_too_slow(&self, n_bytes: u64, time: Duration) -> bool {
        time >= PATIENCE && n_bytes < u64::from(self.min_rate).saturating_mul(time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_what_it_says() {
        for (number, waits) in (0..).zip(Waits::ALL) {
            assert_eq!((waits as u8, Waits::of(number)), (number, waits));
        }
    }

    #[test]
    fn every_wait_for_a_client_has_a_limit_of_at_most_half_a_minute_unless_nothing_is_lost() {
        let times = Times::default();
        for waits in Waits::ALL {
            match waits {
                Waits::Server | Waits::Stream => assert_eq!(times.limit(waits), None),
                Waits::Idle => assert_eq!(times.limit(waits), Some(Duration::from_secs(60))),
                _ => assert!(times.limit(waits) <= Some(Duration::from_secs(30)), "{waits:?}"),
            }
        }
    }

    #[test]
    fn a_rate_is_asked_for_after_some_patience() {
        let times = Times { min_rate: 100, ..Times::default() };
        let too_slow = |n_bytes, seconds| times.is_too_slow(n_bytes, Duration::from_secs(seconds));
        assert!(!too_slow(0, 4));
        assert!(too_slow(0, 5) && too_slow(499, 5) && !too_slow(500, 5));
        let any = Times { min_rate: 0, ..times };
        assert!(!any.is_too_slow(0, Duration::from_secs(100)));
    }
}
