//! A client in virtual time: a media element with the habits measured in Chromium, a network with jitter and
//! head-of-line blocking, a crystal that is off, and the loop that joins them to clock and controller as the page
//! does. Everything comes out of one seed.
#![allow(dead_code)] // each test file uses its part

use sync::measures::{MUTED_TICK_MS, SAMPLE_MS, TICK_MS};
use sync::{
    Action, ClockEstimator, Course, DriftController, Element, ElementKind, Observation, Sample, ping_delay_us,
};

/// SplitMix64.
#[derive(Clone)]
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Network {
    pub rtt_ms: f64,
    pub jitter_ms: f64,
    pub loss: f64,
    /// Share of the fixed delay that lies on the way to the server.
    pub forward_share: f64,
}

pub const LAN: Network = Network { rtt_ms: 2.0, jitter_ms: 0.3, loss: 0.0, forward_share: 0.5 };
pub const NEAR: Network = Network { rtt_ms: 50.0, jitter_ms: 5.0, loss: 0.0, forward_share: 0.5 };
pub const ACCEPTANCE: Network = Network { rtt_ms: 70.0, jitter_ms: 30.0, loss: 0.0, forward_share: 0.5 };
pub const FAR: Network = Network { rtt_ms: 200.0, jitter_ms: 100.0, loss: 0.01, forward_share: 0.5 };
pub const AWFUL: Network = Network { rtt_ms: 500.0, jitter_ms: 250.0, loss: 0.02, forward_share: 0.5 };

impl Network {
    /// One-way delay, ms.
    fn delay_ms(&self, chance: &mut Chance, forward: bool) -> f64 {
        let share = if forward { self.forward_share } else { 1.0 - self.forward_share };
        let retransmission =
            if chance.unit() < self.loss { chance.between(200.0, 200.0 + self.rtt_ms) } else { 0.0 };
        self.rtt_ms * share + chance.exponential(self.jitter_ms / 2.0) + retransmission
    }
}

/// A media element, time in real ms.
pub struct Player {
    pub kind: ElementKind,
    pub paused: bool,
    pub position_s: f64,
    pub rate: f64,
    pub buffered: (f64, f64),
    pub end_s: f64,
    /// Media seconds that arrive per second.
    pub download: f64,
    /// Shortest and longest time until the first segment of a seek outside the buffer is there.
    pub load_ms: (f64, f64),
    /// No data arrives until this time.
    pub outage_until_ms: f64,
    /// The machine has other things to do.
    pub busy: bool,
    keep_pitch: bool,
    moves_at_ms: f64,
    seeking_until_ms: Option<f64>,
    stalled: bool,
    pub chance: Chance,
    pub plays: u32,
    pub pauses: u32,
    pub rate_writes: u32,
    pub seeks_ms: Vec<f64>,
}

const STEP_MS: f64 = 5.0;
const SEGMENT_S: f64 = 2.0;

impl Player {
    pub fn new(kind: ElementKind, end_s: f64, chance: Chance) -> Player {
        Player {
            kind,
            paused: true,
            position_s: 0.0,
            rate: 1.0,
            buffered: (0.0, 4.0_f64.min(end_s)),
            end_s,
            download: 4.0,
            load_ms: (150.0, 450.0),
            outage_until_ms: 0.0,
            busy: false,
            keep_pitch: true,
            moves_at_ms: 0.0,
            seeking_until_ms: None,
            stalled: false,
            chance,
            plays: 0,
            pauses: 0,
            rate_writes: 0,
            seeks_ms: Vec::new(),
        }
    }

    pub fn seeking(&self) -> bool {
        self.seeking_until_ms.is_some()
    }

    pub fn stalled(&self) -> bool {
        self.stalled
    }

    fn start_cost_ms(&mut self) -> f64 {
        match self.kind {
            ElementKind::Audio => self.chance.between(67.0, 86.0),
            ElementKind::Muted => self.chance.between(36.0, 48.0),
            ElementKind::Silent => self.chance.between(0.5, 2.0),
        }
    }

    pub fn play(&mut self, now_ms: f64) {
        self.plays += 1;
        if self.paused {
            self.paused = false;
            self.moves_at_ms = now_ms + self.start_cost_ms();
        }
    }

    pub fn pause(&mut self) {
        self.pauses += 1;
        self.paused = true;
    }

