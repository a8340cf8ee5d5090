//! Plays sessions of the playback simulator and prints their figures as JSON:
//! `cargo run -p sim --example sync_sim -- 1000 > docs/bench/sync-sim.json`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that prints and measures how fast it is"
)]

use sim::playback::figures::Figures;
use sim::playback::{Options, run};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Sessions where nothing else is asked for.
const SESSIONS: u64 = 1_000;

fn main() {
    let sessions = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(SESSIONS);
    let options = Options::default();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    let play = || {
        let mut figures = Figures::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= sessions {
                return figures;
            }
            figures.add(&run(seed, options));
        }
    };
    let mut figures = Figures::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(play)).collect();
        for thread in threads {
            figures.join(thread.join().expect("a session does not fail"));
        }
    });
    let took_s = begun.elapsed().as_secs_f64();
    let mut report = figures.report();
    report["people"] = options.people.into();
    report["seconds_each"] = options.seconds.into();
    report["cores"] = cores.into();
    report["sessions_per_minute"] = ((sessions as f64 * 60.0 / took_s).round() as u64).into();
    println!("{report:#}");
}
