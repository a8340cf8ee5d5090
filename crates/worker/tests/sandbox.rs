//! Law 13: what runs in place of ffmpeg gets nowhere. Escape attempts, limits, death with the parent, the watch.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{example, launcher};
use worker::launcher::{Output, Run, RunError};
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

#[tokio::test]
async fn law_13_every_way_out_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (job, input, secret) =
        (folder.path().join("job"), folder.path().join("input.mp4"), folder.path().join("secret"));
    std::fs::create_dir(&job).unwrap();
    std::fs::write(&input, "a film").unwrap();
    std::fs::write(&secret, "a secret").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let probe = example("sandbox_probe");
    let words = [
        input.to_str().unwrap(),
        folder.path().to_str().unwrap(),
        secret.to_str().unwrap(),
        &port,
        &std::process::id().to_string(),
    ]
    .map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = launcher().run(run(&probe, &words, cage(&[&input], &job))).await.unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let said: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    for works in ["read-input", "write-own", "thread"] {
        assert!(said[works].starts_with("ok"), "{works}: {}", said[works]);
    }
    assert_eq!(said["environment"], "0");
    let closed = [
        "read-secret",
        "read-passwd",
        "list-root",
        "read-parent-environ",
        "read-own-environ",
        "write-outside",
        "write-input",
        "link-out",
        "hard-link-out",
        "climb-out",
        "make-folder",
        "tcp-connect",
        "tcp-listen",
        "udp",
        "unix-connect",
        "unix-listen",
        "fork-exec",
        "signal-parent",
        "ptrace-parent",
        "unshare-user",
        "mount",
        "keyctl",
        "bpf",
        "perf",
        "io-uring",
        "memfd-exec",
        "raise-limit",
    ];
    for attempt in closed {
        // EPERM or EACCES: the wall, not an accident.
        assert!(matches!(said[attempt], "refused 1" | "refused 13"), "{attempt}: {}", said[attempt]);
    }
    assert_eq!(said["many-files"], format!("refused {}", libc::EMFILE));
    assert_eq!(said["fill-disk"], format!("refused {}", libc::EFBIG));
    assert!(!folder.path().join("escaped.txt").exists());
    assert_eq!(std::fs::read_to_string(&input).unwrap(), "a film");
    // Outside the cage the same attempts work, so that the test can fail.
    let free = std::process::Command::new(&probe).args(&words).current_dir(&job).output().unwrap();
    let free = String::from_utf8(free.stdout).unwrap();
    for attempt in
        ["read-secret", "read-passwd", "write-outside", "tcp-connect", "fork-exec", "signal-parent"]
    {
        assert!(free.contains(&format!("{attempt} ok")), "{attempt} is no test here: {free}");
    }
}

#[tokio::test]
async fn the_whole_floor_is_there_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let level = launcher().level(folder.path()).await.unwrap();
    assert!(level.is_floor(), "missing: {:?}", level.missing());
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
