//! The server's blobs as a worker on another machine sees them: sources are fetched once into a folder of this worker,
//! objects are put with their hash. A worker that shares the server's folder needs none of this.

use super::{Remote, broken};
use async_trait::async_trait;
use bytes::Bytes;
use desk::wire::DIGEST;
use parking_lot::Mutex;
use reqwest::header::{CONTENT_LENGTH, RANGE};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::blobs::{BlobKey, BlobStat, Blobs};
use store::{StoreError, StoreResult};
use tokio::io::AsyncWriteExt as _;

/// How long a call is made again while the server is away.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes fetched at a time.
const PIECE_BYTES: u64 = 8 * 1024 * 1024;
/// Sources kept; the one that was used longest ago goes first.
const SOURCES_MAX: usize = 8;

/// The server's blobs.
pub struct RemoteBlobs {
    remote: Arc<Remote>,
    folder: PathBuf,
    /// One fetch per source at a time; bounded by the jobs that run.
    fetching: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl RemoteBlobs {
    /// Blobs of a server; `folder` keeps copies of sources and is emptied.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(remote: Arc<Remote>, folder: &Path) -> std::io::Result<RemoteBlobs> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        Ok(RemoteBlobs { remote, folder: folder.canonicalize()?, fetching: Mutex::default() })
    }

    async fn fetch(&self, key: &str, to: &Path) -> StoreResult<()> {
        let bytes = self.stat(key).await?.ok_or(StoreError::NotFound)?.bytes;
        let aside = to.with_extension("part");
        let mut file = tokio::fs::File::create(&aside).await.map_err(|error| local(&error))?;
        let mut at = 0;
        while at < bytes {
            let piece = self.read(key, at..(at + PIECE_BYTES).min(bytes)).await?;
            if piece.is_empty() {
                return Err(StoreError::Busy("a source became shorter"));
            }
            file.write_all(&piece).await.map_err(|error| local(&error))?;
            at += piece.len() as u64;
        }
        file.flush().await.map_err(|error| local(&error))?;
        tokio::fs::rename(&aside, to).await.map_err(|error| local(&error))
    }

    /// Removes the sources that were used longest ago.
    fn sweep(&self) -> std::io::Result<()> {
        let mut kept: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            kept.push((entry.metadata()?.modified()?, entry.path()));
        }
        kept.sort();
        let surplus = kept.len().saturating_sub(SOURCES_MAX);
        for (_, path) in kept.into_iter().take(surplus) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Blobs for RemoteBlobs {
    async fn stat(&self, key: &str) -> StoreResult<Option<BlobStat>> {
        let answer =
            self.remote.call(PATIENCE, |http, base| http.head(format!("{base}/jobs/blobs/{key}"))).await;
        match answer {
            Ok(response) => {
                let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
                let bytes = length.and_then(|text| text.parse().ok());
                Ok(bytes.map(|bytes| BlobStat { bytes }))
            }
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read(&self, key: &str, range: Range<u64>) -> StoreResult<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let wanted = format!("bytes={}-{}", range.start, range.end - 1);
        let response = self
            .remote
            .call(PATIENCE, |http, base| http.get(format!("{base}/jobs/blobs/{key}")).header(RANGE, &wanted))
            .await?;
        let digest = response.headers().get(DIGEST).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let bytes = response.bytes().await.map_err(|error| broken(&error))?;
        if digest.is_some_and(|digest| digest != hex::encode(Sha256::digest(&bytes))) {
            return Err(StoreError::Busy("bytes arrived damaged"));
        }
        Ok(bytes)
    }

    async fn put(&self, key: &str, bytes: Bytes) -> StoreResult<()> {
        let digest = hex::encode(Sha256::digest(&bytes));
        self.remote
            .call(PATIENCE, |http, base| {
                http.put(format!("{base}/jobs/blobs/{key}"))
                    .header(DIGEST, &digest)
                    .header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
                    .body(bytes.clone())
            })
            .await
            .map(|_| ())
    }

    async fn put_file(&self, key: &str, file: &Path) -> StoreResult<()> {
        let bytes = tokio::fs::read(file).await.map_err(|error| local(&error))?;
        self.put(key, bytes.into()).await?;
        tokio::fs::remove_file(file).await.map_err(|error| local(&error))
    }

    async fn local_path(&self, key: &str) -> StoreResult<PathBuf> {
        let name = key.replace('/', "_");
        let path = self.folder.join(&name);
        let lock = Arc::clone(self.fetching.lock().entry(name.clone()).or_default());
        let _mine = lock.lock().await;
        // What is not final may still grow.
        if !key.starts_with("final/") || !path.exists() {
            self.fetch(key, &path).await?;
        }
        let touched = std::fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        touched.and_then(|()| self.sweep()).map_err(|error| local(&error))?;
        self.fetching.lock().remove(&name);
        Ok(path)
    }

    async fn list(&self, prefix: &str, limit: u32) -> StoreResult<Vec<BlobKey>> {
        // Keys need no escaping.
        let path = format!("jobs/blobs?prefix={prefix}&limit={limit}");
        let response = self.remote.call(PATIENCE, |http, base| http.get(format!("{base}/{path}"))).await?;
        response.json().await.map_err(|error| broken(&error))
    }

    async fn write_at(&self, _key: &str, _offset: u64, _bytes: Bytes) -> StoreResult<()> {
        Err(NOT_HERE)
    }

    async fn promote(&self, _interim: &str, _to: &str) -> StoreResult<()> {
        Err(NOT_HERE)
    }

    async fn delete(&self, _key: &str) -> StoreResult<()> {
        Err(NOT_HERE)
    }

    async fn delete_prefix(&self, _prefix: &str) -> StoreResult<()> {
        Err(NOT_HERE)
    }

    async fn free_bytes(&self) -> StoreResult<Option<u64>> {
        Ok(None)
    }
}

/// What only the server does.
const NOT_HERE: StoreError = StoreError::Conflict("only the server does this");

fn local(error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
        std::io::ErrorKind::NotFound => StoreError::NotFound,
        _ => StoreError::Backend { doing: "keeping a copy of a source", reason: error.to_string() },
    }
}
