//! The poster: one JPEG of an early frame, and the one that somebody chose instead.

use super::objects::all_there;
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{ObjectRef, Plan, poster_args};
use store::catalog::VersionUpdate;
use store::jobs::JobDone;

/// Name of the file in the job folder.
const POSTER_FILE: &str = "poster.jpg";
/// Posters of choice that are there at a time: the one before, the new one, and leftovers of runs that were killed.
const POSTERS_MAX: u32 = 100;

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    make(context, job, &plan, ObjectRef::Poster, plan.poster_frame()).await?;
    Ok(JobDone::default())
}

/// Makes the poster of choice and sweeps those before. The poster that
/// is shown until this one is stays until the next choice.
pub(super) async fn run_at(context: &Context, job: &Job, frame: i64) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    if frame >= plan.frames {
        return Err(JobError::Broken(format!("the video has no frame {frame}")));
    }
    let wanted = ObjectRef::PosterAt { frame };
    let prefix = format!("{}{}/poster", Plan::version_prefix(version), plan.hash);
    let shown = job.version.poster_frame.map(|frame| plan.key(version, &ObjectRef::PosterAt { frame }));
    for key in context.store.blobs.list(&prefix, POSTERS_MAX).await? {
        if key != plan.key(version, &wanted) && Some(&key) != shown.as_ref() {
            // Only the server removes objects; a worker elsewhere leaves them to it.
            if let Err(error) = context.store.blobs.delete(&key).await {
                tracing::debug!(key, %error, "an old poster stays for now");
            }
        }
    }
    make(context, job, &plan, wanted, frame).await?;
    let update = VersionUpdate { poster_frame: Some(frame), ..VersionUpdate::default() };
    Ok(JobDone { version: Some(update), ..JobDone::default() })
}

async fn make(
    context: &Context,
    job: &Job,
    plan: &Plan,
    object: ObjectRef,
    frame: i64,
) -> Result<(), JobError> {
    let version = job.version.version;
    if !all_there(context, plan, version, std::slice::from_ref(&object)).await? {
        let source = context.source(job).await?;
        let file = job.folder.join(POSTER_FILE);
        context.ffmpeg(job, &source, poster_args(plan, frame, &source, &file)).await?;
        context.store.blobs.put_file(&plan.key(version, &object), &file).await?;
    }
    Ok(())
}
