//! The start time code of a source: which of its tags names it, and what it says at the source's rate. Nothing is
//! guessed: numbering and number are the file's, or there are none. Used by the probe.

use crate::facts::StartTimecode;
use crate::limits::TIMECODE_CHARS_MAX;
use crate::words::one_line;
use std::collections::BTreeMap;
use timecode::{FrameRate, Start};

/// Tags of a stream or of a file.
pub(crate) type Tags = BTreeMap<String, String>;

/// A start time code as the file names it.
#[derive(Clone, Debug)]
pub(crate) struct NamedTimecode {
    text: String,
    /// The rate in which its track counts, where it has a track.
    counted: Option<FrameRate>,
}

impl NamedTimecode {
    /// The first one in `tagged`. `tracks` are the file's tracks of time code with their rates.
    pub(crate) fn find<'a>(
        mut tagged: impl Iterator<Item = &'a Tags>,
        mut tracks: impl Iterator<Item = (&'a Tags, Option<FrameRate>)>,
    ) -> Option<NamedTimecode> {
        let text = tagged.find_map(tag)?;
        let track = tracks.find(|(tags, _)| tag(tags).as_ref() == Some(&text));
        Some(NamedTimecode { text, counted: track.and_then(|(_, counted)| counted) })
    }

    /// What it says in a source of `rate`; the text itself if it names no frame there.
    pub(crate) fn at(&self, rate: FrameRate) -> Result<StartTimecode, String> {
        let text = self.text.clone();
        match Start::read(&text, self.counted.unwrap_or(rate), rate) {
            Ok(Start { numbering, frame }) => {
                Ok(StartTimecode { text, frame, drop_frame: numbering.is_drop_frame() })
            }
            Err(_) => Err(text),
        }
    }
}

/// `timecode` in MP4, `TIMECODE` in Matroska.
fn tag(tags: &Tags) -> Option<String> {
    let (_, text) = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case("timecode"))?;
    Some(one_line(text, TIMECODE_CHARS_MAX)).filter(|text| !text.is_empty())
}
