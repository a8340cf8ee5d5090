//! The node: the real room with its log, as the server's shell drives it; beats, crashes and restarts.

use super::{Break, CHANNEL, EPOCH, SECOND, START_US, Thing, World};
use crate::disk::Wrote;
use crate::world::stretch;
use protocol::frame::Beat;
use protocol::limits::{BEAT_MS, PLAYING_BEAT_MS};
use protocol::{Event, EventBody, Seq, ServerFrame, SessionId, Timestamp};
use room::{Input, OpFact, Output, Room, Seed};
use std::rc::Rc;

/// A connection from which nothing is heard for this long shows as reconnecting, µs: the pings of the server itself.
const SILENT_US: i64 = 5 * SECOND;
/// It is dead after this, µs: three missed beats.
const DEAD_US: i64 = 15 * SECOND;

impl World {
    pub(super) fn head(&self) -> Seq {
        self.node.room.as_ref().map_or(0, |room| room.head().seq)
    }

    pub(super) fn restart(&mut self) {
        let mut seed = match &self.node.snapshot {
            Some((at, bytes)) => room::snapshot::decode(*at, bytes).expect("our own snapshot is read"),
            None => Seed::empty(CHANNEL, EPOCH),
        };
        for event in self.node.disk.after(seed.state.head) {
            if !seed.apply(&event) {
                break;
            }
        }
        self.node.room = Some(Room::new(seed, "sim"));
        self.input(Input::Tick);
    }

    /// The process is gone with everything it remembered; the log stays.
    pub(super) fn crash(&mut self) {
        if self.node.room.take().is_none() {
            return;
        }
        self.disturbances.restarts += 1;
        self.node.life += 1;
        // Where the process died its system closes the connections; where the power failed nobody says anything.
        let told = self.chance.happens(500);
        for (session, seat) in std::mem::take(&mut self.node.seats) {
            self.pages[seat.page].disturbed_us = self.agenda.now_us();
            if told && !seat.line.broken {
                self.agenda
                    .plan(self.networks[seat.page].down_us, Thing::Closed { page: seat.page, session });
            }
        }
        let back_us = self.chance.between(SECOND / 2, 6 * SECOND);
        self.agenda.plan(back_us, Thing::Restart);
    }

    /// A beat each second while the timeline moves, else each fifth; and who has fallen silent.
    pub(super) fn beat(&mut self, round: u64) {
        self.agenda.plan(i64::from(PLAYING_BEAT_MS) * 1_000, Thing::Beat { round: round + 1 });
        let now = self.now();
        let Some(room) = &self.node.room else { return };
        let timeline = &room.state().timeline;
        let beat = Beat { head: room.head(), revision: timeline.revision, server_us: Timestamp(now) };
        let due = timeline.playing || round.is_multiple_of(u64::from(BEAT_MS / PLAYING_BEAT_MS));
        let frame = Rc::new(ServerFrame::Beat(beat));
        let sessions: Vec<SessionId> = self.node.seats.keys().copied().collect();
        for session in sessions {
            let Some(seat) = self.node.seats.get_mut(&session) else { continue };
            // The browser itself answers the server's pings, also for hidden tabs.
            if !seat.line.broken && now >= self.pages[seat.page].asleep_until_us {
                seat.heard_us = seat.heard_us.max(now);
            }
            let quiet_us = now - seat.heard_us;
            if quiet_us > DEAD_US {
                self.close_seat(session);
                self.input(Input::Left { session, clean: false });
                continue;
            }
            if quiet_us > SILENT_US && !std::mem::replace(&mut seat.silent, true) {
                self.input(Input::Heard { session, heard: false });
            }
            if due && self.joined(session) {
                self.send_down(session, Rc::clone(&frame));
            }
        }
    }

    fn joined(&self, session: SessionId) -> bool {
        self.node.room.as_ref().is_some_and(|room| room.presence().person_of(session).is_some())
    }

    pub(super) fn write(&mut self, life: u64, expected: Seq, events: &[Event]) {
        if life != self.node.life {
            return; // it died before it wrote
        }
        let wrote = self.node.disk.append(expected, events);
        if matches!(wrote, Wrote::Committed(_)) {
            let moved = events.iter().any(|event| matches!(event.body, EventBody::TimelineSet(_)));
            if moved {
                self.node.changed_us = self.now();
            }
        }
        let answer_us = self.chance.between(200, 2_000);
        self.agenda.plan(answer_us, Thing::Written { life, expected, count: events.len() as Seq, wrote });
    }

    pub(super) fn written(&mut self, life: u64, expected: Seq, count: Seq, wrote: Wrote) {
        if life != self.node.life {
            return;
        }
        self.input(match wrote {
            Wrote::Committed(_) => Input::Appended { up_to: expected + count },
            Wrote::Lost => Input::AppendLost { events: self.node.disk.after(expected) },
            Wrote::Duplicate(op, first) => {
                Input::AppendDuplicate { op, first, events: self.node.disk.after(expected) }
            }
        });
    }

    pub(super) fn input(&mut self, input: Input) {
        let now = Timestamp(self.now());
        let Some(room) = self.node.room.as_mut() else { return };
        let mut outputs = Vec::new();
        room.handle(now, input, &mut outputs);
        for output in outputs {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        let life = self.node.life;
        match output {
            Output::Append { expected_head, mut events, .. } => {
                if self.options.broken == Some(Break::NoPatience) {
                    events.iter_mut().for_each(stretch);
                }
                let write_us = self.chance.between(300, 6_000);
                self.agenda.plan(write_us, Thing::Write { life, expected: expected_head, events });
            }
            Output::Send { session, frame } => self.send_down(session, Rc::new(frame)),
            Output::Commit { events, .. } => {
                let Some(room) = &self.node.room else { return };
                let frame = Rc::new(room.events_frame(events));
                let sessions: Vec<SessionId> = self.node.seats.keys().copied().collect();
                for session in sessions {
                    if self.joined(session) {
                        self.send_down(session, Rc::clone(&frame));
                    }
                }
            }
            Output::Ask(mut input) => {
                input.facts.op = OpFact::Asked(self.node.disk.first(input.op));
                self.input(Input::Command(input));
            }
            Output::Close { session, code } => {
                self.disturbances.replaced += u64::from(code == protocol::Code::CloseReplaced);
                self.close_seat(session);
            }
            Output::SendTail { session, after } => {
                let head = self.head();
                let mut events = self.node.disk.after(after);
                events.retain(|event| event.seq <= head);
                if let Some(room) = &self.node.room {
                    let frame = room.events_frame(events);
                    self.send_down(session, Rc::new(frame));
                }
            }
            Output::SendSnapshot { session } => {
                if let Some(room) = &self.node.room {
                    let frame = room.snapshot_frame();
                    self.send_down(session, Rc::new(frame));
                }
            }
            Output::WakeAt { at } => {
                self.agenda.plan_at(at.0.max(START_US), Thing::Tick { life });
            }
            Output::TakeSnapshot { at, bytes } => self.node.snapshot = Some((at, bytes)),
            Output::BroadcastPresence(_) | Output::BroadcastFleeting(_) | Output::Answer { .. } => {}
        }
    }
}
