//! The stored form of a room: a version byte, then the encoded state with the operations of the last events. What was
//! stored can be read for ever (law 15): a new form gets a new version, the old readers stay.

use crate::ops::Ops;
use crate::room::Seed;
use crate::state::State;
use protocol::{ChannelState, Event, OpId, PersonId, Position, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// Events between two snapshots.
pub const SNAPSHOT_EVENTS: Seq = 256;

/// Without the deletion of the channel.
const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;

#[derive(Serialize, Deserialize)]
struct SnapshotV1 {
    state: ChannelState,
    last_at: Timestamp,
    ops: Vec<(OpId, Seq, Option<PersonId>)>,
}

#[derive(Serialize, Deserialize)]
struct SnapshotV2 {
    state: ChannelState,
    last_at: Timestamp,
    ops: Vec<(OpId, Seq, Option<PersonId>)>,
    deleted_at: Option<Timestamp>,
}

/// Why a stored snapshot cannot be read. The shell then replays the log from its beginning.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a newer version, or empty.
    #[error("snapshot of version {0:?} is not known here")]
    Version(Option<u8>),
    /// Damaged.
    #[error("snapshot cannot be decoded: {0}")]
    Damaged(String),
}

/// Bytes of a room.
#[must_use]
pub(crate) fn encode(state: &State, ops: &Ops) -> Vec<u8> {
    let snapshot = SnapshotV2 {
        state: state.to_wire(),
        last_at: state.last_at,
        ops: ops.list(),
        deleted_at: state.deleted_at,
    };
    let mut bytes = vec![VERSION_2];
    rmp_serde::encode::write(&mut bytes, &snapshot).expect("wire types always encode into memory");
    bytes
}

/// The seed that a snapshot holds.
///
/// # Errors
/// [`SnapshotError`] when it is of an unknown version or damaged.
pub fn decode(at: Position, bytes: &[u8]) -> Result<Seed, SnapshotError> {
    let damaged = |error: rmp_serde::decode::Error| SnapshotError::Damaged(error.to_string());
    let snapshot: SnapshotV2 = match bytes.split_first() {
        Some((&VERSION_1, body)) => {
            let SnapshotV1 { state, last_at, ops } = rmp_serde::from_slice(body).map_err(damaged)?;
            SnapshotV2 { state, last_at, ops, deleted_at: None }
        }
        Some((&VERSION_2, body)) => rmp_serde::from_slice(body).map_err(damaged)?,
        other => return Err(SnapshotError::Version(other.map(|(version, _)| *version))),
    };
    let mut state = State::from_wire(snapshot.state, at.seq, snapshot.last_at);
    state.deleted_at = snapshot.deleted_at;
    Ok(Seed { epoch: at.epoch, state, ops: Ops::from_list(snapshot.ops), snapshot_at: at.seq })
}

impl Seed {
    /// Version byte and encoded state, as [`decode`] reads it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.state, &self.ops)
    }

    /// Applies an event that came after; false (and nothing happens) if it is not the next one.
    pub fn apply(&mut self, event: &Event) -> bool {
        let next = event.seq == self.state.head + 1;
        if next {
            self.state.apply(event);
            self.ops.note(event);
        }
        next
    }
}
