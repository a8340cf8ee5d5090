//! A page: the socket, the clock, the replica, the outbox with what it makes be shown at once, and the player. Clock,
//! replica's `apply` and controller are the real ones; the rest follows `web/src/sync` as closely as the checks need.

mod commands;
mod connection;

use crate::chance::Chance;
use crate::playback::clock::DeviceClock;
use crate::playback::history::{After, Cause, Record, Shown};
use crate::playback::optimistic::{Unanswered, is_done, overlay, same_course};
use crate::playback::player::{Moment, Player};
use crate::playback::world::Break;
use protocol::command::{Command, PatienceSet};
use protocol::frame::{Catchup, Pong, Position};
use protocol::{
    ClientFrame, ClientId, Event, EventBody, OpId, PersonId, Seq, ServerFrame, SessionId, Timeline,
    TimelineVideo, Timestamp,
};
use room::State;
use sync::{ClockEstimator, Sample};

/// What is expected of a start beside the round trip, µs.
const EXPECTED_LEAD_US: i64 = 150_000;
/// Age after which a momentary command without a connection is dropped, µs.
const MOMENTARY_US: i64 = 10_000_000;
/// A catch-up that has brought nothing is asked again after this time, µs.
const CATCHUP_US: i64 = 2_000_000;
/// A connection without a frame for so long is dead, µs: three beats.
const SILENT_US: i64 = 15_000_000;
/// From opening until the welcome, µs.
const WELCOME_US: i64 = 10_000_000;
/// Answer expected within this time where there is a reason to doubt the connection, µs.
const PROBE_US: i64 = 2_000_000;
/// Backoff: first ceiling, highest ceiling and what makes a connection a good one, µs.
const BACKOFF_US: (i64, i64, i64) = (500_000, 20_000_000, 30_000_000);

/// A command of ours that the screen has to hold until it is answered.
#[derive(Clone, Debug)]
struct Open {
    op: OpId,
    command: Command,
    entry: Option<TimelineVideo>,
    /// Its place, once told.
    seq: Option<Seq>,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// Whose.
    pub person: PersonId,
    /// The tab.
    pub client: ClientId,
    /// The device's clock.
    pub clock: DeviceClock,
    /// The connection, opening or live.
    pub session: Option<SessionId>,
    /// Whether it has been welcomed.
    pub live: bool,
    /// The player.
    pub player: Player,
    /// Whether the tab is shown.
    pub visible: bool,
    /// Sleeps until this true time, µs.
    pub asleep_until_us: i64,
    /// Woke at this time of its clock, µs, and has no answer since to a ping of after that.
    pub woken_us: Option<i64>,
    /// What it saw and did.
    pub record: Record,
    /// Something happened at this true time, µs.
    pub disturbed_us: i64,
    /// What it shows has changed; the player has to look.
    pub redrawn: bool,
    /// The next look and the next start; older ones are forgotten.
    pub look: u64,
    /// See `look`.
    pub start: u64,
    /// Since when it looks for its place, and after what.
    pub finding: Option<(i64, After)>,
    estimator: ClockEstimator,
    pings: u32,
    pings_since_us: i64,
    failures: u32,
    live_since_us: i64,
    opened_us: i64,
    heard_us: i64,
    probe_until_us: Option<i64>,
    replica: Option<State>,
    epoch: u64,
    asked: Option<(i64, Seq)>,
    outbox: Vec<Unanswered>,
    settling: Vec<(Unanswered, Seq)>,
    open: Vec<Open>,
    shown: Option<Timeline>,
    broken: Option<Break>,
    made: u64,
}

impl Page {
    /// A page that has not been opened.
    #[must_use]
    pub fn new(
        number: usize,
        person: PersonId,
        clock: DeviceClock,
        player: Player,
        kind: sync::ElementKind,
        broken: Option<Break>,
    ) -> Page {
        Page {
            person,
            client: ClientId::from_bytes([u8::try_from(number + 1).unwrap_or(255); 16]),
            clock,
            session: None,
            live: false,
            player,
            visible: true,
            asleep_until_us: i64::MIN,
            woken_us: None,
            record: Record::new(person, kind),
            disturbed_us: i64::MIN,
            redrawn: false,
            look: 0,
            start: 0,
            finding: None,
            estimator: ClockEstimator::new(),
            pings: 0,
            pings_since_us: 0,
            failures: 0,
            live_since_us: 0,
            opened_us: 0,
            heard_us: 0,
            probe_until_us: None,
            replica: None,
            epoch: 0,
            asked: None,
            outbox: Vec::new(),
            settling: Vec::new(),
            open: Vec::new(),
            shown: None,
            broken,
            made: (number as u64) << 32,
        }
    }

    /// Its clock, µs.
    #[must_use]
    pub fn now_us(&self, true_us: i64) -> i64 {
        self.clock.at_us(true_us)
    }

    /// What a player needs of a moment.
    #[must_use]
    pub fn moment(&self, true_us: i64) -> Moment {
        let now_us = self.now_us(true_us);
        Moment {
            true_us,
            now_ms: now_us as f64 / 1_000.0,
            server_us: self.estimator.server_us(now_us),
            shown: self.visible,
        }
    }

