//! The one-time setup link by which the first owner comes in. Only its hash is in the store; the link itself is printed
//! at start and lies in the data folder, readable by the operator alone, until there is an owner.

use super::cookie::{hash_token, new_token};
use protocol::Timestamp;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use store::{Catalog, StoreError, StoreResult};
use subtle::ConstantTimeEq as _;

/// Key of the setting that holds hash and end.
const SETTING: &str = "setup_token";
/// File with the link in the data folder.
pub const LINK_FILE: &str = "setup-link";
/// How long a link holds, milliseconds; each start makes a new one.
const VALID_MS: i64 = 24 * 3_600 * 1_000;

/// Makes a new setup token if there is no owner yet, and forgets the last one in either case.
///
/// # Errors
/// What the store says.
pub async fn renew(catalog: &dyn Catalog, now: Timestamp) -> StoreResult<Option<String>> {
    if catalog.has_owner().await? {
        catalog.set_setting(SETTING, None).await?;
        return Ok(None);
    }
    let token = new_token();
    let value = format!("{} {}", hex::encode(hash_token(&token)), now.plus_ms(VALID_MS).0);
    catalog.set_setting(SETTING, Some(&value)).await?;
    Ok(Some(token))
}

/// Whether a token is the present one.
///
/// # Errors
/// What the store says.
pub async fn valid(catalog: &dyn Catalog, token: &str, now: Timestamp) -> StoreResult<bool> {
    let Some(value) = catalog.setting(SETTING).await? else { return Ok(false) };
    let (hash, until) = value.split_once(' ').unwrap_or((&value, "0"));
    let expected = hex::decode(hash).unwrap_or_default();
    let right: bool = hash_token(token).as_slice().ct_eq(&expected).into();
    Ok(right && until.parse().is_ok_and(|until: i64| now.0 < until))
}

/// Forgets token and file: there is an owner.
///
/// # Errors
/// What the store says.
pub async fn finish(catalog: &dyn Catalog, data_dir: &Path) -> StoreResult<()> {
    remove_file(data_dir);
    catalog.set_setting(SETTING, None).await
}

/// Writes the link to its file, readable by the owner of the process alone.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(data_dir: &Path, link: &str) -> StoreResult<()> {
    remove_file(data_dir);
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(data_dir.join(LINK_FILE))?;
        writeln!(file, "{link}")
    };
    write().map_err(|error: std::io::Error| StoreError::Backend {
        doing: "writing the setup link",
        reason: error.to_string(),
    })
}

/// Removes the file with the link, if there is one.
pub fn remove_file(data_dir: &Path) {
    if let Err(error) = std::fs::remove_file(data_dir.join(LINK_FILE))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the file with the setup link could not be removed");
    }
}
