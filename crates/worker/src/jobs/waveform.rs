//! The waveform of a sound track: the peaks that its chunks came with, joined to one overview.

use super::objects::all_there;
use crate::context::{Context, Job};
use crate::failure::JobError;
use bytes::Bytes;
use media::ObjectRef;
use store::jobs::JobDone;

/// Largest object of peaks, bytes: a chunk of 32 s has 6,432.
const PEAKS_BYTES_MAX: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, job: &Job, track: u32) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    let audio =
        plan.sound(track).ok_or_else(|| JobError::Broken(format!("the plan has no sound {track}")))?;
    let object = ObjectRef::Waveform { track };
    if !all_there(context, &plan, version, std::slice::from_ref(&object)).await? {
        let mut chunks = Vec::new();
        for chunk in 0..audio.chunks() {
            let key = plan.key(version, &ObjectRef::Peaks { track, chunk });
            chunks.push(context.store.blobs.read(&key, 0..PEAKS_BYTES_MAX).await?.to_vec());
        }
        let overview = audio.overview(&chunks)?;
        context.store.blobs.put(&plan.key(version, &object), Bytes::from(overview)).await?;
    }
    Ok(JobDone::default())
}
