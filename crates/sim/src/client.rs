//! A simulated client: an outbox of operations that are sent again until answered, and a replica as the page keeps it
//! (docs/protocol.md, D1 to D5).

use crate::history::{Operation, Outcome, Reader};
use protocol::command::Command;
use protocol::frame::{CommandFrame, Position};
use protocol::{ClientFrame, OpId, PersonId, Seq, ServerFrame, SessionId, SyncStatus, Timestamp};
use room::State;
use std::collections::BTreeMap;

/// Time after which an unanswered operation is sent again, microseconds.
const AGAIN_US: i64 = 3_000_000;
/// How long a client believes that its catch-up is under way, microseconds.
const CATCHUP_US: i64 = 1_000_000;

/// One client.
#[derive(Debug)]
pub struct Client {
    /// Whose.
    pub person: PersonId,
    /// Present connection.
    pub session: Option<SessionId>,
    /// Operations not answered, with when they were sent last.
    pub outbox: BTreeMap<OpId, (Command, Option<i64>)>,
    /// All operations, answered or not.
    pub operations: BTreeMap<OpId, Operation>,
    /// What it has read.
    pub reader: Reader,
    /// Life of the log.
    pub epoch: u64,
    /// Ignores holes (a broken client).
    pub ignores_gaps: bool,
    /// When it asked for what it lacks.
    pub asked_at: i64,
    /// How its player stands.
    pub status: SyncStatus,
}

impl Client {
    /// Nothing read yet.
    #[must_use]
    pub fn new(number: usize, person: PersonId) -> Client {
        let reader = Reader {
            name: format!("client {number}"),
            applied: Vec::new(),
            state: None,
            snapshots: Vec::new(),
        };
        Client {
            person,
            session: None,
            outbox: BTreeMap::new(),
            operations: BTreeMap::new(),
            reader,
            epoch: 0,
            ignores_gaps: false,
            asked_at: i64::MIN / 2,
            status: SyncStatus::Locked,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.reader.state.as_ref().map(|state| Position { epoch: self.epoch, seq: state.head })
    }

    /// A new operation.
    pub fn wish(&mut self, now: i64, op: OpId, command: Command) {
        let always_event = matches!(command, Command::MessageSend(_));
        let operation = Operation {
            op,
            person: self.person,
            always_event,
            resent: false,
            invoked: now,
            done: None,
            outcome: Outcome::Info,
        };
        self.operations.insert(op, operation);
        self.outbox.insert(op, (command, None));
    }

    /// What is to be sent now (again).
    pub fn due(&mut self, now: i64, retries: &mut u64) -> Vec<ClientFrame> {
        let mut frames = Vec::new();
        for (op, (command, sent)) in &mut self.outbox {
            if sent.is_none_or(|at| at + AGAIN_US <= now) {
                if sent.is_some() {
                    *retries += 1;
                    if let Some(operation) = self.operations.get_mut(op) {
                        operation.resent = true;
                    }
                }
                *sent = Some(now);
                frames.push(ClientFrame::Command(CommandFrame { op: *op, command: command.clone() }));
            }
        }
        frames
    }

    /// The line is broken: what was sent may be lost.
    pub fn cut(&mut self) {
        self.session = None;
        self.asked_at = i64::MIN / 2;
        for (_, sent) in self.outbox.values_mut() {
            if sent.is_some() {
                *sent = Some(i64::MIN / 2); // sent before: again with the next connection
            }
        }
    }

    /// Takes a frame; answers what it wants to say to it.
    pub fn take(&mut self, now: i64, frame: ServerFrame, catchups: &mut u64) -> Option<ClientFrame> {
        match frame {
            ServerFrame::Welcome(welcome) => {
                self.epoch = welcome.head.epoch;
                None
            }
            ServerFrame::Snapshot(snapshot) => {
                let before = self.reader.state.as_ref().map_or(0, |state| state.head);
                self.reader.snapshots.push((before, snapshot.at.seq));
                self.reader.state = Some(State::from_wire(snapshot.state, snapshot.at.seq, Timestamp(0)));
                self.epoch = snapshot.at.epoch;
                None
            }
            ServerFrame::Events(events) => {
                for event in events.events {
                    let state = self.reader.state.as_mut()?;
                    if event.seq <= state.head {
                        continue;
                    }
                    if event.seq > state.head + 1 {
                        if !self.ignores_gaps {
                            return self.catch_up(now, catchups);
                        }
                        state.head = event.seq - 1;
                    }
                    state.apply(&event);
                    self.reader.applied.push((event.seq, event.op));
                }
                None
            }
            ServerFrame::Ack(ack) => {
                self.answered(now, ack.op, Outcome::Ok(ack.seq));
                None
            }
            ServerFrame::Reject(reject) => {
                if let (Some(op), None) = (reject.op, reject.retry_after_ms) {
                    self.answered(now, op, Outcome::Fail(reject.code));
                }
                None
            }
            ServerFrame::Beat(beat) => {
                let behind = self.reader.state.as_ref().is_some_and(|state| state.head < beat.head.seq);
                if behind && !self.ignores_gaps { self.catch_up(now, catchups) } else { None }
            }
            ServerFrame::Pong(_)
            | ServerFrame::Presence(_)
            | ServerFrame::Fleetings(_)
            | ServerFrame::Drain(_) => None,
        }
    }

    fn catch_up(&mut self, now: i64, catchups: &mut u64) -> Option<ClientFrame> {
        if self.asked_at + CATCHUP_US > now {
            return None;
        }
        self.asked_at = now;
        *catchups += 1;
        Some(ClientFrame::Catchup(protocol::frame::Catchup { from: self.position()? }))
    }

    fn answered(&mut self, now: i64, op: OpId, outcome: Outcome) {
        self.outbox.remove(&op);
        if let Some(operation) = self.operations.get_mut(&op)
            && operation.done.is_none()
        {
            operation.done = Some(now);
            operation.outcome = outcome;
        }
    }

    /// Head of its replica.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.reader.state.as_ref().map_or(0, |state| state.head)
    }
}
