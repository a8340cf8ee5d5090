//! Own user, mount, process, network, IPC, host name and control group namespaces, where this user may have them: the
//! caged program then sees an empty root with its libraries, its input and its job folder, no other process and no
//! network. Called by [`super::enter`] before the other layers; where it is refused, they hold without it.

use super::cage::Cage;
use super::files::{DEVICES, LIBRARIES};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change, unmount,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The number under which the caged program knows its own user: nobody.
const INNER_ID: u32 = 65_534;
/// Where the old root hangs until it is let go.
const OLD: &str = "old";
/// What the child says once it is inside.
const INSIDE: &[u8] = b"+";

/// What came of the attempt.
pub(super) enum Entered {
    /// This is the child, inside. The pipe breaks when the outer process ends.
    Inside(OwnedFd),
    /// This is the outer process, and the caged program has ended.
    Over(ExitCode),
    /// Nothing has changed; why.
    Refused(String),
}

/// Splits off a child that is alone in new namespaces. Returns in the child, or in the outer process after its end.
pub(super) fn enter(cage: &Cage, program: Option<&Path>) -> Entered {
    let pipes = pipe_with(PipeFlags::CLOEXEC).and_then(|one| Ok((one, pipe_with(PipeFlags::CLOEXEC)?)));
    let ((answer_in, answer_out), (alive_in, alive_out)) = match pipes {
        Ok(pipes) => pipes,
        Err(error) => return Entered::Refused(format!("pipes: {error}")),
    };
    let identity = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    match raw::fork_apart() {
        Err(error) => Entered::Refused(format!("making namespaces: {error}")),
        Ok(None) => {
            drop((answer_in, alive_out));
            let mut answer = File::from(answer_out);
            match build(cage, program, identity) {
                Ok(()) => {
                    let _ = answer.write_all(INSIDE);
                    Entered::Inside(alive_in)
                }
                Err(reason) => {
                    let _ = answer.write_all(reason.as_bytes());
                    raw::leave(0)
                }
            }
        }
        Ok(Some(child)) => {
            drop((answer_out, alive_in));
            let mut answer = Vec::new();
            let _ = File::from(answer_in).read_to_end(&mut answer);
            let over = wait(child);
            drop(alive_out);
            if answer == INSIDE {
                Entered::Over(over)
            } else {
                let reason = String::from_utf8_lossy(&answer).into_owned();
                Entered::Refused(if reason.is_empty() { "it ended unasked".to_owned() } else { reason })
            }
        }
    }
}

/// Whether nobody holds the other end of a pipe.
pub(super) fn is_broken(pipe: &OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut ends = [PollFd::new(pipe, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut ends, Some(&now)).is_err() || ends[0].revents().contains(PollFlags::HUP)
}

/// Waits for the child and ends as it did: with its code, or by its signal.
fn wait(child: Pid) -> ExitCode {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) | Ok(None) => {}
            Err(_) => return ExitCode::FAILURE,
            Ok(Some((_, status))) => {
                if let Some(signal) = status.terminating_signal().and_then(Signal::from_named_raw) {
                    let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
                }
                let code = status.exit_status().and_then(|code| u8::try_from(code).ok());
                return code.map_or(ExitCode::FAILURE, ExitCode::from);
            }
        }
    }
}

/// One user, one mount tree with what the cage names, in a root of its own.
fn build(cage: &Cage, program: Option<&Path>, (user, group): (u32, u32)) -> Result<(), String> {
    let says = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
    let fails = |what: &'static str| move |error: rustix::io::Errno| format!("{what}: {error}");
    std::fs::write("/proc/self/setgroups", "deny").map_err(says("naming its groups"))?;
    std::fs::write("/proc/self/uid_map", format!("{INNER_ID} {user} 1")).map_err(says("naming its user"))?;
    std::fs::write("/proc/self/gid_map", format!("{INNER_ID} {group} 1"))
        .map_err(says("naming its group"))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(fails("its own mounts"))?;
    let views = views(cage, program).map_err(says("what it sees"))?;
    // The job folder serves as the place for the new root until that is the root.
    let size = c"mode=0755,size=1m,nr_inodes=4k";
    mount("tmpfs", &cage.write, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(size))
        .map_err(fails("its root"))?;
    std::env::set_current_dir(&cage.write).map_err(says("its root"))?;
    std::fs::create_dir(OLD).map_err(says("its root"))?;
    rustix::process::pivot_root(".", OLD).map_err(fails("turning to its root"))?;
    std::env::set_current_dir("/").map_err(says("its root"))?;
    for view in &views {
        view.hang().map_err(|error| format!("{}: {error}", view.at.display()))?;
    }
    let old = Path::new("/").join(OLD);
    unmount(&old, UnmountFlags::DETACH).map_err(fails("letting the old root go"))?;
    std::fs::remove_dir(&old).map_err(says("letting the old root go"))?;
    raw::protect(Path::new("/"), raw::READ_ONLY, false).map_err(says("protecting its root"))
}

