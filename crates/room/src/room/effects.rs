//! What time does: merged news goes out, people leave, videos end. Looked at after every input.

use super::*;

impl Room {
    /// What is due now, whatever the input was; then the next append, and when to be woken.
    pub(super) fn settle(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        self.presence.expire(now);
        if let Some(frame) = self.presence.flush(now, &self.confirmed) {
            out.push(Output::BroadcastPresence(ServerFrame::Presence(frame)));
        }
        if let Some(frame) = self.fleetings.flush(now) {
            out.push(Output::BroadcastFleeting(frame));
        }
        if self.confirmed.open() && now >= self.effects_after {
            self.effects_of_time(now, out);
        }
        let bare = self.pending.take_bare();
        self.answer_all(bare, out);
        let events = self.pending.begin_append();
        if !events.is_empty() {
            out.push(Output::Append { epoch: self.epoch, expected_head: self.confirmed.head, events });
        }
        self.tell_wake(now, out);
    }

    /// Commands of time itself, on the tentative state, so that each is proposed once.
    pub(super) fn effects_of_time(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let revision = self.tentative.timeline.revision;
        let channel = self.tentative.channel;
        if playback::reanchor(&self.tentative, now, std::mem::take(&mut self.loaded)).is_some() {
            let op = ops::derive("reanchor", channel, revision);
            self.propose(now, vec![Origin::Time], Wish::Reanchor(op), out);
        } else if self.tentative.timeline.ends_at().is_some_and(|end| end <= now) {
            let input = CommandInput {
                origin: Origin::Time,
                by: By::System(None),
                op: ops::derive("advance", channel, revision),
                command: Command::PlaybackAdvance(PlaybackAdvance { revision }),
                facts: crate::io::Facts::default(),
            };
            self.propose(now, vec![Origin::Time], Wish::Command(input), out);
        }
        self.look_at_those_who_lack(now, out);
    }

    /// Members without data: the others stand for them, and go on.
    fn look_at_those_who_lack(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let look = self.waits.look(now, &self.tentative, self.presence.standings());
        self.look_at = look.at;
        if let Some((effect, command)) = look.effect {
            let input = CommandInput {
                origin: Origin::Time,
                by: By::System(None),
                op: ops::derive(effect, self.tentative.channel, self.tentative.timeline.revision),
                command,
                facts: crate::io::Facts::default(),
            };
            self.propose(now, vec![Origin::Time], Wish::Command(input), out);
        }
    }

    pub(super) fn tell_wake(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let ends_at = self.tentative.timeline.ends_at().map(|end| end.max(self.effects_after));
        let next =
            [self.presence.due(), self.fleetings.due(), ends_at, self.look_at].into_iter().flatten().min();
        // What is due already was either done above or waits for the log; then its answer brings us back here.
        let next = next.filter(|at| *at > now);
        if let Some(at) = next
            && self.told_wake != Some(at)
        {
            out.push(Output::WakeAt { at });
        }
        self.told_wake = next;
    }
}
