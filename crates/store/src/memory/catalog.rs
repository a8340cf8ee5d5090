//! The catalog in memory. Called by HTTP and room tasks through [`Catalog`].

use super::Memory;
use super::event_log::Log;
use super::jobs::{cancel_version, enqueue, forget_ahead};
use crate::catalog::{
    CaptionRow, Catalog, ChannelRow, InviteRow, MemberRow, PEOPLE_MAX, PersonRow, SWEEP_MAX, SessionRow,
    TOKENS_MAX, TokenRow, UploadRow, VersionRow, VersionUpdate, VideoRow,
};
use crate::jobs::NewJob;
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::rest::{MessageView, VersionState};
use protocol::{
    CaptionId, ChannelId, DisplayName, Epoch, InviteId, PersonId, PersonKind, Role, Seq, Timestamp, TokenId,
    UploadId, VersionId, VideoId, Visibility,
};
use std::cmp::Reverse;

#[async_trait]
impl Catalog for Memory {
    async fn has_owner(&self) -> StoreResult<bool> {
        Ok(self.state.lock().people.values().any(|row| row.instance_owner))
    }

    async fn add_person(&self, person: PersonRow, first_owner: bool) -> StoreResult<()> {
        let mut state = self.state.lock();
        if first_owner && state.people.values().any(|row| row.instance_owner) {
            return Err(StoreError::Conflict("owner"));
        }
        if let Some(email) = &person.email {
            state.refuse_taken(email)?;
        }
        if state.people.contains_key(&person.person) {
            return Err(StoreError::Conflict("exists"));
        }
        state.people.insert(person.person, person);
        Ok(())
    }

    async fn person(&self, person: PersonId) -> StoreResult<Option<PersonRow>> {
        Ok(self.state.lock().people.get(&person).cloned())
    }

    async fn people(&self, people: &[PersonId]) -> StoreResult<Vec<PersonRow>> {
        if people.len() > PEOPLE_MAX {
            return Err(StoreError::Conflict("more than 1,000 people"));
        }
        let state = self.state.lock();
        Ok(people.iter().filter_map(|person| state.people.get(person).cloned()).collect())
    }

    async fn person_by_email(&self, email: &str) -> StoreResult<Option<PersonRow>> {
        Ok(self.state.lock().people.values().find(|row| row.email.as_deref() == Some(email)).cloned())
    }

    async fn guest_to_user(
        &self,
        person: PersonId,
        name: DisplayName,
        email: String,
        password_hash: String,
    ) -> StoreResult<()> {
        let mut state = self.state.lock();
        if state.people.get(&person).is_none_or(|row| row.kind != PersonKind::Guest) {
            return Err(StoreError::NotFound);
        }
        state.refuse_taken(&email)?;
        let row = state.people.get_mut(&person).ok_or(StoreError::NotFound)?;
        (row.name, row.kind) = (name, PersonKind::User);
        (row.email, row.password_hash) = (Some(email), Some(password_hash));
        Ok(())
    }

