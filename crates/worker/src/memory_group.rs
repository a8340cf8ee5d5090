//! Control groups (cgroup v2) that bound the memory and the threads of each run, where this process may make them:
//! as a systemd unit with `Delegate=`, as root, or in a container that owns its group. Elsewhere the launcher's watch
//! is the bound. Called by [`crate::launcher`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The group into which this process moves, since a group with processes cannot hand out memory.
const OWN: &str = "genlock-server";
/// First letters of the name of a run's group.
const RUN: &str = "genlock-run-";
/// How often an emptied group is tried to be removed; its processes have been killed.
const REMOVE_TRIES: u32 = 50;

/// The group below which runs get theirs.
#[derive(Clone, Debug)]
pub struct MemoryGroups {
    folder: PathBuf,
    next: Arc<AtomicU64>,
}

/// The group of one run; gone with it.
#[derive(Debug)]
pub(crate) struct MemoryGroup {
    folder: PathBuf,
}

impl MemoryGroups {
    /// Finds this process's group and makes it hand out memory. Moves this process one level down if that is needed.
    ///
    /// # Errors
    /// Why there are none here, in words.
    pub fn find() -> Result<MemoryGroups, String> {
        let own = std::fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
        MemoryGroups::prepare(&own_folder(&own, &mounts)?)
    }

    fn prepare(own: &Path) -> Result<MemoryGroups, String> {
        // Started again by a process that has moved already.
        let folder = if own.ends_with(OWN) { own.parent().unwrap_or(own) } else { own };
        let has = |file: &str| {
            std::fs::read_to_string(folder.join(file))
                .is_ok_and(|text| text.split_whitespace().any(|word| word == "memory"))
        };
        if !has("cgroup.controllers") {
            return Err("the memory controller is not handed to this control group".to_owned());
        }
        if !has("cgroup.subtree_control") {
            let says = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
            let leaf = folder.join(OWN);
            make(&leaf).map_err(says("making a control group"))?;
            write(&leaf, "cgroup.procs", "0").map_err(says("moving into a control group"))?;
            if let Err(error) = write(folder, "cgroup.subtree_control", "+memory") {
                let _ = write(folder, "cgroup.procs", "0");
                let _ = std::fs::remove_dir(&leaf);
                return Err(format!("handing out memory: {error}; other processes share this control group"));
            }
        }
        // Not every system hands this one out; the watch counts threads anyway.
        let _ = write(folder, "cgroup.subtree_control", "+pids");
        // A killed process before this one left its groups.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(RUN) {
                let _ = std::fs::remove_dir(entry.path());
            }
        }
        Ok(MemoryGroups { folder: folder.to_owned(), next: Arc::default() })
    }

    /// A group for one run.
    ///
    /// # Errors
    /// Whatever the system says.
    pub(crate) fn add(&self, memory_bytes: u64, threads: u64) -> io::Result<MemoryGroup> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("{RUN}{}-{number}", std::process::id()));
        make(&folder)?;
        let group = MemoryGroup { folder };
        write(&group.folder, "memory.max", &memory_bytes.to_string())?;
        // Without swap or the pids controller these files are not there.
        let _ = write(&group.folder, "memory.swap.max", "0");
        let _ = write(&group.folder, "memory.oom.group", "1");
        let _ = write(&group.folder, "pids.max", &threads.to_string());
        Ok(group)
    }
}

