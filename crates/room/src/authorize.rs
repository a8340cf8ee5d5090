//! Who may do what: one function for REST, the live socket, media, export and search alike (law 8). Knows roles and
//! the control mode, and nothing of how a request came in.
//!
//! The whole table of role and command is printed by a test into `tests/rights.txt`, so that a change shows in review.

use crate::state::State;
use protocol::work::TokenScope;
use protocol::{Command, ControlMode, PersonId, Role, Visibility};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The server itself.
    System,
    /// Nobody: not signed in.
    Nobody,
    /// A program with a token of this scope.
    Program(TokenScope),
    /// A person, with their role in the channel concerned; none: not a member.
    Person {
        /// Who.
        person: PersonId,
        /// Role there.
        role: Option<Role>,
    },
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// See that the channel exists: card, preview.
    Find,
    /// Enter without an invite.
    Join,
    /// See what is in it: live socket, messages, members, library, media.
    View,
    /// Chat, react, be seen typing.
    Talk,
    /// Move the timeline or change the queue.
    Steer,
    /// Say whose commands move the timeline, and how long it waits for somebody.
    SetControl,
    /// Rename, show or hide the channel.
    UpdateChannel,
    /// Delete the channel, or put it back.
    DeleteChannel,
    /// Make, list and withdraw invites.
    Invite,
    /// Upload a video or a version.
    Upload,
    /// Rename or remove a video, put it back, stop or retry its preparation.
    ManageVideo,
    /// Change somebody's role.
    SetRole,
    /// Take somebody out, or leave.
    RemoveMember,
    /// Take jobs, read their sources and store what they make, for the instance.
    Work,
    /// See, stop and retry every job of the instance; make and withdraw tokens of programs.
    Operate,
    /// See what the instance is doing, in numbers.
    Observe,
    /// What only the server does.
    System,
}

impl Action {
    /// Every action.
    pub const ALL: &'static [Action] = &[
        Action::Find,
        Action::Join,
        Action::View,
        Action::Talk,
        Action::Steer,
        Action::SetControl,
        Action::UpdateChannel,
        Action::DeleteChannel,
        Action::Invite,
        Action::Upload,
        Action::ManageVideo,
        Action::SetRole,
        Action::RemoveMember,
        Action::Work,
        Action::Operate,
        Action::Observe,
        Action::System,
    ];
}

/// What it is about: a channel, and where the action has one, the person or video in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Who can find the channel.
    pub visibility: Visibility,
    /// Whose commands move the timeline.
    pub control: ControlMode,
    /// The presenter.
    pub presenter: Option<PersonId>,
    /// The person concerned, with their present role (`SetRole`, `RemoveMember`).
    pub target: Option<(PersonId, Option<Role>)>,
    /// The role to be given (`SetRole`).
    pub new_role: Option<Role>,
    /// Who added the video (`ManageVideo`).
    pub added_by: Option<PersonId>,
    /// The asker, if they own the instance (`Operate`, `Observe`).
    pub instance_owner: Option<PersonId>,
}

impl Resource {
    /// A channel of which only the visibility matters.
    #[must_use]
    pub fn channel(visibility: Visibility) -> Resource {
        Resource {
            visibility,
            control: ControlMode::Everyone,
            presenter: None,
            target: None,
            new_role: None,
            added_by: None,
            instance_owner: None,
        }
    }

    /// The instance as a whole, asked about by one of its owners or (none) by anybody else.
    #[must_use]
    pub fn instance(owner: Option<PersonId>) -> Resource {
        Resource { instance_owner: owner, ..Resource::channel(Visibility::Private) }
    }

    /// A channel as the room knows it.
    #[must_use]
    pub fn of(state: &State) -> Resource {
        Resource { control: state.control, presenter: state.presenter, ..Resource::channel(state.visibility) }
    }

    /// With the person concerned.
    #[must_use]
    pub fn target(self, person: PersonId, role: Option<Role>) -> Resource {
        Resource { target: Some((person, role)), ..self }
    }

