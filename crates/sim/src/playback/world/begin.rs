//! How a session begins: the channel and its members, their devices and lines, and what will happen.

use super::{Break, HEALING_US, Node, Options, SECOND, START_US, Thing, World};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::disk::Disk;
use crate::founding::found;
use crate::playback::clock::DeviceClock;
use crate::playback::element::Nature;
use crate::playback::history::Disturbances;
use crate::playback::line::Network;
use crate::playback::page::Page;
use crate::playback::person::Gesture;
use crate::playback::player::Player;
use protocol::command::{ChannelCreate, Command, MemberJoin};
use protocol::{DisplayName, PersonId, PersonKind, Role, Timestamp, Visibility};
use std::collections::BTreeMap;
use sync::ElementKind;

/// Fastest drift of a device's clock, parts per million.
const DRIFT_PPM: f64 = 500.0;
/// Mean time between two gestures of anybody, µs.
const GESTURE_EVERY_US: i64 = 20 * SECOND;

fn person(number: usize) -> PersonId {
    let mut bytes = [1; 16];
    bytes[15] = u8::try_from(number).unwrap_or(255);
    PersonId::from_bytes(bytes)
}

fn name(number: usize) -> DisplayName {
    DisplayName::parse(&format!("p{number}")).expect("letters and digits are a name")
}

impl World {
    pub(super) fn new(seed: u64, options: Options) -> World {
        let mut chance = Chance::new(seed);
        let kinds = [ElementKind::Audio, ElementKind::Muted, ElementKind::Silent];
        let mut pages = Vec::new();
        let mut networks = Vec::new();
        for number in 0..options.people {
            let kind = if number < 3 { kinds[number] } else { *chance.pick(&kinds) };
            let slow = if options.troubled && chance.happens(250) { chance.real(1.0, 4.0) } else { 1.0 };
            let nature = Nature::of(kind, slow, &mut chance);
            let mut player = Player::new(nature, START_US);
            player.idle = options.broken == Some(Break::NoSteering);
            player.zeal = if options.broken == Some(Break::Zeal) { 4.0 } else { 1.0 };
            let drift_ppm =
                if options.troubled { chance.real(-DRIFT_PPM, DRIFT_PPM) } else { chance.real(-50.0, 50.0) };
            let ahead_us = chance.between(0, 1_000_000 * SECOND);
            let clock = DeviceClock::new(START_US, ahead_us, drift_ppm, chance.happens(500));
            pages.push(Page::new(number, person(number), clock, player, kind, options.broken));
            networks.push(if options.troubled { Network::any(&mut chance) } else { Network::calm() });
        }
        World {
            options,
            chance,
            agenda: Agenda::new(START_US),
            node: Node {
                room: None,
                life: 0,
                disk: Disk::default(),
                snapshot: None,
                seats: BTreeMap::new(),
                changed_us: START_US,
            },
            pages,
            networks,
            disturbances: Disturbances::default(),
            heal_us: START_US + options.seconds * SECOND - HEALING_US,
            made: 0,
        }
    }

    pub(super) fn begin(&mut self) {
        self.begin_channel();
        self.restart();
        self.agenda.plan(SECOND, Thing::Beat { round: 0 });
        self.agenda.plan(SECOND, Thing::Measure);
        for page in 0..self.pages.len() {
            let joins_us = self.chance.between(0, if page < 3 { SECOND } else { 30 * SECOND });
            self.agenda.plan(joins_us, Thing::Connect { page });
        }
        self.agenda.plan(3 * SECOND, Thing::Gesture { page: 0, gesture: Gesture::Load(0) });
        if self.options.gestures {
            self.plan_gestures();
        }
        if self.options.troubled {
            self.plan_trouble();
        }
    }

    fn begin_channel(&mut self) {
        let create = ChannelCreate {
            name: "sim".into(),
            visibility: Visibility::Private,
            owner: person(0),
            owner_name: name(0),
        };
        let joins = (1..self.options.people).map(|number| {
            let member = MemberJoin {
                person: person(number),
                name: name(number),
                kind: PersonKind::User,
                role: Role::Member,
            };
            Command::MemberJoin(member)
        });
        let commands = std::iter::once(Command::ChannelCreate(create)).chain(joins);
        let events = found(Timestamp(self.now()), commands);
        self.made += events.len() as u64;
        let _begun = self.node.disk.append(0, &events);
    }

    fn anybody(&mut self) -> usize {
        usize::try_from(self.chance.below(self.pages.len() as u64)).unwrap_or(0)
    }

    /// Gestures with quiet times between them, and storms: several people press for two seconds whatever comes.
    fn plan_gestures(&mut self) {
        let mut at_us = START_US + 6 * SECOND;
        while at_us < self.heal_us {
            let page = self.anybody();
            if self.chance.happens(120) {
                self.disturbances.storms += 1;
                for _ in 0..self.chance.between(2, 5) {
                    let page = self.anybody();
                    for _ in 0..self.chance.between(3, 8) {
                        let press_us = at_us + self.chance.between(0, 2 * SECOND);
                        let gesture = Gesture::stormy(&mut self.chance);
                        self.agenda.plan_at(press_us, Thing::Gesture { page, gesture });
                    }
                }
                // Somebody makes order.
                let gesture = Gesture::Play;
                self.agenda.plan_at(at_us + 4 * SECOND, Thing::Gesture { page, gesture });
            } else {
                let gesture = Gesture::any(&mut self.chance);
                self.agenda.plan_at(at_us, Thing::Gesture { page, gesture });
                if gesture == Gesture::Pause {
                    let again_us = at_us + self.chance.between(SECOND, 8 * SECOND);
                    self.agenda.plan_at(again_us, Thing::Gesture { page, gesture: Gesture::Play });
                }
            }
            at_us += self.chance.between(SECOND, 2 * GESTURE_EVERY_US);
        }
        self.agenda.plan_at(self.heal_us, Thing::Gesture { page: 0, gesture: Gesture::Play });
    }

    fn plan_trouble(&mut self) {
        let end_us = self.heal_us;
        for page in 0..self.pages.len() {
            for _ in 0..self.chance.below(3) {
                let at_us = self.chance.between(START_US + 10 * SECOND, end_us);
                let thing = match self.chance.below(4) {
                    0 => Thing::Cut { page, told: self.chance.happens(500) },
                    1 => Thing::Sleep { page, for_us: self.chance.between(SECOND, 40 * SECOND) },
                    2 => Thing::Show { page, shown: false },
                    _ => Thing::Outage { page, for_us: self.chance.between(5 * SECOND, 45 * SECOND) },
                };
                self.agenda.plan_at(at_us, thing);
            }
        }
        for _ in 0..self.chance.below(3) {
            let at_us = self.chance.between(START_US + 10 * SECOND, end_us);
            self.agenda.plan_at(at_us, Thing::Crash);
        }
    }
}
