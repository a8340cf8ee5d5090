//! Rows of the store as the bodies that pages read.

use crate::AppState;
use crate::auth::session::person_view;
use crate::problem::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::rest::{ChannelView, InviteView, MemberView, PersonView, PlayingView};
use protocol::{PersonId, PersonKind, Role, VersionId};
use store::catalog::{ChannelRow, InviteRow, MemberRow};

/// A channel's card.
///
/// # Errors
/// When the store cannot be asked.
pub async fn channel_view(
    state: &AppState,
    row: ChannelRow,
    role: Option<Role>,
) -> Result<ChannelView, Refusal> {
    let (faces, online) = state.rooms.here(row.channel);
    Ok(ChannelView {
        channel: row.channel,
        playing: playing_view(state, &row).await?,
        name: row.name,
        visibility: row.visibility,
        role,
        members: row.members,
        faces,
        online,
    })
}

/// What a channel is playing.
///
/// # Errors
/// When the store cannot be asked.
pub async fn playing_view(state: &AppState, row: &ChannelRow) -> Result<Option<PlayingView>, Refusal> {
    let Some((version, playing)) = row.playing else { return Ok(None) };
    let Some((_, video)) = state.store.catalog.version(version).await? else { return Ok(None) };
    Ok(Some(PlayingView { title: video.title, version, playing }))
}

/// Largest poster put into a data URL, bytes; ours have below 60 KB.
const POSTER_BYTES_MAX: u64 = 256 * 1024;

/// A version's poster as a data URL, for somebody who may not fetch media yet. None if it is not there (yet): the card
/// does without.
pub async fn poster(state: &AppState, version: VersionId) -> Option<String> {
    let (row, _) = state.store.catalog.version(version).await.ok()??;
    let plan: media::Plan = serde_json::from_str(row.plan.as_deref()?).ok()?;
    let key = plan.key(version, &media::ObjectRef::Poster);
    let stat = state.store.blobs.stat(&key).await.ok()??;
    if stat.bytes > POSTER_BYTES_MAX {
        return None;
    }
    let bytes = state.store.blobs.read(&key, 0..stat.bytes).await.ok()?;
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)))
}

/// A member as listed.
#[must_use]
pub fn member_view(row: MemberRow) -> MemberView {
    MemberView {
        person: row.person,
        name: row.name.into(),
        kind: row.kind,
        role: row.role,
        joined_at: row.joined_at,
    }
}

/// An invite without its secret.
#[must_use]
pub fn invite_view(row: InviteRow, by: PersonView, token: Option<String>) -> InviteView {
    InviteView {
        invite: row.invite,
        token,
        role: row.role,
        uses: row.uses,
        uses_max: row.uses_max,
        expires_at: row.expires_at,
        created_by: by,
    }
}

/// A person by id, also one whose row is gone.
///
/// # Errors
/// When the store cannot be asked.
pub async fn person(state: &AppState, person: PersonId) -> Result<PersonView, Refusal> {
    Ok(state.store.catalog.person(person).await?.map_or_else(
        || PersonView { person, name: "Somebody".to_owned(), kind: PersonKind::Guest },
        |row| person_view(&row),
    ))
}
