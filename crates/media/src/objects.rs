//! Names of the objects of a plan: keys in the store, paths below `/media/{version}/`, and the way back from a
//! requested path. Used by the worker (put), the server (get) and the playlists (name).

use crate::plan::{Plan, RenditionSet};
use protocol::{CaptionId, UploadId, VersionId};
use std::fmt;

/// One object that the plan will have made when it is complete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectRef {
    /// Initialisation of a picture rendition.
    Init {
        /// Rendition's name.
        rendition: String,
    },
    /// Segment of a picture rendition.
    Segment {
        /// Rendition's name.
        rendition: String,
        /// From 0.
        index: u32,
    },
    /// Initialisation of a sound track.
    AudioInit {
        /// Number of the track.
        track: u32,
    },
    /// Segment of a sound track.
    AudioSegment {
        /// Number of the track.
        track: u32,
        /// From 0.
        index: u32,
    },
    /// Peaks of a chunk of sound.
    Peaks {
        /// Number of the track.
        track: u32,
        /// Chunk it was made with.
        chunk: u32,
    },
    /// Overview of all peaks of a sound track.
    Waveform {
        /// Number of the track.
        track: u32,
    },
    /// Playlist of the lowest rendition's key frames, with their places in the segments.
    KeyFrames,
    /// Storyboard sheet.
    Sheet {
        /// Chunk it was made with.
        chunk: u32,
    },
    /// Poster.
    Poster,
    /// Poster that somebody chose. Made on demand, so not among the objects of the plan.
    PosterAt {
        /// Its frame.
        frame: i64,
    },
    /// Frame identity, see [`crate::FrameTable`].
    Frames,
}

/// The part of a request's path below `/media/{version}/`, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaPath {
    /// `master.m3u8`.
    Master,
    /// `storyboard.vtt`.
    Storyboard,
    /// `poster.jpg`.
    Poster,
    /// `waveform.peaks`, of further tracks `waveform-1.peaks`.
    Waveform {
        /// Number of the track.
        track: u32,
    },
    /// `captions/{caption}.vtt`.
    Captions {
        /// Which.
        caption: CaptionId,
    },
    /// `captions/{caption}.m3u8`: the playlist around it.
    CaptionPlaylist {
        /// Which.
        caption: CaptionId,
    },
    /// `frames.json`.
    Frames,
    /// `{plan}/{rendition}/playlist.m3u8`.
    Playlist {
        /// Plan's hash.
        plan: String,
        /// Rendition's name.
        rendition: String,
    },
    /// `{plan}/audio/playlist.m3u8`, of further tracks `{plan}/audio-1/playlist.m3u8`.
    AudioPlaylist {
        /// Plan's hash.
        plan: String,
        /// Number of the track.
        track: u32,
    },
    /// Anything that lies in the store.
    Object {
        /// Plan's hash.
        plan: String,
        /// Which.
        object: ObjectRef,
    },
}

/// What makes an object: the job to raise when somebody waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// The probe.
    Probe,
    /// A picture chunk.
    Chunk(u32),
    /// A chunk of the copied rendition.
    Copy(u32),
    /// A chunk of sound.
    Audio {
        /// Number of the track.
        track: u32,
        /// Number of the chunk.
        chunk: u32,
    },
    /// The job that joins the peaks of a sound track.
    Waveform {
        /// Number of the track.
        track: u32,
    },
    /// The job that lists key frames.
    KeyFrames,
    /// The poster job.
    Poster,
}

impl fmt::Display for ObjectRef {
    /// The path below the plan: `1080p/12.m4s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectRef::Init { rendition } => write!(f, "{rendition}/init.mp4"),
            ObjectRef::Segment { rendition, index } => write!(f, "{rendition}/{index}.m4s"),
            ObjectRef::AudioInit { track } => write!(f, "{}/init.mp4", audio_folder(*track)),
            ObjectRef::AudioSegment { track, index } => write!(f, "{}/{index}.m4s", audio_folder(*track)),
            ObjectRef::Peaks { track, chunk } => write!(f, "{}/{chunk}.peaks", audio_folder(*track)),
            ObjectRef::Waveform { track } => write!(f, "{}/waveform.peaks", audio_folder(*track)),
            ObjectRef::KeyFrames => write!(f, "keys/playlist.m3u8"),
            ObjectRef::Sheet { chunk } => write!(f, "sb/{chunk}.webp"),
            ObjectRef::Poster => write!(f, "poster.jpg"),
            ObjectRef::PosterAt { frame } => write!(f, "poster/{frame}.jpg"),
            ObjectRef::Frames => write!(f, "frames.json"),
        }
    }
}

impl ObjectRef {
    /// MIME type.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            ObjectRef::Init { .. } | ObjectRef::Segment { .. } => "video/mp4",
            ObjectRef::AudioInit { .. } | ObjectRef::AudioSegment { .. } => "audio/mp4",
            ObjectRef::Peaks { .. } | ObjectRef::Waveform { .. } => "application/octet-stream",
            ObjectRef::KeyFrames => "application/vnd.apple.mpegurl",
            ObjectRef::Sheet { .. } => "image/webp",
            ObjectRef::Poster | ObjectRef::PosterAt { .. } => "image/jpeg",
            ObjectRef::Frames => "application/json",
        }
    }
}