/// A piece of the old tree in the new one, under the same name.
struct View {
    /// Name in the new tree, absolute.
    at: PathBuf,
    shape: Shape,
}

enum Shape {
    /// A link with its text.
    Link(PathBuf),
    /// A file or folder: its real name in the old tree, and how it is protected.
    Real { from: PathBuf, is_folder: bool, flags: u64 },
}

fn views(cage: &Cage, program: Option<&Path>) -> std::io::Result<Vec<View>> {
    let mut views = Vec::new();
    // Debian's libraries point into the last of these, which holds links only.
    for name in LIBRARIES.into_iter().chain(["/etc/alternatives"]) {
        let Ok(found) = std::fs::symlink_metadata(name) else { continue };
        let shape = if found.is_symlink() {
            Shape::Link(std::fs::read_link(name)?)
        } else {
            Shape::Real { from: name.into(), is_folder: found.is_dir(), flags: raw::READ_ONLY }
        };
        views.push(View { at: name.into(), shape });
    }
    let mut real = |at: &Path, flags: u64| -> std::io::Result<()> {
        let from = at.canonicalize()?;
        let is_folder = from.is_dir();
        views.push(View { at: std::path::absolute(at)?, shape: Shape::Real { from, is_folder, flags } });
        Ok(())
    };
    for device in DEVICES {
        real(Path::new(device), raw::NOSUID | raw::NOEXEC)?;
    }
    if let Some(program) = program {
        real(program, raw::READ_ONLY)?;
    }
    real(&cage.write, raw::NOSUID | raw::NODEV | raw::NOEXEC)?;
    for path in &cage.read {
        real(path, raw::READ_ONLY | raw::NOEXEC)?;
    }
    Ok(views)
}

impl View {
    fn hang(&self) -> std::io::Result<()> {
        if let Some(parent) = self.at.parent() {
            std::fs::create_dir_all(parent)?;
        }
        match &self.shape {
            Shape::Link(text) => std::os::unix::fs::symlink(text, &self.at),
            Shape::Real { from, is_folder, flags } => {
                if std::fs::symlink_metadata(&self.at).is_err() {
                    if *is_folder {
                        std::fs::create_dir(&self.at)?;
                    } else {
                        File::create(&self.at)?;
                    }
                }
                let old = Path::new("/").join(OLD).join(from.strip_prefix("/").unwrap_or(from));
                mount_bind_recursive(&old, &self.at)?;
                raw::protect(&self.at, *flags, true)
            }
        }
    }
}

#[allow(unsafe_code, reason = "three system calls that no safe wrapper in our dependencies offers")]
mod raw {
    use rustix::process::Pid;
    use std::ffi::CString;
    use std::io;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    pub(super) const NOSUID: u64 = libc::MOUNT_ATTR_NOSUID;
    pub(super) const NODEV: u64 = libc::MOUNT_ATTR_NODEV;
    pub(super) const NOEXEC: u64 = libc::MOUNT_ATTR_NOEXEC;
    pub(super) const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | NOSUID | NODEV;

    /// See `clone(2)`: a child in new namespaces, as the first process of its own. None is the child.
    pub(super) fn fork_apart() -> io::Result<Option<Pid>> {
        let flags = libc::CLONE_NEWUSER
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWCGROUP
            | libc::SIGCHLD;
        // SAFETY: without a stack of its own the child goes on with a copy of this one, as with fork; this process
        // has one thread, so that no lock is held by a thread that the child lacks. The other arguments are unused.
        let pid = unsafe { libc::syscall(libc::SYS_clone, libc::c_long::from(flags), 0, 0, 0, 0) };
        match i32::try_from(pid) {
            Ok(pid) if pid >= 0 => Ok(Pid::from_raw(pid)),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Ends the child without running what the outer process has registered for its own end.
    pub(super) fn leave(code: i32) -> ! {
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(code) }
    }

    /// See `mount_setattr(2)`: adds protections to a mount, and with `deep` to those below it.
    pub(super) fn protect(at: &Path, flags: u64, deep: bool) -> io::Result<()> {
        let at = CString::new(at.as_os_str().as_bytes())?;
        let attr = libc::mount_attr { attr_set: flags, attr_clr: 0, propagation: 0, userns_fd: 0 };
        let deep = if deep { libc::AT_RECURSIVE } else { 0 };
        // SAFETY: both pointers are to live values, which the kernel only reads; the size is that of the value.
        let done = unsafe {
            libc::syscall(
                libc::SYS_mount_setattr,
                libc::AT_FDCWD,
                at.as_ptr(),
                deep,
                &raw const attr,
                size_of::<libc::mount_attr>(),
            )
        };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}
