//! The room itself: takes inputs, keeps what is committed apart from what is decided but not committed, and says what
//! the shell has to do. One append is under way at most; what comes meanwhile is decided on the tentative state and
//! goes into the next (group commit). Where another node was faster, everything pending is decided again.

use crate::authorize::{Action, Actor, Resource, can};
use crate::decide::{Context, Decision, decide};
use crate::fleeting::Fleetings;
use crate::io::{Answer, By, CommandInput, FirstPlace, Input, Join, OpFact, Origin, Output, Refusal};
use crate::ops::{self, Bare, BareAnswers, Ops};
use crate::pending::{ORIGINS_MAX, Outcome, PENDING_MAX, Pending, Proposal, Wish};
use crate::presence::Presence;
use crate::state::State;
use crate::{playback, resume, snapshot};
use protocol::command::{Command, PlaybackAdvance};
use protocol::event::EventBody;
use protocol::fleeting::Fleeting;
use protocol::frame::{Ack, EventsFrame, Reject, SnapshotFrame, Welcome};
use protocol::limits::BEAT_MS;
use protocol::{
    ChannelId, Code, Epoch, Event, OpId, PersonId, Position, Seq, ServerFrame, SessionId, Timestamp, VideoId,
};
use std::collections::VecDeque;

/// When a refused-for-now command may come again, milliseconds: a commit or two later.
const RETRY_SOON_MS: u32 = 500;
/// When a command may come again after the log could not be written, milliseconds.
const RETRY_LOG_MS: u32 = 1_000;
/// How long effects of time wait after the log could not be written, milliseconds.
const EFFECTS_PAUSE_MS: i64 = 1_000;
/// Removed videos that are remembered, for commands whose facts were read before: more than are removed while one
/// command is on its way.
const REMOVED_VIDEOS_MAX: usize = 64;

/// What a room begins from: a snapshot with the events after it, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// Life of the log.
    pub epoch: Epoch,
    /// State.
    pub state: State,
    /// Operations of the last events.
    pub ops: Ops,
    /// Where the newest stored snapshot was taken.
    pub snapshot_at: Seq,
}

impl Seed {
    /// A channel whose log has not begun; `epoch` is drawn by the shell.
    #[must_use]
    pub fn empty(channel: ChannelId, epoch: Epoch) -> Seed {
        Seed { epoch, state: State::empty(channel), ops: Ops::default(), snapshot_at: 0 }
    }
}

/// The state machine of one channel.
#[derive(Clone, Debug)]
pub struct Room {
    epoch: Epoch,
    server_version: String,
    confirmed: State,
    tentative: State,
    ops: Ops,
    bare: BareAnswers,
    pending: Pending,
    removed_videos: VecDeque<(Seq, VideoId)>,
    presence: Presence,
    fleetings: Fleetings,
    snapshot_at: Seq,
    /// The state comes from another process and its clock has not been compared with ours.
    loaded: bool,
    effects_after: Timestamp,
    told_wake: Option<Timestamp>,
}

impl Room {
    /// A room from its seed. `server_version` is told to clients.
    #[must_use]
    pub fn new(seed: Seed, server_version: impl Into<String>) -> Room {
        Room {
            epoch: seed.epoch,
            server_version: server_version.into(),
            tentative: seed.state.clone(),
            confirmed: seed.state,
            ops: seed.ops,
            bare: BareAnswers::default(),
            pending: Pending::default(),
            removed_videos: VecDeque::new(),
            presence: Presence::default(),
            fleetings: Fleetings::default(),
            snapshot_at: seed.snapshot_at,
            loaded: true,
            effects_after: Timestamp(i64::MIN),
            told_wake: None,
        }
    }

