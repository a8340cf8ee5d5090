//! Passwords: which are taken, and argon2id with a bounded number of hashes at once. Never logs what was typed.

use crate::problem::Refusal;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use protocol::Code;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use tokio::sync::Semaphore;

/// Shortest password, characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// OWASP's minimum: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes that may wait for a core. At about 75 ms each on 2 cores the last of them waits 2 s.
const WAITING_MAX: usize = 50;
/// Passwords of ten and more characters that lists of leaked passwords name first; shorter ones are refused anyway.
static COMMON: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Whether a password may be used by somebody with this name and e-mail.
///
/// # Errors
/// `PasswordWeak` with what is wrong with it.
pub fn check(password: &str, name: &str, email: &str) -> Result<(), Refusal> {
    let weak = |detail: &str| Err(Refusal::field(Code::PasswordWeak, "password", detail));
    let characters = password.chars().count();
    if characters < PASSWORD_CHARS_MIN {
        return weak("it has fewer than 10 characters");
    }
    if characters > PASSWORD_CHARS_MAX {
        return weak("it has more than 128 characters");
    }
    let lower = password.to_lowercase();
    if lower.chars().collect::<BTreeSet<_>>().len() < 4 {
        return weak("it repeats the same few characters");
    }
    if COMMON.contains(lower.as_str())
        || COMMON.contains(lower.trim_end_matches(|c: char| !c.is_alphabetic()))
    {
        return weak("it is one of the most common passwords");
    }
    if lower == name.to_lowercase() || lower == email.to_lowercase() {
        return weak("it is the name or the e-mail");
    }
    Ok(())
}

/// Hashes and verifies, as many at once as there are cores.
pub struct Hasher {
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Hasher {
    /// Nothing under way.
    #[must_use]
    pub fn new() -> Hasher {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hasher { cores: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0) }
    }

    /// The hash of a new password, in PHC form.
    ///
    /// # Errors
    /// `SignInBusy` when too many wait.
    pub async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.run(move || hash_now(&password)).await?
    }

    /// Whether a password is the one of this hash. Without a hash (no such account) it takes as long and is false.
    ///
    /// # Errors
    /// `SignInBusy` when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Refusal> {
        self.run(move || {
            static NOBODY: OnceLock<String> = OnceLock::new();
            let known = hash.is_some();
            let hash = match hash {
                Some(hash) => hash,
                None => match NOBODY.get() {
                    Some(hash) => hash.clone(),
                    // The first time costs a second hash; said once per process, it tells nobody about an account.
                    None => NOBODY.get_or_init(|| hash_now("nobody's password").unwrap_or_default()).clone(),
                },
            };
            argon2().verify_password(password.as_bytes(), hash.as_str()).is_ok() && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let waiting = Waiting::enter(&self.waiting)?;
        let permit = self
            .cores
            .clone()
            .acquire_owned()
            .await
            .map_err(|error| Refusal::internal("waiting to hash", &error))?;
        drop(waiting);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit; // held until the work is done, even when nobody waits for it any more
            work()
        });
        task.await.map_err(|error| Refusal::internal("hashing a password", &error))
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher::new()
    }
}

/// One place in the queue; left when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Waiting<'a>, Refusal> {
        if count.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            count.fetch_sub(1, Ordering::AcqRel);
            return Err(Refusal::new(Code::SignInBusy).retry_after(3));
        }
        Ok(Waiting(count))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the constants are within argon2's ranges");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, Refusal> {
    let salt: [u8; 16] = rand::random();
    let hash: argon2::PasswordHash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Refusal::internal("hashing a password", &error))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future as _;

    #[test]
    fn weak_passwords_are_named() {
        let long = "x1y2".repeat(33);
        let table = [
            ("short", false),
            ("123456789", false),
            ("1234567890", false),
            ("password123", false),
            ("Password1234", false),
            ("QWERTYUIOP", false),
            ("qwertyuiop1!", false),
            ("aaaaaaaaaaaaaa", false),
            ("ababababababab", false),
            ("ada@example.org", false),
            ("Ada Lovelace", false),
            (long.as_str(), false),
            ("correct horse battery", true),
            ("ten chars!", true),
            ("пароль из слов", true),
            (&long[..128], true),
        ];
        for (password, good) in table {
            let found = check(password, "Ada Lovelace", "ada@example.org");
            assert_eq!(found.is_ok(), good, "{password:?}: {found:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_only_and_nobody_has_none() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse battery ".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("nobody's password".into(), None).await.unwrap());
        assert_ne!(hash, hasher.hash("correct horse battery".into()).await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn more_than_fifty_waiting_are_told_to_come_back() {
        let hasher = Hasher::new();
        let all = hasher
            .cores
            .clone()
            .acquire_many_owned(u32::try_from(hasher.cores.available_permits()).unwrap())
            .await
            .unwrap();
        // All are polled once in order: fifty wait, the last one is refused.
        let mut many: Vec<_> =
            (0..WAITING_MAX + 1).map(|_| Box::pin(hasher.verify("x".into(), None))).collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut refused = 0;
        for one in &mut many {
            if let std::task::Poll::Ready(answer) = one.as_mut().poll(&mut context) {
                assert_eq!(answer.unwrap_err().code, Code::SignInBusy);
                refused += 1;
            }
        }
        assert_eq!(refused, 1);
        drop(all);
    }
}
