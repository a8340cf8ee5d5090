//! Law 13: hostile and broken files through the real pipeline (probe, plan, first chunk) in the real cage. Each gets a
//! refusal with a number and words, or a sane plan whose first chunk plays.
//!
//! The long form (`GENLOCK_LONG=1`, `cargo xtask test --long`) runs every child under strace and reads what it asked the
//! kernel for. `GENLOCK_HOSTILE=text` judges only files with the text in their name.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]
#![allow(clippy::print_stdout, reason = "the figures are what it is for")]
#![allow(unsafe_code, reason = "getrusage has no safe wrapper in our dependencies")]

mod corpus;
mod support;
mod trace;

use corpus::{BAIT, Clips, Expect, Hostile, Sounds, corpus};
use media::clip::ClipKind;
use protocol::Code;
use protocol::rest::VersionState;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Rig, clip, example, launcher, plan_of, sound};
use timecode::FrameRate;
use worker::Launcher;
use worker::run_watch::MEMORY_BYTES_MAX;

/// Processor time of all children until the verdict, seconds. Wall time is printed: a busy machine decides it too.
const CPU_S_MAX: f64 = 10.0;
/// Longest that the test waits for one verdict.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came of one file.
struct Verdict {
    name: String,
    /// Its code and words, or none for a plan.
    refusal: Option<(u16, String)>,
    wall: Duration,
    cpu_s: f64,
}

/// Processor time, seconds, and largest resident size, bytes, of all children that have ended.
fn children() -> (f64, u64) {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to room for one value, which the call fills; all zeros are a value too.
    let usage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()), 0);
        usage.assume_init()
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss.unsigned_abs() * 1024)
}

fn clips() -> Clips {
    let rate = FrameRate::new(25, 1).unwrap();
    ClipKind::CODECS.into_iter().map(|kind| (kind.name(), (kind, clip(kind, rate, 30, (160, 90))))).collect()
}

fn sounds() -> Sounds {
    [
        ("mp3", "-c:a libmp3lame", Some("png")),
        ("m4a", "-c:a aac", Some("mjpeg")),
        ("wav", "-c:a pcm_s16le", None),
        ("flac", "-c:a flac", None),
        ("opus", "-c:a libopus", None),
        ("ogg", "-c:a libvorbis", None),
    ]
    .map(|(ending, options, cover)| (ending, sound("1.2", ending, options, cover)))
    .into()
}

