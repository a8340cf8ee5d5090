//! Bytes of media: `interim/` may change, `final/` never does (law 11).

use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Key of a blob: segments of `[A-Za-z0-9._-]` joined by `/`, first segment `interim` or `final`.
pub type BlobKey = String;

/// Size and presence of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobStat {
    /// Size, bytes.
    pub bytes: u64,
}

/// A store of blobs.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Size, or none if it is not there.
    async fn stat(&self, key: &str) -> StoreResult<Option<BlobStat>>;
    /// Part of a blob; `NotFound` if it is not there.
    async fn read(&self, key: &str, range: Range<u64>) -> StoreResult<Bytes>;
    /// Stores bytes under a key, whole or not at all. An existing final object is left as it is.
    async fn put(&self, key: &str, bytes: Bytes) -> StoreResult<()>;
    /// Moves a local file under a key, whole or not at all; the file is gone afterwards. As `put` for final objects.
    async fn put_file(&self, key: &str, file: &Path) -> StoreResult<()>;
    /// Writes at an offset of an interim blob, creating it; returns once the bytes are synced.
    async fn write_at(&self, key: &str, offset: u64, bytes: Bytes) -> StoreResult<()>;
    /// Moves a blob to a final key, whole or not at all. Doing it again changes nothing.
    async fn promote(&self, interim: &str, to: &str) -> StoreResult<()>;
    /// A local path to read the blob from (ffmpeg's input); for remote stores a cached copy.
    async fn local_path(&self, key: &str) -> StoreResult<PathBuf>;
    /// Keys under a prefix, at most `limit`.
    async fn list(&self, prefix: &str, limit: u32) -> StoreResult<Vec<BlobKey>>;
    /// Removes a blob; not being there is fine.
    async fn delete(&self, key: &str) -> StoreResult<()>;
    /// Removes everything under a prefix of at least two segments.
    async fn delete_prefix(&self, prefix: &str) -> StoreResult<()>;
    /// Free room, bytes; none where there is no such bound.
    async fn free_bytes(&self) -> StoreResult<Option<u64>>;
}

/// Bytes of one read at most, 64 MiB: several times the largest segment we make.
pub const BLOB_READ_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Characters of a key at most; any file system takes them.
const KEY_CHARS_MAX: usize = 512;
/// Characters of a segment at most, as above.
const SEGMENT_CHARS_MAX: usize = 200;

/// The key, if it is one.
pub(crate) fn check_key(key: &str) -> StoreResult<&str> {
    if key.ends_with('/') { Err(StoreError::Conflict("not a key of a blob")) } else { check_prefix(key, 2) }
}

/// The prefix without a slash at its end, if it has at least `segments_min` good segments.
pub(crate) fn check_prefix(prefix: &str, segments_min: usize) -> StoreResult<&str> {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let good = |segment: &str| {
        !segment.is_empty()
            && segment.len() <= SEGMENT_CHARS_MAX
            && segment != "."
            && segment != ".."
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    let first = prefix.split('/').next();
    if prefix.len() > KEY_CHARS_MAX
        || !matches!(first, Some("interim" | "final"))
        || prefix.split('/').count() < segments_min
        || !prefix.split('/').all(good)
    {
        return Err(StoreError::Conflict("not a key of a blob"));
    }
    Ok(prefix)
}

/// Whether a key names a final object.
pub(crate) fn is_final(key: &str) -> bool {
    key.starts_with("final/")
}
