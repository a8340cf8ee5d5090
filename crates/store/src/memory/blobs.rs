//! Blobs in memory. Called through [`Blobs`]. A path for ffmpeg is a copy in a folder that goes with the store.

use crate::blobs::{BLOB_READ_BYTES_MAX, BlobKey, BlobStat, Blobs, check_key, check_prefix, is_final};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Blobs in memory.
#[derive(Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<BlobKey, Vec<u8>>>,
    /// Made when the first path is asked for.
    copies: Mutex<Option<tempfile::TempDir>>,
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn stat(&self, key: &str) -> StoreResult<Option<BlobStat>> {
        let key = check_key(key)?;
        Ok(self.blobs.lock().get(key).map(|bytes| BlobStat { bytes: bytes.len() as u64 }))
    }

    async fn read(&self, key: &str, range: Range<u64>) -> StoreResult<Bytes> {
        let key = check_key(key)?;
        if range.end.saturating_sub(range.start) > BLOB_READ_BYTES_MAX {
            return Err(StoreError::Conflict("a read of more than 64 MiB at once"));
        }
        let blobs = self.blobs.lock();
        let bytes = blobs.get(key).ok_or(StoreError::NotFound)?;
        let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let (start, end) = (place(range.start), place(range.end));
        Ok(Bytes::copy_from_slice(bytes.get(start..end).unwrap_or_default()))
    }

    async fn put(&self, key: &str, bytes: Bytes) -> StoreResult<()> {
        let key = check_key(key)?;
        let mut blobs = self.blobs.lock();
        if !(is_final(key) && blobs.contains_key(key)) {
            blobs.insert(key.to_owned(), bytes.to_vec());
        }
        Ok(())
    }

    async fn put_file(&self, key: &str, file: &Path) -> StoreResult<()> {
        check_key(key)?;
        let bytes = std::fs::read(file).map_err(|error| store_error(&error))?;
        self.put(key, Bytes::from(bytes)).await?;
        std::fs::remove_file(file).map_err(|error| store_error(&error))
    }

    async fn write_at(&self, key: &str, offset: u64, bytes: Bytes) -> StoreResult<()> {
        let key = check_key(key)?;
        if is_final(key) {
            return Err(StoreError::Conflict("a final object never changes"));
        }
        let start = usize::try_from(offset).map_err(|_| StoreError::Full)?;
        let end = start.checked_add(bytes.len()).ok_or(StoreError::Full)?;
        let mut blobs = self.blobs.lock();
        let blob = blobs.entry(key.to_owned()).or_default();
        if blob.len() < end {
            blob.resize(end, 0);
        }
        blob[start..end].copy_from_slice(&bytes);
        Ok(())
    }

    async fn promote(&self, interim: &str, to: &str) -> StoreResult<()> {
        let (interim, to) = (check_key(interim)?, check_key(to)?);
        if is_final(interim) || !is_final(to) {
            return Err(StoreError::Conflict("only interim blobs become final"));
        }
        let mut blobs = self.blobs.lock();
        match blobs.remove(interim) {
            None if blobs.contains_key(to) => Ok(()),
            None => Err(StoreError::NotFound),
            Some(bytes) => {
                blobs.entry(to.to_owned()).or_insert(bytes);
                Ok(())
            }
        }
    }

    async fn local_path(&self, key: &str) -> StoreResult<PathBuf> {
        let bytes = self.blobs.lock().get(check_key(key)?).cloned().ok_or(StoreError::NotFound)?;
        let mut copies = self.copies.lock();
        let folder = match &mut *copies {
            Some(folder) => folder,
            none => none.insert(tempfile::tempdir().map_err(|error| store_error(&error))?),
        };
        let path = folder.path().join(key);
        let parent = path.parent().unwrap_or(folder.path());
        std::fs::create_dir_all(parent).map_err(|error| store_error(&error))?;
        std::fs::write(&path, bytes).map_err(|error| store_error(&error))?;
        Ok(path)
    }

    async fn list(&self, prefix: &str, limit: u32) -> StoreResult<Vec<BlobKey>> {
        let below = format!("{}/", check_prefix(prefix, 1)?);
        Ok(self
            .blobs
            .lock()
            .keys()
            .filter(|key| key.starts_with(&below))
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn delete(&self, key: &str) -> StoreResult<()> {
        self.blobs.lock().remove(check_key(key)?);
        Ok(())
    }

    async fn delete_prefix(&self, prefix: &str) -> StoreResult<()> {
        let below = format!("{}/", check_prefix(prefix, 2)?);
        self.blobs.lock().retain(|key, _| !key.starts_with(&below));
        Ok(())
    }

    async fn free_bytes(&self) -> StoreResult<Option<u64>> {
        Ok(None)
    }
}

fn store_error(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::NotFound,
        io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Backend { doing: "handling a file", reason: error.to_string() },
    }
}
