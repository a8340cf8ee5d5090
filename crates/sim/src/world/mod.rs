//! The simulated world: nodes with the real room, clients, the lines between them, the news between nodes, the disk,
//! and what goes wrong. One queue of things to come, ordered by time and then by when they were planned: a seed gives
//! the same life again.

mod begin;
mod lines;
mod nodes;

pub(crate) use nodes::stretch;

use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::client::Client;
use crate::disk::{Disk, Wrote};
use crate::founding::{CHANNEL, EPOCH, SECOND, START_US};
use crate::history::{Faults, History, Reader};
use protocol::{ClientFrame, DisplayName, Event, OpId, PersonId, Position, Seq, ServerFrame, SessionId};
use room::{Input, Room};
use std::collections::BTreeMap;

const BEAT_US: i64 = 2 * SECOND;
const POLL_US: i64 = 2 * SECOND;

/// A rule that a test takes away, to see that the checker notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// A node tells "ok" when it begins to write.
    AckBeforeCommit,
    /// Nobody looks whether an operation has happened before.
    NoDedupe,
    /// Clients apply what comes, holes or not.
    NoGapDetection,
    /// Heads are neither beaten nor polled.
    NoHeads,
    /// The store writes without comparing the head.
    NoCompareAndSet,
    /// Waits for members are written longer than the patience allows.
    NoPatience,
}

/// How a life is.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Nodes.
    pub nodes: usize,
    /// Clients; two of three are people of their own, every third is a second tab.
    pub clients: usize,
    /// Operations of each client.
    pub operations: u64,
    /// The rule taken away.
    pub broken: Option<Break>,
}

impl Default for Options {
    fn default() -> Self {
        Options { nodes: 3, clients: 6, operations: 25, broken: None }
    }
}

struct Node {
    room: Option<Room>,
    /// Counts lives, so that what was meant for an earlier one is not taken for this one.
    life: u64,
    skew_us: i64,
    told: Vec<(Seq, OpId)>,
    begun_at: Seq,
}

enum Thing {
    /// A frame of a client reaches its node.
    Up {
        session: SessionId,
        frame: ClientFrame,
    },
    /// A frame of a node reaches its client.
    Down {
        session: SessionId,
        frame: ServerFrame,
    },
    /// The disk writes.
    Write {
        node: usize,
        life: u64,
        expected: Seq,
        events: Vec<Event>,
    },
    /// The disk's answer reaches the node.
    Written {
        node: usize,
        life: u64,
        expected: Seq,
        count: Seq,
        wrote: Option<Wrote>,
    },
    /// News of another node.
    News {
        node: usize,
        head: Seq,
    },
    Tick {
        node: usize,
        life: u64,
    },
    Beat {
        node: usize,
    },
    Poll {
        node: usize,
    },
    Wish {
        client: usize,
    },
    Send {
        client: usize,
    },
    /// A client says how its player stands.
    Report {
        client: usize,
    },
    Connect {
        client: usize,
    },
    Cut {
        client: usize,
    },
    Crash {
        node: usize,
    },
    Restart {
        node: usize,
    },
    Gone {
        node: usize,
        life: u64,
        session: SessionId,
    },
}

struct Line {
    client: usize,
    node: usize,
    life: u64,
    /// Nothing overtakes on a line.
    up_at: i64,
    down_at: i64,
}

struct World {
    options: Options,
    chance: Chance,
    now: i64,
    agenda: Agenda<Thing>,
    disk: Disk,
    snapshot: Option<(Position, Vec<u8>)>,
    nodes: Vec<Node>,
    clients: Vec<Client>,
    lines: BTreeMap<SessionId, Line>,
    faults: Faults,
    too_early: Vec<String>,
    /// After this nothing goes wrong any more.
    heal_at: i64,
    made: u64,
}

/// Lives a life.
#[must_use]
pub fn run(seed: u64, options: Options) -> History {
    let mut world = World::new(seed, options);
    world.begin();
    // Twenty seconds of trouble, then time to heal.
    let end = START_US + 110 * SECOND;
    while let Some(thing) = world.agenda.next(end) {
        world.now = world.agenda.now_us();
        world.happen(thing);
    }
    world.history(seed)
}

