//! The catalog in SQL: each method hands its arguments to a function of [`super::people`], [`super::channels`] or
//! [`super::videos`] on the right connection. Called by HTTP and room tasks through [`Catalog`]. Holds no SQL.

use super::{Sqlite, captions, channels, erase, people, tokens, videos};
use crate::catalog::{
    CaptionRow, Catalog, ChannelRow, InviteRow, MemberRow, PEOPLE_MAX, PersonRow, SessionRow, TokenRow,
    UploadRow, VersionRow, VersionUpdate, VideoRow,
};
use crate::event_log::BATCH_EVENTS_MAX;
use crate::jobs::NewJob;
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::rest::MessageView;
use protocol::{
    CaptionId, ChannelId, DisplayName, Epoch, InviteId, PersonId, Role, Seq, Timestamp, TokenId, UploadId,
    VersionId, VideoId,
};
use rusqlite::Connection;

#[async_trait]
impl Catalog for Sqlite {
    async fn has_owner(&self) -> StoreResult<bool> {
        self.readers.read("looking for an owner", people::has_owner).await
    }

    async fn add_person(&self, person: PersonRow, first_owner: bool) -> StoreResult<()> {
        self.writer.write("adding a person", 1, move |db| people::add(db, &person, first_owner)).await
    }

    async fn person(&self, person: PersonId) -> StoreResult<Option<PersonRow>> {
        self.readers.read("reading a person", move |db| people::by_id(db, person)).await
    }

    async fn people(&self, people: &[PersonId]) -> StoreResult<Vec<PersonRow>> {
        if people.len() > PEOPLE_MAX {
            return Err(StoreError::Conflict("more than 1,000 people"));
        }
        let people = people.to_vec();
        self.readers
            .read("reading people", move |db| {
                people.into_iter().filter_map(|person| people::by_id(db, person).transpose()).collect()
            })
            .await
    }

    async fn person_by_email(&self, email: &str) -> StoreResult<Option<PersonRow>> {
        let email = email.to_owned();
        self.readers.read("reading a person", move |db| people::by_email(db, &email)).await
    }

    async fn set_password(&self, person: PersonId, password_hash: String) -> StoreResult<()> {
        self.writer
            .write("setting a password", 1, move |db| people::set_password(db, person, &password_hash))
            .await
    }

    async fn add_session(&self, session: SessionRow) -> StoreResult<()> {
        self.writer.write("keeping a session", 1, move |db| people::add_session(db, &session)).await
    }

    async fn touch_session(&self, token_hash: [u8; 32], seen_at: Timestamp) -> StoreResult<()> {
        self.writer
            .write("touching a session", 1, move |db| people::touch_session(db, token_hash, seen_at))
            .await
    }

    async fn end_session(&self, token_hash: [u8; 32]) -> StoreResult<()> {
        self.writer.write("ending a session", 1, move |db| people::end_session(db, token_hash)).await
    }

    async fn sweep_sessions(&self, now: Timestamp) -> StoreResult<u64> {
        self.writer.write("sweeping sessions", 1, move |db| people::sweep_sessions(db, now)).await
    }

    async fn add_token(&self, token: TokenRow) -> StoreResult<()> {
        self.writer.write("keeping a token", 1, move |db| tokens::add(db, &token)).await
    }

    async fn token(&self, token_hash: [u8; 32]) -> StoreResult<Option<TokenRow>> {
        self.readers.read("reading a token", move |db| tokens::by_hash(db, token_hash)).await
    }

    async fn tokens(&self) -> StoreResult<Vec<TokenRow>> {
        self.readers.read("reading tokens", tokens::all).await
    }

    async fn remove_token(&self, token: TokenId) -> StoreResult<()> {
        self.writer.write("withdrawing a token", 1, move |db| tokens::remove(db, token)).await
    }

    async fn setting(&self, key: &str) -> StoreResult<Option<String>> {
        let key = key.to_owned();
        self.readers.read("reading a setting", move |db| people::setting(db, &key)).await
    }

    async fn set_setting(&self, key: &str, value: Option<&str>) -> StoreResult<()> {
        let key = key.to_owned();
        let value = value.map(str::to_owned);
        self.writer
            .write("setting a setting", 1, move |db| people::set_setting(db, &key, value.as_deref()))
            .await
    }

    async fn add_invite(&self, invite: InviteRow) -> StoreResult<()> {
        self.writer.write("keeping an invite", 1, move |db| people::add_invite(db, &invite)).await
    }

    async fn invite(&self, token_hash: [u8; 32]) -> StoreResult<Option<InviteRow>> {
        self.readers.read("reading an invite", move |db| people::invite(db, token_hash)).await
    }

