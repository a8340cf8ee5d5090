//! Whom the timeline waits for and for how long (law 12: any wait for members ends within 5 s).
//!
//! A wait is a timeline whose anchor lies ahead: it shows the anchor's frame until then and goes on by itself, on every
//! page, whatever becomes of this node. So no wait can be longer than was said when it began. Two kinds:
//!
//! - **For members.** Somebody who watched with the others lacks data: the others stand for the channel's patience at
//!   most, once per [`COOL_DOWN_MS`] for the same person and once per [`REST_MS`] for anybody. A few of a crowd, viewers,
//!   joiners and hidden tabs are never waited for; where a presenter has control, only the presenter is.
//! - **Because nobody can play.** Then nobody waits for anybody: the film waits for its audience, as long as all of
//!   them lack data, said anew every few seconds; after [`STANDSTILL_MS`] it is paused.

use crate::decide::{Context, Decision};
use crate::standings::Standings;
use crate::state::State;
use protocol::command::{Command, PlaybackPause, PlaybackResume, PlaybackWait};
use protocol::event::{EventBody, TimelineCause, TimelineSet};
use protocol::limits::{PATIENCE_MAX_MS, WAIT_PEOPLE_MAX};
use protocol::{ControlMode, Event, PersonId, Role, Timeline, Timestamp, Wait, WaitReason};
use std::collections::BTreeMap;

/// Lack of data shorter than this is not told to anybody, milliseconds: a seek within the buffer takes 50.
pub const GRACE_MS: i64 = 400;
/// Time between two waits for members, milliseconds, whoever they are for.
pub const REST_MS: i64 = 10_000;
/// Time until the same person is waited for again, milliseconds.
pub const COOL_DOWN_MS: i64 = 60_000;
/// Up to this many who watch, any of them is waited for; above, only a quarter of all together.
pub const SMALL_GROUP: usize = 8;
/// Time between the end of a standstill and the next, milliseconds: a player that has data again takes that long to
/// show that it has not.
pub const STANDSTILL_REST_MS: i64 = 1_000;
/// A standstill is said anew this long before it would end, milliseconds.
const RENEW_MS: i64 = 1_000;
/// A standstill longer than this ends in a pause, milliseconds.
pub const STANDSTILL_MS: i64 = 120_000;
/// Another node has ended our standstill: somebody there can play. No further standstill for this long, milliseconds.
const ELSEWHERE_MS: i64 = 30_000;
/// In a crowd that lacks data it is looked at this often, milliseconds.
const LOOK_MS: i64 = 50;
/// What is a crowd there.
const LOOK_CROWD: usize = 64;

fn is_for_members(reason: WaitReason) -> bool {
    reason == WaitReason::Buffering
}

/// Lets the timeline stand at its frame until an anchor ahead. A revision that is gone, or a wait that has its turn
/// later, changes nothing.
pub(crate) fn wait(state: &State, context: Context<'_>, wait: &PlaybackWait) -> Decision {
    let timeline = &state.timeline;
    let now = context.now;
    let moves = timeline.playing && timeline.ends_at().is_some_and(|end| end > now);
    if timeline.revision != wait.revision || !moves {
        return Ok(None);
    }
    let most_ms =
        if is_for_members(wait.reason) { state.patience_ms.min(PATIENCE_MAX_MS) } else { PATIENCE_MAX_MS };
    let for_ms = wait.for_ms.min(most_ms);
    if for_ms == 0 || may_begin_at(state, wait.reason, now) > now {
        return Ok(None);
    }
    let until_us = now.plus_ms(i64::from(for_ms));
    let revision = timeline.revision + 1;
    let set = TimelineSet {
        timeline: Timeline {
            frame: timeline.frame_at(now),
            anchor_us: until_us,
            revision,
            ..timeline.clone()
        },
        cause: TimelineCause::Wait,
        item: None,
        wait: Some(Wait {
            people: wait.people.iter().copied().take(WAIT_PEOPLE_MAX).collect(),
            reason: wait.reason,
            from_us: state.waiting(now).map_or(now, |before| before.from_us),
            until_us,
            revision,
        }),
    };
    Ok(Some(EventBody::TimelineSet(set)))
}

