//! What has been decided but not answered, in order. An answer waits until everything it was decided on is
//! committed: a refusal or a "nothing to do" may follow from an event that nobody may know of yet (law 2).

use crate::io::{CommandInput, Origin, Refusal};
use protocol::{Event, OpId};
use std::collections::VecDeque;

/// Commands waiting for their commit at most; further ones are told to come again (law 10). Four batches.
pub(crate) const PENDING_MAX: usize = 1_024;
/// Who may wait for one operation at most: the same operation sent again and again while it is under way.
pub(crate) const ORIGINS_MAX: usize = 8;
/// Events of one append; the store's own bound.
pub(crate) const BATCH_EVENTS_MAX: usize = 256;

/// What is wished.
#[allow(clippy::large_enum_variant, reason = "almost every wish is a command")]
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// A command.
    Command(CommandInput),
    /// The same position by a clock that was set back.
    Reanchor(OpId),
}

impl Wish {
    pub(crate) fn op(&self) -> OpId {
        match self {
            Wish::Command(input) => input.op,
            Wish::Reanchor(op) => *op,
        }
    }
}

/// What was decided.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Event(Box<Event>),
    Nothing,
    Refused(Refusal),
}

/// A wish with its decision and those who wait.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) origins: Vec<Origin>,
    pub(crate) wish: Wish,
    pub(crate) outcome: Outcome,
}

/// Proposals in order of decision: those of the append under way, then those of the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    in_flight: Vec<Proposal>,
    queued: VecDeque<Proposal>,
}

impl Pending {
    pub(crate) fn len(&self) -> usize {
        self.in_flight.len() + self.queued.len()
    }

    pub(crate) fn appending(&self) -> bool {
        !self.in_flight.is_empty()
    }

    pub(crate) fn push(&mut self, proposal: Proposal) {
        self.queued.push_back(proposal);
    }

    pub(crate) fn find(&mut self, op: OpId) -> Option<&mut Proposal> {
        self.in_flight.iter_mut().chain(&mut self.queued).find(|proposal| proposal.wish.op() == op)
    }

    /// Everything, in order; nothing is under way afterwards.
    pub(crate) fn take_all(&mut self) -> Vec<Proposal> {
        let mut all = std::mem::take(&mut self.in_flight);
        all.extend(self.queued.drain(..));
        all
    }

    /// The proposals of the append that was under way.
    pub(crate) fn take_in_flight(&mut self) -> Vec<Proposal> {
        std::mem::take(&mut self.in_flight)
    }

    /// Bare answers at the front, which hang on nothing that is not committed. Only while nothing is under way.
    pub(crate) fn take_bare(&mut self) -> Vec<Proposal> {
        let mut bare = Vec::new();
        while !self.appending()
            && self.queued.front().is_some_and(|first| !matches!(first.outcome, Outcome::Event(_)))
        {
            bare.extend(self.queued.pop_front());
        }
        bare
    }

    /// Puts the next batch under way: at most [`BATCH_EVENTS_MAX`] events with the bare answers between and after them.
    pub(crate) fn begin_append(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.appending() {
            return events;
        }
        while let Some(first) = self.queued.front() {
            if let Outcome::Event(event) = &first.outcome {
                if events.len() == BATCH_EVENTS_MAX {
                    break;
                }
                events.push((**event).clone());
            }
            self.in_flight.extend(self.queued.pop_front());
        }
        events
    }
}
