//! `cargo xtask test`: everything that has to hold before a change lands.

use crate::shell::{cargo, run, step};
use crate::{tidy, tools, web};
use anyhow::Result;

/// Runs all steps, or the ones named by `--only`. `--long` runs the long forms.
pub fn test(options: &[String]) -> Result<()> {
    let long = options.iter().any(|option| option == "--long");
    let only: Vec<&str> =
        options.iter().skip_while(|option| *option != "--only").skip(1).map(String::as_str).collect();
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    let chromium = std::cell::RefCell::new(String::new());
    step("tools", || {
        tools::need_node()?;
        anyhow::ensure!(tools::want_ffmpeg(), "the tests need ffmpeg");
        if long && wanted("rust") {
            anyhow::ensure!(tools::want_strace(), "the long form needs strace");
        }
        if wanted("e2e") {
            *chromium.borrow_mut() = tools::need_chromium()?;
        }
        web::packages()
    })?;
    if wanted("fmt") {
        step("fmt", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    }
    if wanted("tidy") {
        step("tidy", || tidy::tidy(false))?;
    }
    if wanted("deny") {
        step("deny", || {
            if !tools::want_cargo_deny(long) {
                return Ok(());
            }
            run(&mut cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]))
        })?;
    }
    if wanted("web") {
        step("web lint", || run(&mut web::npm(&["run", "--silent", "lint"])))?;
        step("web types and build", web::build)?;
        step("web tests", || run(web::npm(&["run", "--silent", "test"]).env("CI", "1")))?;
    } else if wanted("rust") || wanted("e2e") {
        step("web build", web::build)?;
    }
    if wanted("clippy") {
        step("clippy", || {
            run(&mut cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ]))
        })?;
    }
    if wanted("rust") {
        step("rust tests", || {
            // All of them, so that one run tells everything that is wrong.
            let mut tests = cargo(&["test", "--workspace", "--quiet", "--no-fail-fast"]);
            if long {
                tests.env("GENLOCK_LONG", "1");
            }
            run(&mut tests)
        })?;
    }
    if wanted("e2e") {
        step("end to end", || {
            // The whole workspace, so that what the Rust tests were built of serves here too: a single package asks
            // for other features of its dependencies and would build them once more.
            run(&mut cargo(&["build", "--quiet", "--workspace", "--bins", "--examples"]))?;
            let mut e2e = web::npm(&["run", "--silent", "e2e"]);
            e2e.env("CHROMIUM_PATH", chromium.borrow().as_str()).env("CI", "1");
            e2e.env("GENLOCK_TARGET", crate::up::target_folder().join("debug"));
            if long {
                e2e.env("GENLOCK_LONG", "1");
            }
            run(&mut e2e)
        })?;
    }
    Ok(())
}
