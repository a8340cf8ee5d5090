//! A picture chunk: one run of ffmpeg for the renditions that are not there yet, cut and verified by the packager,
//! stored under final keys.

use super::begun::{Begun, LOOK};
use super::objects::{all_there, playable, store_packed};
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{ObjectRef, Plan, RenditionSet, SHEET_FILE, chunk_args, rendition_file};
use std::pin::pin;
use store::jobs::JobDone;

pub(super) async fn run(
    context: &Context,
    job: &Job,
    chunk: u32,
    set: RenditionSet,
) -> Result<JobDone, JobError> {
    let plan = job.plan()?;
    if chunk >= plan.chunks() {
        return Err(JobError::Broken(format!("the plan has no chunk {chunk}")));
    }
    match missing(context, job, &plan, chunk, set).await? {
        // Fewer encoders at a time; the objects are the same.
        Some(RenditionSet::All) if job.is_sparing() => {
            encode(context, job, &plan, chunk, RenditionSet::Low).await?;
            encode(context, job, &plan, chunk, RenditionSet::Rest).await?;
        }
        Some(missing) => encode(context, job, &plan, chunk, missing).await?,
        None => {}
    }
    let version = if chunk == 0 { playable(context, &plan, job.version.version).await? } else { None };
    Ok(JobDone { version, ..JobDone::default() })
}

/// What of a set is still to be made; none if all is there.
async fn missing(
    context: &Context,
    job: &Job,
    plan: &Plan,
    chunk: u32,
    set: RenditionSet,
) -> Result<Option<RenditionSet>, JobError> {
    let version = job.version.version;
    let lacks = async |part: RenditionSet| -> Result<bool, JobError> {
        let objects = plan.chunk_objects(chunk, part);
        Ok(!objects.is_empty() && !all_there(context, plan, version, &objects).await?)
    };
    let low = set != RenditionSet::Rest && lacks(RenditionSet::Low).await?;
    let rest = set != RenditionSet::Low && lacks(RenditionSet::Rest).await?;
    Ok(match (low, rest) {
        (true, true) => Some(RenditionSet::All),
        (true, false) => Some(RenditionSet::Low),
        (false, true) => Some(RenditionSet::Rest),
        (false, false) => None,
    })
}

async fn encode(
    context: &Context,
    job: &Job,
    plan: &Plan,
    chunk: u32,
    set: RenditionSet,
) -> Result<(), JobError> {
    let version = job.version.version;
    let renditions = plan.renditions_of(set);
    let mut begun = match (set, renditions.last()) {
        (RenditionSet::Rest, _) | (_, None) => None,
        (_, Some(lowest)) => Some(Begun::new(plan, chunk, lowest)),
    };
    {
        let mut run = pin!(
            context.ffmpeg_on_source(job, |source| { chunk_args(plan, chunk, set, source, &job.folder) })
        );
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                ended = &mut run => {
                    ended?;
                    break;
                }
                _ = look.tick(), if begun.is_some() => {
                    if let Some(begun) = &mut begun {
                        begun.look(context, job).await?;
                    }
                }
            }
        }
    }
    // The lowest first: it is what a waiting viewer gets.
    for (place, rendition) in renditions.iter().rev().enumerate() {
        let file = job.folder.join(rendition_file(&rendition.name));
        let bytes = tokio::fs::read(&file).await?;
        let mut objects = plan.pack_chunk(chunk, rendition, &bytes)?;
        drop(bytes);
        if let (0, Some(begun)) = (place, &begun) {
            objects.drain(..begun.stored);
        }
        store_packed(context, plan, version, objects).await?;
        tokio::fs::remove_file(&file).await?;
    }
    if set.has_storyboard() && !plan.tiles_of(chunk).is_empty() {
        let key = plan.key(version, &ObjectRef::Sheet { chunk });
        context.store.blobs.put_file(&key, &job.folder.join(SHEET_FILE)).await?;
    }
    Ok(())
}
