//! The session: a node with the real room, pages, the lines between them, and what goes wrong. One agenda of things to
//! come; a seed gives the same session again.

mod begin;
mod lines;
mod node;
mod screens;
mod trouble;

use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::disk::{Disk, Wrote};
use crate::founding::{CHANNEL, EPOCH, SECOND, START_US};
use crate::playback::history::{Disturbances, History};
use crate::playback::line::{Line, Network};
use crate::playback::page::Page;
use crate::playback::person::Gesture;
use protocol::{ClientFrame, Event, Position, Seq, ServerFrame, SessionId};
use room::{Input, Room};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The last part of a session, in which nothing happens any more, µs.
pub(super) const HEALING_US: i64 = 40 * SECOND;

/// What happens reaches everybody within this time once nothing goes wrong any more, µs: three beats of a standing timeline.
const TELLING_US: i64 = 15 * SECOND;
/// A session is prolonged by so much at most, µs.
const OVERTIME_US: i64 = 120 * SECOND;

/// A part that a test breaks, to see that the checks notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Pages miss some of what they are told and do not ask.
    IgnoresEvents,
    /// The shown bound of the clock is half of what is known.
    HalfBound,
    /// Nobody steers the elements.
    NoSteering,
    /// The controller trims four times as hard as it means to.
    Zeal,
    /// What a person did is shown when the server has answered.
    ShowsLate,
    /// What a person did is forgotten by the screen when somebody else's news come.
    SnapsBack,
    /// Waits for members are written longer than the patience allows.
    NoPatience,
}

/// How a session is.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// People, each with one page.
    pub people: usize,
    /// Its length, seconds.
    pub seconds: i64,
    /// Whether lines, devices, sources and nodes are as they are in life; else all is well and in one room.
    pub troubled: bool,
    /// Whether people press anything but the first play.
    pub gestures: bool,
    /// The part that is broken.
    pub broken: Option<Break>,
}

impl Default for Options {
    fn default() -> Self {
        Options { people: 12, seconds: 600, troubled: true, gestures: true, broken: None }
    }
}

enum Thing {
    /// A frame of a page reaches the node.
    Up {
        session: SessionId,
        frame: Box<ClientFrame>,
    },
    /// A frame of the node reaches a page.
    Down {
        page: usize,
        session: SessionId,
        frame: Rc<ServerFrame>,
    },
    /// A page hears that its connection is over.
    Closed {
        page: usize,
        session: SessionId,
    },
    /// The disk writes.
    Write {
        life: u64,
        expected: Seq,
        events: Vec<Event>,
    },
    /// The disk's answer reaches the node.
    Written {
        life: u64,
        expected: Seq,
        count: Seq,
        wrote: Wrote,
    },
    Tick {
        life: u64,
    },
    Beat {
        round: u64,
    },
    Connect {
        page: usize,
    },
    Ping {
        page: usize,
        session: SessionId,
    },
    Look {
        page: usize,
        number: u64,
    },
    Start {
        page: usize,
        number: u64,
    },
    Gesture {
        page: usize,
        gesture: Gesture,
    },
    Cut {
        page: usize,
        told: bool,
    },
    Sleep {
        page: usize,
        for_us: i64,
    },
    Wake {
        page: usize,
    },
    Show {
        page: usize,
        shown: bool,
    },
    Outage {
        page: usize,
        for_us: i64,
    },
    Crash,
    Restart,
    /// The checks look at every screen.
    Measure,
}

/// A connection at the node.
struct Seat {
    page: usize,
    line: Line,
    heard_us: i64,
    silent: bool,
}

struct Node {
    room: Option<Room>,
    life: u64,
    disk: Disk,
    snapshot: Option<(Position, Vec<u8>)>,
    seats: BTreeMap<SessionId, Seat>,
    /// When the timeline was changed last.
    changed_us: i64,
}

struct World {
    options: Options,
    chance: Chance,
    agenda: Agenda<Thing>,
    node: Node,
    pages: Vec<Page>,
    networks: Vec<Network>,
    disturbances: Disturbances,
    /// After this nothing goes wrong and nobody presses anything any more.
    heal_us: i64,
    made: u64,
}

/// Plays a session.
#[must_use]
pub fn run(seed: u64, options: Options) -> History {
    let mut world = World::new(seed, options);
    world.begin();
    let planned_us = START_US + options.seconds * SECOND;
    let mut end_us = planned_us;
    while end_us <= planned_us + OVERTIME_US {
        while let Some(thing) = world.agenda.next(end_us) {
            world.happen(thing);
        }
        // A film that ends by itself in the last moment is news like any other: all have to hear of it.
        let last_us = world.node.disk.events.last().map_or(START_US, |event| event.at.0);
        if last_us + TELLING_US <= end_us {
            break;
        }
        end_us = last_us + TELLING_US;
    }
    let waits = world.node.disk.events.iter().filter(|event| crate::check::wait_of(event).is_some()).count();
    world.disturbances.waits = waits as u64;
    History {
        seed,
        end_us,
        log: world.node.disk.events,
        state: world.node.room.map(|room| room.state().clone()),
        pages: world.pages.into_iter().map(Page::into_record).collect(),
        disturbances: world.disturbances,
        things: world.agenda.planned(),
    }
}

impl World {
    fn now(&self) -> i64 {
        self.agenda.now_us()
    }

    fn happen(&mut self, thing: Thing) {
        // What comes to a device that sleeps is found when it wakes.
        let page = match &thing {
            Thing::Down { page, .. }
            | Thing::Closed { page, .. }
            | Thing::Connect { page }
            | Thing::Ping { page, .. }
            | Thing::Look { page, .. }
            | Thing::Start { page, .. } => Some(*page),
            _ => None,
        };
        if let Some(page) = page
            && self.now() < self.pages[page].asleep_until_us
        {
            let until_us = self.pages[page].asleep_until_us;
            self.agenda.plan_at(until_us, thing);
            return;
        }
        match thing {
            Thing::Up { session, frame } => self.up(session, *frame),
            Thing::Down { page, session, frame } => self.down(page, session, &frame),
            Thing::Closed { page, session } => self.closed(page, session),
            Thing::Write { life, expected, events } => self.write(life, expected, &events),
            Thing::Written { life, expected, count, wrote } => self.written(life, expected, count, wrote),
            Thing::Tick { life } if life == self.node.life => self.input(Input::Tick),
            Thing::Tick { .. } => {}
            Thing::Beat { round } => self.beat(round),
            Thing::Connect { page } => self.connect(page),
            Thing::Ping { page, session } => self.ping(page, session),
            Thing::Look { page, number } => {
                if self.pages[page].look == number {
                    self.look(page);
                }
            }
            Thing::Start { page, number } => self.start(page, number),
            Thing::Gesture { page, gesture } => self.gesture(page, gesture),
            Thing::Cut { page, told } => self.cut(page, told),
            Thing::Sleep { page, for_us } => self.sleep(page, for_us),
            Thing::Wake { page } => self.wake(page),
            Thing::Show { page, shown } => self.show(page, shown),
            Thing::Outage { page, for_us } => self.outage(page, for_us),
            Thing::Crash => self.crash(),
            Thing::Restart => self.restart(),
            Thing::Measure => self.measure(),
        }
    }
}
