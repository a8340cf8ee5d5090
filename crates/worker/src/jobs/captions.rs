//! A subtitle track of the file as captions: taken out by ffmpeg, read and written anew by our own parser. A track
//! that cannot be read leaves the video as it is.

use crate::context::{Context, Job};
use crate::failure::JobError;
use bytes::Bytes;
use desk::derived_op;
use media::captions::CAPTION_BYTES_MAX;
use media::{CAPTIONS_FILE, Captions, Plan, caption_args};
use protocol::CaptionId;
use store::catalog::{CaptionRow, VersionUpdate};
use store::jobs::JobDone;
use tokio::io::AsyncReadExt as _;

pub(super) async fn run(context: &Context, job: &Job, stream: u32) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    let track = plan.captions.iter().find(|track| track.stream == stream);
    let track = track.ok_or_else(|| JobError::Broken(format!("the plan has no subtitles {stream}")))?;
    let source = context.source(job).await?;
    let args = caption_args(&plan, stream, &source, &job.folder);
    match context.ffmpeg(job, &source, args).await {
        Ok(_) => {}
        Err(JobError::Run(error)) => {
            tracing::warn!(%version, stream, %error, "subtitles could not be taken out of a file");
            return Ok(JobDone::default());
        }
        Err(error) => return Err(error),
    }
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(job.folder.join(CAPTIONS_FILE)).await?;
    file.take(CAPTION_BYTES_MAX as u64).read_to_end(&mut bytes).await?;
    let length_ms = plan.micros_of(plan.frames) / 1000;
    let captions =
        Captions::parse_leniently(&String::from_utf8_lossy(&bytes)).moved(-plan.origin_ms(), length_ms);
    if captions.cues.is_empty() {
        return Ok(JobDone::default());
    }
    // The same for the same track, so that a job that runs twice adds them once.
    let caption = CaptionId(derived_op(&format!("captions:{version}:{stream}")).0);
    context.store.blobs.put(&Plan::caption_key(version, caption), Bytes::from(captions.vtt())).await?;
    let row = CaptionRow {
        caption,
        version,
        language: track.language.clone(),
        label: track.title.clone().unwrap_or_default(),
        is_default: track.default,
        stream: Some(stream),
        cues: u32::try_from(captions.cues.len()).unwrap_or(u32::MAX),
        added_by: None,
        added_at: (context.now)(),
        removed_at: None,
    };
    let update = VersionUpdate { captions: Some(row), ..VersionUpdate::default() };
    Ok(JobDone { version: Some(update), ..JobDone::default() })
}
