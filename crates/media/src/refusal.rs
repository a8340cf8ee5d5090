//! Why a file is refused, in words a person understands. Made by the sniffer, the probe and the planner; shown in
//! the library by the page.

use protocol::Code;

/// A file that is not taken. `code` says what kind of trouble it is, `message` what exactly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MediaRefusal {
    /// Number and general sentence.
    pub code: Code,
    /// What is wrong with this file.
    pub message: String,
}

impl MediaRefusal {
    /// A refusal with its own words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> MediaRefusal {
        MediaRefusal { code, message: message.into() }
    }

    /// The file has no bytes.
    #[must_use]
    pub fn empty() -> MediaRefusal {
        MediaRefusal::new(Code::FileEmpty, "The file is empty.")
    }

    /// The file is something else.
    #[must_use]
    pub fn not_video(what: &str) -> MediaRefusal {
        MediaRefusal::new(Code::FileNotVideo, format!("The file is not a video: {what}."))
    }

    /// The file cannot be read to its end.
    #[must_use]
    pub fn damaged(what: &str) -> MediaRefusal {
        MediaRefusal::new(Code::FileDamaged, format!("The file is damaged or cut short: {what}."))
    }

    /// The file is beyond a limit.
    #[must_use]
    pub fn too_large(what: &str) -> MediaRefusal {
        MediaRefusal::new(Code::MediaTooLarge, format!("The file is too large: {what}."))
    }
}

/// Explains an ffprobe that ended with an error. `stderr` is what it wrote (`-v error`).
#[must_use]
pub fn probe_failure(stderr: &str) -> MediaRefusal {
    let has = |text: &str| stderr.contains(text);
    if has("moov atom not found") {
        MediaRefusal::damaged("its table of contents is missing, as when a copy or recording was interrupted")
    } else if has("not on whitelist") || has("not in whitelist") {
        MediaRefusal::not_video("it is of a kind that is not taken here")
    } else if has("End of file") || has("Truncat") || has("truncat") {
        MediaRefusal::damaged("it ends too early")
    } else {
        MediaRefusal::not_video("no video was found in it")
    }
}
