//! What the worker tells the rooms: durable news of a version, and fleeting progress. The binary hands it to the
//! room registry; nothing here knows rooms.

use protocol::command::VideoUpdate;
use protocol::fleeting::VideoProgress;
use protocol::{ChannelId, OpId};
use sha2::{Digest as _, Sha256};
use store::catalog::{VersionRow, VideoRow};

/// News that wait to be taken; progress is dropped when full, durable news wait.
pub const NEWS_MAX: usize = 256;

/// One piece of news.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerNews {
    /// A version has a new state: a system command for its channel.
    Version {
        /// Channel.
        channel: ChannelId,
        /// Derived from the cause, so that saying it twice changes nothing (law 5).
        op: OpId,
        /// The command.
        update: VideoUpdate,
    },
    /// How far a version is: fleeting, may be dropped.
    Progress {
        /// Channel.
        channel: ChannelId,
        /// The value.
        progress: VideoProgress,
    },
}

impl WorkerNews {
    /// News of a version as stored. `cause` names what brought the state about (a job and its token, an upload).
    #[must_use]
    pub fn version(version: &VersionRow, video: &VideoRow, cause: &str) -> WorkerNews {
        let (op, update) = (version_op(version, cause), video_update(version, video));
        WorkerNews::Version { channel: video.channel, op, update }
    }
}

/// What is told of a version as stored.
#[must_use]
pub fn video_update(version: &VersionRow, video: &VideoRow) -> VideoUpdate {
    VideoUpdate {
        video: video.video,
        version: version.version,
        title: video.title.clone(),
        state: version.state,
        rate: version.rate,
        frames: version.frames,
        by: video.added_by,
    }
}

/// The operation id of news of a version's state, from what brought it about.
#[must_use]
pub fn version_op(version: &VersionRow, cause: &str) -> OpId {
    derived_op(&format!("version:{}:{:?}:{cause}", version.version, version.state))
}

/// An operation id (UUID version 8) that is the same for the same cause, so that saying it twice changes nothing
/// (law 5).
#[must_use]
pub fn derived_op(cause: &str) -> OpId {
    let digest = Sha256::digest(cause.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    OpId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