    async fn invites(&self, channel: ChannelId) -> StoreResult<Vec<InviteRow>> {
        self.readers.read("reading invites", move |db| people::invites(db, channel)).await
    }

    async fn use_invite(&self, invite: InviteId, now: Timestamp) -> StoreResult<()> {
        self.writer.write("using an invite", 1, move |db| people::use_invite(db, invite, now)).await
    }

    async fn revoke_invite(&self, channel: ChannelId, invite: InviteId) -> StoreResult<()> {
        self.writer
            .write("withdrawing an invite", 1, move |db| people::revoke_invite(db, channel, invite))
            .await
    }

    async fn channel(&self, channel: ChannelId) -> StoreResult<Option<ChannelRow>> {
        self.readers.read("reading a channel", move |db| channels::channel(db, channel)).await
    }

    async fn channels_of(&self, person: PersonId) -> StoreResult<Vec<(ChannelRow, Role)>> {
        self.readers.read("reading channels", move |db| channels::channels_of(db, person)).await
    }

    async fn deleted_channels_of(&self, owner: PersonId) -> StoreResult<Vec<ChannelRow>> {
        self.readers.read("reading deleted channels", move |db| channels::deleted_of(db, owner)).await
    }

    async fn deleted_channels(&self, before: Timestamp) -> StoreResult<Vec<ChannelId>> {
        self.readers.read("reading deleted channels", move |db| erase::due(db, before)).await
    }

    async fn erase_channel(&self, channel: ChannelId, before: Timestamp, epoch: Epoch) -> StoreResult<bool> {
        let doing = "erasing a channel";
        if !self.writer.write(doing, 1, move |db| erase::begin(db, channel, before, epoch)).await? {
            return Ok(false);
        }
        // In parts, so that nobody else's commit waits for a long log.
        let mut reached = Some(0);
        while let Some(after) = reached {
            let part = move |db: &Connection| erase::part(db, channel, after);
            reached = self.writer.write(doing, BATCH_EVENTS_MAX, part).await?;
        }
        self.writer.write(doing, 1, move |db| erase::end(db, channel)).await?;
        Ok(true)
    }

    async fn role(&self, channel: ChannelId, person: PersonId) -> StoreResult<Option<Role>> {
        self.readers.read("reading a role", move |db| channels::role(db, channel, person)).await
    }

    async fn members(&self, channel: ChannelId) -> StoreResult<Vec<MemberRow>> {
        self.readers.read("reading members", move |db| channels::members(db, channel)).await
    }

    async fn upload(&self, upload: UploadId) -> StoreResult<Option<UploadRow>> {
        self.readers.read("reading an upload", move |db| videos::upload(db, upload)).await
    }

    async fn upload_of(&self, version: VersionId) -> StoreResult<Option<UploadRow>> {
        self.readers.read("reading an upload", move |db| videos::upload_of(db, version)).await
    }

    async fn upload_needs(&self, upload: UploadId) -> StoreResult<Option<String>> {
        self.readers.read("reading the needs of an upload", move |db| videos::upload_needs(db, upload)).await
    }

    async fn advance_upload(&self, upload: UploadId, offset: u64) -> StoreResult<()> {
        self.writer
            .write("advancing an upload", 1, move |db| videos::advance_upload(db, upload, offset))
            .await
    }

    async fn cancel_upload(&self, upload: UploadId, now: Timestamp) -> StoreResult<()> {
        self.writer.write("cancelling an upload", 1, move |db| videos::cancel_upload(db, upload, now)).await
    }

    async fn forget_upload(&self, upload: UploadId) -> StoreResult<()> {
        self.writer.write("forgetting an upload", 1, move |db| videos::forget_upload(db, upload)).await
    }

    async fn stale_uploads(&self, now: Timestamp) -> StoreResult<Vec<UploadRow>> {
        self.readers.read("reading uploads", move |db| videos::stale_uploads(db, now)).await
    }

    async fn source_bytes(&self) -> StoreResult<u64> {
        self.readers.read("summing sources", videos::source_bytes).await
    }

    async fn reserved_bytes(&self) -> StoreResult<u64> {
        self.readers.read("summing uploads", videos::reserved_bytes).await
    }

