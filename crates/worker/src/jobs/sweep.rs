//! Tidying: what a version no longer needs, uploads that were given up, videos whose undo time is over, folders of
//! jobs that no longer run.

use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{Plan, upload_key};
use std::time::{Duration, SystemTime};
use store::StoreResult;
use store::jobs::JobDone;

/// How long a removed video can be put back, milliseconds (a day).
pub const UNDO_MS: i64 = 24 * 3_600 * 1_000;
/// Job folders that nothing has touched for so long are left over; no run takes longer.
const FOLDER_AGE_MAX: Duration = Duration::from_secs(3 * 3600);

/// After publishing: nothing of the version is left in interim but what a crash may have left.
pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    context.board.forget(job.version.version);
    sweep_folders(context).await?;
    Ok(JobDone::default())
}

/// Runs at start and then regularly; a failure is told in the log and tried again next time.
pub(crate) async fn sweep_instance(context: &Context) {
    let outcome = async {
        sweep_uploads(context).await?;
        sweep_videos(context).await
    };
    if let Err(error) = outcome.await {
        tracing::warn!(%error, "tidying the store failed; it is tried again later");
    }
    if let Err(error) = sweep_folders(context).await {
        tracing::warn!(%error, "tidying job folders failed; it is tried again later");
    }
}

async fn sweep_uploads(context: &Context) -> StoreResult<()> {
    for upload in context.store.catalog.stale_uploads((context.now)()).await? {
        context.store.catalog.cancel_upload(upload.upload).await?;
        context.store.blobs.delete(&upload_key(upload.upload)).await?;
        context.tell_version(upload.version, &format!("stale:{}", upload.upload)).await;
        tracing::info!(upload = %upload.upload, "an upload that was given up is removed");
    }
    Ok(())
}

async fn sweep_videos(context: &Context) -> StoreResult<()> {
    let before = (context.now)().plus_ms(-UNDO_MS);
    for row in context.store.catalog.removed_videos(before).await? {
        let Some((video, versions)) = context.store.catalog.video(row.video).await? else { continue };
        for version in &versions {
            context.store.jobs.cancel_version(version.version).await?;
            context.store.blobs.delete_prefix(&Plan::version_prefix(version.version)).await?;
            if let Some(upload) = context.store.catalog.upload_of(version.version).await? {
                context.store.blobs.delete(&upload_key(upload.upload)).await?;
            }
        }
        context.store.catalog.purge_video(video.video).await?;
        tracing::info!(video = %video.video, "a removed video is erased");
    }
    Ok(())
}

async fn sweep_folders(context: &Context) -> std::io::Result<()> {
    let mut entries = tokio::fs::read_dir(&context.job_dir).await?;
    while let Some(entry) = entries.next_entry().await? {
        let modified = entry.metadata().await?.modified()?;
        let old = SystemTime::now().duration_since(modified).is_ok_and(|age| age > FOLDER_AGE_MAX);
        if old && entry.file_type().await?.is_dir() {
            tokio::fs::remove_dir_all(entry.path()).await?;
        }
    }
    Ok(())
}
