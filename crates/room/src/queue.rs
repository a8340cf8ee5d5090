//! The queue: what is watched next. Set operations; one entry is one id.

use crate::decide::{Context, Decision};
use crate::io::{By, Refusal, VideoFacts};
use crate::playback;
use crate::state::State;
use protocol::command::{QueueAdd, QueueMove, QueuePlay, QueueRemove};
use protocol::event::{EventBody, QueueAdded, QueueMoved, QueueRemoved, TimelineCause};
use protocol::limits::QUEUE_ITEMS_MAX;
use protocol::{Code, ItemId, PersonId, QueueItem, TimelineVideo};

/// Adds at the end.
pub(crate) fn add(state: &State, context: Context<'_>, add: &QueueAdd) -> Decision {
    if state.queue.iter().any(|entry| entry.item == add.item) {
        return Ok(None);
    }
    if state.queue.len() >= QUEUE_ITEMS_MAX {
        return Err(Refusal::of(Code::QueueFull));
    }
    let facts = playback::playable(context.facts.video.as_ref())?;
    Ok(Some(EventBody::QueueAdded(QueueAdded { entry: entry(add.item, facts, adder(state, context.by)) })))
}

fn entry(item: ItemId, facts: &VideoFacts, added_by: PersonId) -> QueueItem {
    QueueItem {
        item,
        video: facts.video,
        version: facts.version,
        title: facts.title.clone(),
        rate: facts.rate,
        frames: facts.frames,
        added_by,
    }
}

/// Who added it; what the system adds on nobody's behalf counts as the first owner's.
fn adder(state: &State, by: By) -> PersonId {
    match by {
        By::Person(person) | By::System(Some(person)) => person,
        By::System(None) => state
            .members
            .values()
            .max_by_key(|member| (member.role, std::cmp::Reverse(member.joined_at)))
            .map_or(PersonId::from_bytes([0; 16]), |member| member.person),
    }
}

/// Takes out; what is gone is gone.
pub(crate) fn remove(state: &State, remove: &QueueRemove) -> Decision {
    let there = state.queue.iter().any(|entry| entry.item == remove.item);
    Ok(there.then_some(EventBody::QueueRemoved(QueueRemoved { item: remove.item })))
}

/// Moves before another entry, or to the end.
pub(crate) fn place(state: &State, place: &QueueMove) -> Decision {
    let position = |item| state.queue.iter().position(|entry| entry.item == item);
    let gone = || Refusal::of(Code::QueueItemGone);
    let from = position(place.item).ok_or_else(gone)?;
    let to = match place.before {
        None => state.queue.len(),
        Some(before) => position(before).ok_or_else(gone)?,
    };
    if to == from || to == from + 1 {
        return Ok(None);
    }
    Ok(Some(EventBody::QueueMoved(QueueMoved { item: place.item, before: place.before })))
}

/// Takes an entry and plays it now: one event.
pub(crate) fn play(state: &State, context: Context<'_>, play: &QueuePlay) -> Decision {
    let entry = state
        .queue
        .iter()
        .find(|entry| entry.item == play.item)
        .ok_or_else(|| Refusal::of(Code::QueueItemGone))?;
    Ok(Some(playback::from_queue(state, context, entry, TimelineCause::Load)))
}

/// What the timeline needs of an entry.
pub(crate) fn video_of(entry: &QueueItem) -> TimelineVideo {
    TimelineVideo { video: entry.video, version: entry.version, rate: entry.rate, frames: entry.frames }
}
