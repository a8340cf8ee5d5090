//! The channel itself: its beginning, name, visibility and patience, its end.

use crate::decide::{Context, Decision};
use crate::io::Refusal;
use crate::state::State;
use protocol::Code;
use protocol::command::{ChannelCreate, ChannelDelete, ChannelUpdate, PatienceSet};
use protocol::event::{ChannelCreated, ChannelDeleted, ChannelUpdated, EventBody, PatienceChanged};
use protocol::limits::{PATIENCE_MAX_MS, TITLE_CHARS_MAX, UNDO_MS};

/// The first event of a log.
pub(crate) fn create(state: &State, create: &ChannelCreate) -> Decision {
    if state.exists() {
        return Err(Refusal::of(Code::Conflict));
    }
    Ok(Some(EventBody::ChannelCreated(ChannelCreated {
        name: title(&create.name)?,
        visibility: create.visibility,
        owner: create.owner,
        owner_name: create.owner_name.clone(),
    })))
}

/// A new name or visibility.
pub(crate) fn update(state: &State, update: &ChannelUpdate) -> Decision {
    let name = title(&update.name)?;
    if name == state.name && update.visibility == state.visibility {
        return Ok(None);
    }
    Ok(Some(EventBody::ChannelUpdated(ChannelUpdated { name, visibility: update.visibility })))
}

/// Deletes the channel, or puts it back while there is time.
pub(crate) fn delete(state: &State, context: Context<'_>, set: &ChannelDelete) -> Decision {
    if set.deleted == state.deleted_at.is_some() {
        return Ok(None);
    }
    let too_late = |at: protocol::Timestamp| context.now.since_us(at) > UNDO_MS * 1_000;
    if state.deleted_at.is_some_and(too_late) {
        return Err(Refusal::of(Code::NotFound));
    }
    Ok(Some(EventBody::ChannelDeleted(ChannelDeleted { deleted: set.deleted })))
}

/// A new patience.
pub(crate) fn patience(state: &State, set: &PatienceSet) -> Decision {
    if set.patience_ms > PATIENCE_MAX_MS {
        let detail = format!("patience: 0 to {PATIENCE_MAX_MS} milliseconds");
        return Err(Refusal::because(Code::Invalid, detail));
    }
    if set.patience_ms == state.patience_ms {
        return Ok(None);
    }
    Ok(Some(EventBody::PatienceChanged(PatienceChanged { patience_ms: set.patience_ms })))
}

/// A name of 1 to [`TITLE_CHARS_MAX`] characters after trim, without control characters.
fn title(text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    if name.is_empty() || name.chars().nth(TITLE_CHARS_MAX).is_some() || name.chars().any(char::is_control) {
        return Err(Refusal::because(Code::Invalid, format!("name: 1 to {TITLE_CHARS_MAX} characters")));
    }
    Ok(name.to_owned())
}