fn person(n: usize) -> PersonId {
    let mut bytes = [1; 16];
    bytes[15] = u8::try_from(n).unwrap_or(255);
    PersonId::from_bytes(bytes)
}

fn name(n: usize) -> DisplayName {
    DisplayName::parse(&format!("p{n}")).expect("letters and digits are a name")
}

impl World {
    fn new(seed: u64, options: Options) -> World {
        let mut chance = Chance::new(seed);
        let disk = Disk {
            forgets_operations: options.broken == Some(Break::NoDedupe),
            forks: options.broken == Some(Break::NoCompareAndSet),
            ..Disk::default()
        };
        let nodes = (0..options.nodes)
            .map(|_| Node {
                room: None,
                life: 0,
                skew_us: chance.between(-400_000, 400_000),
                told: Vec::new(),
                begun_at: 0,
            })
            .collect();
        let clients = (0..options.clients)
            .map(|n| Client {
                ignores_gaps: options.broken == Some(Break::NoGapDetection),
                // Every third client is a second tab of the one before.
                ..Client::new(n, person(if n % 3 == 2 { n - 1 } else { n }))
            })
            .collect();
        World {
            options,
            chance,
            now: START_US,
            agenda: Agenda::new(START_US),
            disk,
            snapshot: None,
            nodes,
            clients,
            lines: BTreeMap::new(),
            faults: Faults::default(),
            too_early: Vec::new(),
            heal_at: START_US + 25 * SECOND,
            made: 0,
        }
    }

    fn plan(&mut self, after_us: i64, thing: Thing) {
        self.agenda.plan(after_us, thing);
    }

    fn trouble(&self) -> bool {
        self.now < self.heal_at
    }

    /// A delay: mostly short, sometimes long.
    fn delay(&mut self, usual_us: i64) -> i64 {
        if self.trouble() && self.chance.happens(50) {
            self.chance.between(usual_us, usual_us * 30)
        } else {
            self.chance.between(usual_us / 4, usual_us * 2)
        }
    }

    fn happen(&mut self, thing: Thing) {
        match thing {
            Thing::Up { session, frame } => self.up(session, frame),
            Thing::Down { session, frame } => self.down(session, frame),
            Thing::Write { node, life, expected, events } => self.write(node, life, expected, &events),
            Thing::Written { node, life, expected, count, wrote } => {
                self.written(node, life, (expected, count), wrote)
            }
            Thing::News { node, head } => self.reach(node, head),
            Thing::Tick { node, life } => {
                if self.nodes[node].life == life {
                    self.input(node, Input::Tick);
                }
            }
            Thing::Beat { node } => self.beat(node),
            Thing::Poll { node } => {
                self.plan(POLL_US, Thing::Poll { node });
                if self.options.broken != Some(Break::NoHeads) {
                    self.reach(node, self.disk.events.len() as Seq);
                }
            }
            Thing::Wish { client } => {
                let op = self.new_op();
                let command = self.command(client);
                self.clients[client].wish(self.now, op, command);
                self.send_due(client);
            }
            Thing::Send { client } => self.send_due(client),
            Thing::Report { client } => self.report(client),
            Thing::Connect { client } => self.connect(client),
            Thing::Cut { client } => self.cut(client),
            Thing::Crash { node } => self.crash(node),
            Thing::Restart { node } => self.restart(node),
            Thing::Gone { node, life, session } => {
                if self.nodes[node].life == life {
                    self.input(node, Input::Left { session, clean: false });
                }
            }
        }
    }

    // ---- the end ----

    fn history(mut self, seed: u64) -> History {
        let mut readers = Vec::new();
        let mut operations = Vec::new();
        for client in self.clients {
            readers.push(client.reader);
            operations.extend(client.operations.into_values());
        }
        for (number, node) in self.nodes.into_iter().enumerate() {
            readers.push(Reader {
                name: format!("node {number}"),
                applied: node.told,
                state: node.room.map(|room| room.state().clone()),
                snapshots: vec![(0, node.begun_at)],
            });
        }
        self.faults.waits +=
            self.disk.events.iter().filter(|event| crate::check::wait_of(event).is_some()).count() as u64;
        History {
            seed,
            log: self.disk.events,
            operations,
            readers,
            too_early: self.too_early,
            faults: self.faults,
        }
    }
}
