//! The log of each channel: append by compare-and-set on `(epoch, head)`, read, find by operation id, snapshots.
//!
//! Law 4: append is compare-and-set on the head, so two nodes never fork a log. The events of a batch and the rows
//! derived from them (members, channel, messages, timeline card) are written in one transaction; the writer groups
//! the batches of all channels in one commit, each under a savepoint, so that one loser does not undo the others.

use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::event::Erased;
use protocol::{ChannelId, Epoch, Event, EventBody, OpId, Position, Seq, Timestamp};

/// Events of one batch at most; also what one commit takes of all channels together.
pub const BATCH_EVENTS_MAX: usize = 256;

/// Channels that [`EventLog::heads`] takes at once.
pub const HEADS_MAX: usize = 1_000;

/// What is to be appended to one channel.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Channel.
    pub channel: ChannelId,
    /// Life of the log that the events were decided on. A channel without a log begins one with this epoch when
    /// `expected_head` is 0.
    pub epoch: Epoch,
    /// The head that the events were decided on.
    pub expected_head: Seq,
    /// In order, from `expected_head + 1` without a gap; 1 to [`BATCH_EVENTS_MAX`].
    pub events: Vec<Event>,
}

/// How an append ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Committed and synced to disk; the head is now this.
    Committed {
        /// Sequence number of the last event.
        head: Seq,
    },
    /// Another node was faster, or the epoch has changed: nothing was written. Read from the expected head on,
    /// apply, decide again.
    Lost {
        /// Where the log stands.
        head: Position,
    },
    /// An operation of the batch is in the log already: nothing was written. Answer it with its first place and
    /// decide the rest again.
    DuplicateOp {
        /// Which.
        op: OpId,
        /// Its first place.
        seq: Seq,
    },
}

/// Head of a channel's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Where the log stands.
    pub position: Position,
    /// Stamp of the last event.
    pub last_at: Timestamp,
}

/// A stored snapshot of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Position it was taken at.
    pub at: Position,
    /// Version byte and encoded state; opaque here.
    pub bytes: Vec<u8>,
}

/// The logs of all channels.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends, or says who was faster. Returns after the commit is on disk.
    async fn append(&self, batch: Batch) -> StoreResult<Appended>;
    /// Where the log stands; none for a channel without one.
    async fn head(&self, channel: ChannelId) -> StoreResult<Option<LogHead>>;
    /// Heads of several channels in one query (the poll of law 6); at most 1,000.
    async fn heads(&self, channels: &[ChannelId]) -> StoreResult<Vec<(ChannelId, LogHead)>>;
    /// Events after `after`, in order, at most `limit`.
    async fn read(&self, channel: ChannelId, after: Seq, limit: u32) -> StoreResult<Vec<Event>>;
    /// Place of an operation in a channel's log.
    async fn find_op(&self, channel: ChannelId, op: OpId) -> StoreResult<Option<Seq>>;
    /// Newest snapshot of the present epoch.
    async fn snapshot(&self, channel: ChannelId) -> StoreResult<Option<StoredSnapshot>>;
    /// Keeps a snapshot; an older one than the kept is ignored.
    async fn put_snapshot(&self, channel: ChannelId, snapshot: StoredSnapshot) -> StoreResult<()>;
    /// Gives every log a new epoch drawn from `draw` (after a restore from a backup), never the one it had, and drops
    /// snapshots of the old life. A few random numbers suffice for any number of logs.
    async fn renew_epochs(&self, draw: Vec<Epoch>) -> StoreResult<()>;
    /// Drops and rebuilds the derived tables from the log (`genlock fsck --rebuild`).
    async fn rebuild_derived(&self) -> StoreResult<()>;
}

/// What a caller must have got right before anything is compared.
pub(crate) fn check_batch(batch: &Batch) -> StoreResult<()> {
    if batch.events.is_empty() || batch.events.len() > BATCH_EVENTS_MAX {
        return Err(StoreError::Conflict("a batch has 1 to 256 events"));
    }
    let mut expected = batch.expected_head;
    for (index, event) in batch.events.iter().enumerate() {
        expected += 1;
        if event.seq != expected {
            return Err(StoreError::Conflict("the events of a batch follow its head without a gap"));
        }
        if batch.events[..index].iter().any(|earlier| earlier.op == event.op) {
            return Err(StoreError::Conflict("an operation makes one event"));
        }
    }
    Ok(())
}

/// The epoch that the log at `index` gets: each its own while the draw lasts, and never the one it had.
pub(crate) fn draw_epoch(draw: &[Epoch], index: usize, had: Epoch) -> StoreResult<Epoch> {
    let from = index.checked_rem(draw.len()).unwrap_or(0);
    let mut candidates = draw[from..].iter().chain(&draw[..from]).copied();
    candidates.find(|epoch| *epoch != had).ok_or(StoreError::Conflict("no other epoch to draw"))
}

/// What is left of an event's content when it is erased.
pub(crate) fn erased(body: &EventBody) -> EventBody {
    match body {
        EventBody::Erased(_) => body.clone(),
        other => EventBody::Erased(Erased { kind: other.tag().to_owned() }),
    }
}
