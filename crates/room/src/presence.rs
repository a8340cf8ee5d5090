//! Who is here: one person in many tabs is one face, with the strongest state of the tabs. A lost connection shows as
//! reconnecting and leaves after a while; a clean leave is at once. Never stored.

use crate::lane::{Lane, window_ms};
use crate::standings::{Heard, Standings};
use crate::state::State;
use protocol::frame::PresenceFrame;
use protocol::limits::PRESENCE_FULL_MAX;
use protocol::{
    ClientId, PersonId, PresenceState, PresentPerson, SessionId, SyncReport, SyncStatus, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// How long a person whose last connection was lost stays as reconnecting, milliseconds: a phone changing networks
/// needs up to 20 s.
pub const GONE_AFTER_MS: i64 = 25_000;
/// How long "typing" holds without being said again, milliseconds.
pub const TYPING_MS: i64 = 5_000;
/// Sync reports are merged for this long, milliseconds: the number shown changes once a second.
const SYNC_WINDOW_MS: i64 = 1_000;
/// People named in the sample of a large channel.
pub const SAMPLE: usize = 50;
/// A large channel is small again below this: not at the same number, so that it does not flicker.
const SMALL_AGAIN: usize = PRESENCE_FULL_MAX * 3 / 4;
/// Connections of one person at most.
pub const SESSIONS_PER_PERSON_MAX: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Tab {
    client: ClientId,
    shown: bool,
    heard: bool,
}

#[derive(Clone, Debug, Default)]
struct Face {
    tabs: BTreeMap<SessionId, Tab>,
    gone_at: Option<Timestamp>,
    typing_until: Option<Timestamp>,
    sync: Option<Heard>,
}

impl Face {
    fn state(&self) -> PresenceState {
        let of_tab = |tab: &Tab| match (tab.heard, tab.shown) {
            (true, true) => PresenceState::Here,
            (true, false) => PresenceState::Away,
            (false, _) => PresenceState::Reconnecting,
        };
        self.tabs.values().map(of_tab).max().unwrap_or(PresenceState::Reconnecting)
    }
}

/// Everybody who is here through this node.
#[derive(Clone, Debug)]
pub struct Presence {
    sessions: BTreeMap<SessionId, PersonId>,
    faces: BTreeMap<PersonId, Face>,
    /// What everybody has been told: all, or the sample of a large channel.
    told: BTreeMap<PersonId, PresentPerson>,
    told_count: u32,
    large: bool,
    changed: BTreeSet<PersonId>,
    /// When something of a face may end; looked at again when the time has come.
    deadlines: BTreeSet<(Timestamp, PersonId)>,
    standings: Standings,
    lane: Lane,
}

impl Default for Presence {
    fn default() -> Self {
        Presence {
            sessions: BTreeMap::new(),
            faces: BTreeMap::new(),
            told: BTreeMap::new(),
            told_count: 0,
            large: false,
            changed: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            standings: Standings::default(),
            lane: Lane::new(),
        }
    }
}

impl Presence {
    /// Whose connection this is.
    #[must_use]
    pub fn person_of(&self, session: SessionId) -> Option<PersonId> {
        self.sessions.get(&session).copied()
    }

    /// All connections.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.keys().copied()
    }

    /// How many people are here.
    #[must_use]
    pub fn count(&self) -> usize {
        self.faces.len()
    }

    /// Some of the people who are here, for a card.
    pub fn people(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.faces.keys().copied()
    }

    /// Newest sync reports of those whose connection is alive.
    pub fn reports(&self) -> impl Iterator<Item = &SyncReport> {
        self.faces
            .values()
            .filter(|face| face.state() > PresenceState::Reconnecting)
            .filter_map(|face| face.sync.as_ref().map(|heard| &heard.report))
    }

    /// How everybody's player stands.
    pub(crate) fn standings(&self) -> &Standings {
        &self.standings
    }

    /// After every change of a face.
    fn restand(&mut self, person: PersonId) {
        match self.faces.get(&person) {
            Some(face) => self.standings.set(person, face.state(), face.sync.as_ref()),
            None => self.standings.remove(person),
        }
    }

    fn mark(&mut self, now: Timestamp, person: PersonId, window: i64) {
        self.changed.insert(person);
        self.lane.mark(now, window);
    }

    fn mark_soon(&mut self, now: Timestamp, person: PersonId) {
        let window = window_ms(self.faces.len());
        self.mark(now, person, window);
    }

    /// A connection. It takes the place of earlier ones of the same client, which are answered, to be closed: their line was
    /// cut, or the client would not have come again. None if the person has too many.
    pub fn join(
        &mut self,
        now: Timestamp,
        session: SessionId,
        person: PersonId,
        client: ClientId,
        shown: bool,
    ) -> Option<Vec<SessionId>> {
        let face = self.faces.entry(person).or_default();
        let earlier: Vec<SessionId> =
            face.tabs.iter().filter(|(_, tab)| tab.client == client).map(|(session, _)| *session).collect();
        if face.tabs.len() - earlier.len() >= SESSIONS_PER_PERSON_MAX {
            return None;
        }
        for old in &earlier {
            face.tabs.remove(old);
            self.sessions.remove(old);
        }
        face.tabs.insert(session, Tab { client, shown, heard: true });
        face.gone_at = None;
        self.sessions.insert(session, person);
        self.restand(person);
        self.mark_soon(now, person);
        Some(earlier)
    }

    /// A connection ended.
    pub fn leave(&mut self, now: Timestamp, session: SessionId, clean: bool) {
        let Some(person) = self.sessions.remove(&session) else { return };
        let Some(face) = self.faces.get_mut(&person) else { return };
        face.tabs.remove(&session);
        if face.tabs.is_empty() {
            face.typing_until = None;
            if clean {
                self.faces.remove(&person);
            } else {
                // One that had gone silent before is not given the time twice.
                let gone_at = *face.gone_at.get_or_insert(now.plus_ms(GONE_AFTER_MS));
                self.deadlines.insert((gone_at, person));
            }
        }
        self.restand(person);
        self.mark_soon(now, person);
    }

    /// Somebody no longer belongs here: no face, no connections. Answers the connections to be closed.
    pub fn forget(&mut self, now: Timestamp, person: PersonId) -> Vec<SessionId> {
        let Some(face) = self.faces.remove(&person) else { return Vec::new() };
        self.restand(person);
        self.mark_soon(now, person);
        let sessions: Vec<SessionId> = face.tabs.into_keys().collect();
        for session in &sessions {
            self.sessions.remove(session);
        }
        sessions
    }

    /// Name or role changed.
    pub fn renamed(&mut self, now: Timestamp, person: PersonId) {
        if self.faces.contains_key(&person) {
            self.mark_soon(now, person);
        }
    }

    fn change_tab(&mut self, now: Timestamp, session: SessionId, change: impl FnOnce(&mut Tab)) {
        let Some(person) = self.sessions.get(&session).copied() else { return };
        let Some(face) = self.faces.get_mut(&person) else { return };
        let before = face.state();
        if let Some(tab) = face.tabs.get_mut(&session) {
            change(tab);
        }
        let state = face.state();
        match (state, face.gone_at) {
            (PresenceState::Reconnecting, None) => face.gone_at = Some(now.plus_ms(GONE_AFTER_MS)),
            (PresenceState::Reconnecting, Some(_)) => {}
            _ => face.gone_at = None,
        }
        if state != before {
            self.restand(person);
            self.mark_soon(now, person);
        }
    }

    /// A connection has gone silent or is heard again.
    pub fn heard(&mut self, now: Timestamp, session: SessionId, heard: bool) {
        self.change_tab(now, session, |tab| tab.heard = heard);
    }

    /// A tab is shown or hidden.
    pub fn visible(&mut self, now: Timestamp, session: SessionId, shown: bool) {
        self.change_tab(now, session, |tab| tab.shown = shown);
    }

    /// Somebody types, or no longer.
    pub fn typing(&mut self, now: Timestamp, person: PersonId, on: bool) {
        let Some(face) = self.faces.get_mut(&person) else { return };
        let was = face.typing_until.is_some();
        face.typing_until = on.then(|| now.plus_ms(TYPING_MS));
        if let Some(until) = face.typing_until {
            self.deadlines.insert((until, person));
        }
        if was != on {
            self.mark_soon(now, person);
        }
    }

    /// Somebody's sync report.
    pub fn sync(&mut self, now: Timestamp, person: PersonId, report: SyncReport) {
        let Some(face) = self.faces.get_mut(&person) else { return };
        let has_played =
            report.status == SyncStatus::Locked || face.sync.as_ref().is_some_and(|before| before.has_played);
        face.sync = Some(Heard { report, at: now, has_played });
        self.restand(person);
        self.mark(now, person, SYNC_WINDOW_MS);
    }

    /// Ends what has lasted too long.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some((at, person)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, person));
            let Some(face) = self.faces.get_mut(&person) else { continue };
            if face.typing_until.is_some_and(|until| until <= now) {
                face.typing_until = None;
                self.mark_soon(now, person);
            } else if face.tabs.is_empty() && face.gone_at.is_some_and(|gone_at| gone_at <= now) {
                self.faces.remove(&person);
                self.restand(person);
                self.mark_soon(now, person);
            }
        }
    }

    fn present(state: &State, person: PersonId, face: &Face) -> Option<PresentPerson> {
        let member = state.members.get(&person)?;
        Some(PresentPerson {
            person,
            name: member.name.clone(),
            kind: member.kind,
            role: member.role,
            state: face.state(),
            typing: face.typing_until.is_some(),
            sync: face.sync.as_ref().map(|heard| heard.report.clone()),
        })
    }

    fn counted(&self) -> u32 {
        u32::try_from(self.faces.len()).unwrap_or(u32::MAX)
    }

    /// The frame that is due: what changed since the last one, or everybody when the channel has become large or
    /// small. None if nobody would see a difference.
    pub fn flush(&mut self, now: Timestamp, state: &State) -> Option<PresenceFrame> {
        if !self.lane.take(now) {
            return None;
        }
        let changed = std::mem::take(&mut self.changed);
        let count = self.counted();
        let large =
            if self.large { self.faces.len() > SMALL_AGAIN } else { self.faces.len() > PRESENCE_FULL_MAX };
        if large != self.large {
            self.large = large;
            let most = if large { SAMPLE } else { usize::MAX };
            let everybody =
                self.faces.iter().filter_map(|(person, face)| Self::present(state, *person, face)).take(most);
            self.told = everybody.map(|present| (present.person, present)).collect();
            self.told_count = count;
            return Some(PresenceFrame {
                full: true,
                people: self.told.values().cloned().collect(),
                gone: Vec::new(),
                count,
            });
        }
        let (mut people, mut gone) = (Vec::new(), Vec::new());
        for person in changed {
            match self.faces.get(&person).and_then(|face| Self::present(state, person, face)) {
                None => gone.extend(self.told.remove(&person).map(|_| person)),
                Some(present) => {
                    let wanted = !self.large || self.told.contains_key(&person) || self.told.len() < SAMPLE;
                    if wanted && self.told.get(&person) != Some(&present) {
                        self.told.insert(person, present.clone());
                        people.push(present);
                    }
                }
            }
        }
        if people.is_empty() && gone.is_empty() && count == self.told_count {
            return None;
        }
        self.told_count = count;
        Some(PresenceFrame { full: false, people, gone, count })
    }

    /// Everybody (or the sample), for a connection that begins.
    #[must_use]
    pub fn full(&self, state: &State) -> PresenceFrame {
        let people = if self.large {
            self.told.values().cloned().collect()
        } else {
            self.faces.iter().filter_map(|(person, face)| Self::present(state, *person, face)).collect()
        };
        PresenceFrame { full: true, people, gone: Vec::new(), count: self.counted() }
    }

    /// When to look again.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        [deadline, self.lane.due()].into_iter().flatten().min()
    }
}