async fn judge(rig: &Rig, file: &Hostile) -> Verdict {
    let (began, (cpu_before, _)) = (Instant::now(), children());
    let version = rig.uploaded(&file.bytes, &file.name).await;
    let row = loop {
        let row = rig.version(version).await;
        if matches!(row.state, VersionState::Failed | VersionState::Playable | VersionState::Ready) {
            break row;
        }
        assert!(began.elapsed() < PATIENCE, "{}: no verdict, still {:?}", file.name, row.state);
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let wall = began.elapsed();
    if row.state != VersionState::Failed {
        let plan = plan_of(&row);
        let sane = plan.frames > 0
            && (1..=4).contains(&plan.renditions.len())
            && plan.renditions.iter().all(|one| one.width <= 3840 && one.height <= 3840);
        assert!(sane, "{}: {} frames, {:?}", file.name, plan.frames, plan.renditions);
        rig.store.jobs.cancel_version(version).await.unwrap();
    }
    Verdict { name: file.name.clone(), refusal: row.failure, wall, cpu_s: children().0 - cpu_before }
}

/// What is wrong with a verdict; none is right. Under trace every call of the system costs time of its own, so there the time
/// says nothing: it is held by the plain form.
fn fault(file: &Hostile, verdict: &Verdict, traced: bool) -> Option<String> {
    let name = &file.name;
    if verdict.cpu_s > CPU_S_MAX && !traced {
        return Some(format!("{name}: {:.1} s of processor time", verdict.cpu_s));
    }
    let Some((code, words)) = &verdict.refusal else {
        return (file.expect == Expect::Refused).then(|| format!("{name}: was taken"));
    };
    let known =
        [Code::FileEmpty, Code::FileNotVideo, Code::FileDamaged, Code::MediaTooLarge, Code::EncodingFailed]
            .map(|code| code.number());
    (!known.contains(code) || words.trim().is_empty()).then(|| format!("{name}: {code} {words:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn law_13_hostile_files_get_a_verdict_and_nothing_else() {
    let traced = std::env::var_os("GENLOCK_LONG").is_some();
    let outside = tempfile::tempdir().unwrap();
    let bait = outside.path().join(format!("{BAIT}.ts"));
    std::fs::write(&bait, "nobody reads this").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://127.0.0.1:{}/{BAIT}", listener.local_addr().unwrap().port());
    let mut files = corpus(&clips(), &sounds(), &url, bait.to_str().unwrap());
    let names: BTreeMap<&str, usize> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.len())).collect();
    assert_eq!(names.len(), files.len(), "each has a name of its own");
    assert!(files.len() >= 200, "{}", files.len());

    if let Ok(part) = std::env::var("GENLOCK_HOSTILE") {
        files.retain(|file| file.name.contains(&part));
    }
    let traces = tempfile::tempdir().unwrap();
    let rig = Rig::with(if traced { under_trace(traces.path()) } else { launcher() }).await;
    let (worker, mut news) = rig.worker(2);
    let drain = tokio::spawn(async move { while news.recv().await.is_some() {} });
    let mut verdicts = Vec::new();
    let mut faults = Vec::new();
    for file in &files {
        let verdict = judge(&rig, file).await;
        let words =
            verdict.refusal.as_ref().map_or("a plan", |(_, words)| words.lines().next().unwrap_or_default());
        println!(
            "{:5.1} s, of processor {:4.1} s: {}: {words}",
            verdict.wall.as_secs_f64(),
            verdict.cpu_s,
            file.name
        );
        faults.extend(fault(file, &verdict, traced));
        verdicts.push(verdict);
    }
    worker.stop().await;
    drain.await.unwrap();
    report(&verdicts);
    if traced {
        let allowed =
            [rig.folder.path().join("jobs"), rig.folder.path().join("media"), rig.folder.path().join("try")];
        let found = trace::read(traces.path(), &allowed.map(|path| path.canonicalize().unwrap_or(path)));
        println!("{found}");
        faults.extend(found.faults);
    }
    assert!(listener.accept().is_err(), "somebody has called");
    assert!(children().1 <= MEMORY_BYTES_MAX, "{} bytes", children().1);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn under_trace(folder: &Path) -> Launcher {
    let out = folder.join("t");
    let words =
        ["-D", "-ff", "-qq", "-s", "4096", "-e", "trace=%network,%file", "-o", out.to_str().unwrap(), "--"];
    let prefix =
        words.into_iter().map(Into::into).chain([example("sandbox_exec").into_os_string()]).collect();
    Launcher::new("/usr/bin/strace".into(), prefix, false)
}

fn report(verdicts: &[Verdict]) {
    let mut by_code: BTreeMap<Option<u16>, usize> = BTreeMap::new();
    for verdict in verdicts {
        *by_code.entry(verdict.refusal.as_ref().map(|(code, _)| *code)).or_default() += 1;
    }
    println!("{} files; verdicts by code (none is a plan): {by_code:?}", verdicts.len());
    let mut by_wall: Vec<&Verdict> = verdicts.iter().collect();
    by_wall.sort_by_key(|verdict| std::cmp::Reverse(verdict.wall));
    for verdict in by_wall.iter().take(5) {
        println!(
            "slowest: {:.1} s, of processor {:.1} s: {}",
            verdict.wall.as_secs_f64(),
            verdict.cpu_s,
            verdict.name
        );
    }
    let total: Duration = verdicts.iter().map(|verdict| verdict.wall).sum();
    println!(
        "all verdicts: {:.1} s; largest child: {} MiB",
        total.as_secs_f64(),
        children().1 / (1024 * 1024)
    );
}
