//! The log that all nodes share: compare-and-set on the head, operation ids unique, as the store's contract says. A
//! test may take a rule away to see that the checker notices.

use protocol::{Event, OpId, Seq};
use room::FirstPlace;
use std::collections::BTreeMap;

/// How an append ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// Written up to here.
    Committed(Seq),
    /// Somebody was faster.
    Lost,
    /// One of the operations is there already.
    Duplicate(OpId, FirstPlace),
}

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// What is committed.
    pub events: Vec<Event>,
    /// First places.
    pub ops: BTreeMap<OpId, FirstPlace>,
    /// Takes the same operation again and again (a broken store).
    pub forgets_operations: bool,
    /// Overwrites what others have written (a broken store).
    pub forks: bool,
}

impl Disk {
    /// Appends after `expected`.
    pub fn append(&mut self, expected: Seq, events: &[Event]) -> Wrote {
        let head = self.events.len() as Seq;
        if head != expected {
            if !self.forks {
                return Wrote::Lost;
            }
            self.events.truncate(usize::try_from(expected).unwrap_or(usize::MAX));
        }
        if !self.forgets_operations
            && let Some((op, first)) =
                events.iter().find_map(|event| Some((event.op, *self.ops.get(&event.op)?)))
        {
            return Wrote::Duplicate(op, first);
        }
        for event in events {
            self.ops.entry(event.op).or_insert(FirstPlace { seq: event.seq, actor: event.actor });
            self.events.push(event.clone());
        }
        Wrote::Committed(self.events.len() as Seq)
    }

    /// What came after a place.
    #[must_use]
    pub fn after(&self, seq: Seq) -> Vec<Event> {
        self.events.get(usize::try_from(seq).unwrap_or(usize::MAX)..).unwrap_or_default().to_vec()
    }

    /// First place of an operation.
    #[must_use]
    pub fn first(&self, op: OpId) -> Option<FirstPlace> {
        if self.forgets_operations { None } else { self.ops.get(&op).copied() }
    }
}
