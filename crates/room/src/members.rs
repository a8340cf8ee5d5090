//! Members, roles and control. Rights were checked before; here are the rules that hold for everybody.

use crate::decide::Decision;
use crate::io::Refusal;
use crate::state::State;
use protocol::command::{ControlSet, MemberJoin, MemberRemove, MemberSetRole};
use protocol::event::{ControlModeSet, EventBody, MemberJoined, MemberRemoved, MemberRoleSet};
use protocol::limits::MEMBERS_MAX;
use protocol::{Code, ControlMode, PersonKind, Role};

/// Somebody comes in, or their name or kind is brought up to date. A role is never lowered, a user never becomes a
/// guest.
pub(crate) fn join(state: &State, join: &MemberJoin) -> Decision {
    let present = state.members.get(&join.person);
    if present.is_none() && state.members.len() >= MEMBERS_MAX {
        return Err(Refusal::of(Code::ChannelFull));
    }
    let role = present.map_or(join.role, |member| member.role.max(join.role));
    let kind = match present {
        Some(member) if member.kind == PersonKind::User => PersonKind::User,
        _ => join.kind,
    };
    if present.is_some_and(|member| member.role == role && member.kind == kind && member.name == join.name) {
        return Ok(None);
    }
    Ok(Some(EventBody::MemberJoined(MemberJoined {
        person: join.person,
        name: join.name.clone(),
        kind,
        role,
    })))
}

/// Somebody goes or is taken out. Who is not there is gone already.
pub(crate) fn remove(state: &State, remove: &MemberRemove) -> Decision {
    match state.role(remove.person) {
        None => Ok(None),
        Some(Role::Owner) if state.owners <= 1 => Err(Refusal::of(Code::LastOwner)),
        Some(_) => Ok(Some(EventBody::MemberRemoved(MemberRemoved { person: remove.person }))),
    }
}

/// Highest role of somebody without an account: what they did could not be traced to anybody later.
const GUEST_ROLE_MAX: Role = Role::Member;

/// A role for somebody who is in.
pub(crate) fn set_role(state: &State, set: &MemberSetRole) -> Decision {
    let Some(member) = state.members.get(&set.person) else {
        return Err(Refusal::because(Code::NotFound, "person: not a member"));
    };
    if member.role == set.role {
        return Ok(None);
    }
    if member.role == Role::Owner && state.owners <= 1 {
        return Err(Refusal::of(Code::LastOwner));
    }
    if member.kind == PersonKind::Guest && set.role > GUEST_ROLE_MAX {
        return Err(Refusal::because(Code::Invalid, "role: a guest needs an account first"));
    }
    Ok(Some(EventBody::MemberRoleSet(MemberRoleSet { person: set.person, role: set.role })))
}

/// Whose commands move the timeline.
pub(crate) fn control(state: &State, set: &ControlSet) -> Decision {
    match (set.mode, set.presenter) {
        (ControlMode::Presenter, None) => {
            return Err(Refusal::because(Code::Invalid, "presenter: needed with this mode"));
        }
        (ControlMode::Presenter, Some(person))
            if state.role(person).is_none_or(|role| role == Role::Viewer) =>
        {
            return Err(Refusal::because(Code::Invalid, "presenter: must be somebody who takes part"));
        }
        (ControlMode::Presenter, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(Refusal::because(Code::Invalid, "presenter: only with mode presenter")),
    }
    if state.control == set.mode && state.presenter == set.presenter {
        return Ok(None);
    }
    Ok(Some(EventBody::ControlModeSet(ControlModeSet { mode: set.mode, presenter: set.presenter })))
}
