//! The child's side of the cage: `genlock sandbox-exec ...` ends up here, locks itself in and becomes the program.
//! Runs in a fresh process with one thread and no runtime. Never returns to the caller's code after a success.

use super::cage::{Cage, MEMORY_BYTES_MAX, OPEN_FILES_MAX, Request, Urgency};
use super::level::Level;
use super::{files, syscalls};
use rustix::process::{Resource, Rlimit, Signal};
use std::ffi::OsString;
use std::io::Write as _;
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
    let program = request.argv.first().map(Path::new);
    let level = match lock_in(&request, program) {
        Ok(level) => level,
        Err(reason) => return give_up(EXIT_CAGE, &reason),
    };
    let Some((program, rest)) = request.argv.split_first() else {
        let report = serde_json::to_string(&level).expect("five truth values are JSON");
        return match writeln!(std::io::stdout(), "{report}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(EXIT_START),
        };
    };
    if !level.is_floor() && !request.cage.relaxed {
        return give_up(EXIT_CAGE, &format!("missing here: {}", level.missing().join(", ")));
    }
    let error = Command::new(program).args(rest).env_clear().exec();
    give_up(EXIT_START, &format!("{}: {error}", program.display()))
}

fn give_up(code: u8, reason: &str) -> ExitCode {
    // The launcher tells this line from ffmpeg's own words by the exit code.
    let _ = writeln!(std::io::stderr(), "sandbox: {reason}");
    ExitCode::from(code)
}

fn lock_in(request: &Request, program: Option<&Path>) -> Result<Level, String> {
    let cage = &request.cage;
    die_with(request.parent)?;
    // Fails only if it leads its session already.
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    std::env::set_current_dir(&cage.write).map_err(|error| format!("the job folder: {error}"))?;
    schedule(cage.urgency);
    limit(cage)?;
    let no_new_privs = forbid_new_privileges();
    let walls =
        files::restrict(cage, program).unwrap_or(files::Walls { files: false, net: false, scope: false });
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let filters = syscalls::filters(own).map_err(|error| format!("the filter of system calls: {error}"))?;
    let seccomp = filters.iter().all(|filter| seccompiler::apply_filter(filter).is_ok());
    Ok(Level {
        no_new_privs,
        seccomp,
        landlock: walls.files,
        landlock_net: walls.net,
        landlock_scope: walls.scope,
    })
}

/// Dies with the parent, also if it died before this was said.
fn die_with(parent: i32) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("dying with the parent: {error}"))?;
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if now == Some(parent) { Ok(()) } else { Err("the parent is gone".to_owned()) }
}

fn limit(cage: &Cage) -> Result<(), String> {
    let bounds = [
        (Resource::Cpu, cage.cpu_s),
        (Resource::Fsize, cage.file_bytes),
        (Resource::Nofile, OPEN_FILES_MAX),
        (Resource::Core, 0),
        (Resource::As, MEMORY_BYTES_MAX),
    ];
    for (resource, bound) in bounds {
        let limit = Rlimit { current: Some(bound), maximum: Some(bound) };
        rustix::process::setrlimit(resource, limit)
            .map_err(|error| format!("limit {resource:?}: {error}"))?;
    }
    Ok(())
}

#[allow(unsafe_code, reason = "two system calls that no safe wrapper in our dependencies offers")]
mod raw {
    /// See `prctl(2)`: from here on, executing a file never gives more rights. Whether it took hold.
    pub(super) fn no_new_privs() -> bool {
        // SAFETY: PR_SET_NO_NEW_PRIVS takes numbers only and touches no memory of ours.
        unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
        }
    }

    /// See `sched(7)`: this thread (the only one) gets what others leave.
    pub(super) fn idle() {
        let param = libc::sched_param { sched_priority: 0 };
        // SAFETY: the pointer is to a live value on this stack, which the kernel only reads; 0 is this thread.
        // A refusal is fine: niceness below still holds.
        let _ = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) };
    }
}

fn forbid_new_privileges() -> bool {
    raw::no_new_privs()
}

fn schedule(urgency: Urgency) {
    if urgency == Urgency::Background {
        // Both may be refused in some containers; encoding then merely competes.
        let _ = rustix::process::setpriority_process(None, 19);
        raw::idle();
    }
}
