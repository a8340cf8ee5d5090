//! `cargo xtask tidy`: what no compiler checks. Each rule names the file that is wrong and what to do.

use crate::shell::{cargo, output, root, say};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates without clock, thread, file, socket and database, with the outside crates they may use.
const PURE: &[&str] = &["timecode", "protocol", "room", "sync", "media"];
const PURE_MAY_USE: &[&str] =
    &["serde", "serde_json", "rmp-serde", "thiserror", "sha2", "hex", "unicode-normalization", "uuid"];
/// Licences of what we ship; the same list as deny.toml.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "MPL-2.0",
    "CC0-1.0",
    "0BSD",
    "Unlicense",
    "BSL-1.0",
    "MIT-0",
];
/// A file above this is missing a noun; the ratchet lists those that are, with their bound.
const FILE_LINES_MAX: usize = 500;
const HASH_MARK: &str = "protocol-sources:";

/// Checks every rule; `fix` writes what can be written (the hash in docs/protocol.md).
pub fn tidy(fix: bool) -> Result<()> {
    let metadata: Value =
        serde_json::from_str(&output(&mut cargo(&["metadata", "--format-version", "1", "--locked"]))?)
            .context("reading cargo metadata")?;
    let mut faults = Vec::new();
    dependency_table(&metadata, &mut faults)?;
    pure_crates(&metadata, &mut faults);
    licences(&metadata, &mut faults);
    protocol_document(fix, &mut faults)?;
    laws_have_tests(&mut faults)?;
    features_have_tests(&mut faults)?;
    long_files(&mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        say(&format!("tidy: {fault}"));
    }
    bail!("{} rule(s) broken", faults.len())
}

/// Our crates with the crates of ours that they use (not for tests).
fn own_graph(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours: BTreeSet<&str> = packages
        .iter()
        .filter(|package| package["source"].is_null())
        .filter_map(|package| package["name"].as_str())
        .collect();
    packages
        .iter()
        .filter(|package| package["source"].is_null())
        .filter_map(|package| {
            let uses = package["dependencies"]
                .as_array()?
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| ours.contains(name))
                .map(str::to_owned)
                .collect();
            Some((package["name"].as_str()?.to_owned(), uses))
        })
        .collect()
}

/// The table of ARCHITECTURE.md (rows `| crate | layer | uses |`) equals the real graph.
fn dependency_table(metadata: &Value, faults: &mut Vec<String>) -> Result<()> {
    let text = read("ARCHITECTURE.md")?;
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text
        .lines()
        .skip_while(|line| !line.contains("dependency-table"))
        .skip(1)
        .take_while(|line| !line.contains("end-of-table"))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, name, _layer, uses, ..] = cells[..]
            && name.starts_with('`')
        {
            let uses = uses
                .split(',')
                .map(|word| word.trim().trim_matches('`').to_owned())
                .filter(|word| !word.is_empty() && word != "nothing")
                .collect();
            table.insert(name.trim_matches('`').to_owned(), uses);
        }
    }
    let real = own_graph(metadata);
    for (name, uses) in &real {
        match table.get(name) {
            None => faults.push(format!("ARCHITECTURE.md: the dependency table misses `{name}`")),
            Some(written) if written != uses => {
                faults.push(format!("ARCHITECTURE.md: `{name}` uses {uses:?}, the table says {written:?}"))
            }
            Some(_) => {}
        }
    }
    for name in table.keys().filter(|name| !real.contains_key(*name)) {
        faults.push(format!("ARCHITECTURE.md: the dependency table names `{name}`, which does not exist"));
    }
    Ok(())
}

fn pure_crates(metadata: &Value, faults: &mut Vec<String>) {
    let graph = own_graph(metadata);
    for package in metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let Some(name) =
            package["name"].as_str().filter(|name| package["source"].is_null() && PURE.contains(name))
        else {
            continue;
        };
        for dependency in package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let Some(used) = dependency["name"].as_str().filter(|_| dependency["kind"].is_null()) else {
                continue;
            };
            if graph.contains_key(used) {
                if !PURE.contains(&used) {
                    faults.push(format!("crates/{name} is pure and may not use `{used}`"));
                }
            } else if !PURE_MAY_USE.contains(&used) {
                faults.push(format!(
                    "crates/{name} is pure and may not use `{used}` (allowed: {PURE_MAY_USE:?})"
                ));
            }
        }
        if !root().join("crates").join(name).join("clippy.toml").exists() {
            faults.push(format!(
                "crates/{name}/clippy.toml is missing: it keeps clocks, threads, files and hash maps out"
            ));
        }
    }
}

