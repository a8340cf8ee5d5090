//! Blobs as files below one folder. Called through [`Blobs`]. Never lets a key leave the folder, never shows half
//! an object: what is stored whole is written aside, synced, renamed, and the folder synced.

use crate::blobs::{BLOB_READ_BYTES_MAX, BlobKey, BlobStat, Blobs, check_key, check_prefix, is_final};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Folder of half-written files, beside `interim` and `final` on the same file system.
const ASIDE: &str = "tmp";
/// Half-written files older than this are left over from a crash and are removed at the next start.
const ASIDE_AGE_MAX: Duration = Duration::from_secs(3_600);
/// How often a folder is emptied into which somebody still writes.
const REMOVE_TRIES: u32 = 10;

/// Blobs below a folder.
pub struct FileBlobs {
    root: Arc<PathBuf>,
}

impl FileBlobs {
    /// Opens (or makes) the folder.
    ///
    /// # Errors
    /// `Backend` when it cannot be made or written, `Full` when the disk is full.
    pub fn open(root: &Path) -> StoreResult<FileBlobs> {
        let begin = || -> io::Result<PathBuf> {
            fs::create_dir_all(root.join(ASIDE))?;
            // Absolute: ffmpeg runs in another folder.
            let root = root.canonicalize()?;
            for entry in fs::read_dir(root.join(ASIDE))? {
                let entry = entry?;
                let written = entry.metadata()?.modified()?;
                if SystemTime::now().duration_since(written).is_ok_and(|age| age > ASIDE_AGE_MAX) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(root)
        };
        let root = begin().map_err(|error| store_error(&error, "opening the folder of media"))?;
        Ok(FileBlobs { root: Arc::new(root) })
    }

    /// Runs blocking work on the folder.
    async fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let root = Arc::clone(&self.root);
        match tokio::task::spawn_blocking(move || work(&root)).await {
            Ok(outcome) => outcome.map_err(|error| store_error(&error, doing)),
            Err(ended) => Err(StoreError::Backend { doing, reason: ended.to_string() }),
        }
    }
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn stat(&self, key: &str) -> StoreResult<Option<BlobStat>> {
        let key = check_key(key)?.to_owned();
        self.run("looking at a blob", move |root| {
            absent_is_none(fs::metadata(root.join(key))).map(|found| {
                found.filter(fs::Metadata::is_file).map(|metadata| BlobStat { bytes: metadata.len() })
            })
        })
        .await
    }

