//! Measures commits per second with and without group commit, on SQLite as it runs in production. Called by
//! `cargo run --release -p store --example commit_bench [FOLDER]`; the folder decides the disk. Prints one line per
//! measurement. Not a test: figures depend on the machine and who shares it.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use protocol::event::MessageSent;
use protocol::{ChannelId, Event, EventBody, OpId, PersonId, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::event_log::{Appended, Batch};
use store::memory::MemoryBlobs;
use store::sqlite::{self, Grouping};
use tokio::task::JoinSet;

/// How long each measurement runs.
const RUN: Duration = Duration::from_secs(3);
/// Length of a chat message, bytes: that of a long sentence.
const MESSAGE_BYTES: usize = 120;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let parent = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    for rooms in [1, 16, 64, 256] {
        for grouping in [Grouping::Single, Grouping::Grouped] {
            let folder = tempfile::tempdir_in(&parent)?;
            println!("{}", runtime.block_on(measure(folder.path(), rooms, grouping))?);
        }
    }
    Ok(())
}

/// Rooms that each append one message, wait for the answer, and append the next.
async fn measure(folder: &Path, rooms: u64, grouping: Grouping) -> Result<String, Failure> {
    let store = sqlite::open_with(&folder.join("genlock.db"), Arc::new(MemoryBlobs::default()), grouping)?;
    let began = Instant::now();
    let mut running = JoinSet::new();
    for room in 0..rooms {
        let store = store.clone();
        running.spawn(async move {
            let mut waits = Vec::new();
            let channel = ChannelId::from_bytes(id(1, room));
            while began.elapsed() < RUN {
                let head = waits.len() as u64;
                let batch = Batch { channel, epoch: 1, expected_head: head, events: vec![message(head + 1)] };
                let asked = Instant::now();
                match store.log.append(batch).await? {
                    Appended::Committed { .. } => waits.push(asked.elapsed()),
                    other => return Err(Failure::from(format!("{other:?}"))),
                }
            }
            Ok::<_, Failure>(waits)
        });
    }
    let mut waits = Vec::new();
    for outcome in running.join_all().await {
        waits.extend(outcome?);
    }
    let elapsed = began.elapsed();
    waits.sort();
    let per_second = waits.len() as f64 / elapsed.as_secs_f64();
    let share = |permille: usize| {
        waits.get(waits.len() * permille / 1000).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    let name = match grouping {
        Grouping::Single => "one by one",
        Grouping::Grouped => "grouped",
    };
    Ok(format!(
        "{rooms:>3} rooms, {name:<10}: {per_second:>7.0} durable messages/s, wait p50 {:.2} ms, p99 {:.2} ms",
        share(500),
        share(990)
    ))
}

fn message(seq: u64) -> Event {
    let sent = MessageSent { text: "m".repeat(MESSAGE_BYTES), at: None };
    Event {
        seq,
        at: Timestamp(seq as i64),
        actor: Some(PersonId::from_bytes([2; 16])),
        op: OpId::from_bytes(id(3, seq)),
        body: EventBody::MessageSent(sent),
    }
}

fn id(kind: u8, number: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}
