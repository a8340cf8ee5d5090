//! `genlock doctor`: whether this machine can run Genlock, one line per check, with what to do where it cannot.

use crate::serve::find_tools;
use crate::settings::ServeOptions;
use crate::tell;
use anyhow::Result;
use rustix::fs::statvfs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use worker::holes::Holes;
use worker::sandbox::advice::{Host, lacks};
use worker::sandbox::{Level, LevelName};

/// Below this much free room a film does not fit, bytes.
const FREE_BYTES_LOW: u64 = 5 * 1024 * 1024 * 1024;
/// A slower sync of a file makes every acknowledged change feel slow, milliseconds.
const SYNC_MS_SLOW: u128 = 20;
/// Fewer open files than this do not serve many people.
const OPEN_FILES_LOW: u64 = 4_096;

/// How a check ended.
enum Finding {
    Good(String),
    Warning(String),
    Bad(String),
    /// More about the line before.
    Note(String),
}

/// Runs every check.
///
/// # Errors
/// None of its own; a check that cannot run is a finding.
pub async fn run(options: &ServeOptions) -> Result<ExitCode> {
    let folder = &options.stores.data_dir;
    let mut bad = false;
    let mut say = |name: &str, finding: Finding| {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Warning(text) => ("warn", text),
            Finding::Note(text) => ("    ", text),
            Finding::Bad(text) => {
                bad = true;
                ("BAD ", text)
            }
        };
        tell::line(&format!("{mark} {name:<14} {text}"));
    };
    say("data folder", data_folder(folder));
    say("free room", free_room(folder));
    say("open files", open_files());
    match find_tools(options).await {
        Ok(tools) => {
            say("ffmpeg", Finding::Good(tools.build.clone()));
            let holes = Holes::of(&tools.build);
            let known = format!("known holes: {}", holes.sentence());
            say("ffmpeg", if holes.open.is_empty() { Finding::Good(known) } else { Finding::Warning(known) });
            for hole in &holes.open {
                say("", Finding::Note(format!("{}: {}", hole.cve, hole.what)));
            }
            sandbox(&tools.level, tools.notice(), &mut say);
        }
        Err(missing) => say("videos", Finding::Bad(missing.sentence)),
    }
    say("public address", public_address(options));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The level of this user, what took hold, and for the rest why not and what would raise it.
fn sandbox(level: &Level, notice: Option<String>, say: &mut impl FnMut(&str, Finding)) {
    let place = LevelName::ALL.iter().position(|name| *name == level.name()).unwrap_or_default();
    let there: Vec<&str> =
        level.layers().into_iter().filter_map(|(layer, there)| there.then_some(layer)).collect();
    let text = format!(
        "level {} ({place} of {}) for this user: {}",
        level.name().as_str(),
        LevelName::ALL.len() - 1,
        there.join(", ")
    );
    say("sandbox", if notice.is_some() { Finding::Warning(text) } else { Finding::Good(text) });
    if let Some(notice) = notice {
        say("", Finding::Note(notice));
    }
    for lack in lacks(level, &Host::read()) {
        say("", Finding::Note(format!("without {}: {}; to have it: {}", lack.what, lack.why, lack.raise)));
    }
}

fn data_folder(folder: &Path) -> Finding {
    let attempt = || -> std::io::Result<u128> {
        std::fs::create_dir_all(folder)?;
        let probe = folder.join(".doctor");
        let begun = Instant::now();
        let file = std::fs::File::create(&probe)?;
        std::io::Write::write_all(&mut &file, b"genlock")?;
        file.sync_all()?;
        let took = begun.elapsed().as_millis();
        std::fs::remove_file(probe)?;
        Ok(took)
    };
    match attempt() {
        Ok(ms) if ms > SYNC_MS_SLOW => Finding::Warning(format!(
            "{} takes {ms} ms to keep a file; a local SSD makes every change faster",
            folder.display()
        )),
        Ok(ms) => Finding::Good(format!("{} is writable, a synced file takes {ms} ms", folder.display())),
        Err(error) => Finding::Bad(format!(
            "{} cannot be written ({error}); give another --data-dir or change its owner",
            folder.display()
        )),
    }
}

fn free_room(folder: &Path) -> Finding {
    match statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{:.1} GB", free as f64 / 1e9);
            if free < FREE_BYTES_LOW {
                Finding::Warning(format!("{text}; films need more"))
            } else {
                Finding::Good(text)
            }
        }
        Err(error) => Finding::Bad(format!("cannot be read: {error}")),
    }
}

fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(limit) if limit < OPEN_FILES_LOW => {
            Finding::Warning(format!("{limit}; raise it with: ulimit -n 65536 (systemd: LimitNOFILE=65536)"))
        }
        Some(limit) => Finding::Good(limit.to_string()),
        None => Finding::Good("without limit".to_owned()),
    }
}

fn public_address(options: &ServeOptions) -> Finding {
    match options.public_origin() {
        Err(error) => Finding::Bad(format!("{error:#}")),
        Ok(Some(origin)) if origin.starts_with("https://") => Finding::Good(origin),
        Ok(Some(origin)) => {
            Finding::Warning(format!("{origin} has no TLS; browsers then lack some features"))
        }
        Ok(None) if options.lan => {
            Finding::Warning("none; --lan serves the local network without TLS".to_owned())
        }
        Ok(None) if options.address().ip().is_loopback() => {
            Finding::Good("none; only this machine can open the page".to_owned())
        }
        Ok(None) => Finding::Bad(
            "none, while listening for others: set GENLOCK_PUBLIC_URL, or use --lan in a local network"
                .to_owned(),
        ),
    }
}
