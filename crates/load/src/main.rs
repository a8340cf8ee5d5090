//! Load on a real server, on loopback only, bounded in count and time. Prints figures; asserts nothing.

mod connections;
mod populate;
mod process;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures a real genlock server on this machine")]
struct Arguments {
    #[command(subcommand)]
    command: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Memory per connected, joined person, and the time of a broadcast to all of them.
    Connections(connections::Options),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    match arguments.command {
        Load::Connections(options) => runtime.block_on(connections::run(&options)),
    }
}
