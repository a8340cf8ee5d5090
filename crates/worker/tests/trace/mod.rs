//! Reads what strace wrote (`-ff`, one file per thread): what ffmpeg and ffprobe asked the kernel for after they began.

use super::corpus::BAIT;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// What every program needs: the system's libraries and three devices.
const SYSTEM: [&str; 10] = [
    "/lib/",
    "/lib64/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/local/lib/",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/usr/bin/ff",
];
/// Calls that reach a network or make a way to one.
const NETWORK: [&str; 12] = [
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "socketpair",
];

/// What was found.
#[derive(Default)]
pub struct Found {
    pub programs: usize,
    pub opened: usize,
    /// Names that were asked for and refused.
    pub refused: BTreeSet<String>,
    /// What must not be.
    pub faults: Vec<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "under trace: {} runs, {} files opened, none outside", self.programs, self.opened)?;
        write!(out, "asked for and not got: {:?}", self.refused)
    }
}

/// Reads a folder of traces. `allowed` are the folders of jobs and sources.
pub fn read(folder: &Path, allowed: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        let is_program = |line: &str| line.starts_with("execve(\"/usr/bin/ff") && line.ends_with(" = 0");
        let execs = text.lines().any(|line| line.starts_with("execve("));
        let begins = text.lines().position(is_program);
        found.programs += usize::from(begins.is_some());
        // The process outside has executed the cage only; a thread has executed nothing.
        let from = match begins {
            Some(at) => at + 1,
            None if execs => continue,
            // The first process of a namespace that only reported its level.
            None if text.contains("\"/proc/self/uid_map\"") => continue,
            None => 0,
        };
        for line in text.lines().skip(from) {
            look(line, allowed, &mut found);
        }
    }
    assert!(found.programs > 0, "nothing was traced");
    found
}

fn look(line: &str, allowed: &[PathBuf], found: &mut Found) {
    let Some((call, rest)) = line.split_once('(') else { return };
    if NETWORK.contains(&call) || line.contains(BAIT) {
        found.faults.push(line.chars().take(300).collect());
        return;
    }
    if !matches!(call, "open" | "openat" | "openat2" | "creat") {
        return;
    }
    let name = rest.split('"').nth(1).unwrap_or_default();
    let result = line.rsplit_once(" = ").map_or("", |(_, result)| result);
    if result.starts_with('-') || result.starts_with('?') {
        if !SYSTEM.iter().any(|place| name.starts_with(place)) {
            found.refused.insert(name.to_owned());
        }
        return;
    }
    found.opened += 1;
    let inside = allowed.iter().any(|folder| Path::new(name).starts_with(folder)) && !name.contains("/../");
    if !inside && !SYSTEM.iter().any(|place| name.starts_with(place)) {
        found.faults.push(format!("opened {name}"));
    }
}
