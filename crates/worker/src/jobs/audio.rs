//! A chunk of sound: encoded with frames before and after it that the packager drops.

use super::objects::{all_there, playable, store_packed};
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{AUDIO_FILE, audio_args};
use store::jobs::JobDone;

pub(super) async fn run(context: &Context, job: &Job, chunk: u32) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let audio = plan.audio.as_ref().filter(|audio| chunk < audio.chunks());
    let audio = audio.ok_or_else(|| JobError::Broken(format!("the plan has no chunk {chunk} of sound")))?;
    let version = job.version.version;
    if !all_there(context, &plan, version, &plan.audio_objects(chunk)).await? {
        let source = context.source(version).await?;
        context.ffmpeg(job, &source, audio_args(&plan, audio, chunk, &source, &job.folder)).await?;
        let bytes = tokio::fs::read(job.folder.join(AUDIO_FILE)).await?;
        store_packed(context, &plan, version, plan.pack_audio(chunk, &bytes)?).await?;
    }
    let version = if chunk == 0 { playable(context, &plan, version).await? } else { None };
    Ok(JobDone { version, enqueue: Vec::new() })
}
