//! One module per kind of job. Each may run twice and gives the same result (law 11); each returns what is to be
//! written in the transaction that finishes it.

mod audio;
mod begun;
mod captions;
mod chunk;
mod copy;
mod key_frames;
mod loudness;
mod objects;
mod poster;
mod probe;
mod publish;
pub(crate) mod sweep;
mod waveform;

use crate::context::{Context, Job};
use crate::failure::JobError;
use media::JobSpec;
use store::jobs::JobDone;

/// Does a job.
pub(crate) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    match job.spec {
        JobSpec::Probe => probe::run(context, job).await,
        JobSpec::ProbeAhead => probe::run_ahead(context, job).await,
        JobSpec::Chunk { index, renditions } => chunk::run(context, job, index, renditions).await,
        JobSpec::Copy { index } => copy::run(context, job, index).await,
        JobSpec::Audio { track, index } => audio::run(context, job, track, index).await,
        JobSpec::Waveform { track } => waveform::run(context, job, track).await,
        JobSpec::KeyFrames => key_frames::run(context, job).await,
        JobSpec::Poster => poster::run(context, job).await,
        JobSpec::PosterAt { frame, .. } => poster::run_at(context, job, frame).await,
        JobSpec::Captions { stream } => captions::run(context, job, stream).await,
        JobSpec::Loudness => loudness::run(context, job).await,
        JobSpec::Publish => publish::run(context, job).await,
        JobSpec::Sweep => sweep::run(context).await,
    }
}
