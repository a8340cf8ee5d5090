//! Golden traces: inputs with this crate's outputs, against which the page's port is tested. Written with
//! `GENLOCK_UPDATE_GOLDEN=1 cargo test -p sync --test golden`; without it, the files must be what the code gives.
#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]
#![allow(clippy::disallowed_methods, reason = "the test reads and writes the golden files")]

mod model;

use model::{ACCEPTANCE, AWFUL, Chance, Client, FAR, LAN, NEAR, Network, Note, server_us};
use protocol::{Timeline, TimelineVideo, Timestamp, VersionId, VideoId};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::PathBuf;
use sync::{ClockEstimator, Course, ElementKind, ping_delay_us, start_lead_ms};
use timecode::{FrameRate, Speed};

/// Absolute tolerance of a number (the port promises the same).
const TOLERANCE: f64 = 1e-6;

fn check(name: &str, made: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var("GENLOCK_UPDATE_GOLDEN").is_ok() {
        let text = serde_json::to_string(made).unwrap().replace("},{\"op\"", "},\n{\"op\"") + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let kept: Value = serde_json::from_str(&text).unwrap();
    if let Some(place) = difference(made, &kept, "") {
        panic!("{name} differs at {place}; if that is meant, write it anew and test the port");
    }
}

fn difference(a: &Value, b: &Value, place: &str) -> Option<String> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            ((x - y).abs() > TOLERANCE).then(|| format!("{place}: {x} and {y}"))
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().find_map(|(at, (a, b))| difference(a, b, &format!("{place}/{at}")))
        }
        (Value::Object(x), Value::Object(y)) if x.len() == y.len() => {
            x.iter().find_map(|(key, a)| difference(a, y.get(key)?, &format!("{place}/{key}")))
        }
        _ => (a != b).then(|| place.to_owned()),
    }
}

fn course(playing: bool) -> Course {
    Course {
        frame: 240,
        rate: FrameRate::new(24_000, 1_001).unwrap(),
        frames: 14_400,
        speed: Speed::NORMAL,
        playing,
        anchor_us: server_us(-2_000.0),
        revision: 1,
    }
}

