//! Captions in memory. Called by the catalog.

use super::library::Library;
use crate::catalog::{CAPTIONS_MAX, CaptionRow, SWEEP_MAX};
use crate::{StoreError, StoreResult};
use protocol::{CaptionId, Timestamp, VersionId};

impl Library {
    pub(super) fn add_captions(&mut self, row: CaptionRow) -> StoreResult<()> {
        if self.captions.contains_key(&row.caption) {
            return Ok(());
        }
        if !self.versions.contains_key(&row.version) {
            return Err(StoreError::NotFound);
        }
        if self.captions_of(row.version).len() >= CAPTIONS_MAX {
            return Err(StoreError::Conflict("full"));
        }
        if row.is_default {
            self.no_default(row.version);
        }
        self.captions.insert(row.caption, row);
        Ok(())
    }

    fn no_default(&mut self, version: VersionId) {
        for row in self.captions.values_mut().filter(|row| row.version == version) {
            row.is_default = false;
        }
    }

    pub(super) fn captions_of(&self, version: VersionId) -> Vec<CaptionRow> {
        let here = |row: &&CaptionRow| row.version == version && row.removed_at.is_none();
        let mut rows: Vec<CaptionRow> = self.captions.values().filter(here).cloned().collect();
        rows.sort_by_key(|row| (row.stream.is_none(), row.stream, row.added_at, row.caption));
        rows
    }

    pub(super) fn update_captions(
        &mut self,
        caption: CaptionId,
        language: Option<String>,
        label: String,
        is_default: bool,
    ) -> StoreResult<()> {
        let version = self.captions.get(&caption).ok_or(StoreError::NotFound)?.version;
        if is_default {
            self.no_default(version);
        }
        let row = self.captions.get_mut(&caption).ok_or(StoreError::NotFound)?;
        (row.language, row.label, row.is_default) = (language, label, is_default);
        Ok(())
    }

    pub(super) fn remove_captions(
        &mut self,
        caption: CaptionId,
        removed_at: Option<Timestamp>,
    ) -> StoreResult<()> {
        let row = self.captions.get(&caption).ok_or(StoreError::NotFound)?;
        let comes_back = row.removed_at.is_some() && removed_at.is_none();
        if comes_back && self.captions_of(row.version).len() >= CAPTIONS_MAX {
            return Err(StoreError::Conflict("full"));
        }
        let row = self.captions.get_mut(&caption).ok_or(StoreError::NotFound)?;
        row.removed_at = removed_at;
        row.is_default &= removed_at.is_none();
        Ok(())
    }

    pub(super) fn removed_captions(&self, before: Timestamp) -> Vec<CaptionRow> {
        let removed = |row: &&CaptionRow| row.removed_at.is_some_and(|at| at < before);
        let mut rows: Vec<CaptionRow> = self.captions.values().filter(removed).cloned().collect();
        rows.sort_by_key(|row| (row.removed_at, row.caption));
        rows.truncate(SWEEP_MAX as usize);
        rows
    }
}
