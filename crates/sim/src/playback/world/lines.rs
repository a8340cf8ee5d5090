//! Connections: opened, closed, cut; frames on their way.

use super::{SECOND, START_US, Seat, Thing, World};
use crate::playback::film::Film;
use crate::playback::line::{Line, Way};
use protocol::frame::Pong;
use protocol::{ClientFrame, ServerFrame, SessionId, Timestamp};
use room::{By, CommandInput, Facts, Input, Join, OpFact, Origin};
use std::rc::Rc;

/// Events that do not reach a page over a living line, permille.
const LOST_NEWS_PERMILLE: u64 = 3;

impl World {
    /// Name, TCP, TLS and upgrade take two round trips, then the hello goes up.
    pub(super) fn connect(&mut self, page: usize) {
        if self.pages[page].session.is_some() {
            return;
        }
        self.made += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.made.to_be_bytes());
        let session = SessionId::from_bytes(bytes);
        let now = self.now();
        self.pages[page].opening(now, session);
        let network = self.networks[page];
        let hello_us = network.trip_us() * 2 + network.up_us;
        if self.node.room.is_none() {
            self.agenda.plan(network.trip_us(), Thing::Closed { page, session });
            return;
        }
        let line = Line::new(network, now + hello_us);
        self.node.seats.insert(session, Seat { page, line, heard_us: now + hello_us, silent: false });
        let hello = protocol::frame::Hello {
            protocol: protocol::frame::PROTOCOL_VERSION,
            client: self.pages[page].client,
            resume: self.pages[page].position(),
            shown: self.pages[page].visible,
        };
        self.agenda.plan(hello_us, Thing::Up { session, frame: Box::new(ClientFrame::Hello(hello)) });
        if self.pages[page].look == 0 {
            self.plan_look(page, SECOND);
        }
    }

    pub(super) fn send_up(&mut self, page: usize, frames: Vec<ClientFrame>) {
        let Some(session) = self.pages[page].session else { return };
        let now = self.now();
        for frame in frames {
            let Some(seat) = self.node.seats.get_mut(&session) else { return };
            if seat.line.broken {
                return;
            }
            let (at_us, losses) = seat.line.arrival_us(Way::Up, now, &mut self.chance);
            self.disturbances.losses += u64::from(losses);
            self.agenda.plan_at(at_us, Thing::Up { session, frame: Box::new(frame) });
        }
    }

    pub(super) fn send_down(&mut self, session: SessionId, frame: Rc<ServerFrame>) {
        let now = self.now();
        let Some(seat) = self.node.seats.get_mut(&session) else { return };
        let news = matches!(*frame, ServerFrame::Events(_));
        if seat.line.broken {
            return;
        }
        if news && self.options.troubled && now < self.heal_us && self.chance.happens(LOST_NEWS_PERMILLE) {
            self.disturbances.lost_news += 1;
            self.pages[seat.page].disturbed_us = now;
            return;
        }
        let (at_us, losses) = seat.line.arrival_us(Way::Down, now, &mut self.chance);
        self.disturbances.losses += u64::from(losses);
        let page = seat.page;
        self.agenda.plan_at(at_us, Thing::Down { page, session, frame });
    }

    pub(super) fn up(&mut self, session: SessionId, frame: ClientFrame) {
        let now = self.now();
        let Some(seat) = self.node.seats.get_mut(&session) else { return };
        if seat.line.broken {
            return;
        }
        seat.heard_us = now;
        let page = seat.page;
        if std::mem::take(&mut seat.silent) {
            self.input(Input::Heard { session, heard: true });
        }
        match frame {
            ClientFrame::Hello(hello) => {
                let person = self.pages[page].person;
                let (client, resume, shown) = (hello.client, hello.resume, hello.shown);
                self.input(Input::Joined(Join { session, person, client, resume, shown }));
            }
            ClientFrame::Command(command) => {
                let head = self.head();
                let video =
                    room::decide::video_needed(&command.command).map(|video| Film::of_video(video).facts());
                let facts = Facts { head, op: OpFact::NotAsked, video };
                let (origin, by) = (Origin::Session(session), By::System(None));
                let input = CommandInput { origin, by, op: command.op, command: command.command, facts };
                self.input(Input::Command(input));
            }
            ClientFrame::Catchup(catchup) => self.input(Input::Catchup { session, from: catchup.from }),
            ClientFrame::Fleeting(fleeting) => {
                self.input(Input::Fleeting { session, value: fleeting.value });
            }
            ClientFrame::Ping(ping) => {
                let stamp = Timestamp(now);
                let pong = Pong { client_us: ping.client_us, received_us: stamp, sent_us: stamp };
                self.send_down(session, Rc::new(ServerFrame::Pong(pong)));
            }
        }
    }

    pub(super) fn down(&mut self, page: usize, session: SessionId, frame: &ServerFrame) {
        if self.pages[page].session != Some(session) {
            return;
        }
        let now = self.now();
        let frames = self.pages[page].take(now, frame, &mut self.chance);
        self.send_up(page, frames);
        if matches!(frame, ServerFrame::Welcome(_)) {
            let now_us = self.pages[page].now_us(now);
            let after_us = self.pages[page].next_ping_us(now_us);
            self.plan_ping(page, session, after_us);
        }
        if std::mem::take(&mut self.pages[page].redrawn) {
            self.look(page);
        }
    }

    fn plan_ping(&mut self, page: usize, session: SessionId, after_us: i64) {
        let after_us = self.pages[page].clock.true_us(after_us as f64 / 1_000.0);
        self.agenda.plan(after_us, Thing::Ping { page, session });
    }

    pub(super) fn ping(&mut self, page: usize, session: SessionId) {
        if self.pages[page].session != Some(session) || !self.pages[page].live {
            return;
        }
        let now = self.now();
        let (frame, next_us) = self.pages[page].ping(now);
        self.send_up(page, vec![frame]);
        self.plan_ping(page, session, next_us);
    }

    /// The page's side of the connection is over.
    pub(super) fn closed(&mut self, page: usize, session: SessionId) {
        if self.pages[page].session != Some(session) {
            return;
        }
        let now = self.now();
        let again_us = self.pages[page].closed(now, &mut self.chance);
        let again_us = self.pages[page].clock.true_us(again_us as f64 / 1_000.0);
        self.agenda.plan(again_us, Thing::Connect { page });
    }

    /// The node's side is over; the page hears of it if the line still carries anything.
    pub(super) fn close_seat(&mut self, session: SessionId) {
        let Some(seat) = self.node.seats.remove(&session) else { return };
        if !seat.line.broken {
            self.agenda.plan(self.networks[seat.page].down_us, Thing::Closed { page: seat.page, session });
        }
    }

    pub(super) fn gesture(&mut self, page: usize, gesture: crate::playback::person::Gesture) {
        let now = self.now();
        // Nobody presses on a device that sleeps or on a tab that is hidden; and the first play is made, not missed.
        let first = now < START_US + 6 * SECOND;
        if now < self.pages[page].asleep_until_us || (!self.pages[page].visible && !first) {
            return;
        }
        let frames = self.pages[page].give(now, gesture, &mut self.chance);
        self.send_up(page, frames);
        self.look(page);
    }
}
