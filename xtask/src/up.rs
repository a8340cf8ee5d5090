//! `cargo xtask up`: from a fresh clone to a running instance.

use crate::shell::{cargo, command, root, run, step};
use crate::{tools, web};
use anyhow::{Context as _, Result};
use std::os::unix::process::CommandExt as _;

/// Builds client and server and becomes `genlock serve` with the given options.
pub fn up(options: &[String]) -> Result<()> {
    step("1/4 tools", || {
        tools::need_node()?;
        tools::want_ffmpeg();
        Ok(())
    })?;
    step("2/4 page", || {
        web::packages()?;
        web::build()
    })?;
    step("3/4 server", || run(&mut cargo(&["build", "--release", "--package", "genlock"])))?;
    crate::shell::say("== 4/4 starting (Ctrl-C stops)");
    let binary = target_folder().join("release/genlock");
    let mut serve = command(&binary.display().to_string(), &["serve"]);
    serve.args(options);
    if std::env::var_os("GENLOCK_DATA_DIR").is_none()
        && !options.iter().any(|option| option.starts_with("--data-dir"))
    {
        serve.env("GENLOCK_DATA_DIR", root().join("genlock-data"));
    }
    // The server takes this process's place, so that signals and the exit code are its own.
    Err(serve.exec()).context("starting genlock")
}

/// Where cargo puts what it builds.
pub fn target_folder() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}
