//! The room itself: takes inputs, keeps what is committed apart from what is decided but not committed, and says what
//! the shell has to do. One append is under way at most; what comes meanwhile is decided on the tentative state and
//! goes into the next (group commit). Where another node was faster, everything pending is decided again.

mod committing;
mod effects;
mod proposing;

use crate::authorize::{Action, Actor, Resource, can};
use crate::decide::{Context, Decision, decide};
use crate::fleeting::Fleetings;
use crate::io::{Answer, By, CommandInput, FirstPlace, Input, Join, OpFact, Origin, Output, Refusal};
use crate::ops::{self, Bare, BareAnswers, Ops};
use crate::pending::{ORIGINS_MAX, Outcome, PENDING_MAX, Pending, Proposal, Wish};
use crate::presence::Presence;
use crate::state::State;
use crate::waiting::Waits;
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
    waits: Waits,
    /// When those who lack data are to be looked at again.
    look_at: Option<Timestamp>,
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
            waits: Waits::default(),
            look_at: None,
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
        if !self.confirmed.open() {
            out.push(Output::Close { session, code: Code::CloseGone });
            return;
        }
        let Some(role) = self.confirmed.role(join.person) else {
            out.push(Output::Close { session, code: Code::CloseForbidden });
            return;
        };
        let Some(earlier) = self.presence.join(now, session, join.person, join.client, join.shown) else {
            out.push(reject(session, None, &Refusal::because(Code::TooManyTries, "too many open tabs")));
            out.push(Output::Close { session, code: Code::CloseRateLimited });
            return;
        };
        out.extend(earlier.into_iter().map(|session| Output::Close { session, code: Code::CloseReplaced }));
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
