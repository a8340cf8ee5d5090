//! The connections of a room, shared by its task (fan-out) and the registry (beats, revocation, cards). Holds no state
//! of the channel beyond what a beat and a card say.

use crate::ws::outbox::{Lane, Outbox};
use bytes::Bytes;
use parking_lot::Mutex;
use protocol::codec::Encoding;
use protocol::frame::Beat;
use protocol::limits::{BEAT_MS, PLAYING_BEAT_MS};
use protocol::rest::PersonView;
use protocol::{Code, PersonId, Position, ServerFrame, SessionId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Faces on a card.
pub const FACES: usize = 5;
/// Places in the round of beats: one every 100 ms of the 5 s between two beats of a connection.
pub const PHASES: u16 = 50;
/// Steps from one beat of a connection to its next while the timeline moves.
const PLAYING_PHASES: u16 = (PHASES as u32 * PLAYING_BEAT_MS / BEAT_MS) as u16;
const _: () = assert!(PHASES.is_multiple_of(PLAYING_PHASES));
/// A connection from which nothing is heard for this long is dead, milliseconds: three missed beats.
const DEAD_AFTER_MS: u64 = 15_000;
/// How long the answer to a ping may take, milliseconds, before the person shows as reconnecting: with a ping each half
/// round that is within 5 s of the cut.
const ANSWER_MS: u64 = 1_000;

/// What a beat says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    pub(crate) head: Position,
    pub(crate) revision: u64,
    /// Whether the timeline moves: then the beats come closer.
    pub(crate) playing: bool,
}

/// A frame that is encoded when the first connection of an encoding needs it, and shared by all.
pub(crate) struct Shared<F> {
    make: F,
    packed: Option<Bytes>,
    json: Option<Bytes>,
}

impl<F: FnMut(Encoding) -> Bytes> Shared<F> {
    pub(crate) fn new(make: F) -> Shared<F> {
        Shared { make, packed: None, json: None }
    }

    pub(crate) fn of(&mut self, encoding: Encoding) -> Bytes {
        let place = match encoding {
            Encoding::MessagePack => &mut self.packed,
            Encoding::Json => &mut self.json,
        };
        place.get_or_insert_with(|| (self.make)(encoding)).clone()
    }
}

/// A frame as bytes.
pub(crate) fn encoded(frame: &ServerFrame) -> Shared<impl FnMut(Encoding) -> Bytes> {
    Shared::new(|encoding: Encoding| Bytes::from(encoding.encode(frame)))
}

/// The connections of a room.
#[derive(Default)]
pub struct Hub {
    seats: Mutex<BTreeMap<SessionId, Arc<Outbox>>>,
    pulse: Mutex<Option<Pulse>>,
    faces: Mutex<(Vec<PersonView>, u32)>,
}

impl Hub {
    pub(crate) fn seat(&self, outbox: Arc<Outbox>) {
        self.seats.lock().insert(outbox.session, outbox);
    }

