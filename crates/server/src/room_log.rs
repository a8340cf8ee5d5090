//! What a room's task asks of the store: read a channel from its snapshot, append a batch, look for an operation, read
//! the facts of a video. Answers in the room's own words; decides nothing.

use protocol::rest::VersionState;
use protocol::{ChannelId, Event, OpId, Seq, VideoId};
use room::{FirstPlace, Seed, VideoFacts};
use std::time::Duration;
use store::event_log::{Appended, Batch};
use store::{Store, StoreResult};

/// Events of one read.
const PAGE: u32 = 1_000;
/// How long an append may take. After it nobody knows the outcome; the poll finds out.
const APPEND_PATIENCE: Duration = Duration::from_secs(10);
/// Epochs are drawn below this, so that every client holds them exactly.
const EPOCH_MAX: u64 = 1 << 53;

/// How an append ended.
pub(crate) enum Report {
    Done(Seq),
    Lost(Vec<Event>),
    Duplicate {
        op: OpId,
        first: FirstPlace,
        events: Vec<Event>,
    },
    Failed,
    /// The log has another epoch: everything begins again.
    NewLife,
}

/// A channel's room as the store has it, and the last events of its log.
pub(crate) async fn load(store: &Store, channel: ChannelId, recent: u64) -> StoreResult<(Seed, Vec<Event>)> {
    let Some(head) = store.log.head(channel).await? else {
        return Ok((Seed::empty(channel, rand::random_range(1..EPOCH_MAX)), Vec::new()));
    };
    let stored = store.log.snapshot(channel).await?.filter(|stored| stored.at.epoch == head.position.epoch);
    let from_snapshot = stored.and_then(|stored| {
        room::snapshot::decode(stored.at, &stored.bytes)
            .inspect_err(|error| tracing::error!(%channel, %error, "a snapshot cannot be read; the whole log is replayed"))
            .ok()
    });
    let mut seed = from_snapshot.unwrap_or_else(|| Seed::empty(channel, head.position.epoch));
    let from = seed.state.head.min(head.position.seq.saturating_sub(recent));
    let events = read_after(store, channel, from).await?;
    for event in events.iter().filter(|event| event.seq > from) {
        if event.seq > seed.state.head && !seed.apply(event) {
            tracing::error!(%channel, seq = event.seq, head = seed.state.head, "the log has a gap");
            break;
        }
    }
    Ok((seed, events))
}

/// Everything after a place.
pub(crate) async fn read_after(store: &Store, channel: ChannelId, after: Seq) -> StoreResult<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let from = events.last().map_or(after, |last| last.seq);
        let page = store.log.read(channel, from, PAGE).await?;
        let last = page.len() < PAGE as usize;
        events.extend(page);
        if last {
            return Ok(events);
        }
    }
}

/// First place of an operation.
pub(crate) async fn first_place(
    store: &Store,
    channel: ChannelId,
    op: OpId,
) -> StoreResult<Option<FirstPlace>> {
    let Some(seq) = store.log.find_op(channel, op).await? else { return Ok(None) };
    let event = store.log.read(channel, seq - 1, 1).await?.pop();
    Ok(event.filter(|event| event.op == op).map(|event| FirstPlace { seq, actor: event.actor }))
}

/// Appends, and reads what came between where another node was faster.
pub(crate) async fn append(store: Store, batch: Batch) -> Report {
    let (channel, epoch, head) = (batch.channel, batch.epoch, batch.expected_head);
    let outcome = match tokio::time::timeout(APPEND_PATIENCE, store.log.append(batch)).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => {
            tracing::error!(%channel, "an append was not answered in time");
            return Report::Failed;
        }
    };
    let report = async {
        Ok(match outcome? {
            Appended::Committed { head } => Report::Done(head),
            Appended::Lost { head: other } if other.epoch != epoch => Report::NewLife,
            Appended::Lost { .. } => Report::Lost(read_after(&store, channel, head).await?),
            Appended::DuplicateOp { op, seq } => {
                let first =
                    first_place(&store, channel, op).await?.unwrap_or(FirstPlace { seq, actor: None });
                Report::Duplicate { op, first, events: read_after(&store, channel, head).await? }
            }
        })
    };
    report.await.unwrap_or_else(|error: store::StoreError| {
        tracing::error!(%channel, %error, "events could not be appended");
        Report::Failed
    })
}

/// What a command needs to know of a video of this channel: its newest version that plays, else its newest.
pub(crate) async fn video_facts(
    store: &Store,
    channel: ChannelId,
    video: VideoId,
) -> StoreResult<Option<VideoFacts>> {
    let Some((row, versions)) = store.catalog.video(video).await? else { return Ok(None) };
    if row.channel != channel || row.removed_at.is_some() {
        return Ok(None);
    }
    let plays = |state: VersionState| matches!(state, VersionState::Playable | VersionState::Ready);
    let newest = versions.iter().filter(|version| plays(version.state)).max_by_key(|version| version.number);
    let Some(version) = newest.or_else(|| versions.iter().max_by_key(|version| version.number)) else {
        return Ok(None);
    };
    let grid = version.rate.zip(version.frames);
    Ok(Some(VideoFacts {
        video,
        version: version.version,
        title: row.title,
        rate: grid.map_or(timecode::FrameRate::MILLISECONDS, |(rate, _)| rate),
        frames: grid.map_or(0, |(_, frames)| frames),
        playable: plays(version.state) && grid.is_some(),
    }))
}
