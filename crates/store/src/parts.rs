//! Uploads in parts of any order. A part is 32 pieces of 256 KiB; a piece counts once its bytes are synced, and never
//! changes afterwards.

use crate::StoreResult;
use crate::catalog::{UploadRow, VersionRow, VideoRow};
use crate::runs::Runs;
use async_trait::async_trait;
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PART_PIECES, UPLOAD_PIECE_BYTES};
use protocol::{ChannelId, UploadId, VersionId};
use std::ops::Range;

/// Versions of one size that are told at most.
pub const SAME_SIZE_MAX: usize = 16;

/// How the bytes of an upload come; decided by its first bytes, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadWay {
    /// One after the other, by tus.
    Tus,
    /// In parts of any order.
    Parts,
}

impl UploadWay {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            UploadWay::Tus => "tus",
            UploadWay::Parts => "parts",
        }
    }

    /// From a stored text.
    #[must_use]
    pub fn parse(text: &str) -> Option<UploadWay> {
        [UploadWay::Tus, UploadWay::Parts].into_iter().find(|way| way.as_str() == text)
    }
}

/// What is there of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRow {
    /// From 0.
    pub number: u32,
    /// Bit k: piece k is there.
    pub pieces: u32,
    /// SHA-256 of the whole part, once all of it is there.
    pub sha256: Option<[u8; 32]>,
    /// Bit k: piece k is there and will not be forgotten, since the request that brought it ended well.
    pub sealed: u32,
}

impl PartRow {
    /// Nothing is there.
    pub(crate) fn empty(number: u32) -> PartRow {
        PartRow { number, pieces: 0, sha256: None, sealed: 0 }
    }

    /// Pieces that stay as they are.
    fn final_pieces(&self) -> u32 {
        if self.sha256.is_some() { self.pieces } else { self.sealed & self.pieces }
    }
}

/// What noting pieces brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Every part is whole.
    pub whole: bool,
    /// Bytes of the upload that are there.
    pub bytes: u64,
}

/// Number of parts of a file.
#[must_use]
pub fn part_count(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UPLOAD_PART_BYTES)).unwrap_or(u32::MAX)
}

/// Bytes of a part of a file; empty beyond its end.
#[must_use]
pub fn part_range(number: u32, bytes: u64) -> Range<u64> {
    let at = |number: u64| number.saturating_mul(UPLOAD_PART_BYTES).min(bytes);
    at(u64::from(number))..at(u64::from(number) + 1)
}

/// Every piece of a part, as bits.
#[must_use]
pub fn all_pieces(number: u32, bytes: u64) -> u32 {
    let part = part_range(number, bytes);
    let count = (part.end - part.start).div_ceil(UPLOAD_PIECE_BYTES);
    u32::try_from((1_u64 << count) - 1).expect("a part has no more pieces than a mark has bits")
}

/// Bytes of pieces of a part, as runs in the file.
pub fn piece_ranges(number: u32, pieces: u32, bytes: u64) -> impl Iterator<Item = Range<u64>> {
    let part = part_range(number, bytes);
    (0..UPLOAD_PART_PIECES).filter(move |piece| pieces & (1 << piece) != 0).map(move |piece| {
        let at = |piece: u64| (part.start + piece * UPLOAD_PIECE_BYTES).min(part.end);
        at(piece)..at(piece + 1)
    })
}

/// Bytes of several parts that are there.
#[must_use]
pub fn runs_of(parts: &[PartRow], bytes: u64) -> Runs {
    Runs::new(parts.iter().flat_map(|part| piece_ranges(part.number, part.pieces, bytes)))
}

/// Bytes of several parts that are there for good: what may be worked on.
#[must_use]
pub fn final_runs_of(parts: &[PartRow], bytes: u64) -> Runs {
    Runs::new(parts.iter().flat_map(|part| piece_ranges(part.number, part.final_pieces(), bytes)))
}

