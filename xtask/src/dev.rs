//! `cargo xtask dev`: the server, and the page with hot reload in front of it.

use crate::shell::{cargo, root, run, say, step};
use crate::{tools, web};
use anyhow::{Context as _, Result};

/// Runs both until one ends or Ctrl-C.
pub fn dev(options: &[String]) -> Result<()> {
    step("tools and packages", || {
        tools::need_node()?;
        tools::want_ffmpeg();
        web::packages()?;
        web::codegen()
    })?;
    run(&mut cargo(&["build", "--package", "genlock"]))?;
    say("== page with hot reload on http://127.0.0.1:5173, server on http://127.0.0.1:8080");
    let mut server = cargo(&["run", "--quiet", "--package", "genlock", "--", "serve"])
        .args(options)
        .env("GENLOCK_DATA_DIR", root().join("genlock-data"))
        // The page comes from another port of this machine, and cookies know no ports.
        .env("GENLOCK_ALLOWED_ORIGINS", "http://127.0.0.1:5173,http://localhost:5173")
        .spawn()
        .context("starting the server")?;
    let page = run(&mut web::npm(&["run", "--silent", "dev"]));
    // The server ends with the page; a failure to end it means that it has ended already.
    let _ = server.kill();
    let _ = server.wait();
    page
}
