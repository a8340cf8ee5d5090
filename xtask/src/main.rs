//! The project's own commands: `cargo xtask up`, `test`, `dev`, `codegen`, `tidy`, `bench`.
//!
//! Runs on a machine with only Rust, Node and a package manager; installs what is missing where it may, else prints
//! the exact command. Never part of the product.

mod bench;
mod dev;
mod shell;
mod test;
mod tidy;
mod tools;
mod up;
mod web;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask COMMAND

  up [--lan] [serve options]   build client and server and start a complete instance
  test [--long] [--only STEP]  run every check: formatting, lints, structure, unit, page, end-to-end
                               steps: fmt tidy deny web clippy rust e2e
  dev                          hot reload: server on 127.0.0.1:8080, page on 127.0.0.1:5173
  release-data                 make the data folder of this version for the tests of later ones; once per release
  codegen                      write web/src/protocol from crates/protocol
  tidy [--fix]                 compare the documents with the code
  bench [NAME]                 print the figures of memory (connections), commits, encoding (ladder) and of how far apart
                               players in real browsers are (sync: writes docs/bench and docs/sync.md)";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    match arguments.first().map(String::as_str) {
        Some("up") => up::up(rest),
        Some("test") => test::test(rest),
        Some("dev") => dev::dev(rest),
        Some("release-data") => shell::run(&mut shell::cargo(&[
            "run",
            "--quiet",
            "--package",
            "sim",
            "--example",
            "release_data",
        ])),
        Some("codegen") => web::codegen(),
        Some("tidy") => tidy::tidy(rest.iter().any(|argument| argument == "--fix")),
        Some("bench") => bench::bench(rest),
        _ => bail!("{USAGE}"),
    }
}
