//! `cargo xtask bench`: the figures that the project promises, each printed on a line of its own. Built for release,
//! niced, bounded; never part of `test`.

use crate::shell::{cargo, run, step};
use crate::tools;
use anyhow::Result;

/// Runs every benchmark, or those whose name is given: `connections`, `commits`, `ladder`.
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
    Ok(())
}
