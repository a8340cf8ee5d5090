//! A chunk of the copied rendition: the source's own packets, picked and cut by the packager.

use super::objects::{all_there, playable, store_packed};
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{COPY_FILE, copy_args};
use store::jobs::JobDone;

pub(super) async fn run(context: &Context, job: &Job, chunk: u32) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let copy = plan.copy.as_ref().filter(|copy| chunk < copy.chunks());
    let copy = copy.ok_or_else(|| JobError::Broken(format!("the plan has no part {chunk} of a copy")))?;
    let version = job.version.version;
    if !all_there(context, &plan, version, &plan.copy_objects(chunk)).await? {
        let source = context.source(job).await?;
        context.ffmpeg(job, &source, copy_args(&plan, copy, chunk, &source, &job.folder)).await?;
        let bytes = tokio::fs::read(job.folder.join(COPY_FILE)).await?;
        store_packed(context, &plan, version, plan.pack_copy(chunk, &bytes)?).await?;
    }
    let version = if chunk == 0 { playable(context, &plan, version).await? } else { None };
    Ok(JobDone { version, ..JobDone::default() })
}
