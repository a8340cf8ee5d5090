//! The sample clip: painted, encoded and handed to the pipeline like anybody's upload, so that a new instance has
//! something that plays. Called by the binary at the first start; may be called again after any interruption.

use crate::failure::JobError;
use crate::launcher::{Output, Run};
use crate::sandbox::{Cage, Urgency};
use crate::tools::Tools;
use media::sample::{SAMPLE_FILE, SAMPLE_FRAMES, SamplePainter, sample_args};
use media::{JobSpec, Plan};
use protocol::rest::VersionState;
use protocol::{ChannelId, JobId, PersonId, Timestamp, UploadId, VersionId, VideoId};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Store;
use store::catalog::{UploadRow, VersionRow, VideoRow};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Title in the library.
const TITLE: &str = "Genlock sample";
/// Longest time for making the clip; it takes seconds.
const WALL: Duration = Duration::from_secs(15 * 60);
/// Painted frames that wait for ffmpeg: 1.4 MB each.
const FRAMES_AHEAD: usize = 4;
/// Largest file it may become, bytes; it has about 5 MB.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Under which ids the clip is to appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleClip {
    /// Channel; it need not exist yet.
    pub channel: ChannelId,
    /// Video.
    pub video: VideoId,
    /// Version.
    pub version: VersionId,
}

/// Makes sure that the clip is there and its preparation has begun. True if there is something new for a worker.
///
/// # Errors
/// When it could not be made; calling again starts over.
pub async fn ensure(
    clip: SampleClip,
    store: &Store,
    tools: &Tools,
    folder: &Path,
    now: Timestamp,
) -> Result<bool, JobError> {
    let upload = match store.catalog.version(clip.version).await? {
        Some(_) => match store.catalog.upload_of(clip.version).await? {
            // The process ended between the steps below.
            Some(upload) => upload,
            None => return Ok(false),
        },
        None => {
            // An interrupted making leaves a file that no row knows; a whole one is used again.
            let key = Plan::source_key(clip.version);
            if store.blobs.stat(&key).await?.is_none() {
                let file = make(tools, folder).await?;
                store.blobs.put_file(&key, &file).await?;
            }
            add_rows(clip, store, now).await?
        }
    };
    let bytes = store.blobs.read(&Plan::source_key(clip.version), 0..FILE_BYTES_MAX.min(64 << 20)).await?;
    let hash = media::source_hash(&bytes);
    let probe = desk::new_job(JobId(Uuid::now_v7()), &JobSpec::Probe, clip.version, None, now);
    Ok(store.catalog.complete_upload(upload.upload, hash, vec![probe]).await?)
}

async fn add_rows(clip: SampleClip, store: &Store, now: Timestamp) -> Result<UploadRow, JobError> {
    let bytes = store.blobs.stat(&Plan::source_key(clip.version)).await?.map_or(0, |stat| stat.bytes);
    let video = VideoRow {
        video: clip.video,
        channel: clip.channel,
        title: TITLE.to_owned(),
        added_by: None,
        added_at: now,
        removed_at: None,
    };
    let version = VersionRow {
        state: VersionState::Uploading,
        ..VersionRow::new(clip.version, clip.video, SAMPLE_FILE.to_owned(), bytes, now)
    };
    let upload = UploadRow {
        upload: UploadId(Uuid::now_v7()),
        version: clip.version,
        channel: clip.channel,
        // Nobody's: no session can go on with it.
        person: PersonId(Uuid::nil()),
        bytes,
        offset: bytes,
        metadata: String::new(),
        expires_at: now.plus_ms(24 * 3_600 * 1_000),
        complete: false,
        way: None,
        given_up: false,
    };
    store.catalog.add_upload(Some(video), version, upload.clone()).await?;
    Ok(upload)
}

/// Paints and encodes the clip in `folder`; answers the file.
async fn make(tools: &Tools, folder: &Path) -> Result<PathBuf, JobError> {
    tokio::fs::create_dir_all(folder).await?;
    let folder = tokio::fs::canonicalize(folder).await?;
    let file = folder.join("sample.mp4");
    let (sender, frames) = mpsc::channel::<Vec<u8>>(FRAMES_AHEAD);
    let painting = tokio::task::spawn_blocking(move || {
        let painter = SamplePainter::new();
        for frame in 0..SAMPLE_FRAMES {
            // ffmpeg is gone: how it ended says why.
            if sender.blocking_send(painter.frame(frame).bytes).is_err() {
                break;
            }
        }
    });
    let mut ignore = |_: i64| {};
    let run = Run {
        program: &tools.ffmpeg,
        args: sample_args(&file),
        cage: Cage {
            read: Vec::new(),
            write: folder,
            cpu_s: WALL.as_secs(),
            file_bytes: FILE_BYTES_MAX,
            urgency: Urgency::Now,
            relaxed: false,
        },
        wall: WALL,
        output: Output::Progress(&mut ignore),
        input: Some(frames),
    };
    tools.launcher.run(run).await?;
    painting.await.map_err(|error| JobError::Broken(format!("painting the sample clip: {error}")))?;
    Ok(file)
}
