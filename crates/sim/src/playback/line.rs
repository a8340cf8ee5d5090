//! The line between a page and its node: one ordered stream each way, as TCP gives it. A lost packet comes late, and
//! everything behind it waits (head-of-line blocking). Loss comes in bursts.

use crate::chance::Chance;

/// Least time until a lost packet is sent again, µs.
const RESEND_US: i64 = 200_000;
/// A packet is lost so often in a row at most.
const LOSSES_MAX: u32 = 4;
/// Share of packets lost within a burst, permille.
const BURST_LOSS_PERMILLE: u64 = 200;

/// Direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the node.
    Up,
    /// To the page.
    Down,
}

/// What a page's network is like.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Least delay to the node, µs.
    pub up_us: i64,
    /// Least delay to the page, µs.
    pub down_us: i64,
    /// Delay added by chance, at most, µs.
    pub jitter_us: i64,
    /// Packets lost outside of bursts, permille.
    pub loss_permille: u64,
    /// Mean time between bursts, µs; 0: none come.
    pub burst_every_us: i64,
}

impl Network {
    /// In one room.
    #[must_use]
    pub fn calm() -> Network {
        Network { up_us: 2_500, down_us: 2_500, jitter_us: 200, loss_permille: 0, burst_every_us: 0 }
    }

    /// Round trip of 5 to 500 ms, up to six times longer one way than the other, with jitter and bursts of loss.
    #[must_use]
    pub fn any(chance: &mut Chance) -> Network {
        let trip_us = chance.between(5_000, *chance.clone().pick(&[40_000, 120_000, 500_000]));
        let share = if chance.happens(400) { chance.real(0.143, 0.857) } else { chance.real(0.45, 0.55) };
        let up_us = (trip_us as f64 * share) as i64;
        Network {
            up_us,
            down_us: trip_us - up_us,
            jitter_us: chance.between(200, (trip_us / 2).max(300)),
            loss_permille: chance.below(12),
            burst_every_us: if chance.happens(500) { chance.between(20_000_000, 120_000_000) } else { 0 },
        }
    }

    /// Least round trip, µs.
    #[must_use]
    pub fn trip_us(&self) -> i64 {
        self.up_us + self.down_us
    }
}

/// One connection's line.
#[derive(Clone, Debug)]
pub struct Line {
    network: Network,
    up_at_us: i64,
    down_at_us: i64,
    burst_from_us: i64,
    burst_until_us: i64,
    /// Nothing comes through any more, and nobody is told.
    pub broken: bool,
}

impl Line {
    /// A line that begins now.
    #[must_use]
    pub fn new(network: Network, now_us: i64) -> Line {
        let never = i64::MAX / 2;
        let burst_from_us = if network.burst_every_us > 0 { now_us } else { never };
        Line {
            network,
            up_at_us: now_us,
            down_at_us: now_us,
            burst_from_us,
            burst_until_us: now_us,
            broken: false,
        }
    }

    /// What is sent now, when it arrives, µs; and how often it was lost on the way.
    pub fn arrival_us(&mut self, way: Way, now_us: i64, chance: &mut Chance) -> (i64, u32) {
        let network = self.network;
        while now_us > self.burst_until_us && self.burst_from_us <= now_us {
            self.burst_from_us = self.burst_until_us.max(now_us - network.burst_every_us)
                + chance.between(1, 2 * network.burst_every_us);
            self.burst_until_us = self.burst_from_us + chance.between(1_000_000, 5_000_000);
        }
        let bursts = (self.burst_from_us..self.burst_until_us).contains(&now_us);
        let loss_permille = if bursts { BURST_LOSS_PERMILLE } else { network.loss_permille };
        let mut losses = 0;
        while losses < LOSSES_MAX && chance.happens(loss_permille) {
            losses += 1;
        }
        let resent_us: i64 = (0..losses).map(|nth| (RESEND_US + network.trip_us()) << nth).sum();
        let least_us = if way == Way::Up { network.up_us } else { network.down_us };
        // Mostly near the least, seldom far: the product of two draws.
        let jitter_us = (network.jitter_us as f64 * chance.real(0.0, 1.0) * chance.real(0.0, 1.0)) as i64;
        let at_us = now_us + least_us + jitter_us + resent_us;
        let free_us = if way == Way::Up { &mut self.up_at_us } else { &mut self.down_at_us };
        *free_us = at_us.max(*free_us + 1);
        (*free_us, losses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overtakes_and_nothing_is_faster_than_the_path() {
        let mut chance = Chance::new(4);
        let mut lost = 0;
        for _ in 0..40 {
            let network = Network { burst_every_us: 5_000_000, ..Network::any(&mut chance) };
            let mut line = Line::new(network, 0);
            let mut last = [0; 2];
            for n in 0..2_000 {
                let (way, least_us) =
                    if n % 2 == 0 { (Way::Up, network.up_us) } else { (Way::Down, network.down_us) };
                let now_us = n * 20_000;
                let (at_us, losses) = line.arrival_us(way, now_us, &mut chance);
                lost += losses;
                assert!(at_us >= now_us + least_us && at_us > last[n as usize % 2], "{network:?}");
                last[n as usize % 2] = at_us;
            }
        }
        assert!(lost > 2_000, "bursts come: {lost}");
    }
}
