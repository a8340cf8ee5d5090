//! Who asks: sessions by cookie, origin checks, passwords, limits of tries.
//!
//! Handlers take [`Identity`] (refuses nobody-in-particular with 1002), `Option<Identity>` or [`Peer`] as an argument.
//! The origin check runs before every handler (`http::guard`), the upgrade to a live socket included.

pub mod cookie;
pub mod origin;
pub mod password;
pub mod program;
pub mod session;
pub mod setup;
pub mod tries;

pub use session::{Identity, identify};

use crate::AppState;
use crate::problem::Refusal;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use lru::LruCache;
use parking_lot::Mutex;
use password::Hasher;
use protocol::Code;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use tries::{Key, Limit, Place, Tries};

/// Places from which an account was used rightly, kept so that a stranger's tries cannot lock its owner out there.
const KNOWN_PLACES_MAX: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// Shared parts of authentication.
pub struct Auth {
    /// Password hashing.
    pub hasher: Hasher,
    tries: Tries,
    known: Mutex<LruCache<([u8; 32], Place), ()>>,
}

impl Auth {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Auth {
        Auth {
            hasher: Hasher::new(),
            tries: Tries::new(),
            known: Mutex::new(LruCache::new(KNOWN_PLACES_MAX)),
        }
    }

    /// Counts a sign-in before it is tried.
    ///
    /// # Errors
    /// `TooManyTries` with the time to wait.
    pub fn note_sign_in(&self, account: [u8; 32], peer: Peer) -> Result<(), Refusal> {
        self.note(Key::SignIn(peer.place()), tries::SIGN_IN_PLACE)?;
        if self.known.lock().contains(&(account, peer.place())) {
            return Ok(());
        }
        self.note(Key::Account(account), tries::SIGN_IN_ACCOUNT)
    }

    /// The sign-in was right: it does not count.
    pub fn signed_in(&self, account: [u8; 32], peer: Peer) {
        self.tries.forgive(Key::SignIn(peer.place()));
        self.tries.forgive(Key::Account(account));
        self.known.lock().put((account, peer.place()), ());
    }

    /// Counts a look at a link before it is known whether its token is right.
    ///
    /// # Errors
    /// `TooManyTries` with the time to wait.
    pub fn note_link(&self, peer: Peer) -> Result<(), Refusal> {
        self.note(Key::Link(peer.place()), tries::LINK_PLACE)
    }

    /// The token was right: the look does not count.
    pub fn link_known(&self, peer: Peer) {
        self.tries.forgive(Key::Link(peer.place()));
    }

    /// Counts a new guest or account.
    ///
    /// # Errors
    /// `TooManyTries` with the time to wait.
    pub fn note_join(&self, peer: Peer) -> Result<(), Refusal> {
        self.note(Key::Join(peer.place()), tries::JOIN_PLACE)
    }

    fn note(&self, key: Key, limit: Limit) -> Result<(), Refusal> {
        self.tries.note(key, limit, Instant::now()).map_err(too_many)
    }
}

impl Default for Auth {
    fn default() -> Self {
        Auth::new()
    }
}

fn too_many(wait: Duration) -> Refusal {
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
    Refusal::new(Code::TooManyTries).retry_after(seconds)
}

/// The address a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a connection. Behind a reverse proxy on this machine (which `GENLOCK_PUBLIC_URL` tells) it is the
    /// last address that the proxy has written into `X-Forwarded-For`; nobody else's word is taken.
    #[must_use]
    pub fn of(state: &AppState, headers: &HeaderMap, extensions: &Extensions) -> Peer {
        let address = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        if state.config.public_url.is_none() || !address.to_canonical().is_loopback() {
            return Peer(address);
        }
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|line| line.rsplit(',').next())
            .and_then(|last| last.trim().parse().ok());
        Peer(forwarded.unwrap_or(address))
    }

    /// The place that is counted.
    #[must_use]
    pub fn place(self) -> Place {
        Place::of(self.0)
    }
}

impl FromRequestParts<AppState> for Peer {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Peer::of(state, &parts.headers, &parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer(text.parse().expect("an address"))
    }

    #[test]
    fn strangers_cannot_lock_an_owner_out_at_home() {
        let auth = Auth::new();
        let (home, account) = (peer("192.0.2.1"), [7; 32]);
        auth.note_sign_in(account, home).expect("the first try");
        auth.signed_in(account, home);
        // Many places, so that only the account's own limit can stop them.
        let refused = (0..50_u8)
            .filter(|number| auth.note_sign_in(account, peer(&format!("198.51.100.{number}"))).is_err())
            .count();
        assert_eq!(refused, 40, "ten tries per account");
        assert!(auth.note_sign_in(account, peer("203.0.113.9")).is_err(), "elsewhere the account waits");
        assert!(auth.note_sign_in(account, home).is_ok(), "at home it does not");
    }
}
