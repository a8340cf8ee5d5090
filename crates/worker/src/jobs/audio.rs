//! A chunk of sound: encoded with frames before and after it that the packager drops.

use super::objects::{all_there, playable, store_packed};
use crate::context::{Context, Job};
use crate::failure::JobError;
use bytes::Bytes;
use media::{AUDIO_FILE, ObjectRef, PEAKS_FILE, audio_args};
use store::jobs::JobDone;

pub(super) async fn run(context: &Context, job: &Job, track: u32, chunk: u32) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let audio = plan.sound(track).filter(|audio| chunk < audio.chunks());
    let audio =
        audio.ok_or_else(|| JobError::Broken(format!("the plan has no chunk {chunk} of sound {track}")))?;
    let version = job.version.version;
    if !all_there(context, &plan, version, &plan.audio_objects(track, chunk)).await? {
        let source = context.source(job).await?;
        context.ffmpeg(job, &source, audio_args(&plan, audio, chunk, &source, &job.folder)).await?;
        let bytes = tokio::fs::read(job.folder.join(AUDIO_FILE)).await?;
        store_packed(context, &plan, version, plan.pack_audio(track, chunk, &bytes)?).await?;
        if plan.peaks {
            let samples = tokio::fs::read(job.folder.join(PEAKS_FILE)).await?;
            let peaks = Bytes::from(audio.pack_peaks(chunk, &samples)?);
            context.store.blobs.put(&plan.key(version, &ObjectRef::Peaks { track, chunk }), peaks).await?;
        }
    }
    let version = if (track, chunk) == (0, 0) { playable(context, &plan, version).await? } else { None };
    Ok(JobDone { version, ..JobDone::default() })
}
