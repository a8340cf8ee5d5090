//! A conversation while a film is prepared: how long a message takes to be committed and heard by all, and how often the
//! film's progress is told, while ffmpeg has all the processors it wants.

use crate::delays::Delays;
use crate::member::{Socket, join, message, messages_in, next, send};
use crate::populate::populate;
use crate::print_line;
use crate::process::Server;
use crate::visitor::Visitor;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use protocol::fleeting::Fleeting;
use protocol::{ClientFrame, OpId, ServerFrame};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Bytes per second at which the film is sent: as fast as it goes.
const AT_ONCE: u64 = 1_000_000_000;
/// Time between two messages, and connections that say them in turn: one may not say so many.
const EVERY: Duration = Duration::from_millis(100);
const SPEAKERS: usize = 10;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The film.
    #[arg(long)]
    file: PathBuf,
    /// Members who listen.
    #[arg(long, default_value_t = 20)]
    members: usize,
    /// Seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// When each message was said.
type Said = Arc<Mutex<HashMap<OpId, Instant>>>;

/// What one member heard.
#[derive(Default)]
struct Heard {
    /// From saying to hearing.
    messages: Delays,
    /// Between two words about the film's progress that differ.
    progress: Delays,
    went_back: u32,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let seats = populate(folder.path(), options.members + 1, options.members + 1).await?;
    let server = Server::start_with(folder.path(), &["--no-sample"]).await?;
    let (speaker, listeners) = seats.split_first().context("a speaker")?;
    let said = Said::default();
    let mut hearing = Vec::new();
    for seat in listeners {
        let socket = join(&server.base, seat).await?;
        let until = Instant::now() + Duration::from_secs(options.seconds + 20);
        hearing.push(tokio::spawn(hear(socket, Arc::clone(&said), options.seconds * 10, until)));
    }
    let visitor = Visitor::new(&server, speaker);
    let upload = visitor.announce(&options.file, speaker.channel).await?;
    visitor.send_all(&upload, AT_ONCE).await?;

    let mut speaking = Vec::new();
    for _ in 0..SPEAKERS {
        speaking.push(join(&server.base, speaker).await?);
    }
    let began = Instant::now();
    let mut committed = Delays::default();
    for number in 0..options.seconds * 10 {
        tokio::time::sleep_until((began + EVERY * u32::try_from(number)?).into()).await;
        let word = message(number)?;
        let (op, now) = (word.op, Instant::now());
        said.lock().expect("nobody panics with it").insert(op, now);
        let socket = &mut speaking[usize::try_from(number)? % SPEAKERS];
        send(socket, &ClientFrame::Command(word)).await?;
        loop {
            match next(socket).await? {
                ServerFrame::Ack(ack) if ack.op == op => break,
                ServerFrame::Reject(reject) if reject.op == Some(op) => bail!("refused: {reject:?}"),
                _ => {}
            }
        }
        committed.add(now.elapsed());
    }
    print_line(&format!("while {:.0} MB are prepared:", upload.bytes as f64 / 1e6));
    print_line(&format!("a message is committed: {committed}"));
    let mut all = Heard::default();
    for member in hearing {
        let heard = member.await??;
        all.messages.join(heard.messages);
        all.progress.join(heard.progress);
        all.went_back += heard.went_back;
    }
    print_line(&format!("it is heard by each of {} others: {}", options.members, all.messages));
    print_line(&format!("progress is told after: {}; it went back {} times", all.progress, all.went_back));
    Ok(())
}

/// Listens until all was heard.
async fn hear(mut socket: Socket, said: Said, count: u64, until: Instant) -> Result<Heard> {
    let mut heard = Heard::default();
    let mut messages = 0;
    let mut last: Option<(String, u32, Instant)> = None;
    while messages < count {
        let Ok(frame) = tokio::time::timeout_at(until.into(), next(&mut socket)).await else { break };
        let frame = frame?;
        for op in messages_in(&frame) {
            if let Some(at) = said.lock().expect("nobody panics with it").get(&op) {
                heard.messages.add(at.elapsed());
                messages += 1;
            }
        }
        let ServerFrame::Fleetings(fleetings) = frame else { continue };
        for told in fleetings.values {
            let Fleeting::Progress(progress) = told.value else { continue };
            let now = Instant::now();
            if let Some((stage, permille, at)) = last.take_if(|(stage, ..)| *stage == progress.stage) {
                if progress.permille < permille {
                    heard.went_back += 1;
                }
                heard.progress.add(now - at);
                drop(stage);
            }
            last = Some((progress.stage, progress.permille, now));
        }
    }
    Ok(heard)
}
