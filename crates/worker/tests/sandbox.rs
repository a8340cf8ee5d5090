//! Law 13: a run in the cage ends when it should. Limits, bombs, death with the parent, the watch; the ways out are in
//! `escape.rs`.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{example, launcher};
use worker::launcher::{Output, Run, RunError};
use worker::run_watch::{FOLDER_BYTES_MAX, MEMORY_BYTES_MAX};
use worker::sandbox::{Cage, Urgency};

fn cage(read: &[&Path], write: &Path) -> Cage {
    Cage {
        read: read.iter().map(|path| path.to_path_buf()).collect(),
        write: write.to_owned(),
        cpu_s: 20,
        file_bytes: 8 * 1024 * 1024,
        urgency: Urgency::Background,
        relaxed: false,
    }
}

fn run<'a>(program: &'a Path, args: &[&str], cage: Cage) -> Run<'a> {
    Run {
        program,
        args: args.iter().map(OsString::from).collect(),
        cage,
        wall: Duration::from_secs(60),
        output: Output::Capture { bytes_max: 64 * 1024 },
        input: None,
    }
}

/// Whether an ffmpeg with this among its arguments runs.
fn is_running(mark: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line);
            line.contains("ffmpeg\0") && line.contains(mark) && !line.starts_with("sh\0")
        })
    })
}

/// Takes all it can of one thing; how the launcher ended it, and what was left in its folder, bytes.
async fn bomb(kind: &str) -> (RunError, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mut cage = cage(&[], folder.path());
    cage.file_bytes = 128 * 1024 * 1024;
    // It is to take its fill also where others keep the machine busy.
    (cage.urgency, cage.cpu_s) = (Urgency::Now, 300);
    let probe = example("sandbox_probe");
    let mut run = run(&probe, &[kind], cage);
    run.wall = Duration::from_secs(600);
    let outcome = launcher().run(run).await;
    let left = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().blocks() * 512);
    (outcome.unwrap_err(), left.sum())
}

#[tokio::test]
async fn law_10_memory_is_bounded_and_the_error_says_so() {
    let (error, _) = bomb("bomb-memory").await;
    assert!(matches!(error, RunError::TooMuchMemory { bytes_max: MEMORY_BYTES_MAX }), "{error}");
    assert!(error.to_string().contains("1024 MiB"), "{error}");
}

#[tokio::test]
async fn law_10_threads_are_bounded() {
    let (error, _) = bomb("bomb-threads").await;
    assert!(matches!(error, RunError::TooManyThreads), "{error}");
}

#[tokio::test]
async fn law_10_room_on_the_disk_is_bounded() {
    let (error, _) = bomb("bomb-files").await;
    assert!(matches!(error, RunError::TooMuchWritten), "{error}");
    let (error, left) = bomb("bomb-disk").await;
    assert!(matches!(error, RunError::TooMuchWritten), "{error}");
    assert!(left < 2 * FOLDER_BYTES_MAX, "{left} bytes");
}

#[tokio::test]
async fn processor_time_and_wall_time_end_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = Path::new("/usr/bin/ffmpeg").canonicalize().unwrap();
    let endless = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360", "-f", "null", "-"];
    let mut short = cage(&[], folder.path());
    short.cpu_s = 1;
    let outcome = launcher().run(run(&ffmpeg, &endless, short)).await;
    assert!(matches!(outcome, Err(RunError::TooLong)), "{outcome:?}");
    let mut soon = run(&ffmpeg, &endless, cage(&[], folder.path()));
    soon.wall = Duration::from_millis(500);
    let outcome = launcher().run(soon).await;
    assert!(matches!(outcome, Err(RunError::TooLong)), "{outcome:?}");
}

#[tokio::test]
async fn a_dropped_run_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = Path::new("/usr/bin/ffmpeg").canonicalize().unwrap();
    let mark = format!("comment={}", folder.path().display());
    let endless =
        ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-metadata", &mark, "-f", "null", "-"];
    let running = || is_running(&mark);
    let launcher = launcher();
    let mut task = Box::pin(launcher.run(run(&ffmpeg, &endless, cage(&[], folder.path()))));
    let began = Instant::now();
    while !running() {
        assert!(began.elapsed() < Duration::from_secs(30), "it never started");
        let _ = tokio::time::timeout(Duration::from_millis(20), &mut task).await;
    }
    drop(task);
    while running() {
        assert!(began.elapsed() < Duration::from_secs(60), "it goes on without anybody");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn output_without_end_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = Path::new("/usr/bin/ffmpeg").canonicalize().unwrap();
    let loud = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360", "-f", "rawvideo", "-"];
    let outcome = launcher().run(run(&ffmpeg, &loud, cage(&[], folder.path()))).await;
    assert!(matches!(outcome, Err(RunError::TooMuchOutput)), "{outcome:?}");
}

#[tokio::test]
async fn ffmpeg_dies_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let mark = format!("comment={}", folder.path().display());
    // A shell in the server's place; killed without a chance to tidy up.
    let script = format!(
        "{exec} --parent $$ --write {folder} --cpu-s 60 --file-bytes 1000 -- $(readlink -f /usr/bin/ffmpeg) -nostdin -v error \
         -f lavfi -i testsrc2=s=64x64 -metadata {mark} -f null - & echo started; wait",
        exec = example("sandbox_exec").display(),
        folder = folder.path().display(),
    );
    let mut parent = std::process::Command::new("sh").args(["-c", &script]).spawn().unwrap();
    let began = Instant::now();
    while !is_running(&mark) {
        assert!(began.elapsed() < Duration::from_secs(30), "it never started");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    parent.kill().unwrap();
    parent.wait().unwrap();
    while is_running(&mark) {
        assert!(began.elapsed() < Duration::from_secs(60), "it outlives its parent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
