//! The data folder: made readable to its owner alone, locked so that two servers never share it, and opened.

use crate::settings::StoreOptions;
use crate::tell;
use anyhow::{Context as _, Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::process::ExitCode;
use store::Store;

/// Keeps other servers off the data folder until it is dropped or the process ends.
pub struct DataLock(#[expect(dead_code, reason = "held, never read")] File);

/// Makes the data folder if needed and locks it.
///
/// # Errors
/// When it cannot be written, or another server has it.
pub fn lock(options: &StoreOptions) -> Result<DataLock> {
    let folder = &options.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    let path = folder.join("lock");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("the data folder {} cannot be written", folder.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!(
            "another genlock uses the data folder {}; stop it first, or give another --data-dir",
            folder.display()
        );
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(DataLock(file))
}

/// Opens the stores and brings the database up to date.
///
/// # Errors
/// What the store says.
pub fn open(options: &StoreOptions) -> Result<Store> {
    store::open(&options.database(), &options.blobs()).context("the stores cannot be opened")
}

/// `genlock migrate`.
///
/// # Errors
/// As [`lock`] and [`open`].
pub fn migrate(options: &StoreOptions) -> Result<ExitCode> {
    let _lock = lock(options)?;
    let _store = open(options)?;
    tell::line(&format!("The database is up to date (schema {}).", store::sqlite::SCHEMA));
    Ok(ExitCode::SUCCESS)
}
