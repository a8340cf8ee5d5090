//! Keeps one element where the timeline is: the page's `player-sync.ts` around the real controller.

use crate::chance::Chance;
use crate::playback::element::{Element, Nature};
use crate::playback::film::Film;
use crate::playback::optimistic::same_course;
use protocol::{SyncReport, SyncStatus, Timeline, VersionId};
use sync::element::is_buffered;
use sync::learned::median;
use sync::measures::{MUTED_TICK_MS, SAMPLE_MS, TICK_MS};
use sync::{Action, Course, DriftController, ElementKind, Hold, Observation, Wanted};

/// Time between two reports, ms.
const REPORT_MS: f64 = 1_000.0;
/// A change of state is reported at once, but not more often than this, ms.
const REPORT_CHANGE_MS: f64 = 250.0;
/// An unseen element is left alone unless it is further off than this, seconds.
const UNSEEN_OFF_MAX_S: f64 = 3.0;
/// Time between looks of a hidden tab, ms.
const HIDDEN_TICK_MS: f64 = 1_000.0;
/// So much after a turn the player looks, ms: not before it.
const TURN_MS: f64 = 1.0;
/// Noise of a read position, seconds.
const NOISE_S: f64 = 0.000_2;

/// The moment at which a player looks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// True time, µs; for the element, which lives in the world.
    pub true_us: i64,
    /// The page's clock, ms.
    pub now_ms: f64,
    /// The server's time as the page estimates it, µs.
    pub server_us: Option<i64>,
    /// Whether the tab is shown.
    pub shown: bool,
}

/// What a player did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Done {
    /// Wrote a rate: share above the speed.
    Trim(f64),
    /// Sought.
    Seek,
}

/// What comes of a look.
#[derive(Debug, Default)]
pub struct Looked {
    /// What was done.
    pub done: Vec<Done>,
    /// To call `play()` after so many ms; replaces what was asked for before.
    pub start_in_ms: Option<f64>,
    /// To be told to the room.
    pub status: Option<SyncStatus>,
}

/// The player of one page.
#[derive(Clone, Debug)]
pub struct Player {
    nature: Nature,
    begun_us: i64,
    controller: DriftController,
    /// The element, once there is a film.
    pub element: Option<Element>,
    version: Option<VersionId>,
    timeline: Option<Timeline>,
    course: Option<Course>,
    previous: Option<Course>,
    revisions: u64,
    last_tick_ms: f64,
    sampled_from_ms: f64,
    last_report_ms: f64,
    last_status: SyncStatus,
    /// Does nothing that the controller says (a broken page).
    pub idle: bool,
    /// Trims as many times as hard (a broken page).
    pub zeal: f64,
}

impl Player {
    /// Without a film. `begun_us`: when the session began.
    #[must_use]
    pub fn new(nature: Nature, begun_us: i64) -> Player {
        let long_ago = f64::NEG_INFINITY;
        Player {
            nature,
            begun_us,
            controller: DriftController::new(),
            element: None,
            version: None,
            timeline: None,
            course: None,
            previous: None,
            revisions: 0,
            last_tick_ms: long_ago,
            sampled_from_ms: long_ago,
            last_report_ms: long_ago,
            last_status: SyncStatus::Idle,
            idle: false,
            zeal: 1.0,
        }
    }

    /// The film in the element.
    #[must_use]
    pub fn version(&self) -> Option<VersionId> {
        self.version
    }

    /// What it follows at a server time.
    #[must_use]
    pub fn wanted_at(&self, server_us: i64) -> Option<Wanted> {
        Some(self.course_at(server_us)?.wanted_at(server_us))
    }

    /// Time between two looks, ms.
    #[must_use]
    pub fn tick_ms(&self, shown: bool) -> f64 {
        match self.element.as_ref().map(Element::kind) {
            Some(kind) if !shown && kind != ElementKind::Audio => HIDDEN_TICK_MS,
            Some(ElementKind::Muted) => MUTED_TICK_MS,
            _ => TICK_MS,
        }
    }

    /// Time until the next look is due, ms.
    #[must_use]
    pub fn due_ms(&self, now_ms: f64, shown: bool) -> f64 {
        (self.last_tick_ms + self.tick_ms(shown) - now_ms).clamp(0.0, HIDDEN_TICK_MS)
    }