    async fn set_password(&self, person: PersonId, password_hash: String) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = state.people.get_mut(&person).filter(|row| row.kind == PersonKind::User);
        row.ok_or(StoreError::NotFound)?.password_hash = Some(password_hash);
        state.sessions.retain(|_, session| session.person != person);
        Ok(())
    }

    async fn add_session(&self, session: SessionRow) -> StoreResult<()> {
        let mut state = self.state.lock();
        if !state.people.contains_key(&session.person) {
            return Err(StoreError::NotFound);
        }
        if state.sessions.contains_key(&session.token_hash) {
            return Err(StoreError::Conflict("exists"));
        }
        state.sessions.insert(session.token_hash, session);
        Ok(())
    }

    async fn session(
        &self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> StoreResult<Option<(SessionRow, PersonRow)>> {
        let state = self.state.lock();
        let session = state.sessions.get(&token_hash).filter(|session| session.expires_at > now);
        Ok(session.and_then(|session| Some((session.clone(), state.people.get(&session.person)?.clone()))))
    }

    async fn touch_session(&self, token_hash: [u8; 32], seen_at: Timestamp) -> StoreResult<()> {
        if let Some(session) = self.state.lock().sessions.get_mut(&token_hash) {
            session.seen_at = session.seen_at.max(seen_at);
        }
        Ok(())
    }

    async fn end_session(&self, token_hash: [u8; 32]) -> StoreResult<()> {
        self.state.lock().sessions.remove(&token_hash);
        Ok(())
    }

    async fn sweep_sessions(&self, now: Timestamp) -> StoreResult<u64> {
        let mut state = self.state.lock();
        let before = state.sessions.len();
        state.sessions.retain(|_, session| session.expires_at > now);
        Ok((before - state.sessions.len()) as u64)
    }

    async fn add_token(&self, token: TokenRow) -> StoreResult<()> {
        let mut state = self.state.lock();
        if state.tokens.len() >= TOKENS_MAX {
            return Err(StoreError::Conflict("full"));
        }
        if !state.people.contains_key(&token.person) {
            return Err(StoreError::NotFound);
        }
        if state.tokens.iter().any(|known| known.token == token.token || known.token_hash == token.token_hash)
        {
            return Err(StoreError::Conflict("exists"));
        }
        state.tokens.push(token);
        Ok(())
    }

    async fn token(&self, token_hash: [u8; 32]) -> StoreResult<Option<TokenRow>> {
        Ok(self.state.lock().tokens.iter().find(|known| known.token_hash == token_hash).cloned())
    }

    async fn tokens(&self) -> StoreResult<Vec<TokenRow>> {
        Ok(self.state.lock().tokens.iter().rev().cloned().collect())
    }

    async fn remove_token(&self, token: TokenId) -> StoreResult<()> {
        let mut state = self.state.lock();
        let before = state.tokens.len();
        state.tokens.retain(|known| known.token != token);
        if state.tokens.len() == before { Err(StoreError::NotFound) } else { Ok(()) }
    }

    async fn setting(&self, key: &str) -> StoreResult<Option<String>> {
        Ok(self.state.lock().settings.get(key).cloned())
    }

    async fn set_setting(&self, key: &str, value: Option<&str>) -> StoreResult<()> {
        let mut state = self.state.lock();
        match value {
            Some(value) => state.settings.insert(key.to_owned(), value.to_owned()),
            None => state.settings.remove(key),
        };
        Ok(())
    }

    async fn add_invite(&self, invite: InviteRow) -> StoreResult<()> {
        let mut state = self.state.lock();
        if state.invites.iter().any(|row| row.invite == invite.invite || row.token_hash == invite.token_hash)
        {
            return Err(StoreError::Conflict("exists"));
        }
        state.invites.push(invite);
        Ok(())
    }

    async fn invite(&self, token_hash: [u8; 32]) -> StoreResult<Option<InviteRow>> {
        Ok(self.state.lock().invites.iter().find(|row| row.token_hash == token_hash).cloned())
    }

    async fn invites(&self, channel: ChannelId) -> StoreResult<Vec<InviteRow>> {
        let state = self.state.lock();
        Ok(state.invites.iter().rev().filter(|row| row.channel == channel && !row.revoked).cloned().collect())
    }

    async fn use_invite(&self, invite: InviteId, now: Timestamp) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = state.invites.iter_mut().find(|row| row.invite == invite).ok_or(StoreError::NotFound)?;
        if row.revoked {
            return Err(StoreError::Conflict("revoked"));
        }
        if row.expires_at <= now {
            return Err(StoreError::Conflict("expired"));
        }
        if row.uses_max.is_some_and(|most| row.uses >= most) {
            return Err(StoreError::Conflict("used up"));
        }
        row.uses += 1;
        Ok(())
    }

    async fn revoke_invite(&self, channel: ChannelId, invite: InviteId) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = state.invites.iter_mut().find(|row| row.invite == invite && row.channel == channel);
        row.ok_or(StoreError::NotFound)?.revoked = true;
        Ok(())
    }

    async fn channel(&self, channel: ChannelId) -> StoreResult<Option<ChannelRow>> {
        let state = self.state.lock();
        Ok(state.logs.get(&channel).and_then(|log| log.derived.card(channel, log.head().last_at)))
    }

    async fn channels_of(&self, person: PersonId) -> StoreResult<Vec<(ChannelRow, Role)>> {
        let state = self.state.lock();
        let mut mine: Vec<(ChannelRow, Role)> = state
            .cards()
            .filter(|(card, _)| card.deleted_at.is_none())
            .filter_map(|(card, log)| Some((card, log.derived.members.get(&person)?.role)))
            .collect();
        mine.sort_by_key(|(card, _)| Reverse((card.active_at, card.channel)));
        Ok(mine)
    }

    async fn public_channels(
        &self,
        not_of: PersonId,
        after: Option<(Timestamp, ChannelId)>,
        limit: u32,
    ) -> StoreResult<Vec<ChannelRow>> {
        let state = self.state.lock();
        let mut cards: Vec<ChannelRow> = state
            .cards()
            .filter(|(card, log)| {
                card.visibility == Visibility::Public
                    && card.deleted_at.is_none()
                    && !log.derived.members.contains_key(&not_of)
                    && after.is_none_or(|cursor| (card.active_at, card.channel) < cursor)
            })
            .map(|(card, _)| card)
            .collect();
        cards.sort_by_key(|card| Reverse((card.active_at, card.channel)));
        cards.truncate(limit as usize);
        Ok(cards)
    }

    async fn deleted_channels_of(&self, owner: PersonId) -> StoreResult<Vec<ChannelRow>> {
        let state = self.state.lock();
        let owned = |log: &Log| log.derived.members.get(&owner).is_some_and(|row| row.role == Role::Owner);
        let mut cards: Vec<ChannelRow> = state
            .cards()
            .filter(|(card, log)| card.deleted_at.is_some() && owned(log))
            .map(|(card, _)| card)
            .collect();
        cards.sort_by_key(|card| (Reverse(card.deleted_at), card.channel));
        cards.truncate(SWEEP_MAX as usize);
        Ok(cards)
    }

    async fn deleted_channels(&self, before: Timestamp) -> StoreResult<Vec<ChannelId>> {
        let state = self.state.lock();
        let mut due: Vec<(Timestamp, ChannelId)> = state
            .cards()
            .filter_map(|(card, _)| Some((card.deleted_at.filter(|at| *at < before)?, card.channel)))
            .collect();
        due.sort_unstable();
        due.truncate(SWEEP_MAX as usize);
        Ok(due.into_iter().map(|(_, channel)| channel).collect())
    }

    async fn erase_channel(&self, channel: ChannelId, before: Timestamp, epoch: Epoch) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let Some(log) = state.logs.get_mut(&channel) else { return Ok(false) };
        let deleted_at = log.derived.card(channel, Timestamp(0)).and_then(|card| card.deleted_at);
        if deleted_at.is_none_or(|at| at >= before) {
            return Ok(false);
        }
        log.erase(epoch);
        state.invites.retain(|invite| invite.channel != channel);
        Ok(true)
    }

    async fn role(&self, channel: ChannelId, person: PersonId) -> StoreResult<Option<Role>> {
        let state = self.state.lock();
        Ok(state.logs.get(&channel).and_then(|log| Some(log.derived.members.get(&person)?.role)))
    }

    async fn members(&self, channel: ChannelId) -> StoreResult<Vec<MemberRow>> {
        let state = self.state.lock();
        let Some(log) = state.logs.get(&channel) else { return Ok(Vec::new()) };
        let mut members: Vec<MemberRow> = log.derived.members.values().cloned().collect();
        members.sort_by(MemberRow::by_role_then_name);
        Ok(members)
    }

    async fn messages(
        &self,
        channel: ChannelId,
        before: Option<Seq>,
        limit: u32,
    ) -> StoreResult<(Vec<MessageView>, bool)> {
        let state = self.state.lock();
        let Some(log) = state.logs.get(&channel) else { return Ok((Vec::new(), false)) };
        let mut older = log.derived.messages.range(..before.unwrap_or(Seq::MAX)).rev();
        let mut messages: Vec<MessageView> = older
            .by_ref()
            .take(limit as usize)
            .map(|(seq, message)| MessageView {
                op: message.op,
                seq: *seq,
                at: message.at,
                author: state.author(log, message.author),
                text: message.sent.text.clone(),
                frame: message.sent.at.clone(),
            })
            .collect();
        messages.reverse();
        Ok((messages, older.next().is_some()))
    }

    async fn add_upload(
        &self,
        video: Option<VideoRow>,
        version: VersionRow,
        upload: UploadRow,
    ) -> StoreResult<()> {
        self.state.lock().library.add_upload(video, version, upload)
    }

    async fn upload(&self, upload: UploadId) -> StoreResult<Option<UploadRow>> {
        Ok(self.state.lock().library.uploads.get(&upload).filter(|row| !row.given_up).cloned())
    }

    async fn upload_of(&self, version: VersionId) -> StoreResult<Option<UploadRow>> {
        Ok(self.state.lock().library.open_upload(version).cloned())
    }

    async fn upload_needs(&self, upload: UploadId) -> StoreResult<Option<String>> {
        Ok(self.state.lock().library.needs.get(&upload).cloned())
    }

    async fn advance_upload(&self, upload: UploadId, offset: u64) -> StoreResult<()> {
        let mut state = self.state.lock();
        let row = state.library.upload(upload)?;
        if offset > row.bytes {
            return Err(StoreError::Conflict("beyond the declared size"));
        }
        row.offset = row.offset.max(offset);
        Ok(())
    }

    async fn complete_upload(
        &self,
        upload: UploadId,
        sha256: [u8; 32],
        jobs: Vec<NewJob>,
    ) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let row = state.library.upload(upload)?;
        if row.complete {
            return Ok(false);
        }
        (row.complete, row.offset) = (true, row.bytes);
        let version = row.version;
        let uploaded = VersionUpdate {
            state: Some(VersionState::Uploaded),
            sha256: Some(sha256),
            ..VersionUpdate::default()
        };
        state.library.update_version(version, uploaded);
        state.library.needs.remove(&upload);
        forget_ahead(&mut state, version);
        enqueue(&mut state, jobs);
        Ok(true)
    }

    async fn cancel_upload(&self, upload: UploadId, now: Timestamp) -> StoreResult<()> {
        let mut state = self.state.lock();
        let version = state.library.cancel_upload(upload, now)?;
        cancel_version(&mut state, version);
        Ok(())
    }

    async fn forget_upload(&self, upload: UploadId) -> StoreResult<()> {
        let mut state = self.state.lock();
        if state.library.forget_upload(upload) {
            state.parts.forget(upload);
        }
        Ok(())
    }

    async fn stale_uploads(&self, now: Timestamp) -> StoreResult<Vec<UploadRow>> {
        Ok(self.state.lock().library.stale_uploads(now))
    }

    async fn source_bytes(&self) -> StoreResult<u64> {
        Ok(self.state.lock().library.source_bytes())
    }

    async fn reserved_bytes(&self) -> StoreResult<u64> {
        Ok(self.state.lock().library.reserved_bytes())
    }

    async fn video(&self, video: VideoId) -> StoreResult<Option<(VideoRow, Vec<VersionRow>)>> {
        let state = self.state.lock();
        Ok(state.library.videos.get(&video).map(|row| state.library.with_versions(row)))
    }

    async fn videos(
        &self,
        channel: ChannelId,
        after: Option<(Timestamp, VideoId)>,
        limit: u32,
    ) -> StoreResult<Vec<(VideoRow, Vec<VersionRow>)>> {
        Ok(self.state.lock().library.videos(channel, after, limit))
    }

    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        let state = self.state.lock();
        let row = state.library.versions.get(&version);
        Ok(row.and_then(|row| Some((row.clone(), state.library.videos.get(&row.video)?.clone()))))
    }

    async fn update_version(&self, version: VersionId, update: VersionUpdate) -> StoreResult<()> {
        let found = self.state.lock().library.update_version(version, update);
        if found { Ok(()) } else { Err(StoreError::NotFound) }
    }

    async fn rename_video(&self, video: VideoId, title: String) -> StoreResult<()> {
        self.state.lock().library.video(video)?.title = title;
        Ok(())
    }

    async fn remove_video(&self, video: VideoId, removed_at: Option<Timestamp>) -> StoreResult<()> {
        self.state.lock().library.video(video)?.removed_at = removed_at;
        Ok(())
    }

    async fn removed_videos(&self, before: Timestamp) -> StoreResult<Vec<VideoRow>> {
        Ok(self.state.lock().library.removed_videos(before))
    }

    async fn add_captions(&self, row: CaptionRow) -> StoreResult<()> {
        self.state.lock().library.add_captions(row)
    }

    async fn captions(&self, version: VersionId) -> StoreResult<Vec<CaptionRow>> {
        Ok(self.state.lock().library.captions_of(version))
    }

    async fn caption(&self, caption: CaptionId) -> StoreResult<Option<CaptionRow>> {
        Ok(self.state.lock().library.captions.get(&caption).cloned())
    }

    async fn update_captions(
        &self,
        caption: CaptionId,
        language: Option<String>,
        label: String,
        is_default: bool,
    ) -> StoreResult<()> {
        self.state.lock().library.update_captions(caption, language, label, is_default)
    }

    async fn remove_captions(&self, caption: CaptionId, removed_at: Option<Timestamp>) -> StoreResult<()> {
        self.state.lock().library.remove_captions(caption, removed_at)
    }

    async fn removed_captions(&self, before: Timestamp) -> StoreResult<Vec<CaptionRow>> {
        Ok(self.state.lock().library.removed_captions(before))
    }

    async fn purge_captions(&self, caption: CaptionId) -> StoreResult<()> {
        self.state.lock().library.captions.remove(&caption);
        Ok(())
    }

    async fn purge_video(&self, video: VideoId) -> StoreResult<()> {
        let mut state = self.state.lock();
        let gone = state.library.purge(video);
        state.jobs.retain(|job| job.row.new.version.is_none_or(|version| !gone.contains(&version)));
        Ok(())
    }
}