    pub(crate) fn unseat(&self, session: SessionId) -> Option<Arc<Outbox>> {
        self.seats.lock().remove(&session)
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<Arc<Outbox>> {
        self.seats.lock().get(&session).cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.seats.lock().is_empty()
    }

    /// Gives a frame to every connection but those that `skip`.
    pub(crate) fn broadcast<F: FnMut(Encoding) -> Bytes>(
        &self,
        lane: Lane,
        frame: &mut Shared<F>,
        skip: impl Fn(SessionId) -> bool,
    ) {
        for (session, outbox) in self.seats.lock().iter() {
            if !skip(*session) {
                outbox.push(lane, frame.of(outbox.encoding));
            }
        }
    }

    pub(crate) fn each(&self, mut visit: impl FnMut(&Outbox)) {
        self.seats.lock().values().for_each(|outbox| visit(outbox));
    }

    pub(crate) fn set_pulse(&self, pulse: Pulse) {
        *self.pulse.lock() = Some(pulse);
    }

    /// Where the log stands as this node knows; none until the room has been read.
    #[must_use]
    pub fn head(&self) -> Option<Position> {
        self.pulse.lock().map(|pulse| pulse.head)
    }

    pub(crate) fn set_faces(&self, faces: Vec<PersonView>, count: u32) {
        *self.faces.lock() = (faces, count);
    }

    /// At most [`FACES`] people who are here, and how many are.
    #[must_use]
    pub fn faces(&self) -> (Vec<PersonView>, u32) {
        self.faces.lock().clone()
    }

    /// Closes a person's connections.
    pub(crate) fn revoke(&self, person: PersonId) {
        self.each(|outbox| {
            if outbox.person == person {
                outbox.close(Code::CloseForbidden);
            }
        });
    }

    /// One step of the round of beats, for the connections of this phase: a beat (while the timeline moves also in
    /// between), and twice in a round a ping, which browsers answer also for hidden tabs. Answers the connections that
    /// have fallen silent.
    pub(crate) fn beat(&self, phase: u16, now: Timestamp) -> Vec<SessionId> {
        let Some(pulse) = *self.pulse.lock() else { return Vec::new() };
        let beat = ServerFrame::Beat(Beat { head: pulse.head, revision: pulse.revision, server_us: now });
        let mut frame = encoded(&beat);
        let now_ms = now.unix_ms().unsigned_abs();
        let half_round_ms = u64::from(BEAT_MS) / 2;
        let mut silent = Vec::new();
        for outbox in self.seats.lock().values() {
            let whole = outbox.phase == phase;
            if whole || (pulse.playing && outbox.phase % PLAYING_PHASES == phase % PLAYING_PHASES) {
                outbox.push(Lane::Fleeting, frame.of(outbox.encoding));
            }
            if !whole && (outbox.phase + PHASES / 2) % PHASES != phase {
                continue;
            }
            let quiet_ms = now_ms.saturating_sub(outbox.heard_ms());
            if quiet_ms > DEAD_AFTER_MS {
                outbox.close(Code::CloseSlow);
            } else if quiet_ms > half_round_ms + ANSWER_MS && outbox.fall_silent() {
                // It did not answer the ping of half a round ago.
                silent.push(outbox.session);
            }
            outbox.push_ping();
        }
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::outbox::Outgoing;

    /// Beats that each connection gets in one whole round, and the steps between them.
    fn beats_of_a_round(playing: bool) -> Vec<Vec<u16>> {
        let hub = Hub::default();
        let head = Position { epoch: 1, seq: 1 };
        hub.set_pulse(Pulse { head, revision: 1, playing });
        let seats: Vec<Arc<Outbox>> = [0, 7, 25, PHASES - 1]
            .into_iter()
            .enumerate()
            .map(|(number, phase)| {
                let session = SessionId::from_bytes([number as u8; 16]);
                let person = PersonId::from_bytes([1; 16]);
                Arc::new(Outbox::new(session, person, [0; 32], Encoding::MessagePack, phase, 0))
            })
            .collect();
        seats.iter().for_each(|outbox| hub.seat(Arc::clone(outbox)));
        let mut at = vec![Vec::new(); seats.len()];
        for phase in 0..PHASES {
            assert!(hub.beat(phase, Timestamp(1)).is_empty());
            for (outbox, at) in seats.iter().zip(&mut at) {
                while let Some((outgoing, _)) = outbox.next() {
                    if outgoing != Outgoing::Ping {
                        at.push(phase);
                    }
                }
            }
        }
        at
    }

    #[test]
    fn beats_come_each_second_while_playing_and_each_five_else() {
        for at in beats_of_a_round(true) {
            assert_eq!(at.len(), 5, "{at:?}");
            assert!(at.windows(2).all(|pair| pair[1] - pair[0] == PHASES / 5), "{at:?}");
        }
        for at in beats_of_a_round(false) {
            assert_eq!(at.len(), 1, "{at:?}");
        }
    }
}
