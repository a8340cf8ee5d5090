//! How fast media is handed out: a fixed number of requests a second, whoever is late, each for 64 KiB of a segment.
//! A delay counts from when a request was due, so that a server which falls behind is not spared.

use crate::delays::Delays;
use crate::populate::populate;
use crate::print_line;
use crate::process::Server;
use crate::visitor::Visitor;
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use protocol::rest::{VersionState, VideoList};
use reqwest::{Method, StatusCode};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Bytes of each answer.
const OBJECT_BYTES: u64 = 64 * 1024;
/// Requests of one connection follow each other; so many connections share the rate.
const CONNECTIONS: u32 = 32;
/// How often the film is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Longest wait until it is ready.
const PATIENCE: Duration = Duration::from_secs(900);
/// Bytes per second at which the film is sent: as fast as it goes.
const AT_ONCE: u64 = 1_000_000_000;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The film whose segments are asked for.
    #[arg(long)]
    file: PathBuf,
    /// Requests a second.
    #[arg(long, default_value_t = 2_000)]
    per_second: u32,
    /// Seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let seats = populate(folder.path(), 1, 1).await?;
    let seat = seats.first().context("one person")?;
    let server = Server::start_with(folder.path(), &["--no-sample"]).await?;
    let visitor = Visitor::new(&server, seat);
    let upload = visitor.announce(&options.file, seat.channel).await?;
    visitor.send_all(&upload, AT_ONCE).await?;
    ready(&visitor, &seat.channel.to_string()).await?;
    let lists = visitor.segments(&upload.version).await?;
    let mut large = Vec::new();
    for path in lists.into_iter().flatten() {
        let answer = visitor.ask(Method::GET, &format!("/media/{path}")).send().await?;
        if answer.bytes().await?.len() as u64 >= OBJECT_BYTES {
            large.push(path);
        }
    }
    ensure!(!large.is_empty(), "no segment of the film has 64 KiB");

    let before = server.cpu_seconds()?;
    let began = Instant::now();
    let connections = (0..CONNECTIONS.min(options.per_second)).map(|number| {
        let (visitor, large) = (Visitor::new(&server, seat), large.clone());
        let (total, per_second) = (options.per_second * options.seconds, options.per_second);
        tokio::spawn(async move {
            let mut delays = Delays::default();
            for request in (number..total).step_by(CONNECTIONS as usize) {
                let due = began + Duration::from_secs_f64(f64::from(request) / f64::from(per_second));
                tokio::time::sleep_until(due.into()).await;
                let path = &large[request as usize % large.len()];
                let range = format!("bytes=0-{}", OBJECT_BYTES - 1);
                let answer =
                    visitor.ask(Method::GET, &format!("/media/{path}")).header("range", range).send().await?;
                ensure!(answer.status() == StatusCode::PARTIAL_CONTENT, "{}", answer.status());
                ensure!(answer.bytes().await?.len() as u64 == OBJECT_BYTES, "a short answer");
                delays.add(due.elapsed());
            }
            Ok(delays)
        })
    });
    let connections: Vec<_> = connections.collect();
    let mut all = Delays::default();
    for connection in connections {
        all.join(connection.await??);
    }
    print_line(&format!(
        "{} answers of 64 KiB a second for {:.1} s: {all}; {:.2} CPU s a second of the server",
        options.per_second,
        began.elapsed().as_secs_f64(),
        (server.cpu_seconds()? - before) / began.elapsed().as_secs_f64(),
    ));
    Ok(())
}

/// Until the channel's film has everything.
async fn ready(visitor: &Visitor, channel: &str) -> Result<()> {
    let began = Instant::now();
    loop {
        let path = format!("/api/v1/channels/{channel}/videos");
        let list: VideoList = visitor.ask(Method::GET, &path).send().await?.json().await?;
        if list.videos.iter().flat_map(|video| &video.versions).any(|one| one.state == VersionState::Ready) {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "the film does not become ready");
        tokio::time::sleep(LOOK).await;
    }
}
