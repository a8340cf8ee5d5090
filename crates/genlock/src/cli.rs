//! The command line. Every option is also an environment variable and a line of the settings file; a flag wins over the
//! variable, the variable over the file, the file over the default. An empty variable counts as unset.

use crate::settings::{ServeOptions, StoreOptions, WorkOptions};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Watch, review and talk about video together, on the same frame.
#[derive(Parser)]
#[command(name = "genlock", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// File of settings. By default genlock.toml in the data folder, if there is one.
    #[arg(long, env = "GENLOCK_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Subcommand)]
pub enum Command {
    /// Run everything on this machine: page, API, live channels and the preparation of videos.
    Serve(Box<ServeOptions>),
    /// Prepare videos for a server: beside it on its machine without any setting, or from another one with a token.
    Work(Box<WorkOptions>),
    /// Make tokens for programs.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage people without a browser (while the server is stopped).
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Bring the database up to date and say its version (serve does it by itself at start).
    Migrate(StoreOptions),
    /// Check that this machine can run Genlock, and say what to do where it cannot.
    Doctor(Box<ServeOptions>),
    /// Ask a running server whether it is ready; for container health checks.
    Healthcheck(HealthOptions),
    /// Print the API as an OpenAPI 3.1 document.
    Openapi,
    /// Show every setting with its value and where it comes from.
    Config(Box<ServeOptions>),
}

/// Commands of `admin`.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Make an owner of the instance.
    Create(AdminCreate),
}

/// Commands of `token`.
#[derive(Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it; it is told only once.
    Create(TokenCreate),
}

/// Options of `token create`.
#[derive(Args)]
pub struct TokenCreate {
    /// E-mail of the person whose token it is.
    #[arg(long)]
    pub email: String,
    /// What it lets a program do: work (prepare videos for the instance) or metrics (read /metrics).
    #[arg(long)]
    pub scope: String,
    /// What it is for.
    #[arg(long, default_value = "command line")]
    pub name: String,
    #[command(flatten)]
    pub stores: StoreOptions,
}

/// Options of `admin create`.
#[derive(Args)]
pub struct AdminCreate {
    /// E-mail to sign in with.
    #[arg(long)]
    pub email: String,
    /// Name as shown.
    #[arg(long)]
    pub name: String,
    /// Read the password from the standard input (its first line).
    #[arg(long, required = true)]
    pub password_stdin: bool,
    #[command(flatten)]
    pub stores: StoreOptions,
}

/// Options of `healthcheck`.
#[derive(Args)]
pub struct HealthOptions {
    /// Address of the server, as it listens.
    #[arg(long, env = "GENLOCK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: std::net::SocketAddr,
}
