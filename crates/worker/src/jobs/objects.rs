//! Putting verified objects under their final keys. Called by the jobs that make objects.

use crate::context::Context;
use crate::failure::JobError;
use bytes::Bytes;
use media::{ObjectRef, PackedObject, Plan, verify_init};
use protocol::VersionId;
use protocol::rest::VersionState;
use store::catalog::VersionUpdate;

/// Largest initialisation, bytes; ours have about 800.
const INIT_BYTES_MAX: u64 = 64 * 1024;

/// Whether all of these objects are stored.
pub(super) async fn all_there(
    context: &Context,
    plan: &Plan,
    version: VersionId,
    objects: &[ObjectRef],
) -> Result<bool, JobError> {
    for object in objects {
        if context.store.blobs.stat(&plan.key(version, object)).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Stores packed objects; an initialisation that is there already must be the same.
pub(super) async fn store_packed(
    context: &Context,
    plan: &Plan,
    version: VersionId,
    objects: Vec<PackedObject>,
) -> Result<(), JobError> {
    for PackedObject { object, bytes } in objects {
        let key = plan.key(version, &object);
        if matches!(object, ObjectRef::Init { .. } | ObjectRef::AudioInit { .. })
            && context.store.blobs.stat(&key).await?.is_some()
        {
            let served = context.store.blobs.read(&key, 0..INIT_BYTES_MAX).await?;
            verify_init(&served, &bytes)?;
            continue;
        }
        context.store.blobs.put(&key, Bytes::from(bytes)).await?;
    }
    Ok(())
}

/// The change of state that the head of a version brings: playable once the first chunks of the sound and of the
/// lowest or the copied rendition are stored. None where nothing changes.
pub(super) async fn playable(
    context: &Context,
    plan: &Plan,
    version: VersionId,
) -> Result<Option<VersionUpdate>, JobError> {
    let Some((row, _)) = context.desk.version(version).await? else { return Ok(None) };
    if row.state != VersionState::Processing {
        return Ok(None);
    }
    let sound = all_there(context, plan, version, &plan.audio_objects(0, 0)).await?;
    let low = plan.chunk_objects(0, media::RenditionSet::Low);
    let there = sound
        && (all_there(context, plan, version, &low).await?
            || (plan.copy.is_some() && all_there(context, plan, version, &plan.copy_objects(0)).await?));
    Ok(there.then(|| VersionUpdate { state: Some(VersionState::Playable), ..VersionUpdate::default() }))
}
