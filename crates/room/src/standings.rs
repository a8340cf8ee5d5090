//! How everybody's player stands, by the newest sync reports: who can play, who lacks data and since when. Part of
//! presence; the waiting policy reads it after every input, so it is kept up to date instead of counted.

use protocol::{PersonId, PresenceState, SyncReport, SyncStatus, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A report older than this says nothing any more, milliseconds: players report once a second while the timeline
/// moves.
pub(crate) const FRESH_MS: i64 = 3_000;

/// Somebody whose player has no data to go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    /// Since when, as far as was reported.
    pub(crate) since: Timestamp,
    /// When it was said last.
    pub(crate) heard: Timestamp,
    /// The data is still being made.
    pub(crate) preparing: bool,
    /// Has not been with the others yet: nobody waits for who joins.
    pub(crate) joining: bool,
    /// Looks at the page: nobody waits for a hidden tab.
    pub(crate) here: bool,
}

/// The newest report of a person.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) report: SyncReport,
    pub(crate) at: Timestamp,
    /// Was on the right frame at least once since they came.
    pub(crate) has_played: bool,
}

/// Everybody's standing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standings {
    plays: BTreeSet<PersonId>,
    lacks: BTreeMap<PersonId, Lack>,
}

impl Standings {
    /// Brings a person up to date.
    pub(crate) fn set(&mut self, person: PersonId, state: PresenceState, heard: Option<&Heard>) {
        let status = heard.filter(|_| state > PresenceState::Reconnecting).map(|heard| heard.report.status);
        match (status, heard) {
            (Some(SyncStatus::Locked | SyncStatus::Adjusting | SyncStatus::Gesture), _) => {
                self.lacks.remove(&person);
                self.plays.insert(person);
            }
            (Some(SyncStatus::Buffering | SyncStatus::Preparing), Some(heard)) => {
                self.plays.remove(&person);
                let lack = Lack {
                    since: self.lacks.get(&person).map_or(heard.at, |before| before.since),
                    heard: heard.at,
                    preparing: heard.report.status == SyncStatus::Preparing,
                    joining: !heard.has_played,
                    here: state == PresenceState::Here,
                };
                self.lacks.insert(person, lack);
            }
            _ => self.remove(person),
        }
    }

    /// Somebody is no longer here, or watches on their own.
    pub(crate) fn remove(&mut self, person: PersonId) {
        self.plays.remove(&person);
        self.lacks.remove(&person);
    }

    /// Whether anybody's player has what it needs.
    pub(crate) fn anybody_plays(&self) -> bool {
        !self.plays.is_empty()
    }

    /// How many watch together.
    pub(crate) fn watching(&self) -> usize {
        self.plays.len() + self.lacks.len()
    }

    /// Those who lack data, by their newest word.
    pub(crate) fn lacking(&self, now: Timestamp) -> impl Iterator<Item = (PersonId, Lack)> + '_ {
        let fresh = now.plus_ms(-FRESH_MS);
        self.lacks.iter().filter(move |(_, lack)| lack.heard >= fresh).map(|(person, lack)| (*person, *lack))
    }

    /// Whether a person lacks data.
    pub(crate) fn lacks(&self, person: PersonId, now: Timestamp) -> bool {
        self.lacks.get(&person).is_some_and(|lack| lack.heard >= now.plus_ms(-FRESH_MS))
    }

    /// Whether nobody lacks anything, whatever the time.
    pub(crate) fn all_is_well(&self) -> bool {
        self.lacks.is_empty()
    }

    /// How many lack data or did when they were last heard.
    pub(crate) fn lacking_count(&self) -> usize {
        self.lacks.len()
    }
}
