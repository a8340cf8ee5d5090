//! How far versions are, for the fleeting news: jobs done (read once, then counted along) and frames of the running
//! ones, whoever runs them. Told a few times a second per version, the newest value always, and never going back.
//! Bounded by [`VERSIONS_MAX`].

use crate::news::WorkerNews;
use media::{JobSpec, Plan};
use parking_lot::Mutex;
use protocol::fleeting::VideoProgress;
use protocol::{JobId, VersionId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::catalog::VideoRow;
use store::jobs::{JobRow, JobState};
use tokio::sync::mpsc;

/// Least time between two pieces of progress of a version. With ffmpeg's own rhythm (150 ms) and a remote worker's
/// (100 ms) a value is at most 450 ms old when it is told.
const EVERY: Duration = Duration::from_millis(200);
/// Versions that are kept in mind; above it the one that was told longest ago is forgotten (and read again).
const VERSIONS_MAX: usize = 64;

/// Progress of the versions in work.
pub struct ProgressBoard {
    entries: Mutex<HashMap<VersionId, Entry>>,
    news: mpsc::Sender<WorkerNews>,
}

struct Entry {
    plan: Plan,
    video: VideoRow,
    done: BTreeSet<JobSpec>,
    running: HashMap<JobId, Running>,
    told: Option<Instant>,
    /// Somebody will tell the newest value soon.
    to_be_told: bool,
    /// What was told or shown so far: it never goes back.
    permille_min: u32,
    /// Share of the file that is here, while it is on its way.
    uploaded_permille: Option<u32>,
}

struct Running {
    spec: JobSpec,
    token: u64,
    frames: i64,
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
    /// Nothing in work.
    #[must_use]
    pub fn new(news: mpsc::Sender<WorkerNews>) -> ProgressBoard {
        ProgressBoard { entries: Mutex::default(), news }
    }

    /// Whether a version's jobs were read already.
    #[must_use]
    pub fn knows(&self, version: VersionId) -> bool {
        self.entries.lock().contains_key(&version)
    }

    /// Takes what was read of a version.
    pub fn learn(&self, version: VersionId, video: VideoRow, plan: Plan, done: BTreeSet<JobSpec>) {
        let mut entries = self.entries.lock();
        if entries.contains_key(&version) {
            return;
        }
        if entries.len() >= VERSIONS_MAX
            && let Some(oldest) =
                entries.iter().min_by_key(|(_, entry)| entry.told).map(|(version, _)| *version)
        {
            entries.remove(&oldest);
        }
        let entry = Entry {
            plan,
            video,
            done,
            running: HashMap::new(),
            told: None,
            to_be_told: false,
            permille_min: 0,
            uploaded_permille: None,
        };
        entries.insert(version, entry);
    }

    /// The file of a version is whole, and its plan may be another; what was told stays told.
    pub fn replan(&self, version: VersionId, plan: Plan, done: BTreeSet<JobSpec>) {
        if let Some(entry) = self.entries.lock().get_mut(&version) {
            (entry.plan, entry.done, entry.uploaded_permille) = (plan, done, None);
        }
    }

    /// More of a version's file is here; false if nothing of it is in work yet, so that nobody hears of it from here.
    pub fn uploaded(&self, version: VersionId, permille: u32) -> bool {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.get_mut(&version) else { return false };
        entry.uploaded_permille = entry.uploaded_permille.max(Some(permille));
        if entry.told.is_none_or(|told| told.elapsed() >= EVERY) {
            entry.tell(version, &self.news);
        }
        true
    }

    /// A job of a known version was claimed.
    pub fn begin(&self, version: VersionId, job: JobId, token: u64, spec: JobSpec) {
        if let Some(entry) = self.entries.lock().get_mut(&version) {
            entry.running.insert(job, Running { spec, token, frames: 0 });
        }
    }

    /// A running job has written so many frames. Must be called on a runtime.
    pub fn note(this: &Arc<ProgressBoard>, job: JobId, token: u64, frames: i64) {
        let mut entries = this.entries.lock();
        let found = entries.iter_mut().find_map(|(version, entry)| {
            let running = entry.running.get_mut(&job).filter(|running| running.token == token)?;
            running.frames = running.frames.max(frames);
            Some((*version, entry))
        });
        let Some((version, entry)) = found else { return };
        if entry.to_be_told {
            return;
        }
        let age = entry.told.map_or(EVERY, |told| told.elapsed());
        if age >= EVERY {
            entry.tell(version, &this.news);
            return;
        }
        entry.to_be_told = true;
        let this = Arc::clone(this);
        tokio::spawn(async move {
            tokio::time::sleep(EVERY - age).await;
            if let Some(entry) = this.entries.lock().get_mut(&version) {
                entry.tell(version, &this.news);
            }
        });
    }

    /// A job is done; tells at once when renditions or the playable part grew.
    pub fn done(&self, version: VersionId, job: JobId, spec: JobSpec) {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.get_mut(&version) else { return };
        let before = entry.plan.progress(&entry.done);
        entry.running.remove(&job);
        entry.done.insert(spec);
        let after = entry.plan.progress(&entry.done);
        let grew = before.complete != after.complete
            || before.playable_s != after.playable_s
            || before.sharp_s != after.sharp_s
            || after.permille == 1000;
        if grew || entry.told.is_none_or(|told| told.elapsed() >= EVERY) {
            entry.tell(version, &self.news);
        }
    }

    /// A try has ended without success.
    pub fn gone(&self, job: JobId, token: u64) {
        for entry in self.entries.lock().values_mut() {
            entry.running.retain(|known, running| *known != job || running.token != token);
        }
    }

    /// A version needs no more progress.
    pub fn forget(&self, version: VersionId) {
        self.entries.lock().remove(&version);
    }

    /// How far a version is, 0 to 1000, if it is in work.
    #[must_use]
    pub fn permille(&self, version: VersionId) -> Option<u32> {
        self.entries.lock().get_mut(&version).map(|entry| entry.value(version).permille)
    }

    /// How far a running job is, 0 to 1000; none for one that does not run or does not tell.
    #[must_use]
    pub fn share_of(&self, job: JobId) -> Option<u32> {
        let entries = self.entries.lock();
        entries.values().find_map(|entry| {
            let running = entry.running.get(&job)?;
            let (part, whole) = running.share(&entry.plan)?;
            u32::try_from(part * 1000 / whole).ok()
        })
    }
}

impl Running {
    /// Frames written and frames in all.
    fn share(&self, plan: &Plan) -> Option<(u64, u64)> {
        let JobSpec::Chunk { index, .. } = self.spec else { return None };
        let range = plan.chunk_frames(index);
        let whole = (range.end - range.start).max(1);
        Some((u64::try_from(self.frames.clamp(0, whole)).ok()?, u64::try_from(whole).ok()?))
    }
}

impl Entry {
    /// Dropped when the rooms are busy: the next one says more.
    fn tell(&mut self, version: VersionId, news: &mpsc::Sender<WorkerNews>) {
        (self.told, self.to_be_told) = (Some(Instant::now()), false);
        let progress = self.value(version);
        let _ = news.try_send(WorkerNews::Progress { channel: self.video.channel, progress });
    }

    fn value(&mut self, version: VersionId) -> VideoProgress {
        let mut progress = self.plan.progress(&self.done);
        // The running jobs' share: what they would add if they were done, by the frames they have.
        for running in self.running.values() {
            let Some((part, whole)) = running.share(&self.plan) else { continue };
            let mut with = self.done.clone();
            with.insert(running.spec);
            let gain = self.plan.progress(&with).permille.saturating_sub(progress.permille);
            progress.permille += u32::try_from(part * u64::from(gain) / whole).unwrap_or(0);
        }
        self.permille_min = progress.permille.min(1000).max(self.permille_min);
        VideoProgress {
            video: self.video.video,
            version,
            stage: "preparing".to_owned(),
            permille: self.permille_min,
            playable_s: progress.playable_s,
            complete: progress.complete,
            sharp_s: Some(progress.sharp_s),
            uploaded_permille: self.uploaded_permille,
        }
    }
}