impl MediaPath {
    /// Reads the part of a path after `/media/{version}/`. None: there is no such thing, whatever the plan.
    #[must_use]
    pub fn parse(path: &str) -> Option<MediaPath> {
        match path {
            "master.m3u8" => return Some(MediaPath::Master),
            "storyboard.vtt" => return Some(MediaPath::Storyboard),
            "poster.jpg" => return Some(MediaPath::Poster),
            "frames.json" => return Some(MediaPath::Frames),
            _ => {}
        }
        if let Some(name) = path.strip_prefix("captions/") {
            let (id, kind) = name.split_once('.')?;
            let caption: CaptionId = CaptionId::parse(id)?;
            return match kind {
                "vtt" => Some(MediaPath::Captions { caption }),
                "m3u8" => Some(MediaPath::CaptionPlaylist { caption }),
                _ => None,
            };
        }
        if let Some(name) = path.strip_suffix(".peaks").filter(|name| !name.contains('/')) {
            return Some(MediaPath::Waveform { track: track_of(name, "waveform")? });
        }
        let mut parts = path.split('/');
        let (plan, folder, file) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hash = plan.len() == 32 && plan.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hash || parts.next().is_some() {
            return None;
        }
        let plan = plan.to_owned();
        let object = match folder {
            "poster" => ObjectRef::PosterAt { frame: number(file.strip_suffix(".jpg")?)?.into() },
            "keys" if file == "playlist.m3u8" => ObjectRef::KeyFrames,
            "sb" => ObjectRef::Sheet { chunk: number(file.strip_suffix(".webp")?)? },
            name if name.starts_with("audio") => {
                let track = track_of(name, "audio")?;
                match file {
                    "waveform.peaks" => ObjectRef::Waveform { track },
                    _ if file.ends_with(".peaks") => {
                        ObjectRef::Peaks { track, chunk: number(file.strip_suffix(".peaks")?)? }
                    }
                    "playlist.m3u8" => return Some(MediaPath::AudioPlaylist { plan, track }),
                    "init.mp4" => ObjectRef::AudioInit { track },
                    _ => ObjectRef::AudioSegment { track, index: number(file.strip_suffix(".m4s")?)? },
                }
            }
            name => {
                number(name.strip_suffix('p')?).filter(|side| *side > 0)?;
                let rendition = name.to_owned();
                match file {
                    "playlist.m3u8" => return Some(MediaPath::Playlist { plan, rendition }),
                    "init.mp4" => ObjectRef::Init { rendition },
                    _ => ObjectRef::Segment { rendition, index: number(file.strip_suffix(".m4s")?)? },
                }
            }
        };
        Some(MediaPath::Object { plan, object })
    }
}

impl Plan {
    /// Prefix of all keys of a version: what the sweep removes with it.
    #[must_use]
    pub fn version_prefix(version: VersionId) -> String {
        format!("final/{version}/")
    }

    /// Key of a version's source, as it was uploaded.
    #[must_use]
    pub fn source_key(version: VersionId) -> String {
        format!("{}original", Plan::version_prefix(version))
    }

    /// Key of captions: of the version, whatever its plan.
    #[must_use]
    pub fn caption_key(version: VersionId, caption: CaptionId) -> String {
        format!("{}captions/{caption}.vtt", Plan::version_prefix(version))
    }

    /// Key of an object in the store.
    #[must_use]
    pub fn key(&self, version: VersionId, object: &ObjectRef) -> String {
        format!("{}/{object}", self.prefix(version))
    }

    /// Where the objects of this plan lie.
    #[must_use]
    pub fn prefix(&self, version: VersionId) -> String {
        format!("{}{}", Plan::version_prefix(version), self.hash)
    }

