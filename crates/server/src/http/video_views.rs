//! Videos and versions as pages read them, with how far their preparation is.

use super::upload_part::permille_of;
use super::views::person;
use crate::AppState;
use crate::problem::Refusal;
use desk::done_jobs;
use media::{Loudness, Plan, SourceFacts};
use protocol::rest::{CaptionView, FailureView, LoudnessView, VersionState, VersionView, VideoView};
use protocol::{Code, PersonId};
use store::catalog::{CaptionRow, VersionRow, VideoRow};
use store::jobs::{JobRow, JobState};

/// A video with its versions, as `asker` sees it.
///
/// # Errors
/// When the store cannot be asked.
pub(super) async fn video_view(
    state: &AppState,
    row: VideoRow,
    versions: Vec<VersionRow>,
    asker: PersonId,
) -> Result<VideoView, Refusal> {
    let added_by = match row.added_by {
        Some(who) => Some(person(state, who).await?),
        None => None,
    };
    let mut views = Vec::with_capacity(versions.len());
    for version in versions {
        views.push(version_view(state, version, asker).await?);
    }
    Ok(VideoView {
        video: row.video,
        channel: row.channel,
        title: row.title,
        added_by,
        added_at: row.added_at,
        versions: views,
    })
}

async fn version_view(state: &AppState, row: VersionRow, asker: PersonId) -> Result<VersionView, Refusal> {
    let plan = row.plan.as_deref().map(|text| state.media.plan(row.version, text)).transpose()?;
    let facts: Option<SourceFacts> = row.facts.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut view = VersionView {
        version: row.version,
        number: row.number,
        state: row.state,
        filename: row.filename,
        bytes: row.bytes,
        permille: 0,
        playable_s: 0,
        sharp_s: 0,
        renditions: plan.as_deref().map(Plan::rendition_names).unwrap_or_default(),
        complete: Vec::new(),
        facts: facts.map(|facts| facts.view()),
        failure: None,
        uploaded_permille: None,
        upload: None,
        created_at: row.created_at,
        captions: Vec::new(),
        loudness: row.loudness.as_deref().map(loudness_views).unwrap_or_default(),
        poster_frame: row.poster_frame,
    };
    if plan.is_some() {
        let captions = state.store.catalog.captions(row.version).await?;
        view.captions = captions.into_iter().map(caption_view).collect();
    }
    if row.sha256.is_none()
        && let Some(upload) = state.store.catalog.upload_of(row.version).await?
    {
        view.uploaded_permille = Some(permille_of(&upload, upload.offset));
        view.upload = Some(upload.upload).filter(|_| upload.person == asker);
    }
    match (row.state, plan.as_deref()) {
        (VersionState::Pending | VersionState::Uploading, _) => {
            view.permille = view.uploaded_permille.unwrap_or(0);
        }
        (VersionState::Ready, Some(plan)) => {
            view.permille = 1000;
            view.complete.clone_from(&view.renditions);
            view.playable_s = u32::try_from(plan.micros_of(plan.frames) / 1_000_000).unwrap_or(u32::MAX);
            view.sharp_s = view.playable_s;
        }
        (VersionState::Processing | VersionState::Playable | VersionState::Failed, plan) => {
            let jobs = state.store.jobs.jobs_of(row.version).await?;
            if let Some(plan) = plan {
                let progress = plan.progress(&done_jobs(&jobs));
                let told = state.desk.board().permille(row.version).unwrap_or(0);
                view.permille = progress.permille.max(told);
                view.playable_s = progress.playable_s;
                view.sharp_s = progress.sharp_s;
                view.complete = progress.complete;
            }
            view.failure = row.failure.map(|(code, detail)| failure_view(code, &detail, &jobs));
        }
        _ => view.failure = row.failure.map(|(code, detail)| failure_view(code, &detail, &[])),
    }
    Ok(view)
}

fn caption_view(row: CaptionRow) -> CaptionView {
    CaptionView {
        caption: row.caption,
        language: row.language,
        label: row.label,
        is_default: row.is_default,
        embedded: row.stream.is_some(),
        cues: row.cues,
    }
}

fn loudness_views(text: &str) -> Vec<LoudnessView> {
    let measured: Vec<Loudness> = serde_json::from_str(text).unwrap_or_default();
    let decimal = |hundredths: i32| f64::from(hundredths) / 100.0;
    let view = |one: Loudness| LoudnessView {
        integrated_lufs: one.integrated.map(decimal),
        true_peak_dbtp: one.true_peak.map(decimal),
    };
    measured.into_iter().map(view).collect()
}

/// A failure in words. Trying again is offered where it was not the file.
fn failure_view(code: u16, detail: &str, jobs: &[JobRow]) -> FailureView {
    let known = Code::ALL.iter().copied().find(|known| known.number() == code);
    let is_ours = matches!(
        known,
        Some(
            Code::EncodingFailed
                | Code::StorageFull
                | Code::FfmpegMissing
                | Code::SandboxMissing
                | Code::Internal
        )
    );
    let dead = jobs.iter().find(|row| row.state == JobState::Dead).map(|row| row.new.job);
    // What ffmpeg said is for the log; people get our sentence.
    let message = match known {
        Some(known) if is_ours => known.sentence().to_owned(),
        _ => detail.to_owned(),
    };
    FailureView { code, message, retry: dead.filter(|_| is_ours) }
}
