//! What everybody's screen showed during a session, as the checks need it.

use crate::playback::person::Gesture;
use protocol::{Event, OpId, PersonId, Timeline, VersionId};
use room::State;
use sync::ElementKind;

/// Why what is shown was drawn anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The person did something.
    Gesture {
        /// Its operation.
        op: OpId,
        /// The film they asked for.
        version: Option<VersionId>,
    },
    /// Events came, or a snapshot that stands for them.
    News {
        /// Operations of this page among them.
        own: Vec<OpId>,
        /// Films that they put on the timeline, in order.
        versions: Vec<VersionId>,
    },
    /// A command of this page was answered, or given up.
    Answer {
        /// Which.
        op: OpId,
        /// Whether it did not happen.
        refused: bool,
    },
}

/// Something was drawn anew.
#[derive(Clone, Debug)]
pub struct Shown {
    /// True time, µs.
    pub at_us: i64,
    /// Why.
    pub cause: Cause,
    /// The film that was shown from then on.
    pub version: Option<VersionId>,
    /// Whether anything is elsewhere than before.
    pub changed: bool,
}

/// A gesture, as it went.
#[derive(Clone, Debug)]
pub struct Given {
    /// True time, µs.
    pub at_us: i64,
    /// Its operation.
    pub op: OpId,
    /// What was asked for.
    pub gesture: Gesture,
    /// Whether the screen did it at once.
    pub at_once: bool,
}

/// One look at a screen, once a second.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// True time, µs.
    pub at_us: i64,
    /// The page's estimate of the server's time minus the truth, µs.
    pub clock_error_us: i64,
    /// The bound that is shown for it, µs; none while nothing is promised.
    pub bound_us: Option<f64>,
    /// The device has woken and not heard of the server since: nobody can know how long it slept.
    pub woken: bool,
    /// Position minus where the server's timeline is, ms of time (at twice the speed half of the ms of media); of an element
    /// in motion.
    pub error_ms: Option<f64>,
    /// Nothing has happened to this page and to the timeline for a while.
    pub steady: bool,
    /// The element itself has had an underrun, which is still being made up for.
    pub hurt: bool,
}

/// Something was done to an element.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// True time, µs.
    pub at_us: i64,
    /// The trim written, share; none for a seek.
    pub trim: Option<f64>,
    /// As in [`Look::steady`].
    pub steady: bool,
    /// As in [`Look::hurt`].
    pub hurt: bool,
}

/// What an element had to find its place after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum After {
    /// The page was opened.
    Join,
    /// The timeline began to move.
    Play,
    /// It jumped.
    Seek,
    /// Another film.
    Load,
}

/// What a page saw and did.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose.
    pub person: PersonId,
    /// How its element is driven.
    pub kind: ElementKind,
    /// Drawn.
    pub shown: Vec<Shown>,
    /// Gestures.
    pub given: Vec<Given>,
    /// Own commands that the screen took back before they were answered: when and which.
    pub snapped: Vec<(i64, OpId)>,
    /// Looks.
    pub looks: Vec<Look>,
    /// What was done to the element.
    pub acts: Vec<Act>,
    /// How long it took to be within the tolerance, ms.
    pub locks: Vec<(After, f64)>,
    /// Everything read from the log, at the end.
    pub replica: Option<State>,
    /// What it shows at the end.
    pub timeline: Option<Timeline>,
    /// Commands that have no answer.
    pub unanswered: usize,
}

impl Record {
    /// Nothing yet.
    #[must_use]
    pub fn new(person: PersonId, kind: ElementKind) -> Record {
        Record {
            person,
            kind,
            shown: Vec::new(),
            given: Vec::new(),
            snapped: Vec::new(),
            looks: Vec::new(),
            acts: Vec::new(),
            locks: Vec::new(),
            replica: None,
            timeline: None,
            unanswered: 0,
        }
    }
}

/// How often each disturbance really happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disturbances {
    /// Packets that came late because they or one before them were lost.
    pub losses: u64,
    /// Lines cut.
    pub cuts: u64,
    /// Devices that slept.
    pub sleeps: u64,
    /// Tabs hidden.
    pub hidings: u64,
    /// Sources that gave nothing for a while.
    pub outages: u64,
    /// Nodes that died.
    pub restarts: u64,
    /// Events that did not reach a page over a living line.
    pub lost_news: u64,
    /// Storms of commands.
    pub storms: u64,
    /// Waits of the timeline for members.
    pub waits: u64,
    /// Connections that took the place of a lost one.
    pub replaced: u64,
}

impl Disturbances {
    /// Each with its name.
    #[must_use]
    pub fn list(&self) -> [(&'static str, u64); 10] {
        [
            ("losses", self.losses),
            ("cuts", self.cuts),
            ("sleeps", self.sleeps),
            ("hidings", self.hidings),
            ("outages", self.outages),
            ("restarts", self.restarts),
            ("lost news", self.lost_news),
            ("storms", self.storms),
            ("waits", self.waits),
            ("replaced connections", self.replaced),
        ]
    }

    /// Adds another session's.
    pub fn add(&mut self, other: &Disturbances) {
        self.losses += other.losses;
        self.cuts += other.cuts;
        self.sleeps += other.sleeps;
        self.hidings += other.hidings;
        self.outages += other.outages;
        self.restarts += other.restarts;
        self.lost_news += other.lost_news;
        self.storms += other.storms;
        self.waits += other.waits;
        self.replaced += other.replaced;
    }
}

/// A whole session.
#[derive(Clone, Debug)]
pub struct History {
    /// Its seed.
    pub seed: u64,
    /// True time at its end, µs.
    pub end_us: i64,
    /// The log.
    pub log: Vec<Event>,
    /// The node's state at the end.
    pub state: Option<State>,
    /// Each page.
    pub pages: Vec<Record>,
    /// What went wrong.
    pub disturbances: Disturbances,
    /// Things that happened.
    pub things: u64,
}
