//! Programs of this machine: whoever may read the data folder proves it with a token that lies there beside the server's
//! address, so that a worker beside the server needs no setting. Only its hash is kept in memory.

use crate::auth::cookie::{hash_token, new_token};
use parking_lot::Mutex;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use subtle::ConstantTimeEq as _;

/// File in the data folder: the server's address and the token, one per line, for its owner alone.
pub const FILE: &str = "machine";
/// Characters of a token.
const TOKEN_CHARS: usize = 43;

/// The present token.
pub struct Machine(Mutex<Option<[u8; 32]>>);

impl Default for Machine {
    fn default() -> Self {
        Machine::new()
    }
}

impl Machine {
    /// No token yet: nobody is known.
    #[must_use]
    pub fn new() -> Machine {
        Machine(Mutex::new(None))
    }

    /// Leaves address and token in the data folder. A token that is there already stays, so that workers go on over a
    /// restart; removing the file and starting again makes a new one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self, data_dir: &Path, base: &str) -> std::io::Result<()> {
        let file = data_dir.join(FILE);
        let token = std::fs::read_to_string(&file)
            .ok()
            .and_then(|text| text.lines().nth(1).map(str::to_owned))
            .filter(|token| token.len() == TOKEN_CHARS)
            .unwrap_or_else(new_token);
        let aside = data_dir.join(format!("{FILE}.new"));
        let mut new =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        write!(new, "{base}\n{token}\n")?;
        new.sync_all()?;
        std::fs::rename(&aside, &file)?;
        *self.0.lock() = Some(hash_token(&token));
        Ok(())
    }

    /// Whether this is the token.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        let Some(known) = *self.0.lock() else { return false };
        hash_token(token).ct_eq(&known).into()
    }
}
