//! What the log has answered, and news of other nodes: the committed state moves on, and those who wait are told.

use super::*;

impl Room {
    pub(super) fn appended(&mut self, now: Timestamp, up_to: Seq, out: &mut Vec<Output>) {
        let proposals = self.pending.take_in_flight();
        let events: Vec<Event> = proposals
            .iter()
            .filter_map(|proposal| match &proposal.outcome {
                Outcome::Event(event) => Some((**event).clone()),
                Outcome::Nothing | Outcome::Refused(_) => None,
            })
            .collect();
        debug_assert_eq!(events.last().map(|event| event.seq), Some(up_to), "the log took the whole batch");
        self.commit(now, events, true, out);
        self.answer_all(proposals, out);
    }

    pub(super) fn answer_all(&mut self, proposals: Vec<Proposal>, out: &mut Vec<Output>) {
        for proposal in proposals {
            let op = proposal.wish.op();
            let (outcome, bare) = match proposal.outcome {
                Outcome::Event(event) => (Ok(event.seq), None),
                Outcome::Nothing => (Ok(self.confirmed.head), Some(Bare::Nothing(self.confirmed.head))),
                Outcome::Refused(refusal) => {
                    let for_good = refusal.retry_after_ms.is_none();
                    (Err(refusal.clone()), for_good.then_some(Bare::Refused(refusal)))
                }
            };
            if let (Some(bare), Wish::Command(input)) = (bare, &proposal.wish)
                && !ops::derived(op)
            {
                self.bare.note(op, input.by, bare);
            }
            answer(&proposal.origins, op, &outcome, out);
        }
    }

    /// Makes events part of the committed state and tells everybody.
    pub(super) fn commit(&mut self, now: Timestamp, events: Vec<Event>, own: bool, out: &mut Vec<Output>) {
        if events.is_empty() {
            return;
        }
        for event in &events {
            let before = self.confirmed.waiting(now).cloned();
            self.confirmed.apply(event);
            self.waits.note(now, before.as_ref(), event, own);
            self.ops.note(event);
            if !own {
                self.note_removed(event);
            }
            match &event.body {
                // Whoever was taken out is cut before they could see anything that came later (law 8).
                EventBody::MemberRemoved(removed) => {
                    let sessions = self.presence.forget(now, removed.person);
                    out.extend(
                        sessions
                            .into_iter()
                            .map(|session| Output::Close { session, code: Code::CloseForbidden }),
                    );
                }
                EventBody::ChannelDeleted(set) if set.deleted => self.send_away(now, Code::CloseGone, out),
                EventBody::MemberJoined(joined) => self.presence.renamed(now, joined.person),
                EventBody::MemberRoleSet(set) => self.presence.renamed(now, set.person),
                EventBody::MessageSent(_) => {
                    if let Some(person) = event.actor {
                        self.presence.typing(now, person, false);
                    }
                }
                _ => {}
            }
        }
        out.push(Output::Commit { events, own });
        if own && self.confirmed.head - self.snapshot_at >= snapshot::SNAPSHOT_EVENTS {
            self.snapshot_at = self.confirmed.head;
            out.push(Output::TakeSnapshot {
                at: self.head(),
                bytes: snapshot::encode(&self.confirmed, &self.ops),
            });
        }
    }

    /// Ends every connection.
    fn send_away(&mut self, now: Timestamp, code: Code, out: &mut Vec<Output>) {
        let sessions: Vec<SessionId> = self.presence.sessions().collect();
        for session in sessions {
            self.presence.leave(now, session, true);
            out.push(Output::Close { session, code });
        }
    }

    /// News of other nodes while nothing of ours is pending.
    pub(super) fn foreign(&mut self, now: Timestamp, events: Vec<Event>, out: &mut Vec<Output>) {
        if self.pending.appending() {
            return;
        }
        let events = self.following(events);
        for event in &events {
            self.tentative.apply(event);
        }
        self.commit(now, events, false, out);
    }

    /// The events that follow the head without a gap.
    pub(super) fn following(&self, events: Vec<Event>) -> Vec<Event> {
        let mut next = self.confirmed.head + 1;
        events
            .into_iter()
            .filter(|event| {
                let follows = event.seq == next;
                next += Seq::from(follows);
                follows
            })
            .collect()
    }

    /// Another node was faster, or an operation of ours is in the log already: applies the news and decides
    /// everything pending again, in order.
    pub(super) fn decide_again(
        &mut self,
        now: Timestamp,
        events: Vec<Event>,
        known: Option<(OpId, FirstPlace)>,
        out: &mut Vec<Output>,
    ) {
        let proposals = self.pending.take_all();
        let events = self.following(events);
        self.commit(now, events, false, out);
        self.tentative = self.confirmed.clone();
        for mut proposal in proposals {
            if let (Some((op, first)), Wish::Command(input)) = (known, &mut proposal.wish)
                && input.op == op
            {
                input.facts.op = OpFact::Asked(Some(first));
            }
            let derived_known = known.is_some_and(|(op, _)| op == proposal.wish.op());
            if derived_known && matches!(proposal.wish, Wish::Reanchor(_)) {
                continue;
            }
            self.propose(now, proposal.origins, proposal.wish, out);
        }
    }

    /// Nobody knows whether the batch was written. Those who wait may send the same operations again: if it was, the
    /// poll finds the events and the operations have their first place.
    pub(super) fn append_failed(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let proposals = self.pending.take_all();
        self.tentative = self.confirmed.clone();
        self.effects_after = now.plus_ms(EFFECTS_PAUSE_MS);
        self.loaded = true;
        for proposal in proposals {
            let refusal = Refusal::later(Code::LogUnavailable, RETRY_LOG_MS);
            answer(&proposal.origins, proposal.wish.op(), &Err(refusal), out);
        }
    }

    pub(super) fn replaced(&mut self, seed: Seed, out: &mut Vec<Output>) {
        for proposal in self.pending.take_all() {
            let refusal = Refusal::later(Code::LogUnavailable, RETRY_LOG_MS);
            answer(&proposal.origins, proposal.wish.op(), &Err(refusal), out);
        }
        self.epoch = seed.epoch;
        self.tentative = seed.state.clone();
        self.confirmed = seed.state;
        self.ops = seed.ops;
        self.bare = BareAnswers::default();
        self.removed_videos.clear();
        self.waits = Waits::default();
        self.snapshot_at = seed.snapshot_at;
        self.loaded = true;
        let sessions: Vec<SessionId> = self.presence.sessions().collect();
        for session in sessions {
            let member =
                self.presence.person_of(session).is_some_and(|person| self.confirmed.role(person).is_some());
            let code = if !self.confirmed.open() {
                Some(Code::CloseGone)
            } else {
                (!member).then_some(Code::CloseForbidden)
            };
            out.push(match code {
                None => Output::SendSnapshot { session },
                Some(code) => {
                    self.presence.leave(Timestamp(0), session, true);
                    Output::Close { session, code }
                }
            });
        }
    }
}
