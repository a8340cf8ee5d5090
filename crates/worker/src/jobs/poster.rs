//! The poster: one JPEG of an early frame.

use super::objects::all_there;
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{ObjectRef, poster_args};
use store::jobs::JobDone;

/// Name of the file in the job folder.
const POSTER_FILE: &str = "poster.jpg";

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    if !all_there(context, &plan, version, &[ObjectRef::Poster]).await? {
        let source = context.source(version).await?;
        let file = job.folder.join(POSTER_FILE);
        context.ffmpeg(job, &source, poster_args(&plan, &source, &file)).await?;
        context.store.blobs.put_file(&plan.key(version, &ObjectRef::Poster), &file).await?;
    }
    Ok(JobDone::default())
}
