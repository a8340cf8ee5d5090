//! Looks: of each player at its element, and of the checks at every screen.

use super::{SECOND, Thing, World};
use crate::playback::history::{Act, Look};
use crate::playback::player::Done;
use protocol::fleeting::Fleeting;
use protocol::frame::FleetingFrame;
use protocol::{ClientFrame, SyncStatus};
use sync::ElementKind;
use sync::measures::LOCKED_MS;

/// A page and the timeline have been left alone for so long that nothing is still being put right, µs. An audible element is
/// boosted for 6 s, then 40 ms of media are trimmed at 0.5 %: 16 s at half the speed.
const STEADY_US: i64 = 25 * SECOND;
/// So long before its end a film is left alone by the checks, µs.
const ENDING_US: i64 = SECOND;
/// A timer of a page comes up to this much late, µs.
const TIMER_LATE_US: i64 = 4_000;
/// An element that stands where it should is looked at this often, ms. The page looks at each tick, sees nothing and does
/// nothing.
const STANDING_MS: f64 = 1_000.0;

impl World {
    pub(super) fn plan_look(&mut self, page: usize, after_us: i64) {
        self.pages[page].look += 1;
        let number = self.pages[page].look;
        self.agenda.plan(after_us, Thing::Look { page, number });
    }

    pub(super) fn look(&mut self, page: usize) {
        let now = self.now();
        if now < self.pages[page].asleep_until_us {
            return;
        }
        self.pages[page].drop_stale(now, &mut self.chance);
        if self.pages[page].finds_dead(now)
            && let Some(session) = self.pages[page].session
        {
            // The page lets go; the node finds out by itself.
            if let Some(seat) = self.node.seats.get_mut(&session) {
                seat.line.broken = true;
            }
            self.closed(page, session);
        }
        let steady = self.steady(page);
        let hurt = self.hurt(page);
        let moment = self.pages[page].moment(now);
        let looked = self.pages[page].player.tick(moment, &mut self.chance);
        for done in looked.done {
            let trim = match done {
                Done::Trim(trim) => Some(trim),
                Done::Seek => None,
            };
            self.pages[page].record.acts.push(Act { at_us: now, trim, steady, hurt });
        }
        if let Some(in_ms) = looked.start_in_ms {
            self.pages[page].start += 1;
            if in_ms.is_finite() {
                let number = self.pages[page].start;
                let after_us = self.pages[page].clock.true_us(in_ms);
                self.agenda.plan(after_us, Thing::Start { page, number });
            }
        }
        if let Some(status) = looked.status {
            self.report(page, status);
        }
        self.note_found(page);
        let player = &self.pages[page].player;
        let standing = player.status() == SyncStatus::Locked
            && player.element.as_ref().is_some_and(|element| element.paused());
        let visible = self.pages[page].visible;
        let due_ms = if standing { STANDING_MS } else { player.due_ms(moment.now_ms, visible) };
        let mut after_us = self.pages[page].clock.true_us(due_ms).max(1_000);
        if let Some(changes_us) = player.element.as_ref().and_then(|element| element.changes_us()) {
            after_us = after_us.min((changes_us - now).max(1_000));
        }
        if let Some(turns_ms) = moment.server_us.and_then(|server_us| player.turns_ms(server_us)) {
            after_us = after_us.min(self.pages[page].clock.true_us(turns_ms));
        }
        let late_us = self.chance.between(0, TIMER_LATE_US);
        self.plan_look(page, after_us + late_us);
    }

    pub(super) fn start(&mut self, page: usize, number: u64) {
        if self.pages[page].start == number {
            let moment = self.pages[page].moment(self.now());
            self.pages[page].player.start(moment, &mut self.chance);
        }
    }

