//! Parts of uploads in memory. The same rules as `sqlite::parts`, kept alike by the contract suite.

use super::{Memory, State};
use crate::catalog::{UploadRow, VersionRow, VideoRow};
use crate::parts::{
    Noted, PartRow, Parts, SAME_SIZE_MAX, UploadWay, add_pieces, all_pieces, part_count, piece_ranges,
    takes_bytes,
};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::rest::VersionState;
use protocol::{ChannelId, UploadId, VersionId};
use std::collections::BTreeMap;

/// Parts of all uploads.
#[derive(Default)]
pub(super) struct PartsTable {
    parts: BTreeMap<(UploadId, u32), PartRow>,
}

impl PartsTable {
    fn of(&self, upload: UploadId) -> Vec<PartRow> {
        self.parts.range((upload, 0)..=(upload, u32::MAX)).map(|(_, row)| *row).collect()
    }

    /// An upload and its parts are gone.
    pub(super) fn forget(&mut self, upload: UploadId) {
        self.parts.retain(|(of, _), _| *of != upload);
    }
}

/// The upload, if it takes parts.
fn open(state: &State, upload: UploadId) -> StoreResult<UploadRow> {
    let row = state.library.uploads.get(&upload).filter(|row| !row.given_up).ok_or(StoreError::NotFound)?;
    if takes_bytes(row) && row.way == Some(UploadWay::Parts) {
        Ok(row.clone())
    } else {
        Err(StoreError::Conflict("way"))
    }
}

#[async_trait]
impl Parts for Memory {
    async fn choose_way(&self, upload: UploadId, way: UploadWay) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = state.library.upload(upload)?;
        if row.way.is_some_and(|before| before != way) {
            return Err(StoreError::Conflict("way"));
        }
        row.way = Some(way);
        Ok(())
    }

    async fn parts(&self, upload: UploadId) -> StoreResult<Vec<PartRow>> {
        Ok(self.state.lock().parts.of(upload))
    }

    async fn part(&self, upload: UploadId, number: u32) -> StoreResult<Option<PartRow>> {
        Ok(self.state.lock().parts.parts.get(&(upload, number)).copied())
    }

    async fn note_pieces(
        &self,
        upload: UploadId,
        number: u32,
        pieces: u32,
        sha256: Option<[u8; 32]>,
    ) -> StoreResult<Noted> {
        let mut state = self.state.lock();
        let row = open(&state, upload)?;
        if number >= part_count(row.bytes) {
            return Err(StoreError::Conflict("beyond the declared size"));
        }
        let part = state.parts.parts.entry((upload, number)).or_insert(PartRow::empty(number));
        let new_bytes = add_pieces(part, pieces, sha256, row.bytes);
        let stored = state.library.upload(upload)?;
        stored.offset += new_bytes;
        let there = stored.offset;
        let parts = state.parts.of(upload);
        let whole = parts.iter().filter(|part| part.sha256.is_some()).count()
            == part_count(row.bytes) as usize
            && parts.iter().all(|part| part.pieces == all_pieces(part.number, row.bytes));
        Ok(Noted { whole, bytes: there })
    }

    async fn seal_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()> {
        if let Some(part) = self.state.lock().parts.parts.get_mut(&(upload, number)) {
            part.sealed |= part.pieces & pieces;
        }
        Ok(())
    }

    async fn forget_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = open(&state, upload)?;
        let Some(part) = state.parts.parts.get_mut(&(upload, number)) else { return Ok(()) };
        let lost = part.pieces & pieces & !part.sealed;
        if lost == 0 {
            return Ok(());
        }
        part.pieces &= !lost;
        part.sha256 = None;
        let bytes: u64 = piece_ranges(number, lost, row.bytes).map(|run| run.end - run.start).sum();
        state.library.upload(upload)?.offset -= bytes;
        Ok(())
    }

    async fn same_bytes(
        &self,
        channel: ChannelId,
        sha256: [u8; 32],
        than: VersionId,
    ) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        let same =
            films(&self.state.lock(), channel, |row| row.version != than && row.sha256 == Some(sha256));
        Ok(same.into_iter().next())
    }

    async fn same_size(&self, channel: ChannelId, bytes: u64) -> StoreResult<Vec<(VersionRow, VideoRow)>> {
        let mut same = films(&self.state.lock(), channel, |row| row.bytes == bytes && row.sha256.is_some());
        same.truncate(SAME_SIZE_MAX);
        Ok(same)
    }
}

/// Versions of a channel that are wanted, not failed, not cancelled, of videos that are not removed; the oldest first.
fn films(
    state: &State,
    channel: ChannelId,
    wanted: impl Fn(&VersionRow) -> bool,
) -> Vec<(VersionRow, VideoRow)> {
    let is_given_up = |row: &VersionRow| matches!(row.state, VersionState::Failed | VersionState::Cancelled);
    let mut films: Vec<(VersionRow, VideoRow)> = state
        .library
        .versions
        .values()
        .filter(|row| wanted(row) && !is_given_up(row))
        .filter_map(|row| Some((row.clone(), state.library.videos.get(&row.video)?.clone())))
        .filter(|(_, video)| video.channel == channel && video.removed_at.is_none())
        .collect();
    films.sort_by_key(|(row, _)| (row.created_at, row.version));
    films
}