    pub fn set_rate(&mut self, rate: f64, keep_pitch: bool) {
        self.rate_writes += 1;
        // Leaving or re-entering speed 1 with the pitch kept costs media time (measured 17 to 19 ms per excursion).
        if keep_pitch && self.rate == 1.0 && rate != 1.0 && self.kind != ElementKind::Silent && !self.paused {
            self.position_s -= self.chance.between(0.017, 0.019);
        }
        self.rate = rate;
        self.keep_pitch = keep_pitch;
    }

    pub fn seek(&mut self, now_ms: f64, to_s: f64) {
        self.seeks_ms.push(now_ms);
        let to_s = to_s.clamp(0.0, self.end_s);
        let here = self.buffered.0 <= to_s && to_s + 0.1 <= self.buffered.1;
        self.position_s = to_s;
        let (least_ms, most_ms) = self.load_ms;
        let load_ms = if here { 0.0 } else { self.chance.between(least_ms, most_ms) };
        if !here {
            // A whole segment comes.
            let from_s = (to_s / SEGMENT_S).floor() * SEGMENT_S;
            self.buffered = (from_s, (from_s + 2.0 * SEGMENT_S).min(self.end_s));
        }
        let seeked_ms = now_ms + load_ms + self.chance.between(8.0, 30.0);
        self.seeking_until_ms = Some(seeked_ms);
        let lag_ms = match self.kind {
            ElementKind::Silent => self.chance.between(2.0, 8.0),
            _ => self.chance.between(50.0, 72.0),
        };
        self.moves_at_ms = seeked_ms + lag_ms;
        self.stalled = false;
    }

    /// Lets time pass until `now_ms`.
    pub fn advance(&mut self, from_ms: f64, now_ms: f64) {
        let mut at_ms = from_ms;
        while at_ms < now_ms {
            let next_ms = (at_ms + STEP_MS).min(now_ms);
            self.step(at_ms, next_ms);
            at_ms = next_ms;
        }
    }

    fn step(&mut self, at_ms: f64, next_ms: f64) {
        if at_ms >= self.outage_until_ms {
            let ahead_s = (self.position_s + 30.0).min(self.end_s);
            self.buffered.1 = (self.buffered.1 + self.download * (next_ms - at_ms) / 1_000.0)
                .min(ahead_s)
                .max(self.buffered.1);
        }
        if self
            .seeking_until_ms
            .is_some_and(|until_ms| next_ms >= until_ms && next_ms >= self.outage_until_ms)
        {
            self.seeking_until_ms = None;
        }
        let at_end = self.position_s >= self.end_s;
        let data_s = self.buffered.1 - self.position_s;
        if self.stalled && (data_s > 0.5 || self.buffered.1 >= self.end_s) {
            self.stalled = false;
            self.moves_at_ms = next_ms + self.start_cost_ms();
        } else if !self.stalled && data_s < 0.05 && !at_end && self.buffered.1 < self.end_s {
            self.stalled = true;
        }
        if self.paused || self.seeking() || self.stalled || at_end {
            return;
        }
        let moving_ms = (next_ms - at_ms.max(self.moves_at_ms)).max(0.0);
        let mut moved_s = moving_ms / 1_000.0 * self.rate;
        // A muted element's stand-in clock loses 4 ms per second in steps, on a busy machine 40.
        let (often, least_s, most_s) = if self.busy { (0.0075, 0.005, 0.05) } else { (0.005, 0.001, 0.007) };
        if self.kind == ElementKind::Muted && moving_ms > 0.0 && self.chance.unit() < often {
            moved_s -= self.chance.between(least_s, most_s);
        }
        self.position_s = (self.position_s + moved_s).min(self.end_s);
    }

    fn read_s(&mut self) -> f64 {
        self.position_s + self.chance.between(-0.000_25, 0.000_25)
    }
}

/// Takes notes of a run.
pub type Recorder<'a> = Box<dyn FnMut(Note<'_>) + 'a>;

/// What a recorder of traces sees.
pub enum Note<'a> {
    Tick(&'a Observation, &'a [Action], &'a DriftController),
    Played(f64, f64),
    Sought { now_ms: f64, to_s: f64, moving: bool, buffered: bool },
    Resync(f64),
}

