//! Tokens of programs in SQL. Called by [`super::catalog`] on the right connection.

use super::values::{DbResult, id, word};
use crate::StoreError;
use crate::catalog::{TOKENS_MAX, TokenRow};
use protocol::work::TokenScope;
use protocol::{PersonId, Timestamp, TokenId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const TOKEN: &str = "token, token_hash, person, name, scope, created_at";

pub(super) fn add(db: &Connection, token: &TokenRow) -> DbResult<()> {
    let there: u32 = db.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0))?;
    if there as usize >= TOKENS_MAX {
        return Err(StoreError::Conflict("full").into());
    }
    db.prepare_cached(&format!("INSERT INTO tokens ({TOKEN}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"))?.execute(
        params![
            token.token.as_bytes(),
            token.token_hash,
            token.person.as_bytes(),
            token.name,
            token.scope.as_str(),
            token.created_at.0
        ],
    )?;
    Ok(())
}

pub(super) fn by_hash(db: &Connection, token_hash: [u8; 32]) -> DbResult<Option<TokenRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {TOKEN} FROM tokens WHERE token_hash = ?1"))?;
    Ok(select.query_row([token_hash], read).optional()?)
}

pub(super) fn all(db: &Connection) -> DbResult<Vec<TokenRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {TOKEN} FROM tokens ORDER BY serial DESC"))?;
    Ok(select.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn remove(db: &Connection, token: TokenId) -> DbResult<()> {
    let removed = db.prepare_cached("DELETE FROM tokens WHERE token = ?1")?.execute([token.as_bytes()])?;
    if removed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    Ok(TokenRow {
        token: id(row, 0, TokenId::from_bytes)?,
        token_hash: row.get(1)?,
        person: id(row, 2, PersonId::from_bytes)?,
        name: row.get(3)?,
        scope: word(row, 4, TokenScope::parse)?,
        created_at: Timestamp(row.get(5)?),
    })
}
