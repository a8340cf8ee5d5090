//! What is never stored: presence, typing, reactions, sync reports. Latest value per person and kind; merged per
//! channel and sent at most every 16 ms (50 ms above 200 people).

use crate::people::{DisplayName, PersonKind, Role};
use crate::wire::{wire_struct, wire_tagged, wire_word};
use crate::{PersonId, VersionId, VideoId};

wire_word! {
    /// How a person is here. One person in two tabs is one face: the strongest of the tabs, in this order.
    pub enum PresenceState {
        /// Connection lost less than 25 s ago.
        "reconnecting" => Reconnecting,
        /// Every tab is hidden.
        "away" => Away,
        /// Looking.
        "here" => Here,
    }
}

wire_word! {
    /// How a member's player stands to the timeline.
    pub enum SyncStatus {
        /// Within tolerance.
        "locked" => Locked,
        /// Being steered.
        "adjusting" => Adjusting,
        /// Waiting for data.
        "buffering" => Buffering,
        /// Waiting for data that is still being made.
        "preparing" => Preparing,
        /// Waiting for a gesture of its user (plays muted or not at all).
        "gesture" => Gesture,
        /// On its own clock by choice.
        "own" => Own,
        /// No video.
        "idle" => Idle,
    }
}

wire_struct! {
    /// What a client measures of itself, about once a second while playing.
    pub struct SyncReport {
        /// Status.
        pub status: SyncStatus,
        /// Media clock minus timeline, microseconds (positive is ahead).
        pub error_us: i64,
        /// Honest bound of the clock estimate, microseconds.
        pub bound_us: i64,
        /// Round trip, microseconds.
        pub rtt_us: i64,
        /// Media ahead of the position, milliseconds.
        pub buffered_ms: i64,
        /// Time from `play()` until the element moves, milliseconds; measured by the client.
        pub start_latency_ms: i64,
    }
}

wire_struct! {
    /// Writing, or no longer.
    pub struct Typing {
        /// Whether.
        pub on: bool,
    }
}

wire_struct! {
    /// The tab is shown or hidden.
    pub struct Visible {
        /// Whether it is shown.
        pub shown: bool,
    }
}

wire_struct! {
    /// A reaction over the stage.
    pub struct Reaction {
        /// One emoji, at most 16 bytes of UTF-8.
        pub emoji: String,
    }
}

wire_struct! {
    /// Share of a version that is uploaded or encoded. System only.
    pub struct VideoProgress {
        /// The video.
        pub video: VideoId,
        /// The version.
        pub version: VersionId,
        /// What is under way: `uploading`, `checking`, `preparing`.
        pub stage: String,
        /// From 0 to 1000.
        pub permille: u32,
        /// Seconds of video that play without waiting from the start, at the lowest rendition.
        pub playable_s: u32,
        /// Names of the renditions that are complete.
        pub complete: Vec<String>,
        /// Seconds of video from the start for which every rendition is there.
        #[serde(default)]
        pub sharp_s: Option<u32>,
        /// Share of the file that is here, from 0 to 1000, while a version is prepared that is still on its way.
        #[serde(default)]
        pub uploaded_permille: Option<u32>,
    }
}

wire_tagged! {
    /// One fleeting value.
    pub enum Fleeting {
        /// Typing.
        "typing" => Typing(Typing),
        /// Tab shown or hidden.
        "visible" => Visible(Visible),
        /// Sync report.
        "sync" => Sync(SyncReport),
        /// Reaction.
        "reaction" => Reaction(Reaction),
        /// Progress of a version.
        "progress" => Progress(VideoProgress),
    }
}

wire_struct! {
    /// A person who is here, all tabs taken together.
    pub struct PresentPerson {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: DisplayName,
        /// User or guest.
        pub kind: PersonKind,
        /// Role.
        pub role: Role,
        /// How.
        pub state: PresenceState,
        /// Writing.
        pub typing: bool,
        /// Newest sync report.
        pub sync: Option<SyncReport>,
    }
}

wire_struct! {
    /// A fleeting value with its sender (none is the system).
    pub struct FleetingFrom {
        /// Sender.
        pub person: Option<PersonId>,
        /// Value.
        pub value: Fleeting,
    }
}
