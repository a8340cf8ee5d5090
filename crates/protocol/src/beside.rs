//! Bodies of the REST API for what stands beside a version's picture: chapters, sound tracks, captions, loudness,
//! the poster of choice. Used through [`crate::rest`].

use crate::wire::wire_struct;
use crate::{CaptionId, VersionId};

wire_struct! {
    /// A chapter mark of a source.
    pub struct ChapterView {
        /// Its first frame.
        pub frame: i64,
        /// Its name; empty where the file has none.
        pub title: String,
    }
}

wire_struct! {
    /// A sound track of a source.
    pub struct AudioTrackView {
        /// Codec in words.
        pub codec: String,
        /// Channels in the source; every rendition is stereo.
        pub channels: u32,
        /// Language, BCP 47.
        pub language: Option<String>,
        /// What the file calls it.
        pub title: Option<String>,
    }
}

wire_struct! {
    /// Captions of a version in one language. WebVTT at `/media/{version}/captions/{caption}.vtt`.
    pub struct CaptionView {
        /// Which.
        pub caption: CaptionId,
        /// Language, BCP 47.
        pub language: Option<String>,
        /// What people call them; empty where the language says enough.
        pub label: String,
        /// Shown to whoever has made no choice; at most one of a version.
        pub is_default: bool,
        /// Taken out of the uploaded file, not added by a person.
        pub embedded: bool,
        /// Number of cues.
        pub cues: u32,
    }
}

wire_struct! {
    /// Loudness of a sound track after EBU R 128.
    pub struct LoudnessView {
        /// Integrated loudness, LUFS; none for silence.
        pub integrated_lufs: Option<f64>,
        /// True peak, dBTP; none for silence.
        pub true_peak_dbtp: Option<f64>,
    }
}

wire_struct! {
    /// `POST videos/{video}/captions`.
    pub struct AddCaptions {
        /// Version they belong to; none is the newest.
        pub version: Option<VersionId>,
        /// Language, BCP 47.
        pub language: Option<String>,
        /// What people call them, at most 60 characters.
        pub label: Option<String>,
        /// Whether they are shown to whoever has made no choice.
        pub is_default: bool,
        /// The file: SubRip or WebVTT, at most 2 MiB.
        pub text: String,
    }
}

wire_struct! {
    /// `PATCH videos/{video}/captions/{caption}`.
    pub struct UpdateCaptions {
        /// Language, BCP 47.
        pub language: Option<String>,
        /// What people call them, at most 60 characters.
        pub label: String,
        /// Whether they are shown to whoever has made no choice.
        pub is_default: bool,
    }
}

wire_struct! {
    /// `PUT videos/{video}/poster`.
    pub struct SetPoster {
        /// Version; none is the newest.
        pub version: Option<VersionId>,
        /// Frame of that version.
        pub frame: i64,
    }
}
