//! What the machine must have besides Rust: Node, ffmpeg, and Chromium for the end-to-end tests.

use crate::shell::{cargo, command, exists, output, run, say};
use anyhow::{Result, bail};
use std::process::Stdio;

/// Lowest Node that the page builds with.
const NODE_MAJOR_MIN: u32 = 20;

/// Fails with the command that helps when Node is missing or too old.
pub fn need_node() -> Result<()> {
    let version = output(command("node", &["--version"]).stdin(Stdio::null())).unwrap_or_default();
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        Some(_) => {
            bail!("Node {} is too old; Genlock's page needs Node {NODE_MAJOR_MIN} or newer", version.trim())
        }
        None => {
            bail!("Node is missing; install Node {NODE_MAJOR_MIN} or newer (with npm) and run this again")
        }
    }
}

/// Installs ffmpeg if it is missing. Without it the server still starts and says so, so this only reports.
pub fn want_ffmpeg() -> bool {
    want("ffmpeg", &["ffmpeg"])
}

/// Installs strace if it is missing: the long form reads what ffmpeg asks the kernel for.
pub fn want_strace() -> bool {
    want("strace", &["strace"])
}

/// Path of a Chromium for the tests, installed if it is missing.
pub fn need_chromium() -> Result<String> {
    if let Ok(path) = std::env::var("CHROMIUM_PATH") {
        return Ok(path);
    }
    for path in ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"] {
        if std::path::Path::new(path).exists() {
            return Ok(path.into());
        }
    }
    want("chromium", &["chromium"]);
    if std::path::Path::new("/usr/bin/chromium").exists() {
        return Ok("/usr/bin/chromium".into());
    }
    bail!("the end-to-end tests need Chromium: run `sudo apt-get install -y chromium`, or set CHROMIUM_PATH")
}

/// Whether cargo-deny can run. Compiling it takes minutes, so that only the long form installs it; `tidy` checks the
/// licences either way.
pub fn want_cargo_deny(install: bool) -> bool {
    let there = || {
        cargo(&["deny", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !there() && install {
        say("cargo-deny is missing; installing it: cargo install --locked cargo-deny");
        if let Err(error) = run(&mut cargo(&["install", "--quiet", "--locked", "cargo-deny"])) {
            say(&format!("could not install cargo-deny ({error:#})"));
        }
    }
    there()
}

/// Installs Debian packages for a program where that is permitted, else prints the exact command.
fn want(program: &str, packages: &[&str]) -> bool {
    if exists(program) {
        return true;
    }
    let install = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !exists("apt-get") {
        say(&format!("{program} is missing; install it with your system's package manager"));
        return false;
    }
    let root = output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    let sudo = !root
        && command("sudo", &["-n", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if !root && !sudo {
        say(&format!("{program} is missing and may not be installed from here; run: sudo {install}"));
        return false;
    }
    say(&format!("{program} is missing; installing it: {install}"));
    let prefix = if sudo { "sudo -n " } else { "" };
    let script = format!(
        "export DEBIAN_FRONTEND=noninteractive; {prefix}apt-get update -qq && {prefix}{install} -qq >/dev/null"
    );
    if let Err(error) = run(&mut command("sh", &["-c", &script])) {
        say(&format!("could not install {program} ({error:#}); run: sudo {install}"));
        return false;
    }
    exists(program)
}