    /// Time until what is followed turns into another course (a change of speed), ms: then the player looks at once.
    #[must_use]
    pub fn turns_ms(&self, server_us: i64) -> Option<f64> {
        let ahead_us = self.course.filter(|_| self.previous.is_some())?.anchor_us - server_us;
        (ahead_us > 0).then(|| ahead_us as f64 / 1_000.0 + TURN_MS)
    }

    /// A controller that was told to be exact.
    pub fn resync(&mut self, now_ms: f64) {
        self.controller.resync(now_ms);
        self.sampled_from_ms = now_ms;
    }

    /// The timeline to follow; true if it puts the element elsewhere.
    pub fn set_timeline(&mut self, timeline: &Timeline, moment: Moment, chance: &mut Chance) -> bool {
        let before = self.timeline.replace(timeline.clone());
        if before.as_ref().is_some_and(|before| same_course(before, timeline)) {
            return false;
        }
        self.revisions += 1;
        let video = timeline.video.as_ref();
        let next = video.map(|video| Course {
            frame: timeline.frame,
            rate: video.rate,
            frames: video.frames,
            speed: timeline.speed,
            playing: timeline.playing,
            anchor_us: timeline.anchor_us.0,
            revision: self.revisions,
        });
        let following = moment.server_us.map_or(self.course, |server_us| self.course_at(server_us).copied());
        let version = video.map(|video| video.version);
        self.course = next;
        self.previous = match (following, next) {
            (Some(following), Some(next)) if version == self.version && following.leads_into(&next) => {
                Some(following)
            }
            _ => None,
        };
        if self.previous.is_none() {
            self.sampled_from_ms = moment.now_ms;
        }
        if version != self.version {
            self.version = version;
            self.controller.reset();
            self.sampled_from_ms = moment.now_ms;
            self.element = version.map(|version| {
                let wanted = moment.server_us.and_then(|server_us| self.wanted_at(server_us));
                let from_s = wanted.map_or(0.0, |wanted| wanted.position_s);
                let times = (self.begun_us, moment.true_us);
                Element::load(self.nature, Film::of_version(version), from_s, times, chance)
            });
        }
        true
    }

    fn course_at(&self, server_us: i64) -> Option<&Course> {
        let course = self.course.as_ref()?;
        Some(self.previous.as_ref().filter(|_| server_us < course.anchor_us).unwrap_or(course))
    }

    /// Looks at the element and does what the controller says.
    pub fn tick(&mut self, moment: Moment, chance: &mut Chance) -> Looked {
        let mut looked = Looked::default();
        let Some(mut element) = self.element.take() else { return looked };
        element.advance(moment.true_us, chance);
        let wanted = moment.server_us.and_then(|server_us| self.wanted_at(server_us));
        if let (true, Some(wanted), Some(server_us)) = (element.ready(), wanted, moment.server_us) {
            if !moment.shown && element.kind() != ElementKind::Audio {
                self.keep_near(&mut element, &wanted, &mut looked, chance);
            } else {
                let seen = self.observe(&element, wanted, (moment.now_ms, server_us), chance);
                for action in self.controller.tick(&seen) {
                    self.act(action, &mut element, &seen, &mut looked, chance);
                }
            }
        }
        self.last_tick_ms = moment.now_ms;
        self.element = Some(element);
        looked.status = self.due_report(moment.now_ms);
        looked
    }

    fn observe(
        &self,
        element: &Element,
        wanted: Wanted,
        (now_ms, server_us): (f64, i64),
        chance: &mut Chance,
    ) -> Observation {
        let samples_from_ms =
            self.sampled_from_ms.max(self.controller.blind_until_ms()).max(self.last_tick_ms);
        let noise = |chance: &mut Chance| chance.real(-NOISE_S, NOISE_S);
        let mut errors = Vec::new();
        if element.moves() {
            let mut at_ms =
                now_ms - (self.tick_ms(true) / SAMPLE_MS).floor().min(5.0) * SAMPLE_MS + SAMPLE_MS;
            while at_ms <= now_ms {
                let ago_ms = now_ms - at_ms;
                let then_us = server_us - (ago_ms * 1_000.0) as i64;
                if let (true, Some(then)) = (at_ms > samples_from_ms, self.wanted_at(then_us)) {
                    let position_s = element.position_s() - element.pace() * ago_ms / 1_000.0;
                    errors.push(position_s + noise(chance) - then.position_s);
                }
                at_ms += SAMPLE_MS;
            }
        }
        Observation {
            now_ms,
            wanted,
            element: sync::Element {
                kind: element.kind(),
                paused: element.paused(),
                seeking: element.seeking(),
                stalled: !element.seeking() && !element.has_data(),
                position_s: element.position_s() + if element.moves() { noise(chance) } else { 0.0 },
                rate: element.rate(),
                error_s: (!errors.is_empty()).then(|| median(&errors)),
                buffered: vec![element.buffered()],
            },
        }
    }

