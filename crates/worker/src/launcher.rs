//! Starts ffmpeg and ffprobe in their cage: bounded output, progress, cancel by drop; [`crate::run_watch`] watches them.
//! Called by the jobs. Nothing else in this workspace starts a process on media.

use crate::memory_group::{MemoryGroup, MemoryGroups};
use crate::run_watch::{Beat, MEMORY_BYTES_MAX, RunWatch, STALL, THREADS_MAX};
use crate::sandbox::enter::{EXIT_CAGE, EXIT_START};
use crate::sandbox::{Cage, Level, LevelName, Means};
use crate::spawner;
use media::MediaRefusal;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::process::Child;
use tokio::sync::mpsc;

/// What is kept of a program's complaints, bytes (the end of them).
const STDERR_BYTES_MAX: usize = 16 * 1024;
/// Longest line of output, bytes; our lines have fewer than 200.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Starts caged programs.
#[derive(Clone, Debug)]
pub struct Launcher {
    program: PathBuf,
    prefix: Vec<OsString>,
    relaxed: bool,
    ceiling: LevelName,
    memory_bytes_max: u64,
    /// Where groups that bound memory are made, or why none are.
    groups: Result<MemoryGroups, String>,
}

/// What to do with the standard output.
pub enum Output<'a> {
    /// Keep all of it, up to a bound.
    Capture {
        /// Bound, bytes.
        bytes_max: usize,
    },
    /// Hand over each line; a refusal ends the run.
    Lines(&'a mut (dyn FnMut(&str) -> Result<(), MediaRefusal> + Send)),
    /// ffmpeg's `-progress`: frames written so far.
    Progress(&'a mut (dyn FnMut(i64) + Send)),
}

/// One run.
pub struct Run<'a> {
    /// Absolute path of the program.
    pub program: &'a Path,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its cage.
    pub cage: Cage,
    /// Longest time, wall clock.
    pub wall: Duration,
    /// What is done with its output.
    pub output: Output<'a>,
    /// Pieces for its standard input; none gives it an empty one.
    pub input: Option<mpsc::Receiver<Vec<u8>>>,
}

