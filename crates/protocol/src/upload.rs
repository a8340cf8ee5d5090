//! Bodies of uploads in parts of any order. tus uploads have none: they speak in headers.

use crate::wire::wire_struct;
use crate::{UploadId, VersionId, VideoId};

wire_struct! {
    /// A run of bytes of a file.
    pub struct ByteRun {
        /// First byte.
        pub from: u64,
        /// The byte after the last one.
        pub to: u64,
    }
}

wire_struct! {
    /// A film that is in the channel already, byte for byte.
    pub struct SameFilm {
        /// The video.
        pub video: VideoId,
        /// Its version.
        pub version: VersionId,
        /// Title.
        pub title: String,
    }
}

wire_struct! {
    /// A film of the channel by the size of its file, and what its file is.
    pub struct FilmOfSize {
        /// The video.
        pub video: VideoId,
        /// Its version.
        pub version: VersionId,
        /// Title.
        pub title: String,
        /// SHA-256 over the SHA-256 of every part in order, hexadecimal.
        pub hash: String,
    }
}

wire_struct! {
    /// `GET channels/{channel}/videos/same?bytes=`: films whose file has this size, oldest first. Who holds a file of
    /// that size compares the hashes before sending it.
    pub struct FilmsOfSize {
        /// At most 16.
        pub films: Vec<FilmOfSize>,
    }
}

wire_struct! {
    /// `GET uploads/{upload}/parts`: what is here of an upload in parts.
    pub struct UploadParts {
        /// Which.
        pub upload: UploadId,
        /// The video that it becomes.
        pub video: VideoId,
        /// The version that it becomes.
        pub version: VersionId,
        /// Size of the file, bytes.
        pub bytes: u64,
        /// Bytes of a part; the last one is shorter.
        pub part_bytes: u64,
        /// Bytes of a piece: what is counted by itself, and where a request may begin within a part.
        pub piece_bytes: u64,
        /// What is here for good, in order.
        pub there: Vec<ByteRun>,
        /// Every byte is here and checked.
        pub complete: bool,
        /// SHA-256 over the SHA-256 of every part in order, hexadecimal; once complete.
        pub hash: Option<String>,
        /// The same film, if it was in the channel before.
        pub same_as: Option<SameFilm>,
    }
}

wire_struct! {
    /// `PUT uploads/{upload}/parts/{part}`: the bytes are on the disk.
    pub struct PartTaken {
        /// From 0.
        pub part: u32,
        /// SHA-256 of the part, hexadecimal, once all of it is here.
        pub sha256: Option<String>,
        /// Every part is here; the upload is over.
        pub complete: bool,
    }
}
