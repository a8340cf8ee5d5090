//! `cargo xtask bench`: the figures that the project promises, each printed on a line of its own. Built for release,
//! niced, bounded; never part of `test`.

use crate::shell::{cargo, run, step};
use crate::{tools, up, web};
use anyhow::Result;

/// Runs every benchmark, or those whose name is given: `connections`, `commits`, `ladder`, `sync`.
pub fn bench(names: &[String]) -> Result<()> {
    tools::want_ffmpeg();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|given| given == name);
    let benches: [(&str, &[&str]); 3] = [
        ("commits", &["run", "--release", "--quiet", "--package", "store", "--example", "commit_bench"]),
        ("connections", &["run", "--release", "--quiet", "--package", "load", "--", "connections"]),
        ("ladder", &["run", "--release", "--quiet", "--package", "worker", "--example", "ladder_bench"]),
    ];
    for (name, arguments) in benches {
        if wanted(name) {
            step(name, || run(&mut cargo(arguments)))?;
        }
    }
    if wanted("sync") {
        step("sync", sync)?;
    }
    Ok(())
}

/// How far apart players in real browsers are; writes docs/bench/sync.json, its plot and the tables of docs/sync.md.
/// `GENLOCK_BENCH_ONLY` names parts by a word of their titles.
fn sync() -> Result<()> {
    tools::need_node()?;
    let chromium = tools::need_chromium()?;
    web::packages()?;
    web::build()?;
    run(&mut cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "genlock",
        "--package",
        "media",
        "--bins",
        "--examples",
    ]))?;
    let mut measure = web::npm(&["run", "--silent", "bench"]);
    if let Some(only) = std::env::var_os("GENLOCK_BENCH_ONLY") {
        measure.args(["--", "--grep"]).arg(only);
    }
    measure.env("CHROMIUM_PATH", chromium).env("GENLOCK_TARGET", up::target_folder().join("release"));
    run(&mut measure)
}
