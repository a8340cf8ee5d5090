//! Names of the objects of a plan: keys in the store, paths below `/media/{version}/`, and the way back from a
//! requested path. Used by the worker (put), the server (get) and the playlists (name).

use crate::plan::{Plan, RenditionSet};
use protocol::{UploadId, VersionId};
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
    /// Initialisation of the sound.
    AudioInit,
    /// Segment of the sound.
    AudioSegment {
        /// From 0.
        index: u32,
    },
    /// Storyboard sheet.
    Sheet {
        /// Chunk it was made with.
        chunk: u32,
    },
    /// Poster.
    Poster,
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
    /// `{plan}/{rendition}/playlist.m3u8`.
    Playlist {
        /// Plan's hash.
        plan: String,
        /// Rendition's name.
        rendition: String,
    },
    /// `{plan}/audio/playlist.m3u8`.
    AudioPlaylist {
        /// Plan's hash.
        plan: String,
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
    /// A picture chunk.
    Chunk(u32),
    /// A chunk of the copied rendition.
    Copy(u32),
    /// A chunk of sound.
    Audio(u32),
    /// The poster job.
    Poster,
}

impl fmt::Display for ObjectRef {
    /// The path below the plan: `1080p/12.m4s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectRef::Init { rendition } => write!(f, "{rendition}/init.mp4"),
            ObjectRef::Segment { rendition, index } => write!(f, "{rendition}/{index}.m4s"),
            ObjectRef::AudioInit => write!(f, "audio/init.mp4"),
            ObjectRef::AudioSegment { index } => write!(f, "audio/{index}.m4s"),
            ObjectRef::Sheet { chunk } => write!(f, "sb/{chunk}.webp"),
            ObjectRef::Poster => write!(f, "poster.jpg"),
        }
    }
}

impl ObjectRef {
    /// MIME type.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            ObjectRef::Init { .. } | ObjectRef::Segment { .. } => "video/mp4",
            ObjectRef::AudioInit | ObjectRef::AudioSegment { .. } => "audio/mp4",
            ObjectRef::Sheet { .. } => "image/webp",
            ObjectRef::Poster => "image/jpeg",
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
            _ => {}
        }
        let mut parts = path.split('/');
        let (plan, folder, file) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hash = plan.len() == 32 && plan.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hash || parts.next().is_some() {
            return None;
        }
        let plan = plan.to_owned();
        let object = match folder {
            "sb" => ObjectRef::Sheet { chunk: number(file.strip_suffix(".webp")?)? },
            "audio" => match file {
                "playlist.m3u8" => return Some(MediaPath::AudioPlaylist { plan }),
                "init.mp4" => ObjectRef::AudioInit,
                _ => ObjectRef::AudioSegment { index: number(file.strip_suffix(".m4s")?)? },
            },
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

    /// Key of an object in the store.
    #[must_use]
    pub fn key(&self, version: VersionId, object: &ObjectRef) -> String {
        format!("{}{}/{object}", Plan::version_prefix(version), self.hash)
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
            ObjectRef::AudioInit => self.audio.as_ref().map(|_| Maker::Audio(0)),
            ObjectRef::AudioSegment { index } => self
                .audio
                .as_ref()
                .filter(|audio| *index < audio.segments())
                .map(|audio| Maker::Audio(audio.chunk_of(*index))),
            ObjectRef::Sheet { chunk } => {
                (*chunk < self.chunks() && !self.tiles_of(*chunk).is_empty()).then_some(Maker::Chunk(*chunk))
            }
            ObjectRef::Poster => Some(Maker::Poster),
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
    pub fn audio_objects(&self, chunk: u32) -> Vec<ObjectRef> {
        let Some(audio) = &self.audio else { return Vec::new() };
        let segments = audio.chunk_segments(chunk).map(|index| ObjectRef::AudioSegment { index });
        std::iter::once(ObjectRef::AudioInit).chain(segments).collect()
    }

    /// Every object of the plan, each once, in a fixed order.
    #[must_use]
    pub fn objects(&self) -> Vec<ObjectRef> {
        let pictures = (0..self.chunks()).flat_map(|chunk| self.chunk_objects(chunk, RenditionSet::All));
        let sounds =
            self.audio.iter().flat_map(|audio| 0..audio.chunks()).flat_map(|chunk| self.audio_objects(chunk));
        let copies =
            self.copy.iter().flat_map(|copy| 0..copy.chunks()).flat_map(|chunk| self.copy_objects(chunk));
        let mut objects: Vec<ObjectRef> =
            pictures.chain(copies).chain(sounds).chain([ObjectRef::Poster]).collect();
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

/// A decimal number of at most seven digits without leading zeros.
fn number(text: &str) -> Option<u32> {
    let plain = (1..=7).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
