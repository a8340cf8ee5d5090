//! The channel itself: its beginning, name and visibility.

use crate::decide::Decision;
use crate::io::Refusal;
use crate::state::State;
use protocol::Code;
use protocol::command::{ChannelCreate, ChannelUpdate};
use protocol::event::{ChannelCreated, ChannelUpdated, EventBody};
use protocol::limits::TITLE_CHARS_MAX;

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

/// A name of 1 to [`TITLE_CHARS_MAX`] characters after trim, without control characters.
fn title(text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    if name.is_empty() || name.chars().nth(TITLE_CHARS_MAX).is_some() || name.chars().any(char::is_control) {
        return Err(Refusal::because(Code::Invalid, format!("name: 1 to {TITLE_CHARS_MAX} characters")));
    }
    Ok(name.to_owned())
}
