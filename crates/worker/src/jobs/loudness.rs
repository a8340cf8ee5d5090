//! Loudness of every sound track, measured when all else is done. A track that cannot be measured leaves the others
//! and the video as they are.

use crate::context::{Context, Job};
use crate::failure::JobError;
use media::loudness::{Loudness, loudness_args, read_report};
use store::catalog::VersionUpdate;
use store::jobs::JobDone;

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let source = context.source(job).await?;
    let mut measured = Vec::new();
    for (track, audio) in plan.sounds() {
        let unknown = Loudness { integrated: None, true_peak: None };
        let found = match context.ffmpeg(job, &source, loudness_args(&plan, audio, &source)).await {
            Ok(finished) => read_report(&finished.stderr),
            Err(JobError::Run(error)) => {
                tracing::warn!(version = %job.version.version, track, %error, "the loudness of a sound could not be measured");
                None
            }
            Err(error) => return Err(error),
        };
        measured.push(found.unwrap_or(unknown));
    }
    let text = serde_json::to_string(&measured)
        .map_err(|error| JobError::Broken(format!("the loudness cannot be written: {error}")))?;
    let update = VersionUpdate { loudness: Some(text), ..VersionUpdate::default() };
    Ok(JobDone { version: Some(update), ..JobDone::default() })
}