    /// What it believes the server's time to be, µs.
    #[must_use]
    pub fn server_us(&self, true_us: i64) -> Option<i64> {
        self.estimator.server_us(self.now_us(true_us))
    }

    /// The bound that it shows, µs.
    #[must_use]
    pub fn bound_us(&self, true_us: i64) -> Option<f64> {
        let bound_us = self.estimator.bound_us(self.now_us(true_us))?;
        Some(if self.broken == Some(Break::HalfBound) { bound_us / 2.0 } else { bound_us })
    }

    /// The round trip that it reports, µs.
    #[must_use]
    pub fn rtt_us(&self) -> i64 {
        self.estimator.rtt_us().unwrap_or(0)
    }

    /// What it shows.
    #[must_use]
    pub fn shown(&self) -> Option<&Timeline> {
        self.shown.as_ref()
    }

    /// Where it stands in the log.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.replica.as_ref().map(|state| Position { epoch: self.epoch, seq: state.head })
    }

    /// The end: what it has.
    #[must_use]
    pub fn into_record(mut self) -> Record {
        self.record.replica = self.replica;
        self.record.timeline = self.shown;
        self.record.unanswered = self.outbox.len();
        self.record
    }

    // ---- frames ----

    /// Takes a frame; answers what it wants to say.
    pub fn take(&mut self, true_us: i64, frame: &ServerFrame, chance: &mut Chance) -> Vec<ClientFrame> {
        let now_us = self.now_us(true_us);
        self.heard_us = now_us;
        self.probe_until_us = None;
        match frame {
            ServerFrame::Welcome(_) => {
                self.live = true;
                self.live_since_us = now_us;
                self.disturbed_us = true_us;
                self.estimator.reset();
                self.pings_anew(now_us);
                self.asked = None;
                return self.flush();
            }
            ServerFrame::Snapshot(snapshot) => {
                let here = self.position();
                if here.is_none_or(|here| here.epoch != snapshot.at.epoch || here.seq < snapshot.at.seq) {
                    let state = State::from_wire(snapshot.state.clone(), snapshot.at.seq, Timestamp(0));
                    let versions = state.timeline.video.iter().map(|video| video.version).collect();
                    self.replica = Some(state);
                    self.epoch = snapshot.at.epoch;
                    self.asked = None;
                    self.settle();
                    self.show(true_us, Cause::News { own: Vec::new(), versions }, chance);
                }
            }
            ServerFrame::Events(events) => return self.events(true_us, &events.events, chance),
            ServerFrame::Beat(beat) if self.position().is_some_and(|here| here.seq < beat.head.seq) => {
                return self.catch_up(now_us);
            }
            ServerFrame::Ack(ack) => return self.answered(true_us, ack.op, Some(ack.seq), chance),
            ServerFrame::Reject(reject) => {
                if let Some(op) = reject.op {
                    return self.answered(true_us, op, None, chance);
                }
            }
            ServerFrame::Pong(pong) => self.pong(true_us, pong),
            _ => {}
        }
        Vec::new()
    }

    fn pong(&mut self, true_us: i64, pong: &Pong) {
        let now_us = self.now_us(true_us);
        let settled = self.estimator.settled();
        let playing = self.shown.as_ref().is_some_and(|timeline| timeline.playing);
        let sample = Sample {
            client_sent_us: pong.client_us,
            server_received_us: pong.received_us.0,
            server_sent_us: pong.sent_us.0,
            client_received_us: now_us,
        };
        let steps = self.estimator.steps();
        self.estimator.add(sample, playing);
        if self.estimator.steps() != steps {
            // The page learned that it was wrong, within the bound that it showed; its element has to follow.
            self.disturbed_us = true_us;
        }
        self.woken_us = self.woken_us.filter(|woken_us| pong.client_us < *woken_us);
        if settled && !self.estimator.settled() {
            self.pings_anew(now_us);
        }
    }

    fn catch_up(&mut self, now_us: i64) -> Vec<ClientFrame> {
        let Some(from) = self.position() else { return Vec::new() };
        let asked = self.asked.is_some_and(|(at_us, seq)| seq == from.seq && now_us - at_us < CATCHUP_US);
        if asked || !self.live || self.broken == Some(Break::IgnoresEvents) {
            return Vec::new();
        }
        self.asked = Some((now_us, from.seq));
        vec![ClientFrame::Catchup(Catchup { from })]
    }

    fn events(&mut self, true_us: i64, events: &[Event], chance: &mut Chance) -> Vec<ClientFrame> {
        let Some(state) = &mut self.replica else { return Vec::new() };
        let (mut own, mut versions, mut gap, mut any, mut foreign) =
            (Vec::new(), Vec::new(), false, false, false);
        for event in events {
            if event.seq <= state.head {
                continue;
            }
            if event.seq > state.head + 1 {
                gap = true;
                break;
            }
            // A broken page misses some of what it is told.
            if self.broken == Some(Break::IgnoresEvents) && chance.happens(100) {
                state.head = event.seq;
                continue;
            }
            let before = state.timeline.video.as_ref().map(|video| video.version);
            state.apply(event);
            any = true;
            let after = state.timeline.video.as_ref().map(|video| video.version);
            versions.extend(after.filter(|_| after != before));
            let mine = self.outbox.iter().any(|given| given.op == event.op)
                || self.settling.iter().any(|(given, _)| given.op == event.op);
            if mine {
                own.push(event.op);
            } else {
                foreign |= matches!(event.body, EventBody::TimelineSet(_));
            }
        }
        if any {
            self.asked = None;
            self.outbox.retain(|given| !own.contains(&given.op));
            self.open.retain(|open| !own.contains(&open.op));
            self.settle();
            if foreign && self.broken == Some(Break::SnapsBack) {
                self.outbox.iter_mut().for_each(|given| given.entry = None);
                self.outbox.iter_mut().filter(|given| given.in_flight).for_each(forget);
            }
            self.show(true_us, Cause::News { own, versions }, chance);
        }
        let now_us = self.now_us(true_us);
        let mut frames = self.flush();
        if gap {
            frames.extend(self.catch_up(now_us));
        }
        frames
    }

    /// What was answered before its event came is here now.
    fn settle(&mut self) {
        let head = self.replica.as_ref().map_or(0, |state| state.head);
        self.settling.retain(|(_, seq)| *seq > head);
        self.open.retain(|open| open.seq.is_none_or(|seq| seq > head));
    }

    /// `seq`: none if it was refused.
    fn answered(
        &mut self,
        true_us: i64,
        op: OpId,
        seq: Option<Seq>,
        chance: &mut Chance,
    ) -> Vec<ClientFrame> {
        let Some(at) = self.outbox.iter().position(|given| given.op == op) else { return Vec::new() };
        let given = self.outbox.remove(at);
        let head = self.replica.as_ref().map_or(0, |state| state.head);
        match seq {
            Some(seq) if seq > head => {
                if let Some(open) = self.open.iter_mut().find(|open| open.op == op) {
                    open.seq = Some(seq);
                }
                self.settling.push((given, seq));
            }
            _ => self.open.retain(|open| open.op != op),
        }
        self.show(true_us, Cause::Answer { op, refused: seq.is_none() }, chance);
        self.flush()
    }

    // ---- what is shown ----

    /// Draws anew: what the log says, with our unanswered commands on top.
    fn show(&mut self, true_us: i64, cause: Cause, chance: &mut Chance) {
        let Some(state) = &self.replica else { return };
        let mut unanswered: Vec<&Unanswered> =
            self.settling.iter().map(|(given, _)| given).chain(&self.outbox).collect();
        unanswered.sort_by_key(|given| given.op);
        if self.broken == Some(Break::ShowsLate) {
            unanswered.clear();
        }
        let timeline = overlay(state, unanswered.into_iter());
        if let Some(open) = self.open.last()
            && !is_done(&open.command, open.entry.as_ref(), &timeline)
        {
            self.record.snapped.push((true_us, open.op));
        }
        let changed = self.shown.as_ref().is_none_or(|shown| !same_course(shown, &timeline));
        let version = timeline.video.as_ref().map(|video| video.version);
        let tells = match &cause {
            Cause::News { versions, .. } => !versions.is_empty(),
            Cause::Gesture { .. } => true,
            Cause::Answer { refused, .. } => *refused,
        };
        if changed || tells {
            self.record.shown.push(Shown { at_us: true_us, cause, version, changed });
        }
        if changed {
            self.disturbed_us = true_us;
            self.redrawn = true;
            self.find(true_us, &timeline);
        }
        let moment = self.moment(true_us);
        self.player.set_timeline(&timeline, moment, chance);
        self.shown = Some(timeline);
    }

    /// Notes what the element has to find its place after.
    fn find(&mut self, true_us: i64, next: &Timeline) {
        let before = self.shown.as_ref();
        let same_film = |before: &&Timeline| {
            before.video.as_ref().map(|video| video.version) == next.video.as_ref().map(|video| video.version)
        };
        let after = match before.filter(same_film) {
            _ if !next.playing || next.video.is_none() || !self.visible => None,
            _ if before.is_none() => Some(After::Join),
            None => Some(After::Load),
            Some(before) if !before.playing => Some(After::Play),
            Some(before) if before.speed != next.speed => None,
            Some(_) => Some(After::Seek),
        };
        // What was not found yet is looked for since then.
        let since_us = self.finding.map_or(true_us, |(since_us, _)| since_us);
        self.finding = match (after, self.finding) {
            (Some(After::Seek), Some(finding)) if true_us - since_us < 2_000_000 => Some(finding),
            (after, _) => after.map(|after| (true_us, after)),
        };
    }
}

/// A broken page no longer shows what it has sent.
fn forget(given: &mut Unanswered) {
    given.command = Command::PatienceSet(PatienceSet { patience_ms: 0 });
}