/// When a wait for this reason may begin, by what the log says of the last one.
fn may_begin_at(state: &State, reason: WaitReason, now: Timestamp) -> Timestamp {
    let Some(last) = &state.wait else { return now };
    match (is_for_members(reason), is_for_members(last.reason)) {
        (true, _) => last.until_us.plus_ms(REST_MS),
        // A wait for members runs out first.
        (false, true) => last.until_us,
        (false, false) if state.waiting(now).is_some() => now,
        (false, false) => last.until_us.plus_ms(STANDSTILL_REST_MS),
    }
}

/// Lets the timeline go on: together and a little ahead, or as it does by itself if its time has come.
pub(crate) fn resume(state: &State, context: Context<'_>, resume: &PlaybackResume) -> Decision {
    let timeline = &state.timeline;
    let stands = state.wait.as_ref().is_some_and(|wait| wait.revision == timeline.revision);
    if timeline.revision != resume.revision || !stands {
        return Ok(None);
    }
    let soon = context.now.plus_us(context.lead_us);
    let timeline = Timeline {
        anchor_us: timeline.anchor_us.min(soon),
        revision: timeline.revision + 1,
        ..timeline.clone()
    };
    Ok(Some(EventBody::TimelineSet(TimelineSet {
        timeline,
        cause: TimelineCause::Resume,
        item: None,
        wait: None,
    })))
}

/// What a node remembers of waits beside the log. Lost with the node: then a wait ends by its time.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// The revision that stands because of us.
    mine: Option<u64>,
    /// Until when somebody is not waited for again. Bounded: at most [`WAIT_PEOPLE_MAX`] per [`REST_MS`].
    cooling: BTreeMap<PersonId, Timestamp>,
    /// No standstill before.
    elsewhere_until: Timestamp,
    looked: Timestamp,
}

impl Default for Waits {
    fn default() -> Self {
        let never = Timestamp(i64::MIN / 2);
        Waits { mine: None, cooling: BTreeMap::new(), elsewhere_until: never, looked: never }
    }
}

/// What time is to do about those who lack data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    /// An effect of time: its name, from which its operation id derives, and the command.
    pub(crate) effect: Option<(&'static str, Command)>,
    /// When to look again.
    pub(crate) at: Option<Timestamp>,
}

impl Waits {
    /// A committed event; `before` is the wait that stood until then. `own`: by this node.
    pub(crate) fn note(&mut self, now: Timestamp, before: Option<&Wait>, event: &Event, own: bool) {
        let EventBody::TimelineSet(set) = &event.body else { return };
        if let Some(wait) = &set.wait {
            self.mine = own.then_some(wait.revision);
            if is_for_members(wait.reason) {
                self.cooling.retain(|_, until| *until > now);
                let until = wait.until_us.plus_ms(COOL_DOWN_MS);
                self.cooling.extend(wait.people.iter().map(|person| (*person, until)));
            }
            return;
        }
        let ended_ours =
            before.is_some_and(|before| !is_for_members(before.reason) && self.mine == Some(before.revision));
        if !own && ended_ours && set.cause == TimelineCause::Resume {
            self.elsewhere_until = now.plus_ms(ELSEWHERE_MS);
        }
    }

    /// Looks and says what is to be done now and when to look again. Cheap while all is well.
    pub(crate) fn look(&mut self, now: Timestamp, state: &State, standings: &Standings) -> Look {
        let timeline = &state.timeline;
        let stands = state.wait.as_ref().filter(|wait| wait.revision == timeline.revision);
        if !timeline.playing || (standings.all_is_well() && stands.is_none()) {
            return Look { effect: None, at: None };
        }
        if standings.lacking_count() > LOOK_CROWD && now < self.looked.plus_ms(LOOK_MS) {
            return Look { effect: None, at: Some(self.looked.plus_ms(LOOK_MS)) };
        }
        self.looked = now;
        match stands {
            Some(wait) => self.while_standing(now, state, wait, standings),
            None => self.while_moving(now, state, standings),
        }
    }

