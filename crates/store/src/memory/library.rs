//! Videos, versions and uploads in memory. Called by the catalog and, for the versions they work on, by jobs.

use crate::catalog::{
    CaptionRow, GIVEN_UP_KEEP_MS, SWEEP_MAX, UploadRow, VersionRow, VersionUpdate, VideoRow, is_before,
};
use crate::parts::takes_bytes;
use crate::{StoreError, StoreResult};
use protocol::rest::VersionState;
use protocol::{CaptionId, ChannelId, Timestamp, UploadId, VersionId, VideoId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The libraries of all channels.
#[derive(Default)]
pub(super) struct Library {
    pub(super) videos: BTreeMap<VideoId, VideoRow>,
    pub(super) versions: BTreeMap<VersionId, VersionRow>,
    pub(super) uploads: BTreeMap<UploadId, UploadRow>,
    pub(super) captions: BTreeMap<CaptionId, CaptionRow>,
    /// Which bytes the jobs of uploads under way need.
    pub(super) needs: BTreeMap<UploadId, String>,
}

impl Library {
    pub(super) fn add_upload(
        &mut self,
        video: Option<VideoRow>,
        version: VersionRow,
        upload: UploadRow,
    ) -> StoreResult<()> {
        let new_video = video.as_ref().map(|row| row.video);
        let number_taken =
            self.versions.values().any(|row| row.video == version.video && row.number == version.number);
        if new_video.is_some_and(|video| self.videos.contains_key(&video))
            || self.versions.contains_key(&version.version)
            || number_taken
            || self.uploads.contains_key(&upload.upload)
            || self.uploads.values().any(|row| row.version == upload.version)
        {
            return Err(StoreError::Conflict("exists"));
        }
        let has_video = self.videos.contains_key(&version.video) || new_video == Some(version.video);
        let has_version = self.versions.contains_key(&upload.version) || version.version == upload.version;
        if !has_video || !has_version {
            return Err(StoreError::NotFound);
        }
        if let Some(video) = video {
            self.videos.insert(video.video, video);
        }
        self.versions.insert(version.version, version);
        self.uploads.insert(upload.upload, upload);
        Ok(())
    }

    /// The upload that still brings a version's bytes.
    pub(super) fn open_upload(&self, version: VersionId) -> Option<&UploadRow> {
        self.uploads.values().find(|row| row.version == version && takes_bytes(row))
    }

    /// Keeps which bytes the jobs of a version's upload need, while it is under way.
    pub(super) fn keep_needs(&mut self, version: VersionId, needs: String) {
        if let Some(upload) = self.open_upload(version).map(|row| row.upload) {
            self.needs.insert(upload, needs);
        }
    }

    /// An upload that is there.
    pub(super) fn upload(&mut self, upload: UploadId) -> StoreResult<&mut UploadRow> {
        self.uploads.get_mut(&upload).filter(|row| !row.given_up).ok_or(StoreError::NotFound)
    }

    /// Gives up an upload: its row stays for the sweep. Answers its version.
    pub(super) fn cancel_upload(&mut self, upload: UploadId, now: Timestamp) -> StoreResult<VersionId> {
        let row = self.upload(upload)?;
        if row.complete {
            return Err(StoreError::Conflict("complete"));
        }
        let version = row.version;
        (row.given_up, row.expires_at) = (true, now.plus_ms(GIVEN_UP_KEEP_MS));
        let cancelled = VersionUpdate { state: Some(VersionState::Cancelled), ..VersionUpdate::default() };
        self.update_version(version, cancelled);
        Ok(version)
    }

    /// Removes an upload that was given up; false for any other.
    pub(super) fn forget_upload(&mut self, upload: UploadId) -> bool {
        let given_up = self.uploads.get(&upload).is_some_and(|row| row.given_up);
        self.needs.remove(&upload);
        given_up && self.uploads.remove(&upload).is_some()
    }

    /// A video that is there.
    pub(super) fn video(&mut self, video: VideoId) -> StoreResult<&mut VideoRow> {
        self.videos.get_mut(&video).ok_or(StoreError::NotFound)
    }

    pub(super) fn stale_uploads(&self, now: Timestamp) -> Vec<UploadRow> {
        let stale = |row: &&UploadRow| !row.complete && row.expires_at <= now;
        let mut rows: Vec<UploadRow> = self.uploads.values().filter(stale).cloned().collect();
        rows.sort_by_key(|row| (row.expires_at, row.upload));
        rows.truncate(SWEEP_MAX as usize);
        rows
    }

    pub(super) fn source_bytes(&self) -> u64 {
        let counts = |row: &&VersionRow| row.sha256.is_some() || self.open_upload(row.version).is_some();
        let rows = self.versions.values().filter(counts);
        rows.map(|row| row.bytes).sum()
    }

    pub(super) fn reserved_bytes(&self) -> u64 {
        self.uploads.values().filter(|row| takes_bytes(row)).map(|row| row.bytes - row.offset).sum()
    }

    pub(super) fn with_versions(&self, video: &VideoRow) -> (VideoRow, Vec<VersionRow>) {
        let mut versions: Vec<VersionRow> =
            self.versions.values().filter(|row| row.video == video.video).cloned().collect();
        versions.sort_by_key(|row| Reverse(row.number));
        (video.clone(), versions)
    }

    pub(super) fn videos(
        &self,
        channel: ChannelId,
        after: Option<(Timestamp, VideoId)>,
        limit: u32,
    ) -> Vec<(VideoRow, Vec<VersionRow>)> {
        let listed = |row: &&VideoRow| {
            row.channel == channel
                && row.removed_at.is_none()
                && after.is_none_or(|cursor| (row.added_at, row.video) < cursor)
        };
        let mut rows: Vec<&VideoRow> = self.videos.values().filter(listed).collect();
        rows.sort_by_key(|row| Reverse((row.added_at, row.video)));
        rows.into_iter().take(limit as usize).map(|row| self.with_versions(row)).collect()
    }

    pub(super) fn removed_videos(&self, before: Timestamp) -> Vec<VideoRow> {
        let removed = |row: &&VideoRow| row.removed_at.is_some_and(|at| at < before);
        let mut rows: Vec<VideoRow> = self.videos.values().filter(removed).cloned().collect();
        rows.sort_by_key(|row| (row.removed_at, row.video));
        rows.truncate(SWEEP_MAX as usize);
        rows
    }

    /// Removes a video; the versions that went with it.
    pub(super) fn purge(&mut self, video: VideoId) -> Vec<VersionId> {
        self.videos.remove(&video);
        let gone: Vec<VersionId> =
            self.versions.values().filter(|row| row.video == video).map(|row| row.version).collect();
        self.versions.retain(|version, _| !gone.contains(version));
        self.uploads.retain(|_, row| !gone.contains(&row.version));
        self.captions.retain(|_, row| !gone.contains(&row.version));
        gone
    }

    /// State of a version, if it is there.
    pub(super) fn state_of(&self, version: VersionId) -> Option<VersionState> {
        self.versions.get(&version).map(|row| row.state)
    }

    /// Changes a version; false if there is none.
    pub(super) fn update_version(&mut self, version: VersionId, update: VersionUpdate) -> bool {
        let Some(row) = self.versions.get_mut(&version) else { return false };
        row.state = update.state.filter(|to| !is_before(*to, row.state)).unwrap_or(row.state);
        row.sha256 = update.sha256.or(row.sha256);
        if let Some((rate, frames)) = update.grid {
            (row.rate, row.frames) = (Some(rate), Some(frames));
        }
        row.facts = update.facts.or(row.facts.take());
        row.plan = update.plan.or(row.plan.take());
        row.failure = update.failure.unwrap_or(row.failure.take());
        row.loudness = update.loudness.or(row.loudness.take());
        row.poster_frame = update.poster_frame.or(row.poster_frame);
        if let Some(captions) = update.captions {
            let _ = self.add_captions(captions);
        }
        true
    }

    /// Marks a version failed, unless it is ready or was cancelled.
    pub(super) fn fail_version(&mut self, version: VersionId, code: u16, detail: &str) {
        if let Some(row) = self.versions.get_mut(&version)
            && !matches!(row.state, VersionState::Ready | VersionState::Cancelled)
        {
            row.state = VersionState::Failed;
            row.failure = Some((code, detail.to_owned()));
        }
    }

    /// Sets a failed version back to processing.
    pub(super) fn revive_version(&mut self, version: VersionId) {
        if let Some(row) = self.versions.get_mut(&version)
            && row.state == VersionState::Failed
        {
            row.state = VersionState::Processing;
            row.failure = None;
        }
    }
}
