//! The list of key frames of the lowest rendition: where the first picture of each segment ends, read from the
//! segments as they are stored.

use super::objects::all_there;
use crate::context::{Context, Job};
use crate::failure::JobError;
use bytes::Bytes;
use media::{ObjectRef, first_picture_end};
use store::jobs::JobDone;

/// Bytes at the start of a segment that hold its whole `moof`: 480 samples of 8 bytes and its boxes.
const HEAD_BYTES: u64 = 8 * 1024;

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    if !all_there(context, &plan, version, &[ObjectRef::KeyFrames]).await? {
        let mut ends = Vec::new();
        for index in 0..plan.segments() {
            let segment = ObjectRef::Segment { rendition: plan.lowest().name.clone(), index };
            let head = context.store.blobs.read(&plan.key(version, &segment), 0..HEAD_BYTES).await?;
            ends.push(first_picture_end(&head)?);
        }
        let list = plan.key_frame_playlist(&ends);
        context.store.blobs.put(&plan.key(version, &ObjectRef::KeyFrames), Bytes::from(list)).await?;
    }
    Ok(JobDone::default())
}