/// A whole client.
pub struct Client<'a> {
    pub network: Network,
    pub player: Player,
    pub clock: ClockEstimator,
    pub controller: DriftController,
    pub chance: Chance,
    /// Client clock = real * (1 + ppm) + offset.
    pub ppm: f64,
    pub offset_ms: f64,
    pub course: Course,
    previous: Option<Course>,
    samples_ms: Vec<(f64, f64)>,
    pings: u32,
    next_ping_ms: f64,
    /// Pongs on their way: arrival in real ms.
    pongs: Vec<(f64, Sample)>,
    server_free_ms: f64,
    client_free_ms: f64,
    play_at_ms: Option<f64>,
    last_tick_ms: f64,
    last_sample_ms: f64,
    last_state: (bool, bool, bool),
    pub now_ms: f64,
    pub recorder: Option<Recorder<'a>>,
    pub link_up: bool,
    pub all_samples: Vec<Sample>,
}

/// Server time is real time plus this, µs.
pub const SERVER_EPOCH_US: i64 = 1_790_000_000_000_000;

pub fn server_us(real_ms: f64) -> i64 {
    SERVER_EPOCH_US + (real_ms * 1_000.0) as i64
}

impl<'a> Client<'a> {
    pub fn new(seed: u64, kind: ElementKind, network: Network, course: Course) -> Client<'a> {
        let mut chance = Chance(seed);
        let end_s = sync::course::start_of_s(course.frames, course.rate);
        let player = Player::new(kind, end_s, Chance(chance.next()));
        Client {
            network,
            player,
            clock: ClockEstimator::new(),
            controller: DriftController::new(),
            ppm: chance.between(-20.0, 20.0),
            offset_ms: chance.between(0.0, 1e7).floor(),
            chance,
            course,
            previous: None,
            samples_ms: Vec::new(),
            pings: 0,
            next_ping_ms: 0.0,
            pongs: Vec::new(),
            server_free_ms: 0.0,
            client_free_ms: 0.0,
            play_at_ms: None,
            last_tick_ms: f64::NEG_INFINITY,
            last_sample_ms: f64::NEG_INFINITY,
            last_state: (true, false, false),
            now_ms: 0.0,
            recorder: None,
            link_up: true,
            all_samples: Vec::new(),
        }
    }

    pub fn client_ms(&self, real_ms: f64) -> f64 {
        real_ms * (1.0 + self.ppm / 1e6) + self.offset_ms
    }

    /// A remote change of the timeline arrives now.
    pub fn set_course(&mut self, course: Course) {
        self.previous = self.course.leads_into(&course).then_some(self.course);
        self.course = course;
        self.tick();
    }

    fn course_at(&self, at_us: i64) -> &Course {
        match &self.previous {
            Some(previous) if at_us < self.course.anchor_us => previous,
            _ => &self.course,
        }
    }

    /// Element minus timeline by the true clock, ms.
    pub fn true_error_ms(&self) -> f64 {
        let wanted = self.course_at(server_us(self.now_ms)).wanted_at(server_us(self.now_ms));
        (self.player.position_s - wanted.position_s) * 1_000.0
    }

    /// Estimate minus truth, ms.
    pub fn clock_error_ms(&self) -> Option<f64> {
        let client_us = (self.client_ms(self.now_ms) * 1_000.0) as i64;
        Some((self.clock.server_us(client_us)? - server_us(self.now_ms)) as f64 / 1_000.0)
    }

    pub fn bound_ms(&self) -> Option<f64> {
        Some(self.clock.bound_us((self.client_ms(self.now_ms) * 1_000.0) as i64)? / 1_000.0)
    }

    /// Runs until `until_ms`, calling `each` every 10 ms.
    pub fn run(&mut self, until_ms: f64, mut each: impl FnMut(&mut Client<'a>)) {
        while self.now_ms < until_ms {
            let mut next_ms = (self.now_ms + 10.0).min(until_ms);
            let due = self.play_at_ms.filter(|at_ms| *at_ms <= next_ms);
            if let Some(at_ms) = due {
                next_ms = at_ms.max(self.now_ms);
            }
            self.player.advance(self.now_ms, next_ms);
            self.now_ms = next_ms;
            if due.is_some() {
                self.play_at_ms = None;
                let from_s = self.player.position_s;
                self.player.play(next_ms);
                let client_ms = self.client_ms(next_ms);
                self.controller.played(client_ms, from_s);
                self.note(Note::Played(client_ms, from_s));
            }
            self.ping();
            self.sample();
            each(self);
        }
    }

    fn note(&mut self, note: Note<'_>) {
        if let Some(recorder) = &mut self.recorder {
            recorder(note);
        }
    }

    fn ping(&mut self) {
        if self.link_up && self.now_ms >= self.next_ping_ms {
            let sent_ms = self.now_ms;
            let forward_ms = self.network.delay_ms(&mut self.chance, true);
            let backward_ms = self.network.delay_ms(&mut self.chance, false);
            // In order both ways, as TCP delivers.
            let at_server_ms = (sent_ms + forward_ms).max(self.server_free_ms);
            let back_ms = (at_server_ms + 0.05 + backward_ms).max(self.client_free_ms);
            (self.server_free_ms, self.client_free_ms) = (at_server_ms, back_ms);
            let sample = Sample {
                client_sent_us: (self.client_ms(sent_ms) * 1_000.0) as i64,
                server_received_us: server_us(at_server_ms),
                server_sent_us: server_us(at_server_ms + 0.05),
                client_received_us: (self.client_ms(back_ms) * 1_000.0) as i64,
            };
            self.pongs.push((back_ms, sample));
            self.pings += 1;
            self.next_ping_ms =
                sent_ms + ping_delay_us(self.pings, (sent_ms * 1_000.0) as i64) as f64 / 1_000.0;
        }
        while self.pongs.first().is_some_and(|(at_ms, _)| *at_ms <= self.now_ms) {
            let (_, sample) = self.pongs.remove(0);
            self.clock.add(sample, !self.player.paused);
            self.all_samples.push(sample);
        }
    }

    fn sample(&mut self) {
        let state = (self.player.paused, self.player.seeking(), self.player.stalled());
        let client_ms = self.client_ms(self.now_ms);
        let due = self.now_ms - self.last_sample_ms >= SAMPLE_MS;
        if due && client_ms >= self.controller.blind_until_ms() {
            self.last_sample_ms = self.now_ms;
            let position_s = self.player.read_s();
            self.samples_ms.push((client_ms, position_s));
        }
        let tick_ms = if self.player.kind == ElementKind::Muted { MUTED_TICK_MS } else { TICK_MS };
        if self.now_ms - self.last_tick_ms >= tick_ms || state != self.last_state {
            self.tick();
        }
    }

    fn tick(&mut self) {
        let now_ms = self.client_ms(self.now_ms);
        let Some(at_us) = self.clock.server_us((now_ms * 1_000.0) as i64) else { return };
        self.last_tick_ms = self.now_ms;
        self.last_state = (self.player.paused, self.player.seeking(), self.player.stalled());
        let wanted = self.course_at(at_us).wanted_at(at_us);
        let mut errors: Vec<f64> = Vec::new();
        for (sample_ms, position_s) in self.samples_ms.drain(..) {
            let then_us = at_us - ((now_ms - sample_ms) * 1_000.0) as i64;
            let course = match &self.previous {
                Some(previous) if then_us < self.course.anchor_us => previous,
                _ => &self.course,
            };
            errors.push(position_s - course.wanted_at(then_us).position_s);
        }
        let seen = Observation {
            now_ms,
            wanted,
            element: Element {
                kind: self.player.kind,
                paused: self.player.paused,
                seeking: self.player.seeking(),
                stalled: self.player.stalled(),
                position_s: self.player.read_s(),
                rate: self.player.rate,
                error_s: (!errors.is_empty()).then(|| sync::learned::median(&errors)),
                buffered: vec![self.player.buffered],
            },
        };
        let actions = self.controller.tick(&seen);
        if let Some(recorder) = &mut self.recorder {
            recorder(Note::Tick(&seen, &actions, &self.controller));
        }
        for action in actions {
            match action {
                Action::Rate { rate, keep_pitch } => self.player.set_rate(rate, keep_pitch),
                Action::Seek { to_s } => {
                    let (moving, buffered) =
                        (!self.player.paused, sync::element::is_buffered(&[self.player.buffered], to_s));
                    self.player.seek(self.now_ms, to_s);
                    self.controller.sought(now_ms, to_s, moving, buffered);
                    self.note(Note::Sought { now_ms, to_s, moving, buffered });
                }
                Action::Play { in_ms } => self.play_at_ms = Some(self.now_ms + in_ms),
                Action::Pause => {
                    self.play_at_ms = None;
                    self.player.pause();
                }
            }
        }
    }

    pub fn resync(&mut self) {
        let now_ms = self.client_ms(self.now_ms);
        self.controller.resync(now_ms);
        self.samples_ms.clear();
        self.note(Note::Resync(now_ms));
        self.tick();
    }
}

pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * share).ceil() as usize).max(1) - 1).copied().unwrap_or(f64::NAN)
}
