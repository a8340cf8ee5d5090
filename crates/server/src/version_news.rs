//! Tells a channel's room what became of a version: durable news as a system command, progress as a fleeting value.
//! Called by the upload and library handlers; the binary does the same for the worker's news.

use crate::AppState;
use desk::{version_op, video_update};
use protocol::command::Command;
use protocol::fleeting::{Fleeting, VideoProgress};
use protocol::{ChannelId, OpId, VersionId};
use room::By;

/// Tells the state of a version as stored. `cause` names what brought it about. Failures are logged: the library is
/// right in the store whatever the room heard.
pub async fn tell_version(state: &AppState, version: VersionId, cause: &str) {
    let (row, video) = match state.store.catalog.version(version).await {
        Ok(Some(found)) => found,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%version, %error, "the news of a version could not be read");
            return;
        }
    };
    let update = Command::VideoUpdate(video_update(&row, &video));
    command(state, video.channel, version_op(&row, cause), update).await;
}

/// Hands a system command to a room; a refusal is logged.
pub async fn command(state: &AppState, channel: ChannelId, op: OpId, command: Command) {
    if let Err(refusal) = state.rooms.command(channel, By::System(None), op, command).await {
        tracing::warn!(%channel, ?refusal, "news of a video did not reach its channel");
    }
}

/// Tells how far a version is to everybody who is there; nobody is told later.
pub fn tell_progress(state: &AppState, channel: ChannelId, progress: VideoProgress) {
    state.rooms.fleeting_system(channel, Fleeting::Progress(progress));
}
