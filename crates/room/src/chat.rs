//! Chat: what may be said. The room keeps no messages.

use crate::decide::Decision;
use crate::io::Refusal;
use protocol::Code;
use protocol::command::MessageSend;
use protocol::event::{EventBody, MessageSent};
use protocol::limits::MESSAGE_CHARS_MAX;

/// Highest frame number a message may point to: beyond it a client's number is not exact.
const FRAME_MAX: i64 = 1 << 53;

/// A message of 1 to [`MESSAGE_CHARS_MAX`] characters after trim.
pub(crate) fn send(send: &MessageSend) -> Decision {
    let text = send.text.trim();
    if text.is_empty() || text.chars().nth(MESSAGE_CHARS_MAX).is_some() {
        return Err(Refusal::of(Code::MessageInvalid));
    }
    if send.at.as_ref().is_some_and(|at| !(0..FRAME_MAX).contains(&at.frame)) {
        return Err(Refusal::of(Code::SeekOutside));
    }
    Ok(Some(EventBody::MessageSent(MessageSent { text: text.to_owned(), at: send.at.clone() })))
}
