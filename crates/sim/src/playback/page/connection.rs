//! The page's connection: opened, lost, found dead, pinged.

use super::{BACKOFF_US, PROBE_US, Page, SILENT_US, WELCOME_US};
use crate::chance::Chance;
use protocol::frame::Ping;
use protocol::{ClientFrame, SessionId};
use sync::ping_delay_us;

impl Page {
    /// A connection is being opened.
    pub fn opening(&mut self, true_us: i64, session: SessionId) {
        self.session = Some(session);
        self.live = false;
        self.opened_us = self.now_us(true_us);
        self.probe_until_us = None;
    }

    /// The connection is over. After how many µs of the page's clock it tries again.
    pub fn closed(&mut self, true_us: i64, chance: &mut Chance) -> i64 {
        let now_us = self.now_us(true_us);
        let good = self.live && now_us - self.live_since_us >= BACKOFF_US.2;
        let failures = if good { 0 } else { self.failures };
        self.session = None;
        self.live = false;
        self.asked = None;
        self.probe_until_us = None;
        self.disturbed_us = true_us;
        self.outbox.iter_mut().for_each(|given| given.in_flight = false);
        self.failures = failures + 1;
        if failures == 0 {
            return 0;
        }
        let ceiling_us = BACKOFF_US.1.min(BACKOFF_US.0 << (failures - 1).min(16));
        chance.between(0, ceiling_us)
    }

    /// Whether the page takes its connection for dead.
    pub fn finds_dead(&mut self, true_us: i64) -> bool {
        let now_us = self.now_us(true_us);
        if self.session.is_none() {
            return false;
        }
        if !self.live {
            return now_us - self.opened_us > WELCOME_US;
        }
        match self.probe_until_us {
            Some(until_us) => now_us > until_us,
            None => now_us - self.heard_us > SILENT_US,
        }
    }

    /// Looked at again, or back on the network: asks for a sign of life.
    pub fn probe(&mut self, true_us: i64) -> Option<ClientFrame> {
        let now_us = self.now_us(true_us);
        self.live.then(|| {
            self.probe_until_us = Some(now_us + PROBE_US);
            ClientFrame::Ping(Ping { client_us: now_us })
        })
    }

    /// A ping is due: the frame, and after how many µs of its clock the next one is.
    pub fn ping(&mut self, true_us: i64) -> (ClientFrame, i64) {
        let now_us = self.now_us(true_us);
        (ClientFrame::Ping(Ping { client_us: now_us }), self.next_ping_us(now_us))
    }

    /// Time until the next ping, µs.
    pub fn next_ping_us(&mut self, now_us: i64) -> i64 {
        let delay_us = ping_delay_us(self.pings, now_us - self.pings_since_us);
        self.pings += 1;
        delay_us
    }

    pub(super) fn pings_anew(&mut self, now_us: i64) {
        self.pings = 0;
        self.pings_since_us = now_us;
    }
}
