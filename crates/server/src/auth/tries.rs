//! How often somebody may try: counts per key in a window, then a pause that doubles. Bounded (law 10): when it is
//! full, the counter that was idle longest is forgotten.

use lru::LruCache;
use parking_lot::Mutex;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// Counters kept; each is below 100 bytes, so all together below 2 MB.
const KEYS_MAX: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");
/// First pause after too many tries.
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// Longest pause: a person who mistyped comes back the same quarter of an hour.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);

/// A bound: so many tries in so long.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Tries.
    pub tries: u32,
    /// Window.
    pub within: Duration,
}

/// Sign-in with one account.
pub const SIGN_IN_ACCOUNT: Limit = Limit { tries: 10, within: Duration::from_secs(300) };
/// Sign-in from one place.
pub const SIGN_IN_PLACE: Limit = Limit { tries: 30, within: Duration::from_secs(300) };
/// Unknown invite or setup tokens from one place.
pub const LINK_PLACE: Limit = Limit { tries: 20, within: Duration::from_secs(60) };
/// New guests and accounts from one place: a full lecture hall behind one address.
pub const JOIN_PLACE: Limit = Limit { tries: 600, within: Duration::from_secs(600) };

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An account, by the hash of its lower-cased e-mail.
    Account([u8; 32]),
    /// Sign-in from a place.
    SignIn(Place),
    /// Links from a place.
    Link(Place),
    /// New people from a place.
    Join(Place),
}

/// Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address (one household has them all).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place(IpAddr);

impl Place {
    /// The place of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Place {
        match address.to_canonical() {
            IpAddr::V4(address) => Place(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Place(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
        }
    }
}

struct Count {
    since: Instant,
    tries: u32,
    /// Pauses so far without a quiet window between them.
    pauses: u32,
    until: Option<Instant>,
}

/// The counters.
pub struct Tries {
    counts: Mutex<LruCache<Key, Count>>,
}

impl Tries {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Tries {
        Tries { counts: Mutex::new(LruCache::new(KEYS_MAX)) }
    }

    /// Counts a try, before it is made, so that many at once cannot slip through.
    ///
    /// # Errors
    /// How long to wait, if there were too many.
    pub fn note(&self, key: Key, limit: Limit, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock();
        let count = counts.get_or_insert_mut(key, || Count { since: now, tries: 0, pauses: 0, until: None });
        if let Some(until) = count.until {
            if now < until {
                return Err(until - now);
            }
            count.until = None;
            count.since = now;
            count.tries = 0;
        }
        if now.duration_since(count.since) >= limit.within {
            // A quiet window forgives.
            count.pauses = 0;
            count.since = now;
            count.tries = 0;
        }
        if count.tries >= limit.tries {
            let pause = PAUSE_FIRST.saturating_mul(1 << count.pauses.min(10)).min(PAUSE_MAX);
            count.pauses += 1;
            count.until = Some(now + pause);
            return Err(pause);
        }
        count.tries += 1;
        Ok(())
    }

    /// Takes a try back: it succeeded.
    pub fn forgive(&self, key: Key) {
        if let Some(count) = self.counts.lock().get_mut(&key) {
            count.tries = count.tries.saturating_sub(1);
        }
    }
}

impl Default for Tries {
    fn default() -> Self {
        Tries::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { tries: 3, within: Duration::from_secs(60) };

    fn place(text: &str) -> Key {
        Key::SignIn(Place::of(text.parse().expect("an address")))
    }

    #[test]
    fn too_many_tries_wait_twice_as_long_each_time_and_a_quarter_of_an_hour_at_most() {
        let tries = Tries::new();
        let key = place("192.0.2.1");
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            for _ in 0..LIMIT.tries {
                assert_eq!(tries.note(key, LIMIT, now), Ok(()));
            }
            let pause = tries.note(key, LIMIT, now).expect_err("one too many");
            assert!(tries.note(key, LIMIT, now + pause / 2).is_err(), "the pause holds");
            pauses.push(pause.as_secs());
            now += pause;
        }
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn a_quiet_window_forgives_and_success_does_not_count() {
        let tries = Tries::new();
        let key = place("192.0.2.1");
        let now = Instant::now();
        for _ in 0..100 {
            assert_eq!(tries.note(key, LIMIT, now), Ok(()));
            tries.forgive(key);
        }
        for _ in 0..LIMIT.tries {
            assert_eq!(tries.note(key, LIMIT, now), Ok(()));
        }
        assert_eq!(tries.note(key, LIMIT, now + LIMIT.within), Ok(()));
    }

    #[test]
    fn one_household_is_one_place() {
        assert_eq!(place("2001:db8:1:2:3::4"), place("2001:db8:1:2:ffff::1"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    }

    #[test]
    fn full_forgets_the_idlest() {
        let tries = Tries::new();
        let now = Instant::now();
        for number in 0..100_000_u32 {
            let _ = tries.note(Key::SignIn(Place::of(IpAddr::from(number.to_be_bytes()))), LIMIT, now);
        }
        assert_eq!(tries.counts.lock().len(), KEYS_MAX.get());
    }
}
