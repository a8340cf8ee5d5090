//! The nodes of the world: real rooms with the disk, each other's news, crashes and restarts.

use super::{BEAT_US, Break, CHANNEL, EPOCH, SECOND, Thing, World};
use crate::disk::Wrote;
use protocol::event::{EventBody, TimelineSet};
use protocol::frame::Beat;
use protocol::{Event, Seq, ServerFrame, SessionId, Timestamp};
use room::{FirstPlace, Input, OpFact, Output, Room, Seed};

/// Makes a wait longer than anybody may wait.
pub(crate) fn stretch(event: &mut Event) {
    if let EventBody::TimelineSet(TimelineSet { timeline, wait: Some(wait), .. }) = &mut event.body {
        wait.until_us = wait.until_us.plus_ms(4_000);
        timeline.anchor_us = wait.until_us;
    }
}

impl World {
    pub(super) fn head(&self, node: usize) -> Seq {
        self.nodes[node].room.as_ref().map_or(0, |room| room.head().seq)
    }

    pub(super) fn crash(&mut self, node: usize) {
        if self.nodes[node].room.take().is_none() {
            return;
        }
        self.faults.crashes += 1;
        self.nodes[node].life += 1;
        let cut: Vec<SessionId> =
            self.lines.iter().filter(|(_, line)| line.node == node).map(|(session, _)| *session).collect();
        for session in cut {
            self.drop_line(session);
        }
        let back = self.chance.between(100_000, 4 * SECOND);
        self.plan(back, Thing::Restart { node });
    }

    pub(super) fn restart(&mut self, node: usize) {
        let mut seed = match &self.snapshot {
            Some((at, bytes)) => room::snapshot::decode(*at, bytes).expect("our own snapshot is read"),
            None => Seed::empty(CHANNEL, EPOCH),
        };
        for event in self.disk.after(seed.state.head) {
            if !seed.apply(&event) {
                break;
            }
        }
        // A room remembers 1,024 operations; here sometimes only a few, so that older ones are asked for.
        if self.chance.happens(500) {
            let list = seed.ops.list();
            seed.ops = room::ops::Ops::from_list(list[list.len().saturating_sub(4)..].to_vec());
        }
        if self.options.broken == Some(Break::NoDedupe) {
            seed.ops = room::ops::Ops::default();
        }
        self.nodes[node].begun_at = seed.state.head;
        self.nodes[node].told.clear();
        self.nodes[node].room = Some(Room::new(seed, "sim"));
        self.input(node, Input::Tick);
    }

    pub(super) fn beat(&mut self, node: usize) {
        self.plan(BEAT_US, Thing::Beat { node });
        if self.options.broken == Some(Break::NoHeads) {
            return;
        }
        let Some(room) = &self.nodes[node].room else { return };
        let beat = Beat {
            head: room.head(),
            revision: room.state().timeline.revision,
            server_us: Timestamp(self.now + self.nodes[node].skew_us),
        };
        let life = self.nodes[node].life;
        let sessions: Vec<SessionId> = self
            .lines
            .iter()
            .filter(|(_, line)| line.node == node && line.life == life)
            .map(|(session, _)| *session)
            .collect();
        for session in sessions {
            self.line_down(session, ServerFrame::Beat(beat.clone()));
        }
    }

    /// The node reads the log if it stands further than the node knows.
    pub(super) fn reach(&mut self, node: usize, head: Seq) {
        let Some(room) = &self.nodes[node].room else { return };
        if !room.appending() && room.head().seq < head {
            let events = self.disk.after(room.head().seq);
            self.input(node, Input::Foreign { events });
        }
    }

    pub(super) fn write(&mut self, node: usize, life: u64, expected: Seq, events: &[Event]) {
        // The disk may fail before or after it has written; the node cannot tell which.
        let fails = self.trouble() && self.chance.happens(30);
        let wrote =
            if fails && self.chance.happens(500) { None } else { Some(self.disk.append(expected, events)) };
        match &wrote {
            Some(Wrote::Lost) => self.faults.lost_races += 1,
            Some(Wrote::Duplicate(..)) => self.faults.duplicates += 1,
            _ => {}
        }
        self.faults.failed_appends += u64::from(fails);
        let committed = matches!(wrote, Some(Wrote::Committed(_)));
        if committed && self.nodes[node].life == life && self.trouble() && self.chance.happens(10) {
            // The plug is pulled between commit and broadcast.
            self.faults.crashes_after_commit += 1;
            self.crash(node);
            return;
        }
        let answer = self.delay(2_000);
        let wrote = wrote.filter(|_| !fails);
        self.plan(answer, Thing::Written { node, life, expected, count: events.len() as Seq, wrote });
    }

