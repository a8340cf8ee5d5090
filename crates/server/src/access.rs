//! What a person may do in a channel, over REST and media: looks up the role and asks the one permission function
//! `room::authorize::can` (law 8). A channel that is not open to the asker is "not found".

use crate::AppState;
use crate::problem::Refusal;
use protocol::{ChannelId, Code, PersonId, PersonKind, Role};
use room::authorize::{Action, Actor, Resource, can};
use store::catalog::{ChannelRow, PersonRow};

/// A channel with the asker's standing in it.
#[derive(Clone, Debug)]
pub struct Access {
    /// The channel's card.
    pub channel: ChannelRow,
    /// The asker's role; none: not a member.
    pub role: Option<Role>,
    actor: Actor,
}

impl Access {
    /// What the permission function is told about the channel.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::channel(self.channel.visibility)
    }

    /// Whether the asker may do this.
    #[must_use]
    pub fn may(&self, action: Action, resource: &Resource) -> bool {
        can(&self.actor, action, resource)
    }

    /// Refuses unless the asker may do this: "not found" when they may not even know of the channel.
    ///
    /// # Errors
    /// `NotFound` or `Forbidden`.
    pub fn require(&self, action: Action, resource: &Resource) -> Result<(), Refusal> {
        if self.may(action, resource) {
            Ok(())
        } else if self.may(Action::Find, resource) {
            Err(Refusal::new(Code::Forbidden))
        } else {
            Err(Refusal::not_found())
        }
    }
}

/// A person's standing in a channel.
///
/// # Errors
/// `NotFound` for a channel that does not exist or is deleted.
pub async fn access(state: &AppState, channel: ChannelId, person: &PersonRow) -> Result<Access, Refusal> {
    let access = access_deleted_too(state, channel, person).await?;
    if access.channel.deleted_at.is_some() { Err(Refusal::not_found()) } else { Ok(access) }
}

/// A person's standing in a channel, also in one that is deleted and not yet erased.
///
/// # Errors
/// `NotFound` for a channel that does not exist.
pub async fn access_deleted_too(
    state: &AppState,
    channel: ChannelId,
    person: &PersonRow,
) -> Result<Access, Refusal> {
    let catalog = &state.store.catalog;
    let row = catalog.channel(channel).await?.ok_or_else(Refusal::not_found)?;
    let role = catalog.role(channel, person.person).await?;
    Ok(Access { channel: row, role, actor: actor(person.person, person.kind, role) })
}

/// A person's standing in a channel, if they may do this there.
///
/// # Errors
/// `NotFound` (no such channel, or not open to them) or `Forbidden`.
pub async fn require(
    state: &AppState,
    channel: ChannelId,
    person: &PersonRow,
    action: Action,
) -> Result<Access, Refusal> {
    let access = access(state, channel, person).await?;
    access.require(action, &access.resource())?;
    Ok(access)
}

/// How the permission function sees a person. A guest belongs where they were invited and is nobody elsewhere.
#[must_use]
pub fn actor(person: PersonId, kind: PersonKind, role: Option<Role>) -> Actor {
    match (kind, role) {
        (PersonKind::Guest, None) => Actor::Nobody,
        _ => Actor::Person { person, role },
    }
}
