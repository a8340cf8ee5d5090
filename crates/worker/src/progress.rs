//! How far versions are, for the fleeting news: jobs done (read once, then counted along) and frames of the running
//! ones. Told at most twice a second per version. Bounded by the versions that have a running job.

use crate::context::Context;
use crate::news::WorkerNews;
use media::{JobSpec, Plan};
use parking_lot::Mutex;
use protocol::fleeting::VideoProgress;
use protocol::{JobId, VersionId};
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};
use store::catalog::VideoRow;
use store::jobs::{JobRow, JobState};

/// Least time between two pieces of progress of a version.
const EVERY: Duration = Duration::from_millis(500);
/// Versions that are kept in mind; above it the one that was told longest ago is forgotten (and read again).
const VERSIONS_MAX: usize = 64;

/// Progress of the versions in work.
#[derive(Default)]
pub struct ProgressBoard(Mutex<HashMap<VersionId, Entry>>);

struct Entry {
    plan: Plan,
    done: BTreeSet<JobSpec>,
    running: HashMap<JobId, (JobSpec, i64)>,
    told: Option<Instant>,
}

/// The jobs of a version that are done.
#[must_use]
pub fn done_jobs(rows: &[JobRow]) -> BTreeSet<JobSpec> {
    rows.iter()
        .filter(|row| row.state == JobState::Done)
        .filter_map(|row| serde_json::from_str(&row.new.spec).ok())
        .collect()
}

impl ProgressBoard {
    /// Whether a version's jobs were read already.
    pub(crate) fn knows(&self, version: VersionId) -> bool {
        self.0.lock().contains_key(&version)
    }

    /// Takes what was read of a version.
    pub(crate) fn learn(&self, version: VersionId, plan: Plan, done: BTreeSet<JobSpec>) {
        let mut entries = self.0.lock();
        if entries.len() >= VERSIONS_MAX
            && let Some(oldest) =
                entries.iter().min_by_key(|(_, entry)| entry.told).map(|(version, _)| *version)
        {
            entries.remove(&oldest);
        }
        entries.insert(version, Entry { plan, done, running: HashMap::new(), told: None });
    }

    /// A running job has written so many frames.
    pub(crate) fn note(
        &self,
        version: VersionId,
        job: JobId,
        spec: JobSpec,
        frames: i64,
        context: &Context,
        video: &VideoRow,
    ) {
        let news = {
            let mut entries = self.0.lock();
            let Some(entry) = entries.get_mut(&version) else { return };
            entry.running.insert(job, (spec, frames));
            if entry.told.is_some_and(|told| told.elapsed() < EVERY) {
                return;
            }
            entry.told = Some(Instant::now());
            entry.value(version, video)
        };
        let _ = context.news.try_send(WorkerNews::Progress { channel: video.channel, progress: news });
    }

    /// A job is done; tells at once when renditions or the playable part grew.
    pub(crate) fn done(
        &self,
        version: VersionId,
        job: JobId,
        spec: JobSpec,
        context: &Context,
        video: &VideoRow,
    ) {
        let news = {
            let mut entries = self.0.lock();
            let Some(entry) = entries.get_mut(&version) else { return };
            let before = entry.plan.progress(&entry.done);
            entry.running.remove(&job);
            entry.done.insert(spec);
            let after = entry.plan.progress(&entry.done);
            let grew = before.complete != after.complete
                || before.playable_s != after.playable_s
                || after.permille == 1000;
            if !grew && entry.told.is_some_and(|told| told.elapsed() < EVERY) {
                return;
            }
            entry.told = Some(Instant::now());
            entry.value(version, video)
        };
        let _ = context.news.try_send(WorkerNews::Progress { channel: video.channel, progress: news });
    }

    /// A try has ended without success.
    pub(crate) fn gone(&self, version: VersionId, job: JobId) {
        if let Some(entry) = self.0.lock().get_mut(&version) {
            entry.running.remove(&job);
        }
    }

    /// A version needs no more progress.
    pub(crate) fn forget(&self, version: VersionId) {
        self.0.lock().remove(&version);
    }
}

impl Entry {
    fn value(&self, version: VersionId, video: &VideoRow) -> VideoProgress {
        let mut progress = self.plan.progress(&self.done);
        // The running jobs' share: what they would add if they were done, by the frames they have.
        for (spec, frames) in self.running.values() {
            let JobSpec::Chunk { index, .. } = spec else { continue };
            let range = self.plan.chunk_frames(*index);
            let whole = (range.end - range.start).max(1);
            let mut with = self.done.clone();
            with.insert(*spec);
            let gain = self.plan.progress(&with).permille.saturating_sub(progress.permille);
            let share = u64::try_from((*frames).clamp(0, whole)).unwrap_or(0) * u64::from(gain)
                / u64::try_from(whole).unwrap_or(1);
            progress.permille += u32::try_from(share).unwrap_or(0);
        }
        VideoProgress {
            video: video.video,
            version,
            stage: "preparing".to_owned(),
            permille: progress.permille.min(1000),
            playable_s: progress.playable_s,
            complete: progress.complete,
        }
    }
}