/// Why a run gave no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The cage could not be built here.
    #[error("the sandbox cannot be had: {0}")]
    Cage(String),
    /// The program is not there or cannot be executed.
    #[error("cannot be started: {0}")]
    Start(String),
    /// No progress.
    #[error("made no progress for {} seconds", STALL.as_secs())]
    Stalled,
    /// Over its time or processor time.
    #[error("took too long")]
    TooLong,
    /// More output than any real file gives.
    #[error("wrote too much")]
    TooMuchOutput,
    /// Over its memory.
    #[error("needed more memory than the {} MiB that one run may have", bytes_max / (1024 * 1024))]
    TooMuchMemory {
        /// The bound, bytes.
        bytes_max: u64,
    },
    /// Over its threads.
    #[error("started more than {THREADS_MAX} threads")]
    TooManyThreads,
    /// More in its folder than any real run writes.
    #[error("filled its folder")]
    TooMuchWritten,
    /// Ended with an error.
    #[error("{}: {stderr}", .signal.map_or_else(|| "ended with an error".to_owned(), |signal| format!("ended by signal {signal}")))]
    Failed {
        /// Signal that ended it.
        signal: Option<i32>,
        /// The end of what it said.
        stderr: String,
    },
    /// What it wrote is refused.
    #[error(transparent)]
    Refused(#[from] MediaRefusal),
    /// The system failed.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// What a successful run left.
#[derive(Debug, Default)]
pub struct Finished {
    /// Captured output.
    pub stdout: Vec<u8>,
    /// The end of what it complained about on the way.
    pub stderr: String,
    /// Highest resident memory that was seen, bytes.
    pub peak_bytes: u64,
}

impl Launcher {
    /// A launcher that starts `program` with `prefix` before the cage's arguments: `genlock sandbox-exec`.
    #[must_use]
    pub fn new(program: PathBuf, prefix: Vec<OsString>, relaxed: bool) -> Launcher {
        let groups = Err("not asked for".to_owned());
        let memory_bytes_max = MEMORY_BYTES_MAX;
        Launcher { program, prefix, relaxed, ceiling: LevelName::Full, memory_bytes_max, groups }
    }

    /// Does not try layers above a level; for finding out how the lower ones hold.
    #[must_use]
    pub fn at_most(self, ceiling: LevelName) -> Launcher {
        Launcher { ceiling, ..self }
    }

    /// Another bound of resident memory than [`MEMORY_BYTES_MAX`], bytes.
    #[must_use]
    pub fn with_memory(self, memory_bytes_max: u64) -> Launcher {
        Launcher { memory_bytes_max, ..self }
    }

    /// Bounds memory by control groups where this process may make them. Moves this process into a group below its own.
    #[must_use]
    pub fn with_memory_groups(self) -> Launcher {
        Launcher { groups: MemoryGroups::find(), ..self }
    }

    /// The running binary itself with `sandbox-exec`.
    ///
    /// # Errors
    /// When the system does not tell its path.
    pub fn this_binary(relaxed: bool) -> std::io::Result<Launcher> {
        Ok(Launcher::new(std::env::current_exe()?, vec!["sandbox-exec".into()], relaxed).with_memory_groups())
    }

    /// Whether missing layers of the sandbox are accepted.
    #[must_use]
    pub fn relaxed(&self) -> bool {
        self.relaxed
    }

    /// Tries the cage in `folder` and tells which layers took hold.
    ///
    /// # Errors
    /// When the child could not be started or answered something else.
    pub async fn level(&self, folder: &Path) -> Result<Level, RunError> {
        let cage = Cage {
            read: Vec::new(),
            write: folder.to_owned(),
            cpu_s: 10,
            file_bytes: 0,
            urgency: crate::sandbox::Urgency::Now,
            relaxed: true,
        };
        let (means, _group, refused) = self.means();
        let child = self.spawn(&cage, &means, &[], false).await?;
        let answer = child.wait_with_output().await?;
        let mut level: Level = serde_json::from_slice(&answer.stdout)
            .map_err(|_| RunError::Cage(String::from_utf8_lossy(&answer.stderr).trim().to_owned()))?;
        level.memory_group_refused = refused.or(level.memory_group_refused);
        Ok(level)
    }

    /// How far the next child goes, its group, and why it has none.
    fn means(&self) -> (Means, Option<MemoryGroup>, Option<String>) {
        let group = match &self.groups {
            Ok(groups) if self.ceiling >= LevelName::Full => groups
                .add(self.memory_bytes_max, THREADS_MAX)
                .map_err(|error| format!("making a control group: {error}")),
            Ok(_) => Err("not asked for".to_owned()),
            Err(reason) => Err(reason.clone()),
        };
        let (group, refused) = match group {
            Ok(group) => (Some(group), None),
            Err(reason) => (None, Some(reason)),
        };
        let memory_group = group.as_ref().map(|group| group.folder().to_owned());
        (Means { ceiling: self.ceiling, memory_group }, group, refused)
    }

    /// Runs a program in its cage to its end. Dropping the future kills it.
    ///
    /// # Errors
    /// [`RunError`] says what went wrong.
    pub async fn run(&self, run: Run<'_>) -> Result<Finished, RunError> {
        let Run { program, args, mut cage, wall, output, input } = run;
        cage.relaxed = self.relaxed;
        let mut argv = vec![OsString::from(program)];
        argv.extend(args);
        let (means, group, _) = self.means();
        let mut child = self.spawn(&cage, &means, &argv, input.is_some()).await?;
        let stdout = child.stdout.take().expect("piped by spawn");
        let stderr = child.stderr.take().expect("piped by spawn");
        let stdin = child.stdin.take();
        let mut watch = RunWatch::new(child.id(), &cage.write, self.memory_bytes_max);
        let beat = Beat::new();
        let work = async {
            let read = read_output(stdout, output, &beat);
            let feed = feed(stdin, input, &beat);
            let (outcome, complaints, _fed) = tokio::join!(read, read_tail(stderr), feed);
            (outcome, complaints)
        };
        let ((outcome, complaints), ended) = tokio::select! {
            outcome = work => (outcome, None),
            reason = watch.until_bad(wall, &beat) => ((Ok(Vec::new()), Vec::new()), Some(reason)),
        };
        if ended.is_some() || outcome.is_err() {
            let _ = child.start_kill();
        }
        let status = child.wait().await?;
        if let Some(reason) = ended {
            return Err(reason);
        }
        if group.is_some_and(|group| group.was_exhausted()) {
            return Err(RunError::TooMuchMemory { bytes_max: self.memory_bytes_max });
        }
        let stderr = String::from_utf8_lossy(&complaints).trim().to_owned();
        let stdout = outcome?;
        judge(status, &stderr)?;
        Ok(Finished { stdout, stderr, peak_bytes: watch.peak_bytes })
    }

    async fn spawn(
        &self,
        cage: &Cage,
        means: &Means,
        argv: &[OsString],
        with_input: bool,
    ) -> Result<Child, RunError> {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.prefix)
            .args(cage.to_args(std::process::id(), means, argv))
            .env_clear()
            .stdin(if with_input { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        spawner::spawn(command).await.map_err(|error| RunError::Start(error.to_string()))
    }
}

fn judge(status: ExitStatus, stderr: &str) -> Result<(), RunError> {
    if status.success() {
        return Ok(());
    }
    match (status.code(), status.signal()) {
        (Some(code), _) if code == i32::from(EXIT_CAGE) => Err(RunError::Cage(stderr.to_owned())),
        (Some(code), _) if code == i32::from(EXIT_START) => Err(RunError::Start(stderr.to_owned())),
        (_, Some(libc::SIGXCPU)) => Err(RunError::TooLong),
        // Hard and soft limits of processor time are the same, so the kernel kills at once.
        (_, Some(libc::SIGKILL)) => Err(RunError::TooLong),
        (_, signal) => Err(RunError::Failed { signal, stderr: stderr.to_owned() }),
    }
}

async fn read_output(
    stdout: impl AsyncRead + Unpin,
    output: Output<'_>,
    beat: &Beat,
) -> Result<Vec<u8>, RunError> {
    let mut reader = BufReader::new(stdout);
    match output {
        Output::Capture { bytes_max } => {
            let mut bytes = Vec::new();
            let mut bounded = reader.take(bytes_max as u64 + 1);
            while bounded.read_buf(&mut bytes).await? > 0 {
                beat.now();
            }
            if bytes.len() > bytes_max { Err(RunError::TooMuchOutput) } else { Ok(bytes) }
        }
        Output::Lines(take) => {
            let mut line = Vec::new();
            while next_line(&mut reader, &mut line).await? {
                beat.now();
                take(&String::from_utf8_lossy(&line))?;
            }
            Ok(Vec::new())
        }
        Output::Progress(tell) => {
            let mut line = Vec::new();
            let mut last = (-1_i64, String::new());
            while next_line(&mut reader, &mut line).await? {
                let text = String::from_utf8_lossy(&line);
                match text.split_once('=') {
                    Some(("frame", count)) => {
                        let frame = count.trim().parse().unwrap_or(0);
                        if frame != last.0 {
                            last.0 = frame;
                            beat.now();
                            tell(frame);
                        }
                    }
                    Some(("out_time" | "total_size", value)) if value != last.1 => {
                        value.clone_into(&mut last.1);
                        beat.now();
                    }
                    _ => {}
                }
            }
            Ok(Vec::new())
        }
    }
}

/// Reads one line without its end; false at the end of the stream.
async fn next_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> Result<bool, RunError> {
    line.clear();
    let count = (&mut *reader).take(LINE_BYTES_MAX).read_until(b'\n', line).await?;
    if count as u64 == LINE_BYTES_MAX {
        return Err(RunError::TooMuchOutput);
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(count > 0)
}

/// The end of a stream, all of it read so that the writer never waits.
async fn read_tail(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut tail = Vec::new();
    let mut piece = [0_u8; 4096];
    while let Ok(count) = stream.read(&mut piece).await {
        if count == 0 {
            break;
        }
        tail.extend_from_slice(&piece[..count]);
        if tail.len() > 2 * STDERR_BYTES_MAX {
            tail.drain(..tail.len() - STDERR_BYTES_MAX);
        }
    }
    if tail.len() > STDERR_BYTES_MAX {
        tail.drain(..tail.len() - STDERR_BYTES_MAX);
    }
    tail
}

/// Writes pieces as they come. A program that has closed its input is judged by how it ends, not here.
async fn feed(
    stdin: Option<tokio::process::ChildStdin>,
    pieces: Option<mpsc::Receiver<Vec<u8>>>,
    beat: &Beat,
) {
    let (Some(mut stdin), Some(mut pieces)) = (stdin, pieces) else { return };
    while let Some(piece) = pieces.recv().await {
        if stdin.write_all(&piece).await.is_err() {
            return;
        }
        beat.now();
    }
    let _ = stdin.shutdown().await;
}