    fn act(
        &mut self,
        action: Action,
        element: &mut Element,
        seen: &Observation,
        looked: &mut Looked,
        chance: &mut Chance,
    ) {
        match action {
            Action::Rate { .. } | Action::Seek { .. } if self.idle => {}
            Action::Rate { rate, .. } => {
                let trim = (rate / seen.wanted.speed - 1.0) * self.zeal;
                looked.done.push(Done::Trim(trim));
                element.set_rate(seen.wanted.speed * (1.0 + trim), chance);
            }
            Action::Seek { to_s } => {
                looked.done.push(Done::Seek);
                let buffered = is_buffered(&seen.element.buffered, to_s);
                self.sampled_from_ms = seen.now_ms;
                let moving = !element.paused();
                element.seek(to_s, chance);
                self.controller.sought(seen.now_ms, to_s, moving, buffered);
            }
            Action::Play { in_ms } => looked.start_in_ms = Some(in_ms),
            Action::Pause => {
                looked.start_in_ms = Some(f64::INFINITY);
                self.sampled_from_ms = seen.now_ms;
                element.pause();
            }
        }
    }

    /// The time of a start has come.
    pub fn start(&mut self, moment: Moment, chance: &mut Chance) {
        let Some(element) = &mut self.element else { return };
        element.advance(moment.true_us, chance);
        if element.paused() {
            self.sampled_from_ms = moment.now_ms;
            self.controller.played(moment.now_ms, element.position_s());
            element.play(chance);
        }
    }

    /// An unseen element runs on without being steered.
    fn keep_near(&self, element: &mut Element, wanted: &Wanted, looked: &mut Looked, chance: &mut Chance) {
        looked.start_in_ms = Some(f64::INFINITY);
        if element.seeking() || self.idle {
            return;
        }
        if !wanted.playing && !element.paused() {
            element.pause();
        }
        if element.rate() != wanted.speed {
            element.set_rate(wanted.speed, chance);
        }
        if (element.position_s() - wanted.position_s).abs() > UNSEEN_OFF_MAX_S {
            element.seek(wanted.position_s, chance);
        } else if wanted.playing && wanted.starts_in_ms == 0.0 && element.paused() {
            element.play(chance);
        }
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        let (Some(course), Some(element)) = (&self.course, &self.element) else { return SyncStatus::Idle };
        let lacked = matches!(self.last_status, SyncStatus::Buffering | SyncStatus::Preparing);
        let without = course.playing && !element.has_data() && (!element.seeking() || lacked);
        match self.controller.hold() {
            _ if !element.ready() || without => self.lacking(element),
            Hold::Buffering => self.lacking(element),
            Hold::Locked => SyncStatus::Locked,
            Hold::Adjusting => SyncStatus::Adjusting,
        }
    }

    fn lacking(&self, element: &Element) -> SyncStatus {
        if element.waits_for_making() { SyncStatus::Preparing } else { SyncStatus::Buffering }
    }

    fn due_report(&mut self, now_ms: f64) -> Option<SyncStatus> {
        let status = self.status();
        let since_ms = now_ms - self.last_report_ms;
        let changed = status != self.last_status && since_ms >= REPORT_CHANGE_MS;
        let due = since_ms >= REPORT_MS && self.course.is_some_and(|course| course.playing);
        if !changed && !due {
            return None;
        }
        self.last_report_ms = now_ms;
        self.last_status = status;
        Some(status)
    }

    /// A report for the room.
    #[must_use]
    pub fn report(&self, status: SyncStatus, bound_us: i64, rtt_us: i64) -> SyncReport {
        let buffered_s =
            self.element.as_ref().map_or(0.0, |element| element.buffered().1 - element.position_s());
        SyncReport {
            status,
            error_us: (self.controller.error_ms() * 1_000.0) as i64,
            bound_us,
            rtt_us,
            buffered_ms: (buffered_s.max(0.0) * 1_000.0) as i64,
            start_latency_ms: self.controller.learned().start_ms(self.nature.kind).round() as i64,
        }
    }
}
