//! The date of an answer.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// The value of a `date` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date([u8; 29]);

thread_local! {
    static WRITTEN: RefCell<Written> = const { RefCell::new(Written::FIRST) };
}

/// Seconds from 1970 to the last date there is, the end of the year 9999.
const LAST: u64 = 253_402_300_799;

impl Date {
    /// The first date there is, also for a clock that is set before it.
    pub(super) const EPOCH: Self = Self(*b"Thu, 01 Jan 1970 00:00:00 GMT");

    /// The time of the system's clock, written once a second.
    #[inline]
    pub(super) fn now() -> Self {
        WRITTEN.with_borrow_mut(|written| written.at(SystemTime::now()))
    }

    /// The same for an answer that hyper writes, if hyper would write another
    /// date: its own stays in the future when the clock is set back.
    #[inline]
    pub(super) fn for_hyper() -> Option<HeaderValue> {
        WRITTEN.with_borrow_mut(|written| written.if_set_back(SystemTime::now()))
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What this thread has written.
#[derive(Debug)]
struct Written {
    /// The last date, and its second since 1970.
    date: Date,
    second: u64,
    /// The latest second that the clock has shown.
    latest: u64,
}

impl Written {
    const FIRST: Self = Self { date: Date::EPOCH, second: 0, latest: 0 };

    /// The date at `time`, which may be before one asked for earlier.
    #[inline]
    fn at(&mut self, time: SystemTime) -> Date {
        let second = second(time);
        if second != self.second {
            self.write(second);
        }
        self.date
    }

    #[cold]
    fn write(&mut self, second: u64) {
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
        self.date = text.as_bytes().try_into().map_or(Date::EPOCH, Date);
        self.second = second;
        self.latest = self.latest.max(second);
    }

    /// The date at `time`, if the clock has shown a later one.
    #[inline]
    fn if_set_back(&mut self, time: SystemTime) -> Option<HeaderValue> {
        let second = second(time);
        if second >= self.latest {
            self.latest = second;
            return None;
        }
        HeaderValue::from_bytes(self.at(time).as_bytes()).ok()
    }
}

/// Seconds since 1970, as far as there are dates for them.
#[inline]
fn second(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()).min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(seconds * 1_000 + millis)
    }

    fn before(seconds: u64) -> SystemTime {
        UNIX_EPOCH - Duration::from_secs(seconds)
    }

    #[test]
    fn a_date_follows_the_clock_wherever_it_is_set() {
        let mut written = Written::FIRST;
        let mut date = |time| String::from_utf8(written.at(time).as_bytes().to_vec()).unwrap();
        assert_eq!(date(before(1)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(after(1_475_419_451, 0)), "Sun, 02 Oct 2016 14:44:11 GMT");
        assert_eq!(date(after(1_475_419_451, 999)), "Sun, 02 Oct 2016 14:44:11 GMT");
        assert_eq!(date(after(1_475_419_452, 0)), "Sun, 02 Oct 2016 14:44:12 GMT");
        assert_eq!(date(after(1_475_415_851, 0)), "Sun, 02 Oct 2016 13:44:11 GMT", "set back an hour");
        assert_eq!(date(before(1 << 33)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(after(1 << 40, 0)), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn hyper_is_helped_for_as_long_as_the_clock_was_later() {
        let mut written = Written::FIRST;
        let noon = 1_475_409_600;
        assert_eq!(written.if_set_back(after(noon, 500)), None);
        assert_eq!(written.if_set_back(after(noon, 0)), None, "the same second");
        for (back, date) in [(1, "Sun, 02 Oct 2016 11:59:59 GMT"), (3_600, "Sun, 02 Oct 2016 11:00:00 GMT")] {
            assert_eq!(written.if_set_back(after(noon - back, 0)).unwrap(), date);
        }
        assert_eq!(written.if_set_back(before(1)).unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(written.if_set_back(after(noon + 1, 0)), None);
        // Whoever it was that saw the later time.
        written.at(after(noon + 9, 0));
        assert_eq!(written.if_set_back(after(noon + 8, 0)).unwrap(), "Sun, 02 Oct 2016 12:00:08 GMT");
    }
}
