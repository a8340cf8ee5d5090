//! Memory per connected person: real sessions, real membership, hello answered, presence kept.

use crate::delays::Delays;
use crate::member::{join, message, messages_in, next, read_on, send};
use crate::populate::{Seat, populate};
use crate::print_line;
use crate::process::Server;
use anyhow::Result;
use clap::Args;
use protocol::ClientFrame;
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// People connected at once; one file descriptor each, here and in the server.
    #[arg(long, default_value_t = 2_000)]
    people: usize,
    /// People in one channel.
    #[arg(long, default_value_t = 20)]
    per_channel: usize,
    /// Seconds of quiet before memory is read.
    #[arg(long, default_value_t = 15)]
    settle_s: u64,
    /// Messages broadcast in each of the first ten channels.
    #[arg(long, default_value_t = 5)]
    messages: usize,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let seats = populate(folder.path(), options.people, options.per_channel).await?;
    let server = Server::start(folder.path()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = server.resident_bytes()?;
    print_line(&format!("idle: {:.1} MiB resident", mebibytes(idle)));

    let begun = Instant::now();
    let mut readers = Vec::with_capacity(seats.len());
    for chunk in seats.chunks(64) {
        let joined =
            futures_util::future::try_join_all(chunk.iter().map(|seat| join(&server.base, seat))).await?;
        // Reading on, so that no queue of the server's fills up.
        readers.extend(joined.into_iter().map(|socket| tokio::spawn(read_on(socket))));
    }
    let connect_s = begun.elapsed().as_secs_f64();
    let cpu_before = server.cpu_seconds()?;
    tokio::time::sleep(Duration::from_secs(options.settle_s)).await;
    let full = server.resident_bytes()?;
    print_line(&format!(
        "{} people in channels of {}: {:.1} MiB resident, {:.2} KiB per person, joined in {connect_s:.1} s, {:.2} CPU ms per person and minute at rest",
        seats.len(),
        options.per_channel,
        mebibytes(full),
        (full.saturating_sub(idle)) as f64 / 1024.0 / seats.len() as f64,
        (server.cpu_seconds()? - cpu_before) * 1000.0 / seats.len() as f64 / (options.settle_s as f64 / 60.0),
    ));
    broadcast(&server, &seats, options).await?;
    for reader in readers {
        reader.abort();
    }
    Ok(())
}

/// Says something in the first channels and measures until a listener there has it, by that listener's clock.
async fn broadcast(server: &Server, seats: &[Seat], options: &Options) -> Result<()> {
    let mut delays = Delays::default();
    for (number, seat) in seats.iter().step_by(options.per_channel).take(10).enumerate() {
        let mut socket = join(&server.base, seat).await?;
        for again in 0..options.messages {
            let said = message((number * options.messages + again) as u64)?;
            let op = said.op;
            let begun = Instant::now();
            send(&mut socket, &ClientFrame::Command(said)).await?;
            while !messages_in(&next(&mut socket).await?).any(|heard| heard == op) {}
            delays.add(begun.elapsed());
        }
    }
    print_line(&format!("message to committed and seen: {delays}"));
    Ok(())
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
