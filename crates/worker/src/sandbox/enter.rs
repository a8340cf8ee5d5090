//! The child's side of the cage: `genlock sandbox-exec ...` ends up here, locks itself in and becomes the program.
//! Runs in a fresh process with one thread and no runtime. Never returns to the caller's code after a success, except
//! where it stays outside the namespaces of a child and ends as that ended.

use super::cage::{ADDRESS_BYTES_MAX, Cage, OPEN_FILES_MAX, Request, Urgency};
use super::level::{Level, LevelName};
use super::namespaces::{self, Entered};
use super::{files, privileges, syscalls};
use rustix::process::{Resource, Rlimit, Signal};
use std::ffi::OsString;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Exit code when the cage could not be built (the program did not run).
pub const EXIT_CAGE: u8 = 125;
/// Exit code when the program could not be started within it.
pub const EXIT_START: u8 = 126;

/// Locks this process in as `args` say (see [`Cage::to_args`]) and becomes the program named after `--`. Without a
/// program it writes the [`Level`] it reached as JSON to the standard output.
#[must_use]
pub fn exec_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let request = match Request::parse(args) {
        Ok(request) => request,
        Err(reason) => return give_up(EXIT_CAGE, &reason),
    };
    match come_in(&request) {
        Ok(Place { level, alive }) => become_program(&request, level, alive),
        Err(Ending::Over(code)) => code,
        Err(Ending::Failed(reason)) => give_up(EXIT_CAGE, &reason),
    }
}

/// Where this process stands before it locks itself in.
struct Place {
    level: Level,
    /// Breaks when the process outside ends.
    alive: Option<OwnedFd>,
}

enum Ending {
    /// The program has run in a child and ended.
    Over(ExitCode),
    Failed(String),
}

impl From<String> for Ending {
    fn from(reason: String) -> Ending {
        Ending::Failed(reason)
    }
}

/// What must come before the walls: death with the parent, the control group, namespaces.
fn come_in(request: &Request) -> Result<Place, Ending> {
    let (cage, ceiling) = (&request.cage, request.means.ceiling);
    die_with(Some(request.parent))?;
    let mut level = Level::default();
    match &request.means.memory_group {
        Some(group) if ceiling >= LevelName::Full => {
            // "0" is the writer itself.
            match std::fs::write(group.join("cgroup.procs"), "0") {
                Ok(()) => level.memory_group = true,
                Err(error) => level.memory_group_refused = Some(format!("entering the group: {error}")),
            }
        }
        _ => {}
    }
    // Fails only if it leads its session already.
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    schedule(cage.urgency);
    if ceiling < LevelName::Separate {
        level.namespaces_refused = Some("not asked for".to_owned());
        return Ok(Place { level, alive: None });
    }
    match namespaces::enter(cage, request.argv.first().map(Path::new)) {
        Entered::Inside(alive) => {
            level.namespaces = true;
            Ok(Place { level, alive: Some(alive) })
        }
        Entered::Over(code) => Err(Ending::Over(code)),
        Entered::Refused(reason) => {
            level.namespaces_refused = Some(reason);
            Ok(Place { level, alive: None })
        }
    }
}

fn become_program(request: &Request, level: Level, alive: Option<OwnedFd>) -> ExitCode {
    let level = match lock_in(request, level, alive.as_ref()) {
        Ok(level) => level,
        Err(reason) => return give_up(EXIT_CAGE, &reason),
    };
    let Some((program, rest)) = request.argv.split_first() else {
        let report = serde_json::to_string(&level).expect("truth values and words are JSON");
        return match writeln!(std::io::stdout(), "{report}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(EXIT_START),
        };
    };
    if !level.is_floor() && !request.cage.relaxed {
        return give_up(EXIT_CAGE, &format!("missing here: {}", level.missing().join(", ")));
    }
    let error = Command::new(program).args(rest).env_clear().exec();
    give_up(EXIT_START, &format!("{}: {error}", Path::new(program).display()))
}

fn give_up(code: u8, reason: &str) -> ExitCode {
    // The launcher tells this line from ffmpeg's own words by the exit code.
    let _ = writeln!(std::io::stderr(), "sandbox: {reason}");
    ExitCode::from(code)
}

fn lock_in(request: &Request, mut level: Level, alive: Option<&OwnedFd>) -> Result<Level, String> {
    let (cage, ceiling) = (&request.cage, request.means.ceiling);
    if let Some(alive) = alive {
        die_with(None)?;
        if namespaces::is_broken(alive) {
            return Err("the process outside is gone".to_owned());
        }
    }
    std::env::set_current_dir(&cage.write).map_err(|error| format!("the job folder: {error}"))?;
    limit(cage)?;
    if ceiling >= LevelName::Floor {
        level.no_capabilities = privileges::give_up_capabilities();
        level.no_new_privs = privileges::forbid_new();
        reachable(cage)?;
        let walls = files::restrict(cage, request.argv.first().map(Path::new), ceiling >= LevelName::Walled)
            .unwrap_or_default();
        (level.landlock, level.landlock_net, level.landlock_scope) = (walls.files, walls.net, walls.scope);
        let own = rustix::process::getpid().as_raw_nonzero().get();
        let filters =
            syscalls::filters(own).map_err(|error| format!("the filter of system calls: {error}"))?;
        level.seccomp = filters.iter().all(|filter| seccompiler::apply_filter(filter).is_ok());
    }
    Ok(level)
}

/// Root without its special rights may not reach what belongs to somebody else: better said here than by ffmpeg.
fn reachable(cage: &Cage) -> Result<(), String> {
    use rustix::fs::{Access, access};
    let wanted = cage.read.iter().map(|path| (path, Access::READ_OK));
    for (path, how) in wanted.chain([(&cage.write, Access::WRITE_OK)]) {
        if access(path, how) == Err(rustix::io::Errno::ACCESS) {
            return Err(format!(
                "{} cannot be reached without special rights; give the data folder to the account that runs the server",
                path.display()
            ));
        }
    }
    Ok(())
}

/// Dies with the parent, also if it died before this was said. The parent of a process that is the first of its
/// namespace cannot be asked for; a pipe tells instead.
fn die_with(parent: Option<i32>) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("dying with the parent: {error}"))?;
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent.is_none() || now == parent { Ok(()) } else { Err("the parent is gone".to_owned()) }
}

fn limit(cage: &Cage) -> Result<(), String> {
    let bounds = [
        (Resource::Cpu, cage.cpu_s),
        (Resource::Fsize, cage.file_bytes),
        (Resource::Nofile, OPEN_FILES_MAX),
        (Resource::Core, 0),
        (Resource::As, ADDRESS_BYTES_MAX),
    ];
    for (resource, bound) in bounds {
        let limit = Rlimit { current: Some(bound), maximum: Some(bound) };
        rustix::process::setrlimit(resource, limit)
            .map_err(|error| format!("limit {resource:?}: {error}"))?;
    }
    Ok(())
}

/// Niceness of what is needed in a moment: a quarter of a processor that somebody else keeps busy.
const SOON_NICE: i32 = 5;
/// Niceness of what nobody waits for yet: a tenth of a processor that somebody else keeps busy. The idle class would get
/// nothing at all there, and what is begun in it stays in it when somebody starts to watch: only root can lift it.
const BACKGROUND_NICE: i32 = 10;

fn schedule(urgency: Urgency) {
    let nice = match urgency {
        Urgency::Now => return,
        Urgency::Soon => SOON_NICE,
        Urgency::Background => BACKGROUND_NICE,
    };
    // May be refused in some containers; encoding then merely competes.
    let _ = rustix::process::setpriority_process(None, nice);
}
