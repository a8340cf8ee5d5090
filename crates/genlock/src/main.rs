//! The binary `genlock`: settings and commands around the server and the worker. Joins them and decides nothing itself.
//!
//! Reading order: [`cli`], [`settings`], [`settings_file`], [`serve`], [`greeting`], [`work`], then the smaller commands.

mod addresses;
mod admin;
mod cli;
mod doctor;
mod greeting;
mod healthcheck;
mod logs;
mod media_tools;
mod sample;
mod serve;
mod settings;
mod settings_file;
mod stores;
mod tell;
mod token;
mod work;

use clap::FromArgMatches as _;
use cli::{Cli, Command};
use std::future::Future;
use std::process::ExitCode;

/// First argument by which the launcher starts this binary again as the cage of ffmpeg.
const SANDBOX_EXEC: &str = "sandbox-exec";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    // Before anything else: the cage is built in a process with one thread and no runtime.
    if arguments.nth(1).is_some_and(|first| first == SANDBOX_EXEC) {
        return worker::sandbox::exec_main(arguments);
    }
    let (matches, file) = match settings::read() {
        Ok(read) => read,
        Err(error) => {
            tell::error(&format!("genlock: {error:#}"));
            return ExitCode::FAILURE;
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let done = match cli.command {
        Command::Serve(options) => run(serve::serve(&options)),
        Command::Work(options) => run(work::work(&options)),
        Command::Token(command) => run(token::run(command)),
        Command::Admin(command) => run(admin::run(command)),
        Command::Migrate(options) => stores::migrate(&options),
        Command::Doctor(options) => run(doctor::run(&options)),
        Command::Healthcheck(options) => run(healthcheck::run(&options)),
        Command::Openapi => {
            tell::line(&format!("{:#}", server::http::openapi::document()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(_) => settings::show(&matches, file.as_ref()),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tell::error(&format!("genlock: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs on the runtime of many threads.
fn run(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
