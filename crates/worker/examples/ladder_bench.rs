//! `cargo xtask bench ladder`: processor time of the whole pipeline against one plain ffmpeg run per rendition, and the
//! time from the last byte of an upload to its first segment. Prints one line per figure. Processor time is that of
//! child processes (`getrusage`), so a busy machine changes it little; wall times it does change.
#![allow(clippy::print_stdout, reason = "its output is its answer")]
#![allow(unsafe_code, reason = "getrusage has no safe wrapper in our dependencies")]

#[path = "../tests/support/mod.rs"]
mod support;

use media::clip::ClipKind;
use media::{ObjectRef, Plan, RenditionSet};
use protocol::rest::VersionState;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use store::jobs::NewJob;
use support::{Rig, clip, new_job, plan_of};
use timecode::FrameRate;
use worker::Launcher;

/// Length of the clip, frames at 30 per second: a minute, and 200 MB with grain.
const FRAMES: i64 = 1800;
/// Runs of the pipeline for the time to the first segment.
const STARTS: usize = 5;
/// Jumps ahead of the encoder.
const JUMPS: usize = 10;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == "sandbox-exec") {
        return worker::sandbox::exec_main(arguments);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(bench());
    ExitCode::SUCCESS
}

async fn bench() {
    let rate = FrameRate::new(30, 1).expect("a rate");
    println!("making clips of {} s in 1080p ...", FRAMES / 30);
    let clean = clip(ClipKind::H264Default, rate, FRAMES, (1920, 1080));
    let rig = Rig::with(Launcher::this_binary(false).expect("its own path")).await;
    let camera = with_grain(&clean, rig.folder.path(), "open-gop=0");
    let only = |part: &str| std::env::args().any(|word| word == part);
    if !only("--start-only") && !only("--jump-only") {
        let open = with_grain(&clean, rig.folder.path(), "open-gop=1");
        compare(&rig, "camera-like source, everything encoded", &open).await;
        chunking(&rig, &open).await;
        compare(&rig, "camera-like source, best rendition copied", &camera).await;
        compare(&rig, "clean source, best rendition copied", &clean).await;
    }
    if !only("--jump-only") {
        first_segment(&rig, &camera).await;
    }
    if only("--start-only") {
        return;
    }
    let names = ["everything encoded, MPEG-2", "everything encoded, H.264"];
    let broadcast = clip(ClipKind::Mpeg2Ts, rate, FRAMES, (1920, 1080));
    for (name, source) in
        names.into_iter().zip([&broadcast, &with_grain(&clean, rig.folder.path(), "open-gop=1")])
    {
        jump_ahead(&rig, name, source).await;
    }
}

/// Processor time of the pipeline against plain runs.
async fn compare(rig: &Rig, name: &str, source: &[u8]) {
    let before = children_cpu_s();
    let (worker, _news) = rig.worker(2);
    let version = rig.uploaded(source, "bench.mp4").await;
    let row = rig.until(version, |row| row.state == VersionState::Ready).await;
    worker.stop().await;
    let ours = children_cpu_s() - before;
    let plan = plan_of(&row);

    let file = rig.folder.path().join("bench.mp4");
    std::fs::write(&file, source).expect("written");
    let before = children_cpu_s();
    // What would be encoded if nothing were copied.
    let names = plan.rendition_names();
    let (width, height) = plan.size_of(&names[0]).expect("a rendition of the plan");
    for rendition in &media::ladder::ladder(width, height, plan.rate) {
        plain(&plan, rendition, &file, rig.folder.path());
    }
    ffmpeg(&["-i", text(&file), "-vn", "-c:a", "aac", "-b:a", "128k", "-f", "mp4"], rig.folder.path());
    let theirs = children_cpu_s() - before;
    let megabits = source.len() as f64 * 8e-6 * 30.0 / FRAMES as f64;
    println!(
        "ladder CPU, {name} ({megabits:.1} Mb/s): {ours:.1} s for probe, {} renditions, sound, storyboard and poster; \
         {theirs:.1} s for one plain ffmpeg run per rendition and sound; ratio {:.2}",
        names.len(),
        ours / theirs
    );
}

/// What chunks cost beside one run of the same filters and encoders over the whole.
async fn chunking(rig: &Rig, source: &[u8]) {
    let (worker, _news) = rig.worker(1);
    let version = rig.uploaded(source, "chunks.mp4").await;
    let plan = plan_of(&rig.until(version, |row| row.plan.is_some()).await);
    rig.store.jobs.cancel_version(version).await.expect("cancelled");
    worker.stop().await;
    let (file, folder) = (rig.folder.path().join("bench.mp4"), rig.folder.path().join("chunks"));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(&file, source).expect("written");
    let mut whole = plan.clone();
    whole.chunk_starts = vec![0];
    whole.windows = vec![media::plan::ChunkWindow { to: None, ..plan.windows[0] }];
    let spent = |plan: &Plan| {
        let (before, mut bytes) = (children_cpu_s(), 0);
        for chunk in 0..plan.chunks() {
            let args = media::chunk_args(plan, chunk, RenditionSet::All, media::Input::File(&file), &folder);
            let done =
                Command::new("ffmpeg").args(args).stdout(Stdio::null()).status().expect("ffmpeg starts");
            assert!(done.success());
            for rendition in &plan.renditions {
                let written = std::fs::metadata(folder.join(media::rendition_file(&rendition.name)));
                bytes += written.expect("written").len();
            }
        }
        (children_cpu_s() - before, bytes)
    };
    let (once_s, once_bytes) = spent(&whole);
    let (chunks_s, chunks_bytes) = spent(&plan);
    println!(
        "chunking: {chunks_s:.1} s and {:.1} MB in {} chunks, {once_s:.1} s and {:.1} MB in one; ratios {:.2} and {:.3}",
        chunks_bytes as f64 * 1e-6,
        plan.chunks(),
        once_bytes as f64 * 1e-6,
        chunks_s / once_s,
        chunks_bytes as f64 / once_bytes as f64
    );
}

