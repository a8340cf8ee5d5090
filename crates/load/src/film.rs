//! How soon a film can be watched that is on its way: sent at a bounded rate, looked for as a player looks.

use crate::populate::{Seat, populate};
use crate::print_line;
use crate::process::Server;
use crate::visitor::Visitor;
use anyhow::{Context as _, Result};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The film.
    #[arg(long)]
    file: PathBuf,
    /// Bytes per second at which it is sent.
    #[arg(long, default_value_t = 2_500_000)]
    bytes_per_second: u64,
    /// How often.
    #[arg(long, default_value_t = 3)]
    times: u32,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    for _ in 0..options.times {
        let folder = tempfile::tempdir()?;
        let seats = populate(folder.path(), 1, 1).await?;
        let server = Server::start_with(folder.path(), &["--no-sample"]).await?;
        once(options, &server, seats.first().context("one person")?).await?;
    }
    Ok(())
}

async fn once(options: &Options, server: &Server, seat: &Seat) -> Result<()> {
    let visitor = Visitor::new(server, seat);
    let upload = visitor.announce(&options.file, seat.channel).await?;
    let began = Instant::now();
    let watching = tokio::spawn(watch(visitor.clone(), upload.version.clone(), began));
    visitor.send_all(&upload, options.bytes_per_second).await?;
    let sent_s = began.elapsed().as_secs_f64();
    let (first_s, whole_s) = watching.await??;
    print_line(&format!(
        "{:.0} MB in {sent_s:.1} s: first segment {first_s:.2} s after the first byte, whole lowest rendition {:+.2} s after the last",
        upload.bytes as f64 / 1e6,
        whole_s - sent_s,
    ));
    Ok(())
}

/// Seconds until the first segments of picture and sound are there, and until all are.
async fn watch(visitor: Visitor, version: String, began: Instant) -> Result<(f64, f64)> {
    let mut first_s = 0.0;
    let mut lists = Vec::new();
    for segments in visitor.segments(&version).await? {
        visitor.media(segments.first().context("a segment")?).await?;
        first_s = began.elapsed().as_secs_f64();
        lists.push(segments);
    }
    for segments in lists {
        for segment in segments {
            visitor.media(&segment).await?;
        }
    }
    Ok((first_s, began.elapsed().as_secs_f64()))
}
