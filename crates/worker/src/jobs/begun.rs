//! Segments of the lowest rendition, stored while ffmpeg still makes the chunk: whoever waits for one does not wait for
//! the others. Used by the chunk job.

use super::objects::store_packed;
use crate::context::{Context, Job};
use crate::failure::JobError;
use media::{Plan, Rendition, rendition_file};
use std::time::Duration;

/// How often the file is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(40);

/// What is stored of a chunk that is being made.
pub(super) struct Begun<'a> {
    plan: &'a Plan,
    chunk: u32,
    rendition: &'a Rendition,
    /// Size of the file when it was last read, bytes.
    seen_bytes: u64,
    /// Objects stored: the initialisation and segments from the first.
    pub(super) stored: usize,
}

impl<'a> Begun<'a> {
    pub(super) fn new(plan: &'a Plan, chunk: u32, rendition: &'a Rendition) -> Begun<'a> {
        Begun { plan, chunk, rendition, seen_bytes: 0, stored: 0 }
    }

    /// Stores what has become whole.
    pub(super) async fn look(&mut self, context: &Context, job: &Job) -> Result<(), JobError> {
        let file = job.folder.join(rendition_file(&self.rendition.name));
        // Not there yet: nothing to store.
        let Ok(found) = tokio::fs::metadata(&file).await else { return Ok(()) };
        if found.len() == self.seen_bytes {
            return Ok(());
        }
        self.seen_bytes = found.len();
        let bytes = tokio::fs::read(&file).await?;
        let mut objects = self.plan.pack_begun(self.chunk, self.rendition, &bytes)?;
        if objects.len() > self.stored.max(1) {
            let whole = objects.len();
            store_packed(context, self.plan, job.version.version, objects.split_off(self.stored)).await?;
            self.stored = whole;
        }
        Ok(())
    }
}
