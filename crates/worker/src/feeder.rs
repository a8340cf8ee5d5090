//! Hands a film that is still coming to a program, byte by byte as they arrive, so that the program has read nearly
//! everything when the last of them is here. What a job reads so is what it would read in the file, by test. Called by
//! [`Context::ffmpeg_on_source`].

use crate::context::{Context, Job};
use crate::failure::JobError;
use desk::Coming;
use media::Feed;
use media::feed::{BRAND_LOOK_BYTES, brand_bytes};
use protocol::UploadId;
use std::ops::Range;
use std::time::{Duration, Instant};
use store::StoreError;
use tokio::sync::mpsc;

/// Bytes handed over at a time, and such pieces that wait for the program.
const PIECE_BYTES: u64 = 256 * 1024;
const PIECES_MAX: usize = 4;
/// How often bytes are looked for.
const LOOK: Duration = Duration::from_millis(30);
/// Longest wait for the next bytes: the slot is for others then.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes on their way to a program.
pub(crate) struct Feeder<'a> {
    context: &'a Context,
    job: &'a Job,
    upload: UploadId,
    feed: Feed,
    pieces: mpsc::Sender<Vec<u8>>,
}

impl<'a> Feeder<'a> {
    /// A feeder and what the program reads. None if the job reads the file, whose bytes are here then.
    ///
    /// # Errors
    /// When the bytes do not come, or cannot be read.
    pub(crate) async fn begin(
        context: &'a Context,
        job: &'a Job,
    ) -> Result<Option<(Feeder<'a>, mpsc::Receiver<Vec<u8>>)>, JobError> {
        let (Some(upload), Some(coming)) = (job.upload, &job.coming) else { return Ok(None) };
        // After a failure the plain way, which needs all bytes.
        let feed = if job.row.faults == 0 { put_together(context, job, coming).await? } else { None };
        let Some(feed) = feed else {
            wait_for(context, upload, &coming.bytes).await?;
            return Ok(None);
        };
        let (pieces, input) = mpsc::channel(PIECES_MAX);
        Ok(Some((Feeder { context, job, upload, feed, pieces }, input)))
    }

    /// Hands over what comes; ends when all was handed over, or the program wants no more.
    ///
    /// # Errors
    /// When the bytes stop coming, or cannot be read.
    pub(crate) async fn run(mut self) -> Result<(), JobError> {
        if self.pieces.send(std::mem::take(&mut self.feed.front)).await.is_err() {
            return Ok(());
        }
        for run in &self.feed.runs {
            let (mut at, mut reach) = (run.start, run.start);
            while at < run.end {
                if reach <= at {
                    reach = reach_from(self.context, self.upload, at).await?;
                }
                let end = run.end.min(reach).min(at + PIECE_BYTES);
                let piece = read(self.context, self.job, at..end).await?;
                if piece.is_empty() {
                    break;
                }
                at += piece.len() as u64;
                if self.pieces.send(piece).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

async fn put_together(context: &Context, job: &Job, coming: &Coming) -> Result<Option<Feed>, JobError> {
    let head = read(context, job, 0..BRAND_LOOK_BYTES).await?;
    let brand = read(context, job, 0..brand_bytes(&head)).await?;
    let index = read(context, job, coming.place.index.clone()).await?;
    Ok(Feed::new(&brand, &index, &coming.place, &coming.bytes))
}

/// Waits until the bytes are here.
async fn wait_for(context: &Context, upload: UploadId, bytes: &Range<u64>) -> Result<(), JobError> {
    let mut at = bytes.start;
    while at < bytes.end {
        at = reach_from(context, upload, at).await?;
    }
    Ok(())
}

/// Waits for the byte at a place; how far they reach without a gap.
async fn reach_from(context: &Context, upload: UploadId, at: u64) -> Result<u64, JobError> {
    let began = Instant::now();
    loop {
        match context.desk.reach(upload, at).await? {
            None => return Ok(u64::MAX),
            Some(reach) if reach > at => return Ok(reach),
            Some(_) if began.elapsed() > PATIENCE => return Err(JobError::Late),
            Some(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Bytes of the source wherever it lies; when the upload ends, it moves.
async fn read(context: &Context, job: &Job, range: Range<u64>) -> Result<Vec<u8>, JobError> {
    let blobs = &context.store.blobs;
    let bytes = match blobs.read(&context.source_key(job).await?, range.clone()).await {
        Err(StoreError::NotFound) => blobs.read(&context.source_key(job).await?, range).await?,
        outcome => outcome?,
    };
    Ok(bytes.into())
}