    /// The committed state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.confirmed
    }

    /// Where the log stands, as far as this node knows.
    #[must_use]
    pub fn head(&self) -> Position {
        Position { epoch: self.epoch, seq: self.confirmed.head }
    }

    /// The operations that are remembered.
    #[must_use]
    pub fn ops(&self) -> &Ops {
        &self.ops
    }

    /// Who is here.
    #[must_use]
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Whether an append is under way.
    #[must_use]
    pub fn appending(&self) -> bool {
        self.pending.appending()
    }

    /// Whether the room could be dropped without anybody noticing.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.pending.len() == 0 && self.presence.count() == 0
    }

    /// The frame of [`Output::SendSnapshot`].
    #[must_use]
    pub fn snapshot_frame(&self) -> ServerFrame {
        ServerFrame::Snapshot(SnapshotFrame { at: self.head(), state: self.confirmed.to_wire() })
    }

    /// The frame of some events.
    #[must_use]
    pub fn events_frame(&self, events: Vec<Event>) -> ServerFrame {
        ServerFrame::Events(EventsFrame { epoch: self.epoch, events })
    }

    /// Takes an input; what is to be done is added to `out`. Cannot fail.
    pub fn handle(&mut self, now: Timestamp, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Joined(join) => self.joined(now, join, out),
            Input::Left { session, clean } => self.presence.leave(now, session, clean),
            Input::Heard { session, heard } => self.presence.heard(now, session, heard),
            Input::Command(input) => self.command(now, input, out),
            Input::Fleeting { session, value } => self.fleeting(now, session, value),
            Input::SystemFleeting(value) => self.fleetings.put(now, self.presence.count(), None, value),
            Input::PresenceWanted { session } => self.send_presence(session, out),
            Input::Appended { up_to } => self.appended(now, up_to, out),
            Input::AppendLost { events } => self.decide_again(now, events, None, out),
            Input::AppendDuplicate { op, first, events } => {
                self.decide_again(now, events, Some((op, first)), out)
            }
            Input::AppendFailed => self.append_failed(now, out),
            Input::Foreign { events } => self.foreign(now, events, out),
            Input::Replaced(seed) => self.replaced(*seed, out),
            Input::Catchup { session, from } => self.catch_up(session, from, out),
            Input::Tick => {
                self.told_wake = self.told_wake.filter(|at| *at > now);
            }
        }
        self.settle(now, out);
    }

    // ---- connections ----

    fn joined(&mut self, now: Timestamp, join: Join, out: &mut Vec<Output>) {
        let session = join.session;
        if !self.confirmed.exists() {
            out.push(Output::Close { session, code: Code::CloseGone });
            return;
        }
        let Some(role) = self.confirmed.role(join.person) else {
            out.push(Output::Close { session, code: Code::CloseForbidden });
            return;
        };
        if !self.presence.join(now, session, join.person, join.shown) {
            out.push(reject(session, None, &Refusal::because(Code::TooManyTries, "too many open tabs")));
            out.push(Output::Close { session, code: Code::CloseRateLimited });
            return;
        }
        let head = self.head();
        let from = join.resume.filter(|from| resume::continues(head, *from));
        let welcome = Welcome {
            session,
            person: join.person,
            role,
            head,
            server_us: now,
            beat_ms: BEAT_MS,
            resumed: from.is_some(),
            server_version: self.server_version.clone(),
        };
        out.push(Output::Send { session, frame: ServerFrame::Welcome(welcome) });
        out.push(match from {
            Some(from) => Output::SendTail { session, after: from.seq },
            None => Output::SendSnapshot { session },
        });
        self.send_presence(session, out);
    }

    fn send_presence(&self, session: SessionId, out: &mut Vec<Output>) {
        if self.presence.person_of(session).is_some() {
            let frame = ServerFrame::Presence(self.presence.full(&self.confirmed));
            out.push(Output::Send { session, frame });
        }
    }

    fn catch_up(&mut self, session: SessionId, from: Position, out: &mut Vec<Output>) {
        if self.presence.person_of(session).is_none() {
            return;
        }
        out.push(if resume::continues(self.head(), from) {
            Output::SendTail { session, after: from.seq }
        } else {
            Output::SendSnapshot { session }
        });
    }

    fn fleeting(&mut self, now: Timestamp, session: SessionId, value: Fleeting) {
        let Some(person) = self.presence.person_of(session) else { return };
        let actor = Actor::Person { person, role: self.confirmed.role(person) };
        let talks = can(&actor, Action::Talk, &Resource::of(&self.confirmed));
        match value {
            Fleeting::Visible(visible) => self.presence.visible(now, session, visible.shown),
            Fleeting::Typing(typing) => self.presence.typing(now, person, typing.on && talks),
            Fleeting::Sync(report) if sane(&report) => self.presence.sync(now, person, report),
            Fleeting::Reaction(_) if talks => {
                self.fleetings.put(now, self.presence.count(), Some(person), value)
            }
            Fleeting::Sync(_) | Fleeting::Reaction(_) | Fleeting::Progress(_) => {}
        }
    }

    // ---- commands ----

    fn command(&mut self, now: Timestamp, mut input: CommandInput, out: &mut Vec<Output>) {
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
    fn propose(&mut self, now: Timestamp, origins: Vec<Origin>, wish: Wish, out: &mut Vec<Output>) {
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

    fn decide(&self, now: Timestamp, input: &CommandInput) -> Decision {
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

    fn note_removed(&mut self, event: &Event) {
        if let EventBody::VideoRemoved(removed) = &event.body {
            self.removed_videos.push_back((event.seq, removed.video));
            if self.removed_videos.len() > REMOVED_VIDEOS_MAX {
                self.removed_videos.pop_front();
            }
        }
    }

    // ---- the log's answers ----

    fn appended(&mut self, now: Timestamp, up_to: Seq, out: &mut Vec<Output>) {
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

    fn answer_all(&mut self, proposals: Vec<Proposal>, out: &mut Vec<Output>) {
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
    fn commit(&mut self, now: Timestamp, events: Vec<Event>, own: bool, out: &mut Vec<Output>) {
        if events.is_empty() {
            return;
        }
        for event in &events {
            self.confirmed.apply(event);
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

    /// News of other nodes while nothing of ours is pending.
    fn foreign(&mut self, now: Timestamp, events: Vec<Event>, out: &mut Vec<Output>) {
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
    fn following(&self, events: Vec<Event>) -> Vec<Event> {
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
    fn decide_again(
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
    fn append_failed(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let proposals = self.pending.take_all();
        self.tentative = self.confirmed.clone();
        self.effects_after = now.plus_ms(EFFECTS_PAUSE_MS);
        self.loaded = true;
        for proposal in proposals {
            let refusal = Refusal::later(Code::LogUnavailable, RETRY_LOG_MS);
            answer(&proposal.origins, proposal.wish.op(), &Err(refusal), out);
        }
    }

    fn replaced(&mut self, seed: Seed, out: &mut Vec<Output>) {
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
        self.snapshot_at = seed.snapshot_at;
        self.loaded = true;
        let sessions: Vec<SessionId> = self.presence.sessions().collect();
        for session in sessions {
            let member =
                self.presence.person_of(session).is_some_and(|person| self.confirmed.role(person).is_some());
            out.push(if member {
                Output::SendSnapshot { session }
            } else {
                self.presence.leave(Timestamp(0), session, true);
                Output::Close { session, code: Code::CloseForbidden }
            });
        }
    }

    // ---- time ----

    /// What is due now, whatever the input was; then the next append, and when to be woken.
    fn settle(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        self.presence.expire(now);
        if let Some(frame) = self.presence.flush(now, &self.confirmed) {
            out.push(Output::BroadcastPresence(ServerFrame::Presence(frame)));
        }
        if let Some(frame) = self.fleetings.flush(now) {
            out.push(Output::BroadcastFleeting(frame));
        }
        if self.confirmed.exists() && now >= self.effects_after {
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
    fn effects_of_time(&mut self, now: Timestamp, out: &mut Vec<Output>) {
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
    }

    fn tell_wake(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let ends_at = self.tentative.timeline.ends_at().map(|end| end.max(self.effects_after));
        let next = [self.presence.due(), self.fleetings.due(), ends_at].into_iter().flatten().min();
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

/// Whole numbers that every client holds exactly (rule W4).
fn sane(report: &protocol::SyncReport) -> bool {
    let exact = |value: i64| value.abs() < 1 << 53;
    [report.error_us, report.bound_us, report.rtt_us, report.buffered_ms, report.start_latency_ms]
        .into_iter()
        .all(exact)
}

fn actor_of(wish: &Wish) -> Option<PersonId> {
    match wish {
        Wish::Command(input) => match input.by {
            By::Person(person) => Some(person),
            By::System(person) => person,
        },
        Wish::Reanchor(_) => None,
    }
}

/// A retry's answer is the first place; somebody else's operation id is not theirs to be told of.
fn first_answer(first: FirstPlace, wish: &Wish) -> Answer {
    if actor_of(wish) == first.actor {
        Ok(first.seq)
    } else {
        Err(Refusal::because(Code::Conflict, "operation id in use"))
    }
}

fn reject(session: SessionId, op: Option<OpId>, refusal: &Refusal) -> Output {
    let frame = ServerFrame::Reject(Reject {
        op,
        code: refusal.code.number(),
        message: refusal.sentence(),
        retry_after_ms: refusal.retry_after_ms,
    });
    Output::Send { session, frame }
}

fn answer(origins: &[Origin], op: OpId, answer: &Answer, out: &mut Vec<Output>) {
    for origin in origins {
        match (origin, answer) {
            (Origin::Session(session), Ok(seq)) => {
                out.push(Output::Send { session: *session, frame: ServerFrame::Ack(Ack { op, seq: *seq }) });
            }
            (Origin::Session(session), Err(refusal)) => out.push(reject(*session, Some(op), refusal)),
            (Origin::Waiter(waiter), answer) => {
                out.push(Output::Answer { waiter: *waiter, answer: answer.clone() })
            }
            (Origin::Time, _) => {}
        }
    }
}
