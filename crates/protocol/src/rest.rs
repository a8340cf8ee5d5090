//! Bodies of the REST API under `/api/v1`, by noun. JSON only; routes in docs/protocol.md. Errors are RFC 9457 problem
//! documents ([`Problem`]); lists page by cursor.

mod channels;
mod instance;
mod invites;
mod numbers;
mod sessions;
mod videos;

pub use crate::beside::{
    AddCaptions, AudioTrackView, CaptionView, ChapterView, LoudnessView, SetPoster, UpdateCaptions,
};
pub use channels::*;
pub use instance::*;
pub use invites::*;
pub use numbers::*;
pub use sessions::*;
pub use videos::*;

use crate::wire::wire_struct;

wire_struct! {
    /// A refusal, `application/problem+json`.
    pub struct Problem {
        /// `urn:genlock:code:NUMBER`.
        #[serde(rename = "type")]
        pub kind: String,
        /// The code's sentence.
        pub title: String,
        /// HTTP status.
        pub status: u16,
        /// What exactly is wrong, where more is known than the title says.
        pub detail: Option<String>,
        /// Our number.
        pub code: u16,
        /// Field of the body at fault.
        pub field: Option<String>,
    }
}