    async fn read(&self, key: &str, range: Range<u64>) -> StoreResult<Bytes> {
        let key = check_key(key)?.to_owned();
        if range.end.saturating_sub(range.start) > BLOB_READ_BYTES_MAX {
            return Err(StoreError::Conflict("a read of more than 64 MiB at once"));
        }
        self.run("reading a blob", move |root| {
            let file = File::open(root.join(key))?;
            let end = range.end.min(file.metadata()?.len());
            let length = usize::try_from(end.saturating_sub(range.start)).map_err(io::Error::other)?;
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, range.start)?;
            Ok(Bytes::from(bytes))
        })
        .await
    }

    async fn put(&self, key: &str, bytes: Bytes) -> StoreResult<()> {
        let key = check_key(key)?.to_owned();
        self.run("storing a blob", move |root| {
            if stays(root, &key) {
                return Ok(());
            }
            let mut aside = tempfile::Builder::new().tempfile_in(root.join(ASIDE))?;
            aside.write_all(&bytes)?;
            aside.as_file().sync_all()?;
            // Removed again if the rename fails; after it there is nothing of that name to remove.
            let path = aside.into_temp_path();
            place(root, &path, &key)
        })
        .await
    }

    async fn put_file(&self, key: &str, file: &Path) -> StoreResult<()> {
        let key = check_key(key)?.to_owned();
        let file = file.to_owned();
        self.run("moving a file in", move |root| {
            if stays(root, &key) {
                return absent_is_none(fs::remove_file(&file)).map(|_| ());
            }
            File::open(&file)?.sync_all()?;
            match place(root, &file, &key) {
                Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                    let mut aside = tempfile::Builder::new().tempfile_in(root.join(ASIDE))?;
                    io::copy(&mut File::open(&file)?, &mut aside)?;
                    aside.as_file().sync_all()?;
                    let path = aside.into_temp_path();
                    place(root, &path, &key)?;
                    fs::remove_file(&file)
                }
                outcome => outcome,
            }
        })
        .await
    }

    async fn write_at(&self, key: &str, offset: u64, bytes: Bytes) -> StoreResult<()> {
        let key = check_key(key)?.to_owned();
        if is_final(&key) {
            return Err(StoreError::Conflict("a final object never changes"));
        }
        self.run("writing to a blob", move |root| {
            let path = root.join(&key);
            let opened = absent_is_none(OpenOptions::new().write(true).open(&path))?;
            let (file, is_new) = match opened {
                Some(file) => (file, false),
                None => {
                    make_parent(root, &path)?;
                    (OpenOptions::new().write(true).create(true).truncate(false).open(&path)?, true)
                }
            };
            file.write_all_at(&bytes, offset)?;
            file.sync_data()?;
            if is_new { sync_parent(&path) } else { Ok(()) }
        })
        .await
    }

    async fn promote(&self, interim: &str, to: &str) -> StoreResult<()> {
        let (interim, to) = (check_key(interim)?.to_owned(), check_key(to)?.to_owned());
        if is_final(&interim) || !is_final(&to) {
            return Err(StoreError::Conflict("only interim blobs become final"));
        }
        self.run("promoting a blob", move |root| {
            let from = root.join(interim);
            if stays(root, &to) {
                return absent_is_none(fs::remove_file(from)).map(|_| ());
            }
            File::open(&from)?.sync_all()?;
            place(root, &from, &to)?;
            // Else a crash could bring the old name back beside the new one.
            sync_parent(&from)
        })
        .await
    }

    async fn local_path(&self, key: &str) -> StoreResult<PathBuf> {
        let key = check_key(key)?.to_owned();
        self.run("looking for a blob", move |root| {
            let path = root.join(key);
            if fs::metadata(&path)?.is_file() { Ok(path) } else { Err(ErrorKind::NotFound.into()) }
        })
        .await
    }

    async fn list(&self, prefix: &str, limit: u32) -> StoreResult<Vec<BlobKey>> {
        let prefix = check_prefix(prefix, 1)?.to_owned();
        self.run("listing blobs", move |root| {
            let mut keys = Vec::new();
            list_into(root, &prefix, limit as usize, &mut keys)?;
            Ok(keys)
        })
        .await
    }

    async fn delete(&self, key: &str) -> StoreResult<()> {
        let key = check_key(key)?.to_owned();
        self.run("removing a blob", move |root| absent_is_none(fs::remove_file(root.join(key))).map(|_| ()))
            .await
    }

    async fn delete_prefix(&self, prefix: &str) -> StoreResult<()> {
        let prefix = check_prefix(prefix, 2)?.to_owned();
        self.run("removing blobs", move |root| remove_folder(&root.join(prefix))).await
    }

    async fn free_bytes(&self) -> StoreResult<Option<u64>> {
        self.run("asking for free room", |root| {
            let answer = rustix::fs::statvfs(root)?;
            Ok(Some(answer.f_bavail.saturating_mul(answer.f_frsize)))
        })
        .await
    }
}

/// Removes a folder with all in it. A job that is being stopped may still write one more file while it is emptied.
fn remove_folder(folder: &Path) -> io::Result<()> {
    for _ in 1..REMOVE_TRIES {
        match absent_is_none(fs::remove_dir_all(folder)) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            outcome => return outcome.map(|_| ()),
        }
    }
    absent_is_none(fs::remove_dir_all(folder)).map(|_| ())
}

/// A final object that is there already is left as it is (law 11).
fn stays(root: &Path, key: &str) -> bool {
    is_final(key) && root.join(key).exists()
}

/// Gives a synced file its name for good.
fn place(root: &Path, file: &Path, key: &str) -> io::Result<()> {
    let path = root.join(key);
    make_parent(root, &path)?;
    fs::rename(file, &path)?;
    sync_parent(&path)
}

/// Makes the folders above `path` and syncs every folder that got a new entry.
fn make_parent(root: &Path, path: &Path) -> io::Result<()> {
    let parent = path.parent().expect("a key has two segments or more");
    if parent.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(parent)?;
    let mut folder = parent;
    while folder != root {
        folder = folder.parent().expect("below the root");
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().expect("a key has two segments or more"))?.sync_all()
}

/// Appends keys below a folder in order, until there are `limit`.
fn list_into(root: &Path, folder: &str, limit: usize, keys: &mut Vec<BlobKey>) -> io::Result<()> {
    let Some(entries) = absent_is_none(fs::read_dir(root.join(folder)))? else { return Ok(()) };
    let mut names: Vec<(String, bool)> = Vec::new();
    for entry in entries {
        let entry = entry?;
        // Names that no key can have are not ours.
        if let Ok(name) = entry.file_name().into_string() {
            names.push((name, entry.file_type()?.is_dir()));
        }
    }
    names.sort();
    for (name, is_folder) in names {
        if keys.len() >= limit {
            return Ok(());
        }
        let key = format!("{folder}/{name}");
        if is_folder {
            list_into(root, &key, limit, keys)?;
        } else if check_key(&key).is_ok() {
            keys.push(key);
        }
    }
    Ok(())
}

fn absent_is_none<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn store_error(error: &io::Error, doing: &'static str) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        ErrorKind::NotFound | ErrorKind::NotADirectory => StoreError::NotFound,
        _ => StoreError::Backend { doing, reason: error.to_string() },
    }
}
