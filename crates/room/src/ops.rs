//! Operation ids: how old they may be, which of them the room remembers with their first answer (law 5), and the ids
//! that derive from a cause.

use crate::io::{By, FirstPlace, Refusal};
use protocol::limits::{OP_AGE_MS_MAX, OP_AHEAD_MS_MAX, ROOM_OPS_MAX};
use protocol::{ChannelId, Code, Event, OpId, PersonId, Seq, Timestamp};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// Answers without an event that a room remembers: a retry within seconds is what they are for.
pub const ANSWERS_MAX: usize = 256;

/// An answer that made no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bare {
    /// The wish was fulfilled already.
    Nothing(Seq),
    /// Refused for good.
    Refused(Refusal),
}

/// The operations of the last [`ROOM_OPS_MAX`] events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ops {
    order: VecDeque<OpId>,
    places: BTreeMap<OpId, FirstPlace>,
}

impl Ops {
    /// Remembers a committed event's operation.
    pub fn note(&mut self, event: &Event) {
        self.insert(event.op, FirstPlace { seq: event.seq, actor: event.actor });
    }

    fn insert(&mut self, op: OpId, place: FirstPlace) {
        if self.places.insert(op, place).is_none() {
            self.order.push_back(op);
        }
        while self.order.len() > ROOM_OPS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.places.remove(&oldest);
            }
        }
    }

    /// First place of an operation, if it is among the remembered.
    #[must_use]
    pub fn first(&self, op: OpId) -> Option<FirstPlace> {
        self.places.get(&op).copied()
    }

    /// Whether an operation that is not remembered cannot be in the log.
    #[must_use]
    pub fn complete(&self, head: Seq) -> bool {
        head <= self.order.len() as Seq
    }

    /// In the order of the log.
    #[must_use]
    pub fn list(&self) -> Vec<(OpId, Seq, Option<PersonId>)> {
        self.order
            .iter()
            .filter_map(|op| self.places.get(op).map(|place| (*op, place.seq, place.actor)))
            .collect()
    }

    /// From a list in the order of the log.
    #[must_use]
    pub fn from_list(list: Vec<(OpId, Seq, Option<PersonId>)>) -> Ops {
        let mut ops = Ops::default();
        for (op, seq, actor) in list {
            ops.insert(op, FirstPlace { seq, actor });
        }
        ops
    }
}

/// Answers without an event, of this node only and for a while: a lost answer's retry gets the same one.
#[derive(Clone, Debug, Default)]
pub struct BareAnswers {
    order: VecDeque<OpId>,
    answers: BTreeMap<OpId, (By, Bare)>,
}

impl BareAnswers {
    /// Remembers an answer.
    pub fn note(&mut self, op: OpId, by: By, answer: Bare) {
        if self.answers.insert(op, (by, answer)).is_none() {
            self.order.push_back(op);
        }
        while self.order.len() > ANSWERS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.answers.remove(&oldest);
            }
        }
    }

    /// The answer that the same asker got for the same operation.
    #[must_use]
    pub fn of(&self, op: OpId, by: By) -> Option<&Bare> {
        self.answers.get(&op).filter(|(asker, _)| *asker == by).map(|(_, answer)| answer)
    }
}

/// Checks the version and age of an operation id. The system's may also be of version 8 (derived), without a time.
///
/// # Errors
/// `OperationStale`.
pub fn check_age(op: OpId, system: bool, now: Timestamp) -> Result<(), Refusal> {
    let stale = Err(Refusal::of(Code::OperationStale));
    match op.0.get_version_num() {
        7 => {}
        8 if system => return Ok(()),
        _ => return stale,
    }
    let bytes = op.as_bytes();
    let made_ms = bytes[..6].iter().fold(0_i64, |ms, byte| (ms << 8) | i64::from(*byte));
    let age_ms = now.unix_ms() - made_ms;
    if age_ms > OP_AGE_MS_MAX || -age_ms > OP_AHEAD_MS_MAX { stale } else { Ok(()) }
}

/// Whether an id derives from a cause (then it is proposed again until the cause is gone, and its bare answers are
/// not remembered).
#[must_use]
pub fn derived(op: OpId) -> bool {
    op.0.get_version_num() == 8
}

/// The operation id of an effect of time: the same on every node (law 5).
#[must_use]
pub fn derive(effect: &str, channel: ChannelId, revision: u64) -> OpId {
    let digest = Sha256::digest(format!("{effect}:{channel}:{revision}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    OpId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
