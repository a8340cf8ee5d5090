//! From a command to at most one event, on a given state. Authorizes first (law 8), then looks at the rest. Pure
//! functions of their arguments; called by the room only.

use crate::authorize::{Actor, can, wanted};
use crate::io::{By, Facts, Refusal};
use crate::state::State;
use crate::{channel, chat, members, playback, queue, waiting};
use protocol::event::{EventBody, VideoRemoved, VideoUpdated};
use protocol::{Code, Command, Timestamp, VideoId};

/// What a decision may look at beside the state and the command.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Server time.
    pub now: Timestamp,
    /// How far ahead of now a common start is set, microseconds.
    pub lead_us: i64,
    /// On whose behalf.
    pub by: By,
    /// What the shell has read.
    pub facts: &'a Facts,
}

/// One event, or none because the wish is fulfilled already, or a refusal.
pub type Decision = Result<Option<EventBody>, Refusal>;

/// Decides a command.
///
/// # Errors
/// The refusal; then nothing changes.
pub fn decide(state: &State, context: Context<'_>, command: &Command) -> Decision {
    let actor = match context.by {
        By::System(_) => Actor::System,
        By::Person(person) => Actor::Person { person, role: state.role(person) },
    };
    let (action, resource) = wanted(state, command);
    if !can(&actor, action, &resource) {
        return Err(Refusal::of(Code::Forbidden));
    }
    if !state.exists() && !matches!(command, Command::ChannelCreate(_)) {
        return Err(Refusal::of(Code::NotFound));
    }
    // A deleted channel takes nothing but being put back.
    if state.deleted_at.is_some() && !matches!(command, Command::ChannelDelete(_)) {
        return Err(Refusal::of(Code::NotFound));
    }
    match command {
        Command::MessageSend(send) => chat::send(send),
        Command::PlaybackPlay(play) => playback::play(state, context, play),
        Command::PlaybackPause(pause) => playback::pause(state, context, pause),
        Command::PlaybackSeek(seek) => playback::seek(state, context, seek),
        Command::PlaybackSpeed(speed) => playback::speed(state, context, speed),
        Command::PlaybackLoad(load) => playback::load(state, context, load),
        Command::PlaybackAdvance(advance) => playback::advance(state, context, advance),
        Command::PlaybackWait(wait) => waiting::wait(state, context, wait),
        Command::PlaybackResume(resume) => waiting::resume(state, context, resume),
        Command::QueueAdd(add) => queue::add(state, context, add),
        Command::QueueRemove(remove) => queue::remove(state, remove),
        Command::QueueMove(place) => queue::place(state, place),
        Command::QueuePlay(play) => queue::play(state, context, play),
        Command::ControlSet(set) => members::control(state, set),
        Command::PatienceSet(set) => channel::patience(state, set),
        Command::ChannelCreate(create) => channel::create(state, create),
        Command::ChannelUpdate(update) => channel::update(state, update),
        Command::ChannelDelete(set) => channel::delete(state, context, set),
        Command::MemberJoin(join) => members::join(state, join),
        Command::MemberRemove(remove) => members::remove(state, remove),
        Command::MemberSetRole(set) => members::set_role(state, set),
        // News of a version: the room does not keep versions, so each is an event; the operation id makes it one.
        Command::VideoUpdate(news) => Ok(Some(EventBody::VideoUpdated(VideoUpdated {
            video: news.video,
            version: news.version,
            title: news.title.clone(),
            state: news.state,
            rate: news.rate,
            frames: news.frames,
            by: news.by,
        }))),
        Command::VideoRemove(remove) => {
            Ok(Some(EventBody::VideoRemoved(VideoRemoved { video: remove.video })))
        }
    }
}

/// The video whose facts the shell has to read before it hands this command in.
#[must_use]
pub fn video_needed(command: &Command) -> Option<VideoId> {
    match command {
        Command::PlaybackLoad(load) => Some(load.video),
        Command::QueueAdd(add) => Some(add.video),
        _ => None,
    }
}
