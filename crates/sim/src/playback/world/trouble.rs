//! What goes wrong: lines are cut, devices sleep, tabs are hidden, sources give nothing.

use super::{SECOND, Thing, World};

impl World {
    /// The line is dead. `told`: the page hears of it at once (another network), else it finds out by the silence. The
    /// node finds out by the silence in any case.
    pub(super) fn cut(&mut self, page: usize, told: bool) {
        let Some(session) = self.pages[page].session else { return };
        self.disturbances.cuts += 1;
        self.pages[page].finding = None;
        self.pages[page].disturbed_us = self.now();
        if let Some(seat) = self.node.seats.get_mut(&session) {
            seat.line.broken = true;
        }
        if told {
            self.closed(page, session);
        }
    }

    pub(super) fn sleep(&mut self, page: usize, for_us: i64) {
        let now = self.now();
        if now < self.pages[page].asleep_until_us {
            return;
        }
        self.disturbances.sleeps += 1;
        self.pages[page].finding = None;
        self.pages[page].asleep_until_us = now + for_us;
        self.pages[page].disturbed_us = now + for_us;
        if let Some(element) = &mut self.pages[page].player.element {
            // A sleeping device plays nothing.
            element.advance(now, &mut self.chance);
            element.suspend(for_us);
        }
        self.pages[page].clock.slept(for_us);
        self.agenda.plan(for_us, Thing::Wake { page });
    }

    pub(super) fn wake(&mut self, page: usize) {
        let now = self.now();
        self.pages[page].woken_us = Some(self.pages[page].now_us(now));
        self.pages[page].disturbed_us = now;
        self.looked_at_again(page);
    }

    pub(super) fn show(&mut self, page: usize, shown: bool) {
        self.pages[page].visible = shown;
        self.pages[page].finding = None;
        self.pages[page].disturbed_us = self.now();
        let value = protocol::fleeting::Fleeting::Visible(protocol::fleeting::Visible { shown });
        let frame = protocol::ClientFrame::Fleeting(protocol::frame::FleetingFrame { value });
        self.send_up(page, vec![frame]);
        if shown {
            self.looked_at_again(page);
        } else {
            self.disturbances.hidings += 1;
            let back_us = self.chance.between(SECOND, 120 * SECOND);
            let back_us = back_us.min((self.heal_us - self.now()).max(0));
            self.agenda.plan(back_us, Thing::Show { page, shown: true });
        }
    }

    fn looked_at_again(&mut self, page: usize) {
        let now = self.now();
        let now_ms = self.pages[page].now_us(now) as f64 / 1_000.0;
        self.pages[page].player.resync(now_ms);
        let frames = self.pages[page].probe(now).into_iter().collect();
        self.send_up(page, frames);
        self.look(page);
    }

    pub(super) fn outage(&mut self, page: usize, for_us: i64) {
        if let Some(element) = &mut self.pages[page].player.element {
            self.disturbances.outages += 1;
            element.outage(for_us);
            self.pages[page].finding = None;
        }
    }
}