impl MemoryGroup {
    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the kernel ended something in it for want of memory.
    pub(crate) fn was_exhausted(&self) -> bool {
        std::fs::read_to_string(self.folder.join("memory.events")).is_ok_and(|text| {
            text.lines()
                .filter_map(|line| line.strip_prefix("oom_kill "))
                .any(|count| count.trim().parse::<u64>().is_ok_and(|count| count > 0))
        })
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        let _ = write(&self.folder, "cgroup.kill", "1");
        let folder = std::mem::take(&mut self.folder);
        if std::fs::remove_dir(&folder).is_ok() {
            return;
        }
        // What was killed takes a moment to be gone.
        let gone = std::thread::Builder::new().name("group".to_owned()).spawn(move || {
            for _ in 0..REMOVE_TRIES {
                if std::fs::remove_dir(&folder).is_ok() {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        if let Err(error) = gone {
            tracing::debug!(%error, "an empty control group stays until the next start");
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Control files exist already; a missing one is an error, not a new file.
fn write(folder: &Path, file: &str, text: &str) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(folder.join(file))?;
    io::Write::write_all(&mut file, text.as_bytes())
}

/// The folder of the group that `/proc/self/cgroup` names, below the mount that `/proc/self/mountinfo` names.
fn own_folder(own: &str, mounts: &str) -> Result<PathBuf, String> {
    let missing = || "cgroup v2 is not there".to_owned();
    let path = own.lines().find_map(|line| line.strip_prefix("0::")).ok_or_else(missing)?;
    // ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS ... - TYPE SOURCE OPTIONS
    let (root, point) = mounts
        .lines()
        .filter(|line| line.split_once(" - ").is_some_and(|(_, end)| end.starts_with("cgroup2 ")))
        .find_map(|line| {
            let mut words = line.split(' ').skip(3);
            Some((words.next()?, words.next()?))
        })
        .ok_or_else(missing)?;
    let below = Path::new(path).strip_prefix(root).map_err(|_| missing())?;
    Ok(Path::new(point).join(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 0:20 / /proc rw - proc proc rw\n31 1 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 \
                          cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_own_group_is_found() {
        let unit = own_folder("0::/system.slice/genlock.service\n", MOUNTS);
        assert_eq!(unit.unwrap(), Path::new("/sys/fs/cgroup/system.slice/genlock.service"));
        let mixed = own_folder("5:memory:/x\n0::/\n", MOUNTS);
        assert_eq!(mixed.unwrap(), Path::new("/sys/fs/cgroup/"));
        own_folder("5:memory:/x\n", MOUNTS).unwrap_err();
        own_folder("0::/x\n", "22 1 0:20 / /proc rw - proc proc rw\n").unwrap_err();
    }

    /// Files in the place of the kernel's: which are written, in which order of folders, with what.
    #[test]
    fn memory_is_handed_out_one_group_per_run() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path();
        let text = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert!(MemoryGroups::prepare(own).unwrap_err().contains("not handed"));
        for file in ["cgroup.procs", "cgroup.subtree_control"] {
            std::fs::write(own.join(file), "").unwrap();
        }
        std::fs::write(own.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
        let leaf = own.join(OWN);
        std::fs::create_dir(&leaf).unwrap();
        std::fs::write(leaf.join("cgroup.procs"), "").unwrap();
        std::fs::create_dir(own.join("genlock-run-1-0")).unwrap();
        let groups = MemoryGroups::prepare(own).unwrap();
        assert_eq!(text(&leaf.join("cgroup.procs")), "0");
        assert!(!own.join("genlock-run-1-0").exists(), "left by a killed process");
        // A run's group without the kernel's files is refused and leaves nothing.
        groups.add(1 << 30, 256).unwrap_err();
        assert_eq!(
            std::fs::read_dir(own)
                .unwrap()
                .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(RUN) })
                .count(),
            0
        );
        // Started again from within the leaf: the folder above is the one.
        std::fs::write(own.join("cgroup.subtree_control"), "memory").unwrap();
        assert_eq!(MemoryGroups::prepare(&leaf).unwrap().folder, own);
    }

    #[test]
    fn an_exhausted_group_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let group = MemoryGroup { folder: folder.path().to_owned() };
        assert!(!group.was_exhausted());
        std::fs::write(folder.path().join("memory.events"), "low 0\noom 1\noom_kill 0\n").unwrap();
        assert!(!group.was_exhausted());
        std::fs::write(folder.path().join("memory.events"), "low 0\noom 1\noom_kill 2\n").unwrap();
        assert!(group.was_exhausted());
    }
}
