//! Jobs of films that are still on their way: lets the look at the film begin when its index and its first pictures are
//! here, then each job when its bytes are. Called for every part that comes and when the look has ended; asking again
//! changes nothing. What it remembers is only what it need not do twice.

use crate::{Now, Wake, new_job};
use media::{ByteNeeds, IndexFinder, IndexStep, JobSpec, head_needs, upload_key};
use protocol::{JobId, UploadId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use store::catalog::UploadRow;
use store::parts::{UploadWay, final_runs_of};
use store::runs::Runs;
use store::{Store, StoreResult};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Uploads that are kept in mind; above it all are forgotten (and looked at again).
const UPLOADS_MAX: usize = 256;

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
    waiting: Option<Vec<(JobSpec, Range<u64>)>>,
}

impl Ahead {
    /// Lets go what can go.
    ///
    /// # Errors
    /// When the store fails; the next part asks again.
    pub(crate) async fn advance(&self, store: &Store, upload: UploadId, now: &Now, wake: &Arc<Wake>) -> StoreResult<()> {
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
        });
        let there = there(store, &row).await?;
        let Some(head) = known.head(store, &row, &there).await? else { return Ok(()) };
        if !there.cover_all(head) {
            return Ok(());
        }
        let go = known.ready(store, &row, &there).await?;
        if go.is_empty() {
            return Ok(());
        }
        let jobs = go.iter().map(|spec| new_job(JobId(Uuid::now_v7()), spec, row.version, None, now()));
        if store.jobs.enqueue_ahead(upload, jobs.collect()).await? {
            wake.ring();
        }
        Ok(())
    }
}

/// Bytes that are here and will stay as they are.
async fn there(store: &Store, row: &UploadRow) -> StoreResult<Runs> {
    Ok(match row.way {
        Some(UploadWay::Parts) => final_runs_of(&store.parts.parts(row.upload).await?, row.bytes),
        Some(UploadWay::Tus) => Runs::new([0..row.offset]),
        None => Runs::default(),
    })
}

impl Known {
    /// What must be here before anything can be said; none as long as that is not known, or never.
    async fn head(&mut self, store: &Store, row: &UploadRow, there: &Runs) -> StoreResult<Option<&[Range<u64>]>> {
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
            let needs = store.catalog.upload_needs(row.upload).await?;
            let needs = needs.and_then(|text| serde_json::from_str::<ByteNeeds>(&text).ok());
            self.waiting = needs.map(|needs| needs.jobs);
        }
        let Some(waiting) = &mut self.waiting else {
            let is_first = !std::mem::replace(&mut self.has_asked, true);
            return Ok(if is_first { vec![JobSpec::ProbeAhead] } else { Vec::new() });
        };
        Ok(waiting.extract_if(.., |(_, bytes)| there.cover(bytes)).map(|(job, _)| job).collect())
    }
}
