//! Who may fetch which media: grants in memory, looked up per request without asking the store, at most a second old,
//! so that a right that was taken away is cut within a second (law 8). Called by the media handlers.

use crate::AppState;
use crate::access::access;
use crate::auth::cookie;
use crate::auth::identify;
use crate::auth::origin::cookie_mode;
use crate::problem::Refusal;
use axum::http::HeaderMap;
use lru::LruCache;
use media::Plan;
use parking_lot::Mutex;
use protocol::rest::VersionState;
use protocol::{Code, VersionId};
use room::Action;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a grant holds.
const GRANT: Duration = Duration::from_millis(900);
/// Grants kept: sessions times versions being watched on this node. The oldest goes first and is looked up again.
const GRANTS_MAX: NonZeroUsize = NonZeroUsize::new(20_000).expect("not zero");
/// Plans kept; a plan of an eight-hour video has about 300 KB.
const PLANS_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

/// A person's right to a version's media.
#[derive(Clone)]
pub struct Grant {
    /// State when it was looked up, at most a second ago.
    pub state: VersionState,
    /// The plan; none before the probe.
    pub plan: Option<Arc<Plan>>,
    /// Frame of the poster that somebody chose.
    pub poster_frame: Option<i64>,
}

struct Kept {
    grant: Grant,
    until: Instant,
}

/// Grants and plans of this node.
pub struct MediaAccess {
    grants: Mutex<LruCache<([u8; 32], VersionId), Kept>>,
    plans: Mutex<LruCache<(VersionId, u64), Arc<Plan>>>,
}

impl Default for MediaAccess {
    fn default() -> Self {
        MediaAccess::new()
    }
}

impl MediaAccess {
    /// Nothing granted yet.
    #[must_use]
    pub fn new() -> MediaAccess {
        MediaAccess {
            grants: Mutex::new(LruCache::new(GRANTS_MAX)),
            plans: Mutex::new(LruCache::new(PLANS_MAX)),
        }
    }

    /// Nothing is granted any more without asking again: a right was taken from many at once.
    pub fn forget_grants(&self) {
        self.grants.lock().clear();
    }

    fn kept(&self, key: &([u8; 32], VersionId)) -> Option<Grant> {
        self.grants.lock().get(key).filter(|kept| kept.until > Instant::now()).map(|kept| kept.grant.clone())
    }

    /// The plan out of its text, read once per text.
    ///
    /// # Errors
    /// `Internal` for a text that is no plan.
    pub fn plan(&self, version: VersionId, text: &str) -> Result<Arc<Plan>, Refusal> {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        let key = (version, BuildHasherDefault::<DefaultHasher>::default().hash_one(text));
        if let Some(plan) = self.plans.lock().get(&key) {
            return Ok(Arc::clone(plan));
        }
        let plan: Plan =
            serde_json::from_str(text).map_err(|error| Refusal::internal("reading a plan", &error))?;
        let plan = Arc::new(plan);
        self.plans.lock().put(key, Arc::clone(&plan));
        Ok(plan)
    }
}

/// The asker's right to a version's media; looked up anew if it is to be `fresh`.
///
/// # Errors
/// `SignInNeeded`; `NotFound` for strangers, and for what is removed or not there.
pub async fn grant(
    state: &AppState,
    headers: &HeaderMap,
    version: VersionId,
    fresh: bool,
) -> Result<Grant, Refusal> {
    let mode = cookie_mode(&state.config, headers)?;
    let token = cookie::read(headers, mode).ok_or(Code::SignInNeeded)?;
    let key = (cookie::hash_token(token), version);
    if let Some(grant) = state.media.kept(&key).filter(|_| !fresh) {
        return Ok(grant);
    }
    // Counted from before the look-up: what changes meanwhile is seen after a second at most.
    let until = Instant::now() + GRANT;
    let identity = identify(state, headers).await?.ok_or(Code::SignInNeeded)?;
    let (row, video) = state.store.catalog.version(version).await?.ok_or_else(Refusal::not_found)?;
    if video.removed_at.is_some() {
        return Err(Refusal::not_found());
    }
    let standing = access(state, video.channel, &identity.person).await?;
    if !standing.may(Action::View, &standing.resource()) {
        return Err(Refusal::not_found());
    }
    let plan = row.plan.as_deref().map(|text| state.media.plan(version, text)).transpose()?;
    let grant = Grant { state: row.state, plan, poster_frame: row.poster_frame };
    // One without a plan is not kept: who waits for the first picture is not to be told "not yet" once it is there.
    if grant.plan.is_some() {
        state.media.grants.lock().put(key, Kept { grant: grant.clone(), until });
    }
    Ok(grant)
}
