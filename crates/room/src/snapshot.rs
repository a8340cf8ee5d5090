//! The stored form of a room: a version byte, then the encoded state with the operations of the last events. What was
//! stored can be read for ever (law 15): a new form gets a new version, the old readers stay.

use crate::ops::Ops;
use crate::room::Seed;
use crate::state::State;
use protocol::{ChannelState, Event, OpId, PersonId, Position, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// Events between two snapshots.
pub const SNAPSHOT_EVENTS: Seq = 256;

const VERSION_1: u8 = 1;

#[derive(Serialize, Deserialize)]
struct SnapshotV1 {
    state: ChannelState,
    last_at: Timestamp,
    ops: Vec<(OpId, Seq, Option<PersonId>)>,
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
    let snapshot = SnapshotV1 { state: state.to_wire(), last_at: state.last_at, ops: ops.list() };
    let mut bytes = vec![VERSION_1];
    rmp_serde::encode::write(&mut bytes, &snapshot).expect("wire types always encode into memory");
    bytes
}

/// The seed that a snapshot holds.
///
/// # Errors
/// [`SnapshotError`] when it is of an unknown version or damaged.
pub fn decode(at: Position, bytes: &[u8]) -> Result<Seed, SnapshotError> {
    match bytes.split_first() {
        Some((&VERSION_1, body)) => {
            let snapshot: SnapshotV1 =
                rmp_serde::from_slice(body).map_err(|error| SnapshotError::Damaged(error.to_string()))?;
            let state = State::from_wire(snapshot.state, at.seq, snapshot.last_at);
            Ok(Seed { epoch: at.epoch, state, ops: Ops::from_list(snapshot.ops), snapshot_at: at.seq })
        }
        other => Err(SnapshotError::Version(other.map(|(version, _)| *version))),
    }
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
