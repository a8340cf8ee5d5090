//! The page: packages, generated protocol, build. Each step is skipped when its inputs have not changed, so that a
//! second start takes seconds.

use crate::shell::{cargo, command, root, run, say};
use anyhow::{Context as _, Result};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes web/src/protocol from crates/protocol.
pub fn codegen() -> Result<()> {
    run(&mut cargo(&["run", "--quiet", "--package", "protocol", "--example", "codegen"]))
}

/// An npm command in web/.
pub fn npm(arguments: &[&str]) -> Command {
    let mut npm = command("npm", arguments);
    npm.current_dir(root().join("web")).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    npm
}

/// Installs the exact packages of the lockfile, if they are not there.
pub fn packages() -> Result<()> {
    let web = root().join("web");
    let stamp = web.join("node_modules/.genlock-packages");
    let wanted = fingerprint(&[web.join("package-lock.json"), web.join("package.json")])?;
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    say("-- installing the page's packages (npm ci)");
    run(&mut npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    std::fs::write(&stamp, wanted).context("noting the installed packages")
}

/// Builds the page into web/dist, if its sources have changed.
pub fn build() -> Result<()> {
    let web = root().join("web");
    let stamp = web.join("dist/.genlock-build");
    let inputs = ["src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package-lock.json"]
        .map(|name| web.join(name));
    let wanted = fingerprint(&inputs)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    say("-- building the page");
    run(&mut npm(&["run", "--silent", "build"]))?;
    std::fs::write(&stamp, wanted).context("noting the built page")
}

/// A fingerprint of names, sizes and bytes of files and folders.
fn fingerprint(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.hash(&mut hasher);
        std::fs::read(file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("listing {}", path.display()))? {
            collect(&entry?.path(), files)?;
        }
    } else if path.exists() {
        files.push(path.to_path_buf());
    }
    Ok(())
}
