//! Somebody at a server over HTTP: reads media, and uploads a film as the page does, in portions of its parts, the index
//! first, two requests at once, at a bounded rate.

use crate::populate::Seat;
use crate::process::Server;
use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use media::IndexFinder;
use protocol::ChannelId;
use protocol::limits::{UPLOAD_PART_PIECES, UPLOAD_PIECE_BYTES};
use protocol::upload::UploadParts;
use reqwest::{Body, Client, Method, RequestBuilder, StatusCode};
use std::collections::VecDeque;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::parts::part_range;

/// Requests at once, as the page has them.
const LANES: usize = 2;
/// Bytes handed to the connection at a time.
const SIP_BYTES: u64 = 32 * 1024;
/// A portion that took less time may be twice as long next time, one that took more half as long, as on the page.
const QUICK: Duration = Duration::from_millis(400);
const SLOW: Duration = Duration::from_millis(1_600);
/// How often a segment is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(600);

/// A person at a server.
#[derive(Clone)]
pub struct Visitor {
    http: Client,
    base: String,
    cookie: String,
}

/// An upload that was announced.
pub struct Upload {
    file: Arc<std::fs::File>,
    /// Size of the film, bytes.
    pub bytes: u64,
    path: String,
    /// The version that it becomes.
    pub version: String,
}

impl Visitor {
    /// Who sits in a seat.
    pub fn new(server: &Server, seat: &Seat) -> Visitor {
        Visitor {
            http: Client::new(),
            base: server.base.clone(),
            cookie: format!("genlock_loopback={}", seat.token),
        }
    }

    /// Announces a film in a channel.
    pub async fn announce(&self, film: &Path, channel: ChannelId) -> Result<Upload> {
        let file = Arc::new(std::fs::File::open(film)?);
        let bytes = file.metadata()?.len();
        let made = self
            .ask(Method::POST, "/api/v1/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", bytes)
            .header(
                "upload-metadata",
                metadata(&[("filename", "film.mp4"), ("channel", &channel.to_string())]),
            )
            .send()
            .await?;
        ensure!(made.status() == StatusCode::CREATED, "{} {}", made.status(), made.text().await?);
        let path = made.headers()["location"].to_str()?.to_owned();
        let parts: UploadParts = self.ask(Method::GET, &format!("{path}/parts")).send().await?.json().await?;
        Ok(Upload { file, bytes, path, version: parts.version.to_string() })
    }

    /// Sends all of it.
    pub async fn send_all(&self, upload: &Upload, bytes_per_second: u64) -> Result<()> {
        let bytes = upload.bytes;
        let portions = Arc::new(Mutex::new(Portions { left: order(&upload.file, bytes)?, pieces: 1 }));
        let line = Arc::new(Line { free_at: Mutex::new(Instant::now()), bytes_per_second });
        let lanes = (0..LANES).map(|_| {
            let (visitor, file, line) = (self.clone(), Arc::clone(&upload.file), Arc::clone(&line));
            let (portions, path) = (Arc::clone(&portions), upload.path.clone());
            tokio::spawn(async move {
                loop {
                    let next = portions.lock().expect("nobody panics with it").next();
                    let Some(portion) = next else { return Ok::<_, anyhow::Error>(()) };
                    let sent = Instant::now();
                    let pieces = portion.end - portion.start;
                    send(&visitor, &file, &line, &path, bytes, portion).await?;
                    portions.lock().expect("nobody panics with it").took(pieces, sent.elapsed());
                }
            })
        });
        let lanes: Vec<_> = lanes.collect();
        for lane in lanes {
            lane.await??;
        }
        Ok(())
    }

    /// Segments of the first picture rendition, and those of the first sound track.
    pub async fn segments(&self, version: &str) -> Result<Vec<Vec<String>>> {
        let master = self.media(&format!("{version}/master.m3u8")).await?;
        let picture = master.lines().find(|line| !line.starts_with('#')).context("a rendition")?.to_owned();
        let sound =
            master.lines().find_map(|line| line.split_once("URI=\"")?.1.split('"').next().map(str::to_owned));
        let mut lists = Vec::new();
        for list in [Some(picture), sound].into_iter().flatten() {
            let folder = list.rsplit_once('/').context("a folder")?.0.to_owned();
            let text = self.media(&format!("{version}/{list}")).await?;
            let segments = text.lines().filter(|line| !line.starts_with('#'));
            lists.push(segments.map(|line| format!("{version}/{folder}/{line}")).collect());
        }
        Ok(lists)
    }

    /// A request as this person.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("origin", &self.base).header("cookie", &self.cookie)
    }

    /// A body under `/media`, once it is there.
    pub async fn media(&self, path: &str) -> Result<String> {
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

/// What is left to be sent, in portions that grow as the page's do.
struct Portions {
    left: VecDeque<u64>,
    /// Pieces of the next one.
    pieces: u64,
}

impl Portions {
    /// Pieces that follow each other within a part.
    fn next(&mut self) -> Option<Range<u64>> {
        let first = self.left.pop_front()?;
        let mut portion = first..first + 1;
        while portion.end - first < self.pieces
            && portion.end % UPLOAD_PART_PIECES != 0
            && self.left.front() == Some(&portion.end)
        {
            self.left.pop_front();
            portion.end += 1;
        }
        Some(portion)
    }

    /// A portion has gone through.
    fn took(&mut self, pieces: u64, time: Duration) {
        if time < QUICK && pieces >= self.pieces {
            self.pieces = (self.pieces * 2).min(UPLOAD_PART_PIECES);
        }
        if time > SLOW && pieces <= self.pieces {
            self.pieces = (self.pieces / 2).max(1);
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

/// The pieces in the order in which they are sent: those of the index first, then from the front.
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
    pieces: Range<u64>,
) -> Result<()> {
    let run = pieces.start * UPLOAD_PIECE_BYTES..(pieces.end * UPLOAD_PIECE_BYTES).min(bytes);
    let part = u32::try_from(pieces.start / UPLOAD_PART_PIECES)?;
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
