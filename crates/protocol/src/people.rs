//! Who: kinds of person, roles, and names fit to be shown.

use crate::wire::{Registry, Shape, Wire, wire_word};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

wire_word! {
    /// Whether a person has an account.
    pub enum PersonKind {
        /// Has an account.
        "user" => User,
        /// Came by an invite with a name only.
        "guest" => Guest,
    }
}

wire_word! {
    /// A member's role in a channel, weakest first (the order is the ranking).
    pub enum Role {
        /// Watches and chats; came by invite without an account.
        "guest" => Guest,
        /// Watches; does not steer, write or upload.
        "viewer" => Viewer,
        /// Takes part: chat, playback, queue, upload.
        "member" => Member,
        /// Steers also when control is kept to moderators; invites.
        "moderator" => Moderator,
        /// Changes the channel and roles below their own.
        "admin" => Admin,
        /// Everything.
        "owner" => Owner,
    }
}

/// Longest name of a person, characters after trim and NFC.
pub const NAME_CHARS_MAX: usize = 50;

/// A person's name as it may be shown: trimmed, NFC, 1 to 50 characters, no control characters and no
/// characters that reorder the text around them. Always escaped by whoever draws it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing visible.
    #[error("a name needs at least one character")]
    Empty,
    /// Too long.
    #[error("a name has at most {NAME_CHARS_MAX} characters")]
    TooLong,
    /// Control or bidi-override character.
    #[error("a name has no control or direction characters")]
    Forbidden,
}

impl DisplayName {
    /// A name from what somebody typed.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<DisplayName, NameError> {
        // Bounded before normalising: NFC of 10,000 characters is work for nothing.
        let trimmed = text.trim();
        if trimmed.chars().nth(NAME_CHARS_MAX * 4).is_some() {
            return Err(NameError::TooLong);
        }
        let name: String = trimmed.nfc().collect();
        if name.chars().any(forbidden) {
            return Err(NameError::Forbidden);
        }
        if !name.chars().any(|c| !c.is_whitespace() && !invisible(c)) {
            return Err(NameError::Empty);
        }
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(NameError::TooLong);
        }
        Ok(DisplayName(name))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, and bidi embeddings, overrides and isolates (Unicode TR 9).
fn forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Characters without a mark of their own; a name of nothing else is empty.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{180E}')
}

impl TryFrom<String> for DisplayName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        DisplayName::parse(&text)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> String {
        name.0
    }
}

impl Wire for DisplayName {
    fn shape(_: &mut Registry) -> Shape {
        Shape::Text
    }
}
