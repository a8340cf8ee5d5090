//! How soon a film can be watched that is on its way: sent as the page sends it, in portions of its parts, the index
//! first, two requests at once, at a bounded rate; looked for as a player looks.

use crate::populate::{Seat, populate};
use crate::print_line;
use crate::process::Server;
use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use clap::Args;
use media::IndexFinder;
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PIECE_BYTES};
use protocol::upload::UploadParts;
use reqwest::{Body, Client, Method, RequestBuilder, StatusCode};
use std::collections::VecDeque;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::parts::part_range;

/// Requests at once, as the page has them.
const LANES: usize = 2;
/// Bytes handed to the connection at a time.
const SIP_BYTES: u64 = 32 * 1024;
/// How often a segment is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(600);

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

/// A person at a server.
#[derive(Clone)]
struct Visitor {
    http: Client,
    base: String,
    cookie: String,
}

impl Visitor {
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("origin", &self.base).header("cookie", &self.cookie)
    }

    /// A body under `/media`, once it is there.
    async fn media(&self, path: &str) -> Result<String> {
        let began = Instant::now();
        loop {
            let answer = self.ask(Method::GET, &format!("/media/{path}?prefer=respond-async")).send().await?;
            if answer.status() == StatusCode::OK {
                return Ok(String::from_utf8_lossy(&answer.bytes().await?).into_owned());
            }
            ensure!(began.elapsed() < PATIENCE, "{path}: {}", answer.status());
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// When the next bytes may leave: one line for all requests.
struct Line {
    free_at: Mutex<Instant>,
    bytes_per_second: u64,
}

impl Line {
    async fn pass(&self, bytes: u64) {
        let until = {
            let mut free_at = self.free_at.lock().expect("nobody panics with it");
            *free_at = (*free_at).max(Instant::now())
                + Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
            *free_at
        };
        tokio::time::sleep_until(until.into()).await;
    }
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
    let visitor = Visitor {
        http: Client::new(),
        base: server.base.clone(),
        cookie: format!("genlock_loopback={}", seat.token),
    };
    let file = Arc::new(std::fs::File::open(&options.file)?);
    let bytes = file.metadata()?.len();
    let made = visitor
        .ask(Method::POST, "/api/v1/uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes)
        .header(
            "upload-metadata",
            metadata(&[("filename", "film.mp4"), ("channel", &seat.channel.to_string())]),
        )
        .send()
        .await?;
    ensure!(made.status() == StatusCode::CREATED, "{} {}", made.status(), made.text().await?);
    let path = made.headers()["location"].to_str()?.to_owned();
    let parts: UploadParts = visitor.ask(Method::GET, &format!("{path}/parts")).send().await?.json().await?;
    let version = parts.version.to_string();

    let portions = Arc::new(Mutex::new(order(&file, bytes)?));
    let began = Instant::now();
    let line = Arc::new(Line { free_at: Mutex::new(began), bytes_per_second: options.bytes_per_second });
    let lanes = (0..LANES).map(|_| {
        let (visitor, file, line) = (visitor.clone(), Arc::clone(&file), Arc::clone(&line));
        let (portions, path) = (Arc::clone(&portions), path.clone());
        tokio::spawn(async move {
            loop {
                let next = portions.lock().expect("nobody panics with it").pop_front();
                let Some(portion) = next else { return Ok::<_, anyhow::Error>(()) };
                send(&visitor, &file, &line, &path, bytes, portion).await?;
            }
        })
    });
    let lanes: Vec<_> = lanes.collect();
    let watching = tokio::spawn(watch(visitor.clone(), version, began));
    for lane in lanes {
        lane.await??;
    }
    let sent_s = began.elapsed().as_secs_f64();
    let (first_s, whole_s) = watching.await??;
    print_line(&format!(
        "{:.0} MB in {sent_s:.1} s: first segment {first_s:.2} s after the first byte, whole lowest rendition {:+.2} s after the last",
        bytes as f64 / 1e6,
        whole_s - sent_s,
    ));
    Ok(())
}

/// Seconds until the first segments of picture and sound are there, and until all are.
async fn watch(visitor: Visitor, version: String, began: Instant) -> Result<(f64, f64)> {
    let master = visitor.media(&format!("{version}/master.m3u8")).await?;
    let picture = master.lines().find(|line| !line.starts_with('#')).context("a rendition")?.to_owned();
    let sound =
        master.lines().find_map(|line| line.split_once("URI=\"")?.1.split('"').next().map(str::to_owned));
    let mut first_s = 0.0;
    let mut lists = Vec::new();
    for list in [Some(picture), sound].into_iter().flatten() {
        let folder = list.rsplit_once('/').context("a folder")?.0.to_owned();
        let text = visitor.media(&format!("{version}/{list}")).await?;
        let segments: Vec<String> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| format!("{version}/{folder}/{line}"))
            .collect();
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

/// Portions of one piece, as the page sends them on such a line: those of the index first, then from the front.
fn order(file: &std::fs::File, bytes: u64) -> Result<VecDeque<u64>> {
    let place = IndexFinder::find(bytes, |range| read(file, range))?;
    let index = place.context("the file has no index")?.index;
    let first = index.start / UPLOAD_PIECE_BYTES..=(index.end - 1) / UPLOAD_PIECE_BYTES;
    let all = 0..bytes.div_ceil(UPLOAD_PIECE_BYTES);
    Ok(first.clone().chain(all.filter(|piece| !first.contains(piece))).collect())
}

async fn send(
    visitor: &Visitor,
    file: &Arc<std::fs::File>,
    line: &Arc<Line>,
    path: &str,
    bytes: u64,
    piece: u64,
) -> Result<()> {
    let run = piece * UPLOAD_PIECE_BYTES..((piece + 1) * UPLOAD_PIECE_BYTES).min(bytes);
    let part = u32::try_from(run.start / UPLOAD_PART_BYTES)?;
    let Range { start, end } = part_range(part, bytes);
    let whole = end - start;
    let sips = sips(Arc::clone(file), Arc::clone(line), run.clone());
    let answer = visitor
        .ask(Method::PUT, &format!("{path}/parts/{part}"))
        .header("content-range", format!("bytes {}-{}/{whole}", run.start - start, run.end - start - 1))
        .header("content-length", run.end - run.start)
        .body(Body::wrap_stream(sips))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "{} {}", answer.status(), answer.text().await?);
    Ok(())
}

fn sips(
    file: Arc<std::fs::File>,
    line: Arc<Line>,
    run: Range<u64>,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::unfold(run, move |left| {
        let (file, line) = (Arc::clone(&file), Arc::clone(&line));
        async move {
            let sip = left.start..(left.start + SIP_BYTES).min(left.end);
            if sip.is_empty() {
                return None;
            }
            line.pass(sip.end - sip.start).await;
            Some((read(&file, sip.clone()).map(Bytes::from), sip.end..left.end))
        }
    })
}

/// Bytes of a file; a few.
fn read(file: &std::fs::File, range: Range<u64>) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).expect("in memory")];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

fn metadata(pairs: &[(&str, &str)]) -> String {
    use base64::Engine as _;
    let encoded = |(name, value): &(&str, &str)| {
        format!("{name} {}", base64::engine::general_purpose::STANDARD.encode(value))
    };
    pairs.iter().map(encoded).collect::<Vec<_>>().join(",")
}
