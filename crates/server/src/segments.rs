//! Waiting for objects that do not exist yet: raises what makes them and looks for them a little while. Called by the
//! media handlers. Bounded: a request that finds no place to wait is told to come back.

use crate::AppState;
use crate::problem::Refusal;
use lru::LruCache;
use media::job::{PRIORITY_ASKED, PRIORITY_WATCHED};
use media::{JobSpec, Maker, ObjectRef, Plan, RenditionSet};
use parking_lot::Mutex;
use protocol::{Code, JobId, VersionId};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use store::blobs::BlobStat;
use store::jobs::NewJob;
use tokio::sync::Semaphore;

/// Longest wait for an object; the page's player gives up and asks again later than that.
const WAIT: Duration = Duration::from_secs(3);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(60);
/// Requests that wait at a time on this node; each costs a look at the disk every [`LOOK`].
const WAITERS_MAX: usize = 256;
/// The same chunk is raised again after this time at the earliest.
const RAISE_EVERY: Duration = Duration::from_secs(1);
/// Chunks remembered as raised.
const RAISED_MAX: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// Waits and raises of this node.
pub struct Segments {
    places: Semaphore,
    raised: Mutex<LruCache<(VersionId, String), Instant>>,
}

impl Default for Segments {
    fn default() -> Self {
        Segments::new()
    }
}

impl Segments {
    /// Nobody waits.
    #[must_use]
    pub fn new() -> Segments {
        Segments { places: Semaphore::new(WAITERS_MAX), raised: Mutex::new(LruCache::new(RAISED_MAX)) }
    }

    fn may_raise(&self, version: VersionId, what: &str) -> bool {
        let mut raised = self.raised.lock();
        let key = (version, what.to_owned());
        if raised.get(&key).is_some_and(|at| at.elapsed() < RAISE_EVERY) {
            return false;
        }
        raised.put(key, Instant::now());
        true
    }
}

/// An object's size; waits for one that is still to be made.
///
/// # Errors
/// `NotFound` if the plan has no such object, `SegmentPending` if it is not there in time.
pub async fn find(
    state: &AppState,
    version: VersionId,
    plan: &Plan,
    object: &ObjectRef,
    is_under_way: bool,
) -> Result<BlobStat, Refusal> {
    let maker = plan.maker(object).ok_or_else(Refusal::not_found)?;
    let key = plan.key(version, object);
    if let Some(stat) = state.store.blobs.stat(&key).await? {
        return Ok(stat);
    }
    if !is_under_way {
        return Err(Refusal::not_found());
    }
    let pending = || Refusal::new(Code::SegmentPending).retry_after(1);
    let began = Instant::now();
    raise(state, version, plan, object, maker).await?;
    let Ok(_place) = state.segments.places.try_acquire() else { return Err(pending()) };
    while began.elapsed() < WAIT {
        tokio::time::sleep(LOOK).await;
        if let Some(stat) = state.store.blobs.stat(&key).await? {
            return Ok(stat);
        }
    }
    Err(pending())
}

/// Brings the jobs that make an object, and those that the viewer needs next, to the front.
async fn raise(
    state: &AppState,
    version: VersionId,
    plan: &Plan,
    object: &ObjectRef,
    maker: Maker,
) -> Result<(), Refusal> {
    let jobs = match (object, maker) {
        (ObjectRef::Segment { index, .. }, Maker::Copy(_)) => plan.copy_watched(*index),
        (_, Maker::Copy(_)) => plan.copy_watched(0),
        (ObjectRef::Segment { index, .. }, _) => plan.watched(*index),
        (ObjectRef::AudioSegment { track, index }, _) => plan.heard(*track, *index),
        (_, Maker::Chunk(0)) => plan.watched(0),
        (_, Maker::Audio { track, chunk }) => {
            vec![(JobSpec::Audio { track, index: chunk }, PRIORITY_WATCHED)]
        }
        (_, Maker::Poster) => vec![(JobSpec::Poster, PRIORITY_WATCHED)],
        // They come when all that they are made of is there.
        (_, Maker::Waveform { .. } | Maker::KeyFrames) => return Ok(()),
        // Made before the plan was stored.
        (_, Maker::Probe) => return Ok(()),
        // Sheets come along with their chunk; nobody waits for a preview at the cost of the picture.
        (_, Maker::Chunk(_)) => return Ok(()),
    };
    let Some((first, _)) = jobs.first() else { return Ok(()) };
    if !state.segments.may_raise(version, &first.key()) {
        return Ok(());
    }
    // What has not come yet cannot be made, however much somebody waits; the desk lets it go when it is there.
    let is_whole = state.store.catalog.upload_of(version).await?.is_none();
    for (job, priority) in jobs {
        match job {
            _ if is_whole => put_ahead(state, version, plan, job, priority).await?,
            JobSpec::Chunk { index, .. } => {
                let lowest = JobSpec::Chunk { index, renditions: RenditionSet::Low };
                state.store.jobs.raise(version, &lowest.key(), priority).await?;
            }
            other => drop(state.store.jobs.raise(version, &other.key(), priority).await?),
        }
    }
    if let (ObjectRef::Segment { rendition, .. }, Maker::Chunk(index)) = (object, maker)
        && *rendition != plan.lowest().name
    {
        for renditions in plan.sets_of(index).iter().filter(|set| **set != RenditionSet::Low) {
            let job = JobSpec::Chunk { index, renditions: *renditions };
            state.store.jobs.raise(version, &job.key(), PRIORITY_ASKED).await?;
        }
    }
    state.jobs_wake.ring_watched();
    Ok(())
}

/// Raises a job. One that makes a lowest rendition by itself is enqueued first, also while the job of its whole chunk
/// runs already: whoever waits sees it sooner so.
async fn put_ahead(
    state: &AppState,
    version: VersionId,
    plan: &Plan,
    job: JobSpec,
    priority: i64,
) -> Result<(), Refusal> {
    if let JobSpec::Chunk { index, renditions: RenditionSet::Low } = job
        && !plan.sets_of(index).contains(&RenditionSet::Low)
    {
        let last = plan.chunk_objects(index, RenditionSet::Low).pop();
        let is_there = match last {
            Some(object) => state.store.blobs.stat(&plan.key(version, &object)).await?.is_some(),
            None => false,
        };
        if is_there {
            return Ok(());
        }
        state.store.jobs.enqueue(vec![NewJob { priority, ..new_job(state, &job, version) }]).await?;
    }
    state.store.jobs.raise(version, &job.key(), priority).await?;
    Ok(())
}

/// A job to enqueue.
#[must_use]
pub fn new_job(state: &AppState, spec: &JobSpec, version: VersionId) -> NewJob {
    let job = JobId::v7(state.now_ms(), rand::random());
    desk::new_job(job, spec, version, None, state.clock.now())
}