    async fn video(&self, video: VideoId) -> StoreResult<Option<(VideoRow, Vec<VersionRow>)>> {
        self.readers.read("reading a video", move |db| videos::video(db, video)).await
    }

    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        self.readers.read("reading a version", move |db| videos::version(db, version)).await
    }

    async fn update_version(&self, version: VersionId, update: VersionUpdate) -> StoreResult<()> {
        self.writer
            .write("changing a version", 1, move |db| {
                if videos::update_version(db, version, &update)? {
                    Ok(())
                } else {
                    Err(StoreError::NotFound.into())
                }
            })
            .await
    }

    async fn rename_video(&self, video: VideoId, title: String) -> StoreResult<()> {
        self.writer.write("renaming a video", 1, move |db| videos::rename(db, video, &title)).await
    }

    async fn remove_video(&self, video: VideoId, removed_at: Option<Timestamp>) -> StoreResult<()> {
        self.writer.write("removing a video", 1, move |db| videos::remove(db, video, removed_at)).await
    }

    async fn removed_videos(&self, before: Timestamp) -> StoreResult<Vec<VideoRow>> {
        self.readers.read("reading removed videos", move |db| videos::removed(db, before)).await
    }

    async fn add_captions(&self, row: CaptionRow) -> StoreResult<()> {
        self.writer.write("adding captions", 1, move |db| captions::add(db, &row)).await
    }

    async fn captions(&self, version: VersionId) -> StoreResult<Vec<CaptionRow>> {
        self.readers.read("reading captions", move |db| captions::of_version(db, version)).await
    }

    async fn caption(&self, caption: CaptionId) -> StoreResult<Option<CaptionRow>> {
        self.readers.read("reading captions", move |db| captions::by_id(db, caption)).await
    }

    async fn update_captions(
        &self,
        caption: CaptionId,
        language: Option<String>,
        label: String,
        is_default: bool,
    ) -> StoreResult<()> {
        self.writer
            .write("changing captions", 1, move |db| {
                captions::update(db, caption, language.as_deref(), &label, is_default)
            })
            .await
    }

    async fn remove_captions(&self, caption: CaptionId, removed_at: Option<Timestamp>) -> StoreResult<()> {
        self.writer.write("removing captions", 1, move |db| captions::remove(db, caption, removed_at)).await
    }

    async fn removed_captions(&self, before: Timestamp) -> StoreResult<Vec<CaptionRow>> {
        self.readers.read("reading removed captions", move |db| captions::removed(db, before)).await
    }

    async fn purge_captions(&self, caption: CaptionId) -> StoreResult<()> {
        self.writer.write("purging captions", 1, move |db| captions::purge(db, caption)).await
    }

    async fn purge_video(&self, video: VideoId) -> StoreResult<()> {
        self.writer.write("purging a video", 1, move |db| videos::purge(db, video)).await
    }

    async fn guest_to_user(
        &self,
        person: PersonId,
        name: DisplayName,
        email: String,
        password_hash: String,
    ) -> StoreResult<()> {
        self.writer
            .write("making a guest a user", 1, move |db| {
                people::guest_to_user(db, person, &name, &email, &password_hash)
            })
            .await
    }

    async fn session(
        &self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> StoreResult<Option<(SessionRow, PersonRow)>> {
        self.readers.read("reading a session", move |db| people::session(db, token_hash, now)).await
    }

    async fn public_channels(
        &self,
        not_of: PersonId,
        after: Option<(Timestamp, ChannelId)>,
        limit: u32,
    ) -> StoreResult<Vec<ChannelRow>> {
        self.readers
            .read("reading channels", move |db| channels::public_channels(db, not_of, after, limit))
            .await
    }

    async fn messages(
        &self,
        channel: ChannelId,
        before: Option<Seq>,
        limit: u32,
    ) -> StoreResult<(Vec<MessageView>, bool)> {
        self.readers.read("reading messages", move |db| channels::messages(db, channel, before, limit)).await
    }

    async fn add_upload(
        &self,
        video: Option<VideoRow>,
        version: VersionRow,
        upload: UploadRow,
    ) -> StoreResult<()> {
        self.writer
            .write("adding an upload", 1, move |db| videos::add_upload(db, video.as_ref(), &version, &upload))
            .await
    }

    async fn complete_upload(
        &self,
        upload: UploadId,
        sha256: [u8; 32],
        jobs: Vec<NewJob>,
    ) -> StoreResult<bool> {
        self.writer
            .write("completing an upload", 1, move |db| videos::complete_upload(db, upload, sha256, &jobs))
            .await
    }

    async fn videos(
        &self,
        channel: ChannelId,
        after: Option<(Timestamp, VideoId)>,
        limit: u32,
    ) -> StoreResult<Vec<(VideoRow, Vec<VersionRow>)>> {
        self.readers.read("reading videos", move |db| videos::videos(db, channel, after, limit)).await
    }
}
