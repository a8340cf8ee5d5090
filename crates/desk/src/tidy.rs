//! Tidying the store: uploads that were given up, videos and channels whose undo time is over. Called by the store's
//! desk, so that it happens wherever the workers are.

use crate::StoreDesk;
use media::{Plan, upload_key};
use protocol::limits::UNDO_MS;
use protocol::{Epoch, Timestamp, VideoId};
use store::catalog::{SWEEP_MAX, UploadRow};
use store::{Store, StoreResult};
use uuid::Uuid;

/// A deleted channel is erased this much after its undo time, milliseconds: nobody puts back what is being erased.
const UNDO_MARGIN_MS: i64 = 60 * 1_000;

/// Runs at start and then regularly; a failure is told in the log and tried again next time.
pub(crate) async fn tidy(desk: &StoreDesk) {
    let outcome = async {
        for upload in sweep_uploads(desk.store(), desk.now()).await? {
            desk.tell_version(upload.version, &format!("stale:{}", upload.upload)).await;
        }
        sweep_captions(desk).await?;
        sweep_videos(desk.store(), desk.now()).await?;
        sweep_channels(desk.store(), desk.now()).await
    };
    if let Err(error) = outcome.await {
        tracing::warn!(%error, "tidying the store failed; it is tried again later");
    }
}

/// Gives up uploads that nobody goes on with, and removes what is left of those given up before. Answers the former, to be
/// told. Called regularly; in tests with a time of their own.
///
/// # Errors
/// When the store fails; what is left is swept the next time.
pub async fn sweep_uploads(store: &Store, now: Timestamp) -> StoreResult<Vec<UploadRow>> {
    let mut told = Vec::new();
    for upload in store.catalog.stale_uploads(now).await? {
        if !upload.given_up {
            // Its row stays a while: a request may still be writing.
            store.catalog.cancel_upload(upload.upload, now).await?;
            tracing::info!(upload = %upload.upload, "an upload that nobody went on with is given up");
            told.push(upload.clone());
        }
        store.blobs.delete(&upload_key(upload.upload)).await?;
        // A crash may have left its bytes in their final place already.
        store.blobs.delete_prefix(&Plan::version_prefix(upload.version)).await?;
        if upload.given_up {
            store.catalog.forget_upload(upload.upload).await?;
        }
    }
    Ok(told)
}

/// Captions whose undo time is over.
async fn sweep_captions(desk: &StoreDesk) -> StoreResult<()> {
    let store = desk.store();
    for row in store.catalog.removed_captions(desk.now().plus_ms(-UNDO_MS)).await? {
        store.blobs.delete(&Plan::caption_key(row.version, row.caption)).await?;
        store.catalog.purge_captions(row.caption).await?;
        tracing::info!(caption = %row.caption, "removed captions are erased");
    }
    Ok(())
}

async fn sweep_videos(store: &Store, now: Timestamp) -> StoreResult<()> {
    for row in store.catalog.removed_videos(now.plus_ms(-UNDO_MS)).await? {
        erase_video(store, row.video).await?;
    }
    Ok(())
}

/// Erases the channels that nobody put back: their videos first, then what was said and who was there (law 16).
async fn sweep_channels(store: &Store, now: Timestamp) -> StoreResult<()> {
    let before = now.plus_ms(-UNDO_MS - UNDO_MARGIN_MS);
    for channel in store.catalog.deleted_channels(before).await? {
        loop {
            let videos = store.catalog.videos(channel, None, SWEEP_MAX).await?;
            if videos.is_empty() {
                break;
            }
            for (row, _) in videos {
                erase_video(store, row.video).await?;
            }
        }
        if store.catalog.erase_channel(channel, before, new_epoch()).await? {
            tracing::info!(%channel, "a deleted channel is erased");
        }
    }
    Ok(())
}

async fn erase_video(store: &Store, video: VideoId) -> StoreResult<()> {
    let Some((_, versions)) = store.catalog.video(video).await? else { return Ok(()) };
    for version in &versions {
        store.jobs.cancel_version(version.version).await?;
        store.blobs.delete_prefix(&Plan::version_prefix(version.version)).await?;
        if let Some(upload) = store.catalog.upload_of(version.version).await? {
            store.blobs.delete(&upload_key(upload.upload)).await?;
        }
    }
    store.catalog.purge_video(video).await?;
    tracing::info!(%video, "a removed video is erased");
    Ok(())
}

/// A life that no log had: the random part of a new id, small enough for every client to hold exactly.
fn new_epoch() -> Epoch {
    let (_, random) = Uuid::now_v7().as_u64_pair();
    random & ((1 << 53) - 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

    use super::*;
    use protocol::event::{ChannelCreated, ChannelDeleted, Erased, MessageSent};
    use protocol::{ChannelId, DisplayName, Event, EventBody, OpId, PersonId, Visibility};
    use store::event_log::Batch;

    const DAY_US: i64 = UNDO_MS * 1_000;

    /// A channel with a message, deleted at 0.
    async fn deleted(store: &Store, number: u8) -> ChannelId {
        let channel = ChannelId::from_bytes([number; 16]);
        let ada = PersonId::from_bytes([9; 16]);
        let bodies = [
            EventBody::ChannelCreated(ChannelCreated {
                name: "Films".into(),
                visibility: Visibility::Private,
                owner: ada,
                owner_name: DisplayName::parse("Ada").unwrap(),
            }),
            EventBody::MessageSent(MessageSent { text: "a secret".into(), at: None }),
            EventBody::ChannelDeleted(ChannelDeleted { deleted: true }),
        ];
        let event = |(seq, body): (u64, EventBody)| Event {
            seq,
            at: Timestamp(0),
            actor: Some(ada),
            op: OpId::from_bytes([seq as u8; 16]),
            body,
        };
        let events = (1..).zip(bodies).map(event).collect();
        store.log.append(Batch { channel, epoch: 7, expected_head: 0, events }).await.unwrap();
        channel
    }

    #[tokio::test]
    async fn law_16_a_deleted_channel_is_erased_when_its_undo_time_is_over() {
        let store = store::memory::open();
        let channel = deleted(&store, 1).await;
        sweep_channels(&store, Timestamp(DAY_US)).await.unwrap();
        assert!(store.catalog.channel(channel).await.unwrap().is_some(), "not yet");
        sweep_channels(&store, Timestamp(DAY_US + 61_000_000)).await.unwrap();
        assert_eq!(store.catalog.channel(channel).await.unwrap(), None);
        let log = store.log.read(channel, 0, 10).await.unwrap();
        let kinds: Vec<&EventBody> = log.iter().map(|event| &event.body).collect();
        let erased = |kind: &str| EventBody::Erased(Erased { kind: kind.into() });
        assert_eq!(kinds, [&erased("channel.created"), &erased("message.sent"), &erased("channel.deleted")]);
        assert_ne!(store.log.head(channel).await.unwrap().unwrap().position.epoch, 7);
    }
}