#[test]
fn drift() {
    type Scenario = fn(&mut Client<'_>);
    let scenarios: [(&str, ElementKind, Network, Scenario); 8] = [
        ("cold join with sound", ElementKind::Audio, ACCEPTANCE, |client| client.run(6_000.0, |_| {})),
        ("cold join muted, poor network", ElementKind::Muted, AWFUL, |client| client.run(8_000.0, |_| {})),
        ("cold join without audio track", ElementKind::Silent, NEAR, |client| client.run(4_000.0, |_| {})),
        ("pause, play, seek, speed", ElementKind::Audio, FAR, |client| {
            client.run(3_000.0, |_| {});
            let base = client.course;
            let pause =
                Course { playing: false, frame: 360, anchor_us: server_us(3_000.0), revision: 2, ..base };
            client.set_course(pause);
            client.run(4_500.0, |_| {});
            client.set_course(Course { playing: true, anchor_us: server_us(4_800.0), revision: 3, ..pause });
            client.run(7_000.0, |_| {});
            let seek =
                Course { playing: true, frame: 9_000, anchor_us: server_us(7_300.0), revision: 4, ..pause };
            client.set_course(seek);
            client.run(10_000.0, |_| {});
            let frame = 9_000 + seek.rate.frames_in(server_us(10_200.0) - seek.anchor_us, seek.speed);
            let speed = Speed::new(5, 4).unwrap();
            client.set_course(Course { frame, speed, anchor_us: server_us(10_200.0), revision: 5, ..seek });
            client.run(14_000.0, |_| {});
        }),
        ("link too thin", ElementKind::Audio, NEAR, |client| {
            client.player.download = 0.7;
            client.run(20_000.0, |_| {});
        }),
        ("outage, then back to the tab", ElementKind::Muted, NEAR, |client| {
            client.run(4_000.0, |_| {});
            client.player.buffered.1 = client.player.position_s + 0.2;
            client.player.outage_until_ms = 5_500.0;
            client.run(8_000.0, |_| {});
            client.player.position_s -= 0.1;
            client.resync();
            client.run(10_000.0, |_| {});
        }),
        ("cold join where the data comes at once", ElementKind::Audio, LAN, |client| {
            client.player.load_ms = (20.0, 60.0);
            client.player.buffered = (0.0, 0.0);
            client.run(3_000.0, |_| {});
        }),
        ("the end of the video", ElementKind::Audio, NEAR, |client| {
            client.course.frame = 14_290;
            client.run(4_000.0, |_| {});
        }),
    ];
    let mut traces = Vec::new();
    for (seed, (name, kind, network, scenario)) in scenarios.into_iter().enumerate() {
        let steps = RefCell::new(Vec::new());
        let mut client = Client::new(seed as u64 + 1, kind, network, course(true));
        client.recorder = Some(Box::new(|note| {
            steps.borrow_mut().push(match note {
                Note::Tick(seen, actions, after) => json!({
                    "op": "tick", "seen": seen, "actions": actions, "hold": after.hold(), "error_ms": after.error_ms(),
                    "blind_until_ms": after.blind_until_ms(), "start_ms": after.learned().start_ms(kind),
                    "seek_lag_ms": after.learned().seek_lag_ms(kind),
                }),
                Note::Played(now_ms, from_s) => json!({ "op": "played", "now_ms": now_ms, "from_s": from_s }),
                Note::Sought { now_ms, to_s, moving, buffered } => {
                    json!({ "op": "sought", "now_ms": now_ms, "to_s": to_s, "moving": moving, "buffered": buffered })
                }
                Note::Resync(now_ms) => json!({ "op": "resync", "now_ms": now_ms }),
            });
        }));
        scenario(&mut client);
        drop(client);
        let steps = steps.into_inner();
        assert!(
            steps.iter().any(|step| step["op"] == "sought")
                && steps.iter().any(|step| step["op"] == "played")
        );
        traces.push(json!({ "name": name, "steps": steps }));
    }
    check("drift.json", &Value::Array(traces));
}

#[test]
fn clock() {
    let mut traces = Vec::new();
    for (seed, network) in [(1, NEAR), (2, ACCEPTANCE), (3, FAR), (4, AWFUL)] {
        let mut client = Client::new(seed, ElementKind::Silent, network, course(true));
        client.run(40_000.0, |_| {});
        let mut samples = client.all_samples;
        // The last third comes after a reset, from a server whose clock is elsewhere.
        let reset_at = samples.len() * 2 / 3;
        for sample in &mut samples[reset_at..] {
            sample.server_received_us += 7_654_321;
            sample.server_sent_us += 7_654_321;
        }
        samples.push(sync::Sample { client_received_us: 0, ..samples[0] });
        let mut clock = ClockEstimator::new();
        let steps: Vec<Value> = samples
            .iter()
            .enumerate()
            .map(|(at, sample)| {
                let reset = at == reset_at;
                if reset {
                    clock.reset();
                }
                let playing = at % 40 > 10;
                let taken = clock.add(*sample, playing);
                let ask_us = sample.client_received_us + 37_123;
                json!({
                    "op": "add", "reset": reset, "sample": sample, "playing": playing, "taken": taken, "ask_us": ask_us,
                    "server_us": clock.server_us(ask_us), "bound_us": clock.bound_us(ask_us), "rtt_us": clock.rtt_us(),
                    "settled": clock.settled(), "steps": clock.steps(),
                })
            })
            .collect();
        traces.push(json!(steps));
    }
    let delays: Vec<Value> =
        [(0, 0), (17, 900_000), (18, 990_000), (40, 29_999_999), (48, 30_000_000), (900, 1 << 40)]
            .iter()
            .map(|(sent, since_us)| json!([sent, since_us, ping_delay_us(*sent, *since_us)]))
            .collect();
    check("clock.json", &json!({ "traces": traces, "ping_delays": delays }));
}

#[test]
fn course_and_frames() {
    let mut chance = Chance(11);
    let rates =
        [(24_000, 1_001), (24, 1), (25, 1), (30_000, 1_001), (60_000, 1_001), (60, 1), (1_000, 1), (120, 1)];
    let speeds = [(1, 1), (1, 4), (3, 4), (5, 4), (3, 2), (2, 1), (999, 1_000), (4, 1)];
    let mut cases = Vec::new();
    for at in 0..240_u64 {
        let pick = |chance: &mut Chance, len: usize| (chance.next() % len as u64) as usize;
        let (num, den) = rates[pick(&mut chance, rates.len())];
        let rate = FrameRate::new(num, den).unwrap();
        let (speed_num, speed_den) = speeds[pick(&mut chance, speeds.len())];
        let speed = Speed::new(speed_num, speed_den).unwrap();
        let frames = 1 + (chance.next() % 5_000_000) as i64;
        let frame = (chance.next() % frames as u64) as i64;
        let playing = chance.unit() < 0.8;
        let anchor_us = server_us(chance.between(-1e9, 1e9));
        // Around frame boundaries, at the end, before the anchor, anywhere.
        let now_us = match at % 4 {
            0 => {
                anchor_us + rate.micros_until((chance.next() % 100_000) as i64, speed)
                    - (chance.next() % 2) as i64
            }
            1 => anchor_us + rate.micros_until(frames - frame, speed) - (chance.next() % 2) as i64,
            2 => anchor_us - (chance.next() % 2_000_000) as i64,
            _ => anchor_us + (chance.next() % 50_000_000_000) as i64,
        };
        let course = Course { frame, rate, frames, speed, playing, anchor_us, revision: at };
        let timeline = Timeline {
            video: Some(TimelineVideo { video: VideoId(uuid()), version: VersionId(uuid()), rate, frames }),
            frame,
            speed,
            playing,
            anchor_us: Timestamp(anchor_us),
            revision: at,
        };
        let shown = timeline.frame_at(Timestamp(now_us));
        let wanted = course.wanted_at(now_us);
        // The seconds given to an element lie within the frame that the room computes.
        let frame_of = (wanted.position_s + 1e-7) / wanted.frame_s;
        assert!(
            frame_of + 1e-3 >= shown as f64 && frame_of - 1e-3 <= (shown + 1) as f64,
            "case {at}: {frame_of} is not in frame {shown}"
        );
        cases.push(json!({
            "op": "case", "timeline": timeline, "now_us": now_us, "frame": shown, "wanted": wanted,
            "ends_at": timeline.ends_at(), "middle_s": sync::course::middle_of_s(frame, rate),
        }));
    }
    let base = course(true);
    let at = server_us(5_000.0);
    let next = |frame: i64, playing: bool| Course { frame, playing, anchor_us: at, revision: 2, ..base };
    let here = base.frame + base.rate.frames_in(at - base.anchor_us, base.speed);
    let pairs: Vec<Value> =
        [next(here, true), next(here - 1, true), next(here + 2, true), next(here, false), next(5, true)]
            .iter()
            .map(|next| json!({ "from": base, "to": next, "leads": base.leads_into(next) }))
            .collect();
    check("course.json", &json!({ "cases": cases, "pairs": pairs }));
}

#[test]
fn lead() {
    let mut chance = Chance(5);
    let cases: Vec<Value> = (0..60)
        .map(|count| {
            let reports: Vec<(i64, i64)> = (0..count)
                .map(|_| ((chance.next() % 1_500_000) as i64, (chance.next() % 200) as i64))
                .collect();
            json!({ "reports": reports, "lead_ms": start_lead_ms(&reports) })
        })
        .collect();
    check("lead.json", &Value::Array(cases));
}

fn uuid<T: serde::de::DeserializeOwned>() -> T {
    serde_json::from_value(json!("018f3a4e-5b6c-7d8e-9f00-112233445566")).unwrap()
}
