//! Jobs of films that are still on their way: lets the look at the film begin when its index and its first pictures are
//! here, then each job when its bytes are, or all but are: it reads the rest as it comes. Called for every part that comes and when the look has ended; asking again
//! changes nothing. What it remembers is only what it need not do twice.

use crate::pace::Pace;
use crate::progress::done_jobs;
use crate::{Coming, Now, Wake, new_job};
use media::job::PRIORITY_LAST_BYTES;
use media::{ByteNeeds, IndexFinder, IndexStep, JobNeeds, JobSpec, head_needs, upload_key};
use protocol::{JobId, UploadId, VersionId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use store::catalog::UploadRow;
use store::jobs::NewJob;
use store::parts::{UploadWay, final_runs_of};
use store::runs::Runs;
use store::{Store, StoreResult};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Uploads that are kept in mind; above it all are forgotten (and looked at again).
const UPLOADS_MAX: usize = 256;

/// Jobs left when the last byte comes that the look at the whole file waits for; with more it goes first.
const LEFT_MAX: usize = 4;

/// A job that reads in order begins when the rest of its bytes comes within this time, milliseconds: an encoder that has
/// begun is at their end when they are. It keeps its slot meanwhile, so it is short.
const REST_MS: u64 = 2_000;

/// What is known of uploads under way.
#[derive(Default)]
pub(crate) struct Ahead {
    known: Mutex<HashMap<UploadId, Known>>,
}

struct Known {
    finder: IndexFinder,
    /// Bytes that tell what the film is, once they are found.
    head: Option<Vec<Range<u64>>>,
    has_asked: bool,
    /// Jobs that wait for their bytes, once the look has ended.
    waiting: Option<Vec<JobNeeds>>,
    /// What the job reads that has begun before all of it was here.
    reading: Range<u64>,
    pace: Pace,
}

impl Ahead {
    /// Lets go what can go.
    ///
    /// # Errors
    /// When the store fails; the next part asks again.
    pub(crate) async fn advance(
        &self,
        store: &Store,
        upload: UploadId,
        now: &Now,
        wake: &Arc<Wake>,
    ) -> StoreResult<()> {
        let mut all = self.known.lock().await;
        let Some(row) = store.catalog.upload(upload).await?.filter(|row| !row.complete) else {
            all.remove(&upload);
            return Ok(());
        };
        if all.len() >= UPLOADS_MAX && !all.contains_key(&upload) {
            all.clear();
        }
        let known = all.entry(upload).or_insert_with(|| Known {
            finder: IndexFinder::new(row.bytes),
            head: None,
            has_asked: false,
            waiting: None,
            reading: 0..0,
            pace: Pace::new(now(), row.offset),
        });
        if known.is_over() {
            return Ok(());
        }
        known.pace.see(now(), row.offset);
        let there = there(store, &row).await?;
        let Some(head) = known.head(store, &row, &there).await? else { return Ok(()) };
        if !there.cover_all(head) {
            return Ok(());
        }
        let go = known.ready(store, &row, &there).await?;
        if go.is_empty() {
            return Ok(());
        }
        tracing::debug!(%upload, bytes = row.offset, jobs = ?go, "jobs of a film on its way can go");
        // Urgent, since they keep up with what comes, and no more than that.
        let jobs = go.iter().map(|spec| job(spec, row.version, now, spec.priority_ahead()));
        match store.jobs.enqueue_ahead(upload, jobs.collect()).await {
            Ok(true) => wake.ring(),
            Ok(false) => {}
            Err(error) => {
                // Remembered as let go, and they are not: the next part looks at it anew.
                all.remove(&upload);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The jobs that follow when the last byte of an upload is here: what waited for bytes, and the look at the whole file.
///
/// # Errors
/// When the store fails.
pub(crate) async fn jobs_of_whole(store: &Store, upload: &UploadRow, now: &Now) -> StoreResult<Vec<NewJob>> {
    let needs = needs_of(store, upload.upload).await?;
    let done = done_jobs(&store.jobs.jobs_of(upload.version).await?);
    let left: Vec<&JobSpec> = needs
        .iter()
        .flat_map(|needs| &needs.jobs)
        .map(|needs| &needs.job)
        .filter(|spec| !done.contains(spec))
        .collect();
    let mut probe = job(&JobSpec::Probe, upload.version, now, JobSpec::Probe.priority(None));
    if left.len() <= LEFT_MAX {
        // A moment of work that makes the lowest quality whole: the look does not slow it down.
        probe.after_kinds = left.iter().map(|spec| spec.kind().to_owned()).collect();
    }
    // What is enqueued already stays as it is.
    let rest = left.into_iter().map(|spec| job(spec, upload.version, now, PRIORITY_LAST_BYTES));
    Ok(rest.chain([probe]).collect())
}

/// What a job reads of the upload that still brings its file, if it reads in order.
///
/// # Errors
/// When the store fails.
pub(crate) async fn coming(store: &Store, upload: UploadId, spec: &str) -> StoreResult<Option<Coming>> {
    let (Some(needs), Ok(job)) = (needs_of(store, upload).await?, serde_json::from_str(spec)) else {
        return Ok(None);
    };
    let of = needs.of(&job).filter(|of| of.in_order);
    Ok(of.map(|of| Coming { place: needs.place.clone(), bytes: of.bytes.clone() }))
}

/// How far the bytes of an upload reach from a place; none when nothing more of it is to be waited for.
///
/// # Errors
/// When the store fails.
pub(crate) async fn reach(store: &Store, upload: UploadId, from: u64) -> StoreResult<Option<u64>> {
    match store.catalog.upload(upload).await?.filter(|row| !row.complete) {
        Some(row) => Ok(Some(there(store, &row).await?.reach(from))),
        None => Ok(None),
    }
}

async fn needs_of(store: &Store, upload: UploadId) -> StoreResult<Option<ByteNeeds>> {
    let needs = store.catalog.upload_needs(upload).await?;
    Ok(needs.and_then(|text| serde_json::from_str(&text).ok()))
}

/// A job that may be claimed from now on.
fn job(spec: &JobSpec, version: VersionId, now: &Now, priority: i64) -> NewJob {
    NewJob { priority, ..new_job(JobId(Uuid::now_v7()), spec, version, None, now()) }
}

/// Bytes that are here and will stay as they are.
async fn there(store: &Store, row: &UploadRow) -> StoreResult<Runs> {
    Ok(match row.way {
        Some(UploadWay::Parts) => final_runs_of(&store.parts.parts(row.upload).await?, row.bytes),
        Some(UploadWay::Tus) => Runs::new(std::iter::once(0..row.offset)),
        None => Runs::default(),
    })
}

impl Known {
    /// Whether no byte that comes changes anything any more: there is no index that helps, or nothing waits.
    fn is_over(&self) -> bool {
        match &self.waiting {
            Some(waiting) => waiting.is_empty(),
            None => self.head.is_none() && self.finder.step() == IndexStep::Nothing,
        }
    }

    /// What must be here before anything can be said; none as long as that is not known, or never.
    async fn head(
        &mut self,
        store: &Store,
        row: &UploadRow,
        there: &Runs,
    ) -> StoreResult<Option<&[Range<u64>]>> {
        while self.head.is_none() {
            match self.finder.step() {
                IndexStep::Look(header) if there.cover(&header) => {
                    let bytes = store.blobs.read(&upload_key(row.upload), header).await?;
                    self.finder.take(&bytes);
                }
                IndexStep::Found(place) => self.head = Some(head_needs(&place, row.bytes)),
                IndexStep::Look(_) | IndexStep::Nothing => break,
            }
        }
        Ok(self.head.as_deref())
    }

    /// Jobs that can go now; they are not named again.
    async fn ready(&mut self, store: &Store, row: &UploadRow, there: &Runs) -> StoreResult<Vec<JobSpec>> {
        if self.waiting.is_none() {
            self.waiting = needs_of(store, row.upload).await?.map(|needs| needs.jobs);
        }
        let Some(waiting) = &mut self.waiting else {
            let is_first = !std::mem::replace(&mut self.has_asked, true);
            return Ok(if is_first { vec![JobSpec::ProbeAhead] } else { Vec::new() });
        };
        let mut go: Vec<JobSpec> =
            waiting.extract_if(.., |needs| there.cover(&needs.bytes)).map(|needs| needs.job).collect();
        // One at a time.
        if there.cover(&self.reading) {
            let soon = self.pace.bytes_in(REST_MS);
            let comes = |needs: &JobNeeds| {
                let reach = there.reach(needs.bytes.start);
                needs.in_order && reach > needs.bytes.start && needs.bytes.end.saturating_sub(reach) <= soon
            };
            if let Some(next) = waiting.iter().position(comes) {
                let needs = waiting.remove(next);
                self.reading = needs.bytes;
                go.push(needs.job);
            }
        }
        Ok(go)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_knows_the_look_at_a_film_on_its_way_by_its_kind() {
        assert_eq!(JobSpec::ProbeAhead.kind(), store::catalog::AHEAD_KIND);
    }
}
