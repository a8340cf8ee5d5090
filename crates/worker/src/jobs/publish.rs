//! Publishing: every object of the plan is there, so the version is ready. Runs after all encoding jobs.

use crate::context::{Context, Job};
use crate::failure::JobError;
use protocol::rest::VersionState;
use std::collections::BTreeSet;
use store::catalog::VersionUpdate;
use store::jobs::JobDone;

/// Objects of one version at most: eight hours of two-second segments in four renditions, eight sound tracks with
/// peaks, and sheets.
const OBJECTS_MAX: u32 = 200_000;

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    let version = job.version.version;
    let stored: BTreeSet<String> =
        context.store.blobs.list(&plan.prefix(version), OBJECTS_MAX).await?.into_iter().collect();
    let missing = plan.objects().into_iter().find(|object| !stored.contains(&plan.key(version, object)));
    if let Some(object) = missing {
        return Err(JobError::Broken(format!("the object {object} was not made")));
    }
    Ok(JobDone {
        version: Some(VersionUpdate { state: Some(VersionState::Ready), ..VersionUpdate::default() }),
        ..JobDone::default()
    })
}