/// Time from an upload's last byte to its first segment, of the lowest or the copied rendition with its sound.
async fn first_segment(rig: &Rig, source: &[u8]) {
    let mut waits = Vec::new();
    for _ in 0..STARTS {
        let (worker, _news) = rig.worker(2);
        // Ends when the upload is complete in the store; its bytes were synced as they came.
        let version = rig.uploaded(source, "start.mp4").await;
        let began = Instant::now();
        let plan = plan_of(&rig.until(version, |row| row.plan.is_some()).await);
        let head =
            if plan.copy.is_some() { plan.copy_objects(0) } else { plan.chunk_objects(0, RenditionSet::Low) };
        for object in head.iter().chain(&plan.audio_objects(0, 0)) {
            rig.until_object(&plan.key(version, object)).await;
        }
        waits.push(began.elapsed().as_secs_f64());
        worker.stop().await;
        rig.store.jobs.cancel_version(version).await.expect("cancelled");
    }
    print_waits("last byte to first segment, 1080p", waits);
}

fn print_waits(what: &str, mut waits: Vec<f64>) {
    waits.sort_by(f64::total_cmp);
    let count = waits.len();
    println!("{what}: {:.2} s median, {:.2} s worst of {count}", waits[count / 2], waits[count - 1]);
}

/// Time from the request for a segment that nobody has come near to its being there, while the rest is encoded.
async fn jump_ahead(rig: &Rig, name: &str, source: &[u8]) {
    let mut waits = Vec::new();
    for jump in 0..JUMPS {
        let (worker, _news) = rig.worker(2);
        let version = rig.uploaded(source, "jump.mp4").await;
        let plan = plan_of(&rig.until(version, |row| row.state == VersionState::Playable).await);
        // Every place within a chunk, in the last two chunks.
        let segment = plan.segments() - 1 - (jump * 7 % 10) as u32;
        let (chunk, began) = (plan.chunk_of(segment), Instant::now());
        for (job, priority) in plan.watched(segment) {
            let row = NewJob { priority, ..new_job(&job, version) };
            rig.store.jobs.enqueue(vec![row]).await.expect("enqueued");
            rig.store.jobs.raise(version, &job.key(), priority).await.expect("raised");
        }
        rig.wake.ring_watched();
        let wanted = ObjectRef::Segment { rendition: plan.lowest().name.clone(), index: segment };
        rig.until_object(&plan.key(version, &wanted)).await;
        let picture_s = began.elapsed().as_secs_f64();
        let audio = plan.audio.as_ref().expect("it has sound");
        let sound = audio.segment_at_us(plan.micros_of(plan.segment_range(segment).start));
        rig.until_object(&plan.key(version, &ObjectRef::AudioSegment { track: 0, index: sound })).await;
        let both_s = began.elapsed().as_secs_f64();
        println!(
            "  jump to segment {segment} of chunk {chunk}: picture {picture_s:.2} s, with sound {both_s:.2} s"
        );
        waits.push(both_s);
        worker.stop().await;
        rig.store.jobs.cancel_version(version).await.expect("cancelled");
    }
    print_waits(&format!("jump ahead of the encoder, 1080p, {name}"), waits);
}

/// The same pictures with the grain and the bit rate of a camera.
fn with_grain(clean: &[u8], folder: &Path, groups: &str) -> Vec<u8> {
    let (from, to) = (folder.join("clean.mp4"), folder.join("plain.mp4"));
    std::fs::write(&from, clean).expect("written");
    let args = [
        "-i",
        text(&from),
        "-vf",
        "noise=alls=10:allf=t",
        "-c:v",
        "libx264",
        "-preset",
        "superfast",
        "-b:v",
        "27M",
        "-maxrate",
        "30M",
        "-bufsize",
        "30M",
        "-x264-params",
        groups,
        "-g",
        "60",
        "-c:a",
        "copy",
        "-f",
        "mp4",
    ];
    ffmpeg(&args, folder);
    std::fs::read(to).expect("the clip")
}

/// What everybody does: one run per rendition, straight from the source, same encoder settings and threads.
fn plain(plan: &Plan, rendition: &media::Rendition, source: &Path, folder: &Path) {
    let scale = format!("scale={}:{}:flags=bicubic", rendition.width, rendition.height);
    let (crf, bits) = (rendition.crf.to_string(), rendition.bits_max.to_string());
    let (gop, threads) = (plan.segment_frames.to_string(), plan.threads.to_string());
    let args = [
        "-threads",
        &threads,
        "-i",
        text(source),
        "-an",
        "-vf",
        &scale,
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-profile:v",
        "high",
        "-threads",
        &threads,
        "-g",
        &gop,
        "-keyint_min",
        &gop,
        "-sc_threshold",
        "0",
        "-crf",
        &crf,
        "-maxrate",
        &bits,
        "-bufsize",
        &bits,
        "-pix_fmt",
        "yuv420p",
        "-f",
        "mp4",
    ];
    ffmpeg(&args, folder);
}

fn ffmpeg(args: &[&str], folder: &Path) {
    let done = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(args)
        .arg(folder.join("plain.mp4"))
        .stdout(Stdio::null())
        .status()
        .expect("ffmpeg starts");
    assert!(done.success());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

/// Processor time of all ended children, seconds.
fn children_cpu_s() -> f64 {
    // SAFETY: an all-zero rusage is a valid value, and the kernel fills the one it is given.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
