//! Commands on their way in: dedupe, decide on the tentative state, stand in line.

use super::*;

impl Room {
    pub(super) fn command(&mut self, now: Timestamp, mut input: CommandInput, out: &mut Vec<Output>) {
        if let Origin::Session(session) = input.origin {
            let Some(person) = self.presence.person_of(session) else {
                out.push(reject(session, Some(input.op), &Refusal::of(Code::Forbidden)));
                return;
            };
            input.by = By::Person(person);
        }
        self.propose(now, vec![input.origin], Wish::Command(input), out);
    }

    /// Decides a wish on the tentative state and puts it in line; answers at once what hangs on nothing uncommitted.
    pub(super) fn propose(
        &mut self,
        now: Timestamp,
        origins: Vec<Origin>,
        wish: Wish,
        out: &mut Vec<Output>,
    ) {
        let op = wish.op();
        if let Some(first) = self.ops.first(op) {
            answer(&origins, op, &first_answer(first, &wish), out);
            return;
        }
        if let Some(same) = self.pending.find(op) {
            if same.origins.len() + origins.len() > ORIGINS_MAX {
                answer(&origins, op, &Err(Refusal::later(Code::LogUnavailable, RETRY_SOON_MS)), out);
            } else {
                same.origins.extend(origins);
            }
            return;
        }
        if self.pending.len() >= PENDING_MAX {
            answer(&origins, op, &Err(Refusal::later(Code::LogUnavailable, RETRY_SOON_MS)), out);
            return;
        }
        let decision = match &wish {
            Wish::Reanchor(_) => Ok(playback::reanchor(&self.tentative, now, true)),
            Wish::Command(input) => {
                if let Some(bare) = self.bare.of(op, input.by) {
                    let again = match bare {
                        Bare::Nothing(seq) => Ok(*seq),
                        Bare::Refused(refusal) => Err(refusal.clone()),
                    };
                    answer(&origins, op, &again, out);
                    return;
                }
                if let OpFact::Asked(Some(first)) = input.facts.op {
                    answer(&origins, op, &first_answer(first, &wish), out);
                    return;
                }
                self.decide(now, input)
            }
        };
        let outcome = match decision {
            Ok(Some(body)) => {
                let event = Event {
                    seq: self.tentative.head + 1,
                    at: self.tentative.last_at.max(now),
                    actor: actor_of(&wish),
                    op,
                    body,
                };
                self.note_removed(&event);
                self.tentative.apply(&event);
                Outcome::Event(Box::new(event))
            }
            Ok(None) => Outcome::Nothing,
            Err(refusal) => Outcome::Refused(refusal),
        };
        // A retry of an operation that is older than what we remember gets its first answer, not a new one. An event
        // needs no question: the log itself refuses the second.
        if let (Wish::Command(input), false) = (&wish, matches!(outcome, Outcome::Event(_))) {
            let may_be_old = input.facts.op == OpFact::NotAsked
                && !ops::derived(op)
                && !self.ops.complete(self.confirmed.head);
            if may_be_old {
                out.extend(
                    origins.into_iter().map(|origin| Output::Ask(CommandInput { origin, ..input.clone() })),
                );
                return;
            }
        }
        self.pending.push(Proposal { origins, wish, outcome });
    }

    pub(super) fn decide(&self, now: Timestamp, input: &CommandInput) -> Decision {
        ops::check_age(input.op, matches!(input.by, By::System(_)), now)?;
        let mut facts = input.facts.clone();
        if let Some(video) = &facts.video
            && self.removed_videos.iter().any(|(seq, removed)| *seq > facts.head && *removed == video.video)
        {
            facts.video = None;
        }
        let lead_us = playback::lead_us(self.presence.reports());
        decide(&self.tentative, Context { now, lead_us, by: input.by, facts: &facts }, &input.command)
    }

    pub(super) fn note_removed(&mut self, event: &Event) {
        if let EventBody::VideoRemoved(removed) = &event.body {
            self.removed_videos.push_back((event.seq, removed.video));
            if self.removed_videos.len() > REMOVED_VIDEOS_MAX {
                self.removed_videos.pop_front();
            }
        }
    }
}
