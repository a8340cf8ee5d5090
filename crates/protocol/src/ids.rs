//! Names of things: 16-byte UUIDs (version 7 where time order helps), and the place in a channel's log.

use crate::wire::{Registry, Shape, Wire};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// From 16 bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// A version 7 id from a Unix time in milliseconds and ten bytes of chance, both passed in.
            #[must_use]
            pub fn v7(unix_ms: u64, chance: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &chance).into_uuid())
            }

            /// The 16 bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// From hyphenated or plain hexadecimal text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Wire for $name {
            fn shape(_: &mut Registry) -> Shape { Shape::Id }
        }
    )* };
}

id! {
    /// A channel.
    ChannelId,
    /// A user or a guest. A guest who becomes a user keeps it.
    PersonId,
    /// One live connection of one tab.
    SessionId,
    /// One open tab of one person; stays the same over reconnects.
    ClientId,
    /// One command, made by its sender; unique in its channel for ever (law 5). Also the id of the message it sends.
    OpId,
    /// A video: what people name and queue.
    VideoId,
    /// One version of a video: the bytes of one upload and what was made of them.
    VersionId,
    /// An entry of the queue.
    ItemId,
    /// An invite.
    InviteId,
    /// An upload under way.
    UploadId,
    /// A job.
    JobId,
    /// A token of a program.
    TokenId,
    /// Captions of a version in one language.
    CaptionId,
}

/// Place in a channel's log: 1 is the first event, 0 means before the first.
pub type Seq = u64;

/// The life of a channel's log. Drawn at random (below 2^53) when the log begins and after a restore; a changed
/// epoch means snapshot, never replay (law 3).
pub type Epoch = u64;