    /// With the role to be given.
    #[must_use]
    pub fn new_role(self, role: Role) -> Resource {
        Resource { new_role: Some(role), ..self }
    }

    /// With who added the video.
    #[must_use]
    pub fn added_by(self, person: Option<PersonId>) -> Resource {
        Resource { added_by: person, ..self }
    }
}

/// Whether `actor` may do `action` on `resource`.
#[must_use]
pub fn can(actor: &Actor, action: Action, resource: &Resource) -> bool {
    let (person, role) = match actor {
        Actor::System => return true,
        Actor::Nobody => return false,
        Actor::Program(TokenScope::Work) => return action == Action::Work,
        Actor::Program(TokenScope::Metrics) => return action == Action::Observe,
        Actor::Person { person, role } => (*person, *role),
    };
    if matches!(action, Action::Operate | Action::Observe) {
        return resource.instance_owner == Some(person);
    }
    let Some(role) = role else {
        return match action {
            Action::Find => resource.visibility != Visibility::Private,
            Action::Join => resource.visibility != Visibility::Private,
            _ => false,
        };
    };
    match action {
        Action::Find | Action::Join | Action::View => true,
        Action::Talk => takes_part(role),
        Action::Steer => match resource.control {
            ControlMode::Everyone => takes_part(role),
            ControlMode::Moderators => role >= Role::Moderator,
            ControlMode::Presenter => {
                role >= Role::Admin || (resource.presenter == Some(person) && takes_part(role))
            }
        },
        Action::Upload => role >= Role::Member,
        Action::ManageVideo => {
            role >= Role::Moderator || (role >= Role::Member && resource.added_by == Some(person))
        }
        Action::Invite | Action::SetControl => role >= Role::Moderator,
        Action::UpdateChannel => role >= Role::Admin,
        Action::DeleteChannel => role == Role::Owner,
        Action::SetRole => {
            let Some((_, target)) = resource.target else { return false };
            let Some(new_role) = resource.new_role else { return false };
            // An owner decides about everybody, owners included; the last one stays by another rule.
            role == Role::Owner
                || (role >= Role::Admin && new_role < role && target.is_none_or(|target| target < role))
        }
        Action::RemoveMember => {
            let Some((target, target_role)) = resource.target else { return false };
            target == person
                || (role >= Role::Moderator && target_role.is_none_or(|target_role| target_role < role))
        }
        Action::Work | Action::Operate | Action::Observe | Action::System => false,
    }
}

/// Everybody but viewers: guests talk and, where control is everybody's, steer.
fn takes_part(role: Role) -> bool {
    role != Role::Viewer
}

/// What a command asks for, and of what.
#[must_use]
pub fn wanted(state: &State, command: &Command) -> (Action, Resource) {
    let channel = Resource::of(state);
    match command {
        Command::MessageSend(_) => (Action::Talk, channel),
        Command::PlaybackPlay(_)
        | Command::PlaybackPause(_)
        | Command::PlaybackSeek(_)
        | Command::PlaybackSpeed(_)
        | Command::PlaybackLoad(_)
        | Command::QueueAdd(_)
        | Command::QueueRemove(_)
        | Command::QueueMove(_)
        | Command::QueuePlay(_) => (Action::Steer, channel),
        Command::ControlSet(_) | Command::PatienceSet(_) => (Action::SetControl, channel),
        Command::ChannelUpdate(_) => (Action::UpdateChannel, channel),
        Command::ChannelDelete(_) => (Action::DeleteChannel, channel),
        Command::MemberRemove(remove) => {
            (Action::RemoveMember, channel.target(remove.person, state.role(remove.person)))
        }
        Command::MemberSetRole(set) => {
            (Action::SetRole, channel.target(set.person, state.role(set.person)).new_role(set.role))
        }
        Command::PlaybackAdvance(_)
        | Command::PlaybackWait(_)
        | Command::PlaybackResume(_)
        | Command::ChannelCreate(_)
        | Command::MemberJoin(_)
        | Command::VideoUpdate(_)
        | Command::VideoRemove(_) => (Action::System, channel),
    }
}
