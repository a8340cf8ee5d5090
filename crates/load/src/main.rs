//! Load on a real server, on loopback only, bounded in count and time. Prints figures; asserts nothing.

mod beside;
mod connections;
mod delays;
mod delivery;
mod film;
mod member;
mod populate;
mod process;
mod seeks;
mod visitor;

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
    /// How soon a film can be watched that is sent at a given rate: its first segment after its first byte, the whole
    /// lowest rendition after its last.
    Film(film::Options),
    /// How long a jump into a film takes that nobody has prepared yet.
    Seeks(seeks::Options),
    /// How fast media is handed out at a fixed number of requests a second.
    Delivery(delivery::Options),
    /// How long messages take while a film is prepared, and how often its progress is told.
    Beside(beside::Options),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    match arguments.command {
        Load::Connections(options) => runtime.block_on(connections::run(&options)),
        Load::Film(options) => runtime.block_on(film::run(&options)),
        Load::Seeks(options) => runtime.block_on(seeks::run(&options)),
        Load::Delivery(options) => runtime.block_on(delivery::run(&options)),
        Load::Beside(options) => runtime.block_on(beside::run(&options)),
    }
}

#[expect(clippy::print_stdout, reason = "the figures are the product of this program")]
fn print_line(line: &str) {
    println!("{line}");
}
