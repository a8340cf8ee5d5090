//! The watch on a run from outside: time, progress, memory, threads and room on the disk, of the program and everything
//! it has started. Called by [`crate::launcher`].

use crate::launcher::RunError;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Resident memory of one run, bytes, of all its processes together. Above it the run is ended.
pub const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// The same for a run that encodes pictures higher than [`LARGE_PICTURE_LINES`], which the probe has read within the
/// other bound: 8192 x 4320 with 10 bits took 1,246 MiB, with 8 bits 847 MiB, 3840 x 2160 with 10 bits 575 MiB.
pub const MEMORY_BYTES_MAX_LARGE: u64 = 2 * 1024 * 1024 * 1024;
/// Lines above which a picture is large.
pub const LARGE_PICTURE_LINES: u32 = 2_304;
/// Threads of one run; a ladder of four renditions has about 40.
pub const THREADS_MAX: u64 = 256;
/// All that one run may write into its folder, bytes; a chunk has below 200 MiB.
pub const FOLDER_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Files in the folder of one run; a chunk has six.
pub const FOLDER_FILES_MAX: usize = 64;
/// Without progress for so long, a program that has had enough processor time is stuck.
pub const STALL: Duration = Duration::from_secs(60);
/// Processor time that it must have had meanwhile, seconds: decoding from a far key frame up to the chunk gives no
/// frame for long (250 frames of 8K 10 bit take about 90 s), and on a busy machine it may not have been its turn.
const STALL_CPU_S: f64 = 120.0;
/// Without progress for so long it is stuck whatever the reason.
const STALL_ANYWAY: Duration = Duration::from_secs(1_800);
/// How often memory and threads are looked at: what is taken meanwhile goes above the bound.
const MEMORY_EVERY: Duration = Duration::from_millis(50);
/// How often the rest is looked at, in looks at memory.
const REST_EVERY: u32 = 20;
/// How often the folder is looked at, in looks at memory.
const FOLDER_EVERY: u32 = 5;

/// When the program last got further.
pub(crate) struct Beat(parking_lot::Mutex<Instant>);

impl Beat {
    pub(crate) fn new() -> Beat {
        Beat(parking_lot::Mutex::new(Instant::now()))
    }

    pub(crate) fn now(&self) {
        *self.0.lock() = Instant::now();
    }

    fn age(&self) -> Duration {
        self.0.lock().elapsed()
    }
}

/// What is watched, and the most that was seen.
pub(crate) struct RunWatch {
    tree: Option<Tree>,
    folder: PathBuf,
    memory_bytes_max: u64,
    /// Highest resident memory seen, bytes.
    pub(crate) peak_bytes: u64,
}

impl RunWatch {
    pub(crate) fn new(pid: Option<u32>, folder: &Path, memory_bytes_max: u64) -> RunWatch {
        RunWatch { tree: pid.map(Tree::new), folder: folder.to_owned(), memory_bytes_max, peak_bytes: 0 }
    }

    /// Returns when the program is to be ended.
    pub(crate) async fn until_bad(&mut self, wall: Duration, beat: &Beat) -> RunError {
        let began = Instant::now();
        let mut last_beat_cpu = (0.0, Instant::now());
        let mut looks = 0_u32;
        loop {
            tokio::time::sleep(MEMORY_EVERY).await;
            looks = looks.wrapping_add(1);
            let sum =
                self.tree.as_mut().map(|tree| tree.sum(looks.is_multiple_of(REST_EVERY))).unwrap_or_default();
            self.peak_bytes = self.peak_bytes.max(sum.peak_bytes);
            if sum.resident_bytes > self.memory_bytes_max {
                return RunError::TooMuchMemory { bytes_max: self.memory_bytes_max };
            }
            if sum.threads > THREADS_MAX {
                return RunError::TooManyThreads;
            }
            if looks.is_multiple_of(FOLDER_EVERY) && is_overfull(&self.folder) {
                return RunError::TooMuchWritten;
            }
            if began.elapsed() > wall {
                return RunError::TooLong;
            }
            if !looks.is_multiple_of(REST_EVERY) {
                continue;
            }
            let age = beat.age();
            if age < 2 * REST_EVERY * MEMORY_EVERY {
                last_beat_cpu = (sum.cpu_s, Instant::now());
            }
            let had = sum.cpu_s - last_beat_cpu.0;
            if (age > STALL && had > STALL_CPU_S) || age > STALL_ANYWAY {
                return RunError::Stalled;
            }
        }
    }
}

/// Whether a job folder holds more than a run may write.
fn is_overfull(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (mut files, mut bytes) = (0_usize, 0_u64);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        files += 1;
        // Blocks, not length: what a file with holes takes.
        bytes = bytes.saturating_add(entry.metadata().map_or(0, |found| found.blocks().saturating_mul(512)));
        if files > FOLDER_FILES_MAX || bytes > FOLDER_BYTES_MAX {
            return true;
        }
    }
    false
}

/// A process and everything it has started.
struct Tree {
    root: u32,
    members: Vec<u32>,
}

/// Of all processes together.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    resident_bytes: u64,
    peak_bytes: u64,
    threads: u64,
    cpu_s: f64,
}

impl Tree {
    fn new(root: u32) -> Tree {
        Tree { root, members: vec![root] }
    }

    /// Adds up. `anew` looks for processes again; the first ones are looked for until there is one.
    fn sum(&mut self, anew: bool) -> Sum {
        if anew || self.members.len() == 1 {
            self.members = vec![self.root];
            let mut at = 0;
            while let Some(pid) = self.members.get(at).copied() {
                for child in children(pid, anew) {
                    if !self.members.contains(&child) {
                        self.members.push(child);
                    }
                }
                at += 1;
            }
        }
        let mut sum = Sum::default();
        for pid in &self.members {
            let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
            let value = |name: &str| {
                status
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<u64>().ok())
                    .unwrap_or(0)
            };
            sum.resident_bytes += value("VmRSS:") * 1024;
            sum.peak_bytes += value("VmHWM:") * 1024;
            sum.threads += value("Threads:");
            if anew {
                sum.cpu_s += cpu_seconds(*pid).unwrap_or(0.0);
            }
        }
        sum
    }
}

/// Processes that one has started: by its first thread, or by all of them.
fn children(pid: u32, all_threads: bool) -> Vec<u32> {
    let of_thread = |thread: &str| -> Vec<u32> {
        std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/children"))
            .map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect())
            .unwrap_or_default()
    };
    if !all_threads {
        return of_thread(&pid.to_string());
    }
    std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(|entry| of_thread(&entry.file_name().to_string_lossy()))
        .collect()
}

/// Processor time a process has had, seconds.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name in brackets: state is the third field, utime and stime the 14th and 15th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    // USER_HZ is 100 on every architecture we run on.
    Some(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_overfull_by_files() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..FOLDER_FILES_MAX {
            std::fs::write(folder.path().join(number.to_string()), "x").unwrap();
        }
        assert!(!is_overfull(folder.path()));
        std::fs::write(folder.path().join("one more"), "x").unwrap();
        assert!(is_overfull(folder.path()));
    }

    #[test]
    fn a_process_and_its_child_are_added_up() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut tree = Tree::new(std::process::id());
        let sum = tree.sum(true);
        assert!(tree.members.contains(&child.id()));
        assert!(sum.resident_bytes > 0 && sum.peak_bytes >= sum.resident_bytes && sum.threads > 1);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