    fn report(&mut self, page: usize, status: SyncStatus) {
        if !matches!(status, SyncStatus::Locked | SyncStatus::Adjusting) {
            self.pages[page].disturbed_us = self.now();
        }
        if status == SyncStatus::Preparing {
            self.pages[page].finding = None; // nobody could be there
        }
        if !self.pages[page].live {
            return;
        }
        let now = self.now();
        let bound_us = self.pages[page].bound_us(now).unwrap_or(0.0) as i64;
        let report = self.pages[page].player.report(status, bound_us, self.pages[page].rtt_us());
        let frame = ClientFrame::Fleeting(FleetingFrame { value: Fleeting::Sync(report) });
        self.send_up(page, vec![frame]);
    }

    /// Where the element of a page really is against what its timeline wants now, ms of time; of one in motion.
    fn error_ms(&self, page: usize) -> Option<f64> {
        let now = self.now();
        let player = &self.pages[page].player;
        let element = player.element.as_ref().filter(|element| element.moves())?;
        let wanted = player.wanted_at(now).filter(|wanted| wanted.playing && wanted.starts_in_ms == 0.0)?;
        Some((element.position_s() - wanted.position_s) * 1_000.0 / wanted.speed)
    }

    fn note_found(&mut self, page: usize) {
        let Some((since_us, after)) = self.pages[page].finding else { return };
        let now = self.now();
        if self.error_ms(page).is_some_and(|error_ms| error_ms.abs() <= LOCKED_MS) {
            self.pages[page].finding = None;
            self.pages[page].record.locks.push((after, (now - since_us) as f64 / 1_000.0));
        }
    }

    /// Whether the element has had an underrun a moment ago: 25 ms take 5 s at the trim that nobody hears.
    fn hurt(&self, page: usize) -> bool {
        let element = self.pages[page].player.element.as_ref();
        element.is_some_and(|element| self.now() - element.underrun_us() < STEADY_US)
    }

    /// Whether nothing has happened for a while to this page, to its line and to the timeline, and nothing is about to.
    fn steady(&self, page: usize) -> bool {
        let page = &self.pages[page];
        let now = self.now();
        let whole = page
            .session
            .and_then(|session| self.node.seats.get(&session))
            .is_some_and(|seat| page.live && !seat.line.broken);
        // At its end a film stops on each page by itself, and in the log a moment later.
        let plays = page.shown().is_some_and(|shown| shown.playing);
        let ends_us = now + ENDING_US.max(page.bound_us(now).unwrap_or(0.0) as i64);
        let goes_on = !plays || page.player.wanted_at(ends_us).is_some_and(|wanted| wanted.playing);
        let quiet = goes_on && now - page.disturbed_us.max(self.node.changed_us) > STEADY_US;
        let kind = page.player.element.as_ref().map(|element| element.kind());
        let seen = page.visible || kind == Some(ElementKind::Audio);
        whole && quiet && seen && now >= page.asleep_until_us
    }

    pub(super) fn measure(&mut self) {
        self.agenda.plan(SECOND, Thing::Measure);
        let now = self.now();
        let timeline = self.node.room.as_ref().map(|room| room.state().timeline.clone());
        for page in 0..self.pages.len() {
            if now < self.pages[page].asleep_until_us {
                continue;
            }
            if let Some(element) = &mut self.pages[page].player.element {
                element.advance(now, &mut self.chance);
            }
            let (steady, hurt) = (self.steady(page), self.hurt(page));
            // Against what the server says, not against what the page believes.
            let same = match (&timeline, self.pages[page].shown()) {
                (Some(truth), Some(shown)) => crate::playback::optimistic::same_course(truth, shown),
                _ => false,
            };
            let error_ms = self.error_ms(page);
            let error_ms = if same || !steady { error_ms } else { error_ms.map(|_| f64::INFINITY) };
            let page = &mut self.pages[page];
            let Some(server_us) = page.server_us(now) else { continue };
            let look = Look {
                at_us: now,
                clock_error_us: server_us - now,
                bound_us: page.bound_us(now),
                woken: page.woken_us.is_some(),
                error_ms,
                steady,
                hurt,
            };
            page.record.looks.push(look);
        }
    }
}