    fn while_standing(&self, now: Timestamp, state: &State, wait: &Wait, standings: &Standings) -> Look {
        let revision = state.timeline.revision;
        let resume = || ("resume", Command::PlaybackResume(PlaybackResume { revision }));
        let mine = self.mine == Some(revision);
        if wait.until_us <= now {
            return Look { effect: Some(resume()), at: None };
        }
        if is_for_members(wait.reason) {
            // Who is waited for may be on another node, which knows better.
            let back = mine && !wait.people.iter().any(|person| standings.lacks(*person, now));
            let at = wait.until_us;
            return Look { effect: back.then(resume), at: (!back).then_some(at) };
        }
        if standings.anybody_plays() || (mine && standings.lacking(now).next().is_none()) {
            return Look { effect: Some(resume()), at: None };
        }
        let renew_at = wait.until_us.plus_ms(-RENEW_MS);
        if !mine || renew_at > now {
            return Look { effect: None, at: Some(if mine { renew_at } else { wait.until_us }) };
        }
        if now.since_us(wait.from_us) > STANDSTILL_MS * 1_000 {
            return Look {
                effect: Some(("standstill", Command::PlaybackPause(PlaybackPause { frame: None }))),
                at: None,
            };
        }
        Look { effect: standstill(now, state, standings), at: None }
    }

    fn while_moving(&self, now: Timestamp, state: &State, standings: &Standings) -> Look {
        let mut later: Option<Timestamp> = None;
        let mut not_before = |at: Timestamp| {
            if at > now {
                later = Some(later.map_or(at, |other| other.min(at)));
            }
            at <= now
        };
        if !standings.anybody_plays() {
            let since = standings
                .lacking(now)
                .filter(|(_, lack)| lack.here && (lack.preparing || !lack.joining))
                .map(|(_, lack)| lack.since)
                .min();
            let rested = may_begin_at(state, WaitReason::Nobody, now).max(self.elsewhere_until);
            if let Some(since) = since
                && not_before(since.plus_ms(GRACE_MS))
                && not_before(rested)
            {
                return Look { effect: standstill(now, state, standings), at: None };
            }
        }
        let patience_ms = i64::from(state.patience_ms.min(PATIENCE_MAX_MS));
        let mut waited: Vec<PersonId> = Vec::new();
        let (mut for_ms, mut presenter) = (0, false);
        for (person, lack) in standings.lacking(now) {
            // Who lacked data before the timeline began to move is waited for from then on.
            let lasts_at = lack.since.max(state.timeline.anchor_us).plus_ms(GRACE_MS);
            let left_ms = patience_ms - now.since_us(lasts_at).max(0) / 1_000;
            let counts = lack.here && !lack.joining && is_waited_for(state, person) && left_ms > 0;
            let cooled = self.cooling.get(&person).is_none_or(|until| *until <= now);
            if counts && cooled && not_before(lasts_at) {
                waited.push(person);
                for_ms = left_ms.max(for_ms);
                presenter |= state.control == ControlMode::Presenter;
            }
        }
        let enough =
            presenter || standings.watching() <= SMALL_GROUP || waited.len() * 4 >= standings.watching();
        if waited.is_empty() || !enough || !not_before(may_begin_at(state, WaitReason::Buffering, now)) {
            return Look { effect: None, at: later };
        }
        let wait = PlaybackWait {
            revision: state.timeline.revision,
            people: waited.into_iter().take(WAIT_PEOPLE_MAX).collect(),
            reason: WaitReason::Buffering,
            for_ms: u32::try_from(for_ms).unwrap_or(0),
        };
        Look { effect: Some(("wait", Command::PlaybackWait(wait))), at: None }
    }
}

/// Nobody can play.
fn standstill(now: Timestamp, state: &State, standings: &Standings) -> Option<(&'static str, Command)> {
    let preparing = standings.lacking(now).any(|(_, lack)| lack.preparing);
    let wait = PlaybackWait {
        revision: state.timeline.revision,
        people: standings.lacking(now).map(|(person, _)| person).take(WAIT_PEOPLE_MAX).collect(),
        reason: if preparing { WaitReason::Preparing } else { WaitReason::Nobody },
        for_ms: PATIENCE_MAX_MS,
    };
    Some(("wait", Command::PlaybackWait(wait)))
}

/// Whether the others would stand for this person: where a presenter has control, only for the presenter; else for
/// everybody who takes part.
fn is_waited_for(state: &State, person: PersonId) -> bool {
    match state.control {
        ControlMode::Presenter => state.presenter == Some(person),
        ControlMode::Everyone | ControlMode::Moderators => {
            state.role(person).is_some_and(|role| role != Role::Viewer)
        }
    }
}
