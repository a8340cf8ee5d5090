//! Parts of uploads in SQL. Called through [`Parts`].

use super::Sqlite;
use super::values::{DbResult, signed};
use super::videos;
use crate::catalog::{UploadRow, VersionRow, VideoRow};
use crate::parts::{Noted, PartRow, Parts, UploadWay, add_pieces, part_count, takes_bytes};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::{ChannelId, UploadId, VersionId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

#[async_trait]
impl Parts for Sqlite {
    async fn choose_way(&self, upload: UploadId, way: UploadWay) -> StoreResult<()> {
        self.writer.write("choosing the way of an upload", 1, move |db| choose_way(db, upload, way)).await
    }

    async fn parts(&self, upload: UploadId) -> StoreResult<Vec<PartRow>> {
        self.readers.read("reading parts", move |db| parts(db, upload)).await
    }

    async fn part(&self, upload: UploadId, number: u32) -> StoreResult<Option<PartRow>> {
        self.readers.read("reading a part", move |db| part(db, upload, number)).await
    }

    async fn note_pieces(
        &self,
        upload: UploadId,
        number: u32,
        pieces: u32,
        sha256: Option<[u8; 32]>,
    ) -> StoreResult<Noted> {
        self.writer.write("noting pieces", 1, move |db| note_pieces(db, upload, number, pieces, sha256)).await
    }

    async fn seal_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()> {
        self.writer.write("sealing pieces", 1, move |db| seal_pieces(db, upload, number, pieces)).await
    }

    async fn forget_pieces(&self, upload: UploadId, number: u32, pieces: u32) -> StoreResult<()> {
        self.writer.write("forgetting pieces", 1, move |db| forget_pieces(db, upload, number, pieces)).await
    }

    async fn same_bytes(
        &self,
        channel: ChannelId,
        sha256: [u8; 32],
        than: VersionId,
    ) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        self.readers
            .read("looking for the same bytes", move |db| videos::same_bytes(db, channel, sha256, than))
            .await
    }

    async fn same_size(&self, channel: ChannelId, bytes: u64) -> StoreResult<Vec<(VersionRow, VideoRow)>> {
        self.readers.read("looking for the same size", move |db| videos::same_size(db, channel, bytes)).await
    }
}

/// The upload, if it takes parts.
fn open(db: &Connection, upload: UploadId) -> DbResult<UploadRow> {
    let row = videos::upload(db, upload)?.ok_or(StoreError::NotFound)?;
    if takes_bytes(&row) && row.way == Some(UploadWay::Parts) {
        Ok(row)
    } else {
        Err(StoreError::Conflict("way").into())
    }
}

fn choose_way(db: &Connection, upload: UploadId, way: UploadWay) -> DbResult<()> {
    let row = videos::upload(db, upload)?.ok_or(StoreError::NotFound)?;
    match row.way {
        Some(before) if before == way => Ok(()),
        Some(_) => Err(StoreError::Conflict("way").into()),
        None => {
            db.prepare_cached("UPDATE uploads SET way = ?2 WHERE upload = ?1")?
                .execute(params![upload.as_bytes(), way.as_str()])?;
            Ok(())
        }
    }
}

fn parts(db: &Connection, upload: UploadId) -> DbResult<Vec<PartRow>> {
    let mut select = db.prepare_cached(
        "SELECT number, pieces, sha256, sealed FROM parts WHERE upload = ?1 ORDER BY number",
    )?;
    Ok(select.query_map([upload.as_bytes()], read_part)?.collect::<rusqlite::Result<_>>()?)
}

fn part(db: &Connection, upload: UploadId, number: u32) -> DbResult<Option<PartRow>> {
    let mut select = db.prepare_cached(
        "SELECT number, pieces, sha256, sealed FROM parts WHERE upload = ?1 AND number = ?2",
    )?;
    Ok(select.query_row(params![upload.as_bytes(), number], read_part).optional()?)
}

fn read_part(row: &Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow { number: row.get(0)?, pieces: row.get(1)?, sha256: row.get(2)?, sealed: row.get(3)? })
}

fn note_pieces(
    db: &Connection,
    upload: UploadId,
    number: u32,
    pieces: u32,
    sha256: Option<[u8; 32]>,
) -> DbResult<Noted> {
    let row = open(db, upload)?;
    if number >= part_count(row.bytes) {
        return Err(StoreError::Conflict("beyond the declared size").into());
    }
    let before = part(db, upload, number)?;
    let mut after = before.unwrap_or(PartRow::empty(number));
    let new_bytes = add_pieces(&mut after, pieces, sha256, row.bytes);
    if before != Some(after) {
        db.prepare_cached(
            "INSERT INTO parts (upload, number, pieces, sha256) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (upload, number) DO UPDATE SET pieces = excluded.pieces, sha256 = excluded.sha256",
        )?
        .execute(params![upload.as_bytes(), number, after.pieces, after.sha256])?;
        db.prepare_cached("UPDATE uploads SET offset = offset + ?2 WHERE upload = ?1")?
            .execute(params![upload.as_bytes(), signed(new_bytes)?])?;
    }
    let whole = row.offset + new_bytes == row.bytes && {
        let mut count =
            db.prepare_cached("SELECT count(*) FROM parts WHERE upload = ?1 AND sha256 IS NOT NULL")?;
        count.query_row([upload.as_bytes()], |row| row.get::<_, u32>(0))? == part_count(row.bytes)
    };
    Ok(Noted { whole, bytes: row.offset + new_bytes })
}

fn seal_pieces(db: &Connection, upload: UploadId, number: u32, pieces: u32) -> DbResult<()> {
    db.prepare_cached("UPDATE parts SET sealed = sealed | (pieces & ?3) WHERE upload = ?1 AND number = ?2")?
        .execute(params![upload.as_bytes(), number, pieces])?;
    Ok(())
}

fn forget_pieces(db: &Connection, upload: UploadId, number: u32, pieces: u32) -> DbResult<()> {
    let row = open(db, upload)?;
    let Some(before) = part(db, upload, number)? else { return Ok(()) };
    let lost = before.pieces & pieces & !before.sealed;
    if lost == 0 {
        return Ok(());
    }
    let bytes: u64 = crate::parts::piece_ranges(number, lost, row.bytes).map(|run| run.end - run.start).sum();
    db.prepare_cached("UPDATE parts SET pieces = ?3, sha256 = NULL WHERE upload = ?1 AND number = ?2")?
        .execute(params![upload.as_bytes(), number, before.pieces & !lost])?;
    db.prepare_cached("UPDATE uploads SET offset = offset - ?2 WHERE upload = ?1")?
        .execute(params![upload.as_bytes(), signed(bytes)?])?;
    Ok(())
}