    /// Who makes an object; none if the plan has no such object.
    #[must_use]
    pub fn maker(&self, object: &ObjectRef) -> Option<Maker> {
        if let ObjectRef::Init { rendition } | ObjectRef::Segment { rendition, .. } = object
            && let Some(copy) = self.copied(rendition)
        {
            return match object {
                ObjectRef::Segment { index, .. } => {
                    (*index < copy.segments()).then(|| Maker::Copy(copy.chunk_of(*index)))
                }
                _ => Some(Maker::Copy(0)),
            };
        }
        match object {
            ObjectRef::Init { rendition } => self.rendition(rendition).map(|_| Maker::Chunk(0)),
            ObjectRef::Segment { rendition, index } => self
                .rendition(rendition)
                .filter(|_| *index < self.segments())
                .map(|_| Maker::Chunk(self.chunk_of(*index))),
            ObjectRef::AudioInit { track } => {
                self.sound(*track).map(|_| Maker::Audio { track: *track, chunk: 0 })
            }
            ObjectRef::AudioSegment { track, index } => self
                .sound(*track)
                .filter(|audio| *index < audio.segments())
                .map(|audio| Maker::Audio { track: *track, chunk: audio.chunk_of(*index) }),
            ObjectRef::Sheet { chunk } => {
                (*chunk < self.chunks() && !self.tiles_of(*chunk).is_empty()).then_some(Maker::Chunk(*chunk))
            }
            ObjectRef::Peaks { track, chunk } => self
                .sound(*track)
                .filter(|audio| self.peaks && *chunk < audio.chunks())
                .map(|_| Maker::Audio { track: *track, chunk: *chunk }),
            ObjectRef::Waveform { track } => {
                self.sound(*track).filter(|_| self.peaks).map(|_| Maker::Waveform { track: *track })
            }
            ObjectRef::KeyFrames => self.key_frame_list.then_some(Maker::KeyFrames),
            ObjectRef::Poster => Some(Maker::Poster),
            ObjectRef::PosterAt { frame } => (*frame < self.frames).then_some(Maker::Poster),
            ObjectRef::Frames => self.has_frames().then_some(Maker::Probe),
        }
    }

    /// Objects that a picture job makes. Initialisations are made by every chunk, each time the same bytes.
    #[must_use]
    pub fn chunk_objects(&self, chunk: u32, set: RenditionSet) -> Vec<ObjectRef> {
        let mut objects = Vec::new();
        for rendition in self.renditions_of(set) {
            let name = || rendition.name.clone();
            objects.push(ObjectRef::Init { rendition: name() });
            objects.extend(
                self.chunk_segments(chunk).map(|index| ObjectRef::Segment { rendition: name(), index }),
            );
        }
        if set.has_storyboard() && !self.tiles_of(chunk).is_empty() {
            objects.push(ObjectRef::Sheet { chunk });
        }
        objects
    }

    /// Objects that a copy job makes.
    #[must_use]
    pub fn copy_objects(&self, chunk: u32) -> Vec<ObjectRef> {
        let Some(copy) = &self.copy else { return Vec::new() };
        let rendition = || copy.name.clone();
        let segments =
            copy.chunk_segments(chunk).map(|index| ObjectRef::Segment { rendition: rendition(), index });
        std::iter::once(ObjectRef::Init { rendition: rendition() }).chain(segments).collect()
    }

    /// Objects that a sound job makes.
    #[must_use]
    pub fn audio_objects(&self, track: u32, chunk: u32) -> Vec<ObjectRef> {
        let Some(audio) = self.sound(track) else { return Vec::new() };
        let segments = audio.chunk_segments(chunk).map(|index| ObjectRef::AudioSegment { track, index });
        let peaks = self.peaks.then_some(ObjectRef::Peaks { track, chunk });
        std::iter::once(ObjectRef::AudioInit { track }).chain(segments).chain(peaks).collect()
    }

    /// Whether the frame table was stored with the plan: since the third version.
    fn has_frames(&self) -> bool {
        self.v >= 3
    }

    /// Every object of the plan, each once, in a fixed order.
    #[must_use]
    pub fn objects(&self) -> Vec<ObjectRef> {
        let pictures = (0..self.chunks()).flat_map(|chunk| self.chunk_objects(chunk, RenditionSet::All));
        let sounds = self.sounds().flat_map(|(track, audio)| {
            (0..audio.chunks()).flat_map(move |chunk| self.audio_objects(track, chunk))
        });
        let copies =
            self.copy.iter().flat_map(|copy| 0..copy.chunks()).flat_map(|chunk| self.copy_objects(chunk));
        let waveforms = self.sounds().filter(|_| self.peaks).map(|(track, _)| ObjectRef::Waveform { track });
        let keys = self.key_frame_list.then_some(ObjectRef::KeyFrames);
        let single = [ObjectRef::Poster].into_iter().chain(keys).chain(waveforms);
        let mut objects: Vec<ObjectRef> = pictures.chain(copies).chain(sounds).chain(single).collect();
        objects.extend(self.has_frames().then_some(ObjectRef::Frames));
        objects.sort();
        objects.dedup();
        objects
    }
}

/// Key of the bytes of an upload under way.
#[must_use]
pub fn upload_key(upload: UploadId) -> String {
    format!("interim/{upload}")
}

/// Folder of a sound track below the plan.
pub(crate) fn audio_folder(track: u32) -> String {
    if track == 0 { "audio".to_owned() } else { format!("audio-{track}") }
}

/// The track of a name such as `audio` (0) or `audio-2`.
fn track_of(name: &str, stem: &str) -> Option<u32> {
    match name.strip_prefix(stem)? {
        "" => Some(0),
        rest => number(rest.strip_prefix('-')?).filter(|track| *track > 0),
    }
}

/// A decimal number of at most seven digits without leading zeros.
fn number(text: &str) -> Option<u32> {
    let plain = (1..=7).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