    pub(super) fn written(
        &mut self,
        node: usize,
        life: u64,
        (expected, count): (Seq, Seq),
        wrote: Option<Wrote>,
    ) {
        if self.nodes[node].life != life || self.options.broken == Some(Break::AckBeforeCommit) {
            return;
        }
        let input = match wrote {
            None => Input::AppendFailed,
            Some(Wrote::Committed(_)) => Input::Appended { up_to: expected + count },
            Some(Wrote::Lost) => Input::AppendLost { events: self.disk.after(expected) },
            Some(Wrote::Duplicate(op, first)) => {
                Input::AppendDuplicate { op, first, events: self.disk.after(expected) }
            }
        };
        self.input(node, input);
    }

    pub(super) fn input(&mut self, node: usize, input: Input) {
        let now = Timestamp(self.now + self.nodes[node].skew_us);
        let life = self.nodes[node].life;
        let Some(room) = self.nodes[node].room.as_mut() else { return };
        let mut outputs = Vec::new();
        room.handle(now, input, &mut outputs);
        for output in outputs {
            // A crash on the way ends this life.
            if self.nodes[node].life != life {
                return;
            }
            self.perform(node, life, output);
        }
    }

    pub(super) fn perform(&mut self, node: usize, life: u64, output: Output) {
        match output {
            Output::Append { expected_head, mut events, .. } => {
                if self.options.broken == Some(Break::NoPatience) {
                    events.iter_mut().for_each(stretch);
                }
                let delay = self.delay(3_000);
                let up_to = events.last().map_or(expected_head, |event| event.seq);
                self.plan(delay, Thing::Write { node, life, expected: expected_head, events });
                if self.options.broken == Some(Break::AckBeforeCommit) {
                    self.input(node, Input::Appended { up_to });
                }
            }
            Output::Send { session, frame } => self.line_down(session, frame),
            Output::Commit { events, own } => self.commit(node, life, events, own),
            Output::Ask(mut input) => {
                let first: Option<FirstPlace> = self.disk.first(input.op);
                input.facts.op = OpFact::Asked(first);
                self.input(node, Input::Command(input));
            }
            Output::Close { session, .. } => self.drop_line(session),
            Output::SendTail { session, after } => {
                let head = self.head(node);
                let mut events = self.disk.after(after);
                events.retain(|event| event.seq <= head);
                if let Some(room) = &self.nodes[node].room {
                    let frame = room.events_frame(events);
                    self.line_down(session, frame);
                }
            }
            Output::SendSnapshot { session } => {
                if let Some(room) = &self.nodes[node].room {
                    let frame = room.snapshot_frame();
                    self.line_down(session, frame);
                }
            }
            Output::WakeAt { at } => {
                let after = at.0 - self.nodes[node].skew_us - self.now;
                self.plan(after, Thing::Tick { node, life });
            }
            Output::TakeSnapshot { at, bytes } => {
                if self.snapshot.as_ref().is_none_or(|(old, _)| old.seq < at.seq) {
                    self.snapshot = Some((at, bytes));
                }
            }
            Output::BroadcastPresence(_) | Output::BroadcastFleeting(_) | Output::Answer { .. } => {}
        }
    }

    pub(super) fn commit(&mut self, node: usize, life: u64, events: Vec<Event>, own: bool) {
        self.nodes[node].told.extend(events.iter().map(|event| (event.seq, event.op)));
        let Some(room) = &self.nodes[node].room else { return };
        let head = room.head().seq;
        let frame = room.events_frame(events);
        let sessions: Vec<SessionId> = self
            .lines
            .iter()
            .filter(|(_, line)| line.node == node && line.life == life)
            .map(|(session, _)| *session)
            .collect();
        for session in sessions {
            // Those who have not been welcomed yet get it with their tail or snapshot.
            if self.nodes[node].room.as_ref().is_some_and(|room| room.presence().person_of(session).is_some())
            {
                self.line_down(session, frame.clone());
            }
        }
        if !own {
            return;
        }
        for other in (0..self.nodes.len()).filter(|other| *other != node) {
            if self.options.broken == Some(Break::NoHeads) && self.chance.happens(500)
                || self.trouble() && self.chance.happens(200)
            {
                self.faults.lost_news += 1;
                continue;
            }
            let delay = self.delay(5_000);
            self.plan(delay, Thing::News { node: other, head });
        }
    }
}
