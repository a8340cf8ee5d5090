//! Tidying: folders of jobs that no longer run. What the store keeps too long is the desk's business.

use crate::context::Context;
use crate::failure::JobError;
use std::time::{Duration, SystemTime};
use store::jobs::JobDone;

/// Job folders that nothing has touched for so long are left over; no run takes longer.
const FOLDER_AGE_MAX: Duration = Duration::from_secs(3 * 3600);

/// After publishing: nothing of the version is left in interim but what a crash may have left.
pub(super) async fn run(context: &Context) -> Result<JobDone, JobError> {
    sweep_folders(context).await?;
    Ok(JobDone::default())
}

/// Runs at start and then regularly; a failure is told in the log and tried again next time.
pub(crate) async fn sweep_old_folders(context: &Context) {
    if let Err(error) = sweep_folders(context).await {
        tracing::warn!(%error, "tidying job folders failed; it is tried again later");
    }
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
