//! Reactions and progress on their way to everybody: the latest value per sender and kind, merged (law 10: bounded,
//! and what does not fit is left out). Typing, visibility and sync reports are part of presence.

use crate::lane::{Lane, window_ms};
use protocol::fleeting::{Fleeting, FleetingFrom};
use protocol::frame::FleetingsFrame;
use protocol::{PersonId, ServerFrame, Timestamp, VersionId};
use std::collections::BTreeMap;

/// Values waiting at most; further ones are left out until the lane has run (16 to 50 ms).
const VALUES_MAX: usize = 512;
/// Longest emoji, bytes: family emoji with skin tones are longer and are not offered.
const EMOJI_BYTES_MAX: usize = 16;

/// What a value replaces: the sender's earlier value of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Reaction(PersonId),
    Progress(VersionId),
}

/// The lane.
#[derive(Clone, Debug)]
pub struct Fleetings {
    waiting: BTreeMap<Slot, FleetingFrom>,
    lane: Lane,
}

impl Default for Fleetings {
    fn default() -> Self {
        Fleetings { waiting: BTreeMap::new(), lane: Lane::new() }
    }
}

impl Fleetings {
    /// Takes a value; what does not belong here is ignored.
    pub fn put(&mut self, now: Timestamp, people: usize, from: Option<PersonId>, value: Fleeting) {
        let slot = match (&value, from) {
            (Fleeting::Reaction(reaction), Some(person)) if emoji(&reaction.emoji) => Slot::Reaction(person),
            (Fleeting::Progress(progress), None) => Slot::Progress(progress.version),
            _ => return,
        };
        if self.waiting.len() >= VALUES_MAX && !self.waiting.contains_key(&slot) {
            return;
        }
        self.waiting.insert(slot, FleetingFrom { person: from, value });
        self.lane.mark(now, window_ms(people));
    }

    /// The frame that is due.
    pub fn flush(&mut self, now: Timestamp) -> Option<ServerFrame> {
        if !self.lane.take(now) || self.waiting.is_empty() {
            return None;
        }
        let values = std::mem::take(&mut self.waiting).into_values().collect();
        Some(ServerFrame::Fleetings(FleetingsFrame { values }))
    }

    /// When to look again.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.lane.due()
    }
}

fn emoji(text: &str) -> bool {
    (1..=EMOJI_BYTES_MAX).contains(&text.len())
        && !text.chars().any(|c| c.is_control() || c.is_ascii_alphanumeric())
}