fn licences(metadata: &Value, faults: &mut Vec<String>) {
    for package in metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default() {
        if package["source"].is_null() {
            continue;
        }
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        let fits = |term: &str| {
            term.split(" AND ").all(|part| LICENCES.contains(&part.trim().trim_matches(['(', ')'])))
        };
        if !licence.split(" OR ").any(fits)
            && !licence.split(" AND ").all(|part| {
                part.trim_matches(['(', ')']).split(" OR ").any(|word| LICENCES.contains(&word.trim()))
            })
        {
            faults.push(format!("licence of `{name}` is not on the list: {licence:?}"));
        }
    }
}

/// docs/protocol.md carries a hash of crates/protocol/src, so that nobody changes one without looking at the other.
fn protocol_document(fix: bool, faults: &mut Vec<String>) -> Result<()> {
    let mut files = Vec::new();
    collect(
        &root().join("crates/protocol/src"),
        &mut |path| path.extension().is_some_and(|extension| extension == "rs"),
        &mut files,
    )?;
    files.sort();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325; // FNV-1a: stable over machines and compiler versions
    for file in &files {
        for byte in std::fs::read(file)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let wanted = format!("{HASH_MARK} {hash:016x}");
    let text = read("docs/protocol.md")?;
    if text.contains(&wanted) {
        return Ok(());
    }
    if fix {
        let lines: Vec<String> = text
            .lines()
            .map(|line| match line.find(HASH_MARK) {
                Some(start) => format!("{}{wanted} -->", &line[..start]),
                None => line.to_owned(),
            })
            .collect();
        return std::fs::write(root().join("docs/protocol.md"), lines.join("\n") + "\n")
            .context("writing docs/protocol.md");
    }
    faults.push("docs/protocol.md was not brought up to date with crates/protocol/src: read it again, then run `cargo xtask tidy --fix`".into());
    Ok(())
}

/// Laws 1 to 10 each have a test whose name begins with the law.
fn laws_have_tests(faults: &mut Vec<String>) -> Result<()> {
    let mut files = Vec::new();
    collect(
        &root().join("crates"),
        &mut |path| path.extension().is_some_and(|extension| extension == "rs"),
        &mut files,
    )?;
    let mut text = String::new();
    for file in &files {
        text.push_str(&std::fs::read_to_string(file)?);
    }
    for law in 1..=10 {
        if !text.contains(&format!("fn law_{law}_")) {
            faults.push(format!("law {law} has no test whose name begins with law_{law}_"));
        }
    }
    Ok(())
}

/// Every file that docs/features.md names as a test exists.
fn features_have_tests(faults: &mut Vec<String>) -> Result<()> {
    for line in read("docs/features.md")?
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Feature") && !line.starts_with("| ---"))
    {
        let tests: Vec<&str> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.ends_with(".rs") || word.ends_with(".ts") || word.ends_with(".tsx"))
            .collect();
        if tests.is_empty() {
            faults.push(format!("docs/features.md: no test named in {line:?}"));
        }
        for test in tests.iter().filter(|test| !root().join(test).exists()) {
            faults.push(format!("docs/features.md names {test}, which does not exist"));
        }
    }
    Ok(())
}

fn long_files(faults: &mut Vec<String>) -> Result<()> {
    let mut files = Vec::new();
    let code = |path: &Path| {
        path.extension().is_some_and(|extension| matches!(extension.to_str(), Some("rs" | "ts" | "tsx")))
    };
    for folder in ["crates", "xtask/src", "web/src", "web/e2e"] {
        collect(
            &root().join(folder),
            &mut |path| {
                code(path)
                    && !path.components().any(|part| {
                        part.as_os_str() == "tests"
                            || part.as_os_str() == "protocol" && path.starts_with(root().join("web"))
                    })
            },
            &mut files,
        )?;
    }
    for file in files {
        let lines = std::fs::read_to_string(&file)?.lines().count();
        let shown = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if lines > FILE_LINES_MAX {
            faults.push(format!(
                "{shown} has {lines} lines, {FILE_LINES_MAX} at most: which noun is missing in it?"
            ));
        }
    }
    Ok(())
}

fn read(name: &str) -> Result<String> {
    std::fs::read_to_string(root().join(name)).with_context(|| format!("reading {name}"))
}

fn collect(folder: &Path, wanted: &mut impl FnMut(&Path) -> bool, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "node_modules" && name != "target") {
                collect(&path, wanted, files)?;
            }
        } else if wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}