/// Adds pieces to a part; how many bytes are new.
pub(crate) fn add_pieces(row: &mut PartRow, pieces: u32, sha256: Option<[u8; 32]>, bytes: u64) -> u64 {
    let new = pieces & all_pieces(row.number, bytes) & !row.pieces;
    row.pieces |= new;
    if row.pieces == all_pieces(row.number, bytes) {
        row.sha256 = sha256.or(row.sha256);
    }
    piece_ranges(row.number, new, bytes).map(|run| run.end - run.start).sum()
}

/// Whether an upload still takes bytes.
pub(crate) fn takes_bytes(row: &UploadRow) -> bool {
    !row.complete && !row.given_up
}

/// Parts of uploads.
#[async_trait]
pub trait Parts: Send + Sync {
    /// Decides how an upload comes. `Conflict("way")` if it came otherwise before, `NotFound` if it is unknown.
    async fn choose_way(&self, upload: UploadId, way: UploadWay) -> StoreResult<()>;
    /// What is there of an upload, by number.
    async fn parts(&self, upload: UploadId) -> StoreResult<Vec<PartRow>>;
    /// What is there of one part.
    async fn part(&self, upload: UploadId, number: u32) -> StoreResult<Option<PartRow>>;
    /// Notes pieces that are on disk for sure, with the part's hash if it is whole by them. `Conflict` if the upload takes no parts, `NotFound` if it is unknown.
    async fn note_pieces(
        &self,
        upload: UploadId,
        number: u32,
        pieces: u32,
        sha256: Option<[u8; 32]>,
    ) -> StoreResult<Noted>;
    /// Notes that pieces of an open upload will not be forgotten any more. One that takes no parts is left as it is.
    async fn seal_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()>;
    /// Forgets pieces that turned out damaged. Sealed ones stay.
    async fn forget_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()>;
    /// Another version with this hash in a channel: not removed, not failed, not cancelled; the oldest.
    async fn same_bytes(
        &self,
        channel: ChannelId,
        sha256: [u8; 32],
        than: VersionId,
    ) -> StoreResult<Option<(VersionRow, VideoRow)>>;
    /// Versions of a channel whose source is here and has this size: not removed, not failed, not cancelled; the oldest
    /// first, at most [`SAME_SIZE_MAX`].
    async fn same_size(&self, channel: ChannelId, bytes: u64) -> StoreResult<Vec<(VersionRow, VideoRow)>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_pieces_of_a_file() {
        let bytes = 2 * UPLOAD_PART_BYTES + UPLOAD_PIECE_BYTES + 5;
        assert_eq!(part_count(bytes), 3);
        assert_eq!((part_count(1), part_count(UPLOAD_PART_BYTES)), (1, 1));
        assert_eq!(part_range(2, bytes), 2 * UPLOAD_PART_BYTES..bytes);
        assert_eq!(part_range(3, bytes), bytes..bytes);
        assert_eq!((all_pieces(0, bytes), all_pieces(2, bytes), all_pieces(3, bytes)), (u32::MAX, 0b11, 0));
        let last = piece_ranges(2, 0b10, bytes).collect::<Vec<_>>();
        assert_eq!(last, std::slice::from_ref(&(bytes - 5..bytes)));
        let mut row = PartRow { number: 2, pieces: 0b01, sha256: None, sealed: 0 };
        assert_eq!(final_runs_of(&[row], bytes), Runs::default());
        assert!(
            final_runs_of(&[PartRow { sealed: 0b11, ..row }], bytes)
                .cover(&(2 * UPLOAD_PART_BYTES..bytes - 5))
        );
        assert_eq!(add_pieces(&mut row, u32::MAX, Some([7; 32]), bytes), 5);
        assert_eq!((row.pieces, row.sha256), (0b11, Some([7; 32])));
        assert_eq!(final_runs_of(&[row], bytes), runs_of(&[row], bytes));
        assert_eq!(
            runs_of(&[row, PartRow { pieces: 0b110, ..PartRow::empty(0) }], bytes).as_slice(),
            [UPLOAD_PIECE_BYTES..3 * UPLOAD_PIECE_BYTES, 2 * UPLOAD_PART_BYTES..bytes]
        );
    }
}
