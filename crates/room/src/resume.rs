//! Whether a client that has been here before goes on where it stood, or begins again from a snapshot.

use protocol::Position;
use protocol::limits::RESUME_EVENTS_MAX;

/// Whether a client at `from` gets the events after it. Another epoch is another life of the log: never replay
/// (law 3). A position ahead of the head is not ours (the shell has read the log before it asked).
#[must_use]
pub fn continues(head: Position, from: Position) -> bool {
    from.epoch == head.epoch && from.seq <= head.seq && head.seq - from.seq <= RESUME_EVENTS_MAX
}
