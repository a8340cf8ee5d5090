//! The sample channel: its clip is prepared in the background before there is an owner, under a channel id that is
//! drawn beforehand, so that it plays the moment the channel is entered. Setup makes the channel under that id, or
//! throws the clip away.

use crate::AppState;
use crate::http::channels::begin;
use crate::problem::Refusal;
use protocol::command::{Command, PlaybackLoad};
use protocol::rest::VersionState;
use protocol::{ChannelId, VersionId, VideoId, Visibility};
use room::By;
use std::time::Duration;
use store::catalog::{PersonRow, VersionRow, VideoRow};

/// Key of the setting that holds channel, video and version.
const SETTING: &str = "sample";
/// Name of the channel.
const NAME: &str = "Sample";
/// How long setup waits for the clip's first segments before it leaves the start to a background task.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the state of a clip that is still being prepared is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// After this the clip is taken for failed.
const GIVE_UP: Duration = Duration::from_secs(15 * 60);

/// Ids of the sample, drawn once per instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleIds {
    /// Channel.
    pub channel: ChannelId,
    /// Video.
    pub video: VideoId,
    /// Version.
    pub version: VersionId,
}

impl SampleIds {
    fn text(self) -> String {
        format!("{} {} {}", self.channel, self.video, self.version)
    }

    fn parse(text: &str) -> Option<SampleIds> {
        let mut words = text.split(' ');
        Some(SampleIds {
            channel: ChannelId::parse(words.next()?)?,
            video: VideoId::parse(words.next()?)?,
            version: VersionId::parse(words.next()?)?,
        })
    }
}

/// Ids of the sample clip that should be prepared now; none when there is an owner already.
///
/// # Errors
/// What the store says.
pub async fn wanted(state: &AppState) -> Result<Option<SampleIds>, Refusal> {
    if state.store.catalog.has_owner().await? {
        return Ok(None);
    }
    if let Some(ids) = ids(state).await? {
        return Ok(Some(ids));
    }
    let ids = SampleIds {
        channel: ChannelId::v7(state.now_ms(), rand::random()),
        video: VideoId::v7(state.now_ms(), rand::random()),
        version: VersionId::v7(state.now_ms(), rand::random()),
    };
    state.store.catalog.set_setting(SETTING, Some(&ids.text())).await?;
    Ok(Some(ids))
}

async fn ids(state: &AppState) -> Result<Option<SampleIds>, Refusal> {
    Ok(state.store.catalog.setting(SETTING).await?.as_deref().and_then(SampleIds::parse))
}

/// Makes the sample channel with its clip on the timeline, or throws the clip away. Called once, by setup.
///
/// # Errors
/// When the channel cannot be made.
pub async fn settle(state: &AppState, owner: &PersonRow, want: bool) -> Result<Option<ChannelId>, Refusal> {
    let ids = ids(state).await?;
    state.store.catalog.set_setting(SETTING, None).await?;
    if !want {
        if let Some(ids) = ids {
            throw_away(state, ids).await?;
        }
        return Ok(None);
    }
    let channel = ids.map_or_else(|| ChannelId::v7(state.now_ms(), rand::random()), |ids| ids.channel);
    begin(state, channel, NAME.to_owned(), Visibility::Private, owner).await?;
    if let Some(ids) = ids {
        let (state, owner) = (state.clone(), owner.clone());
        let play = tokio::spawn(async move {
            if let Err(refusal) = play(&state, &owner, ids).await {
                tracing::warn!(?refusal, "the sample clip could not be put on the timeline");
            }
        });
        // Goes on by itself when it takes longer.
        let _ = tokio::time::timeout(PATIENCE, play).await;
    }
    Ok(Some(channel))
}

/// Tells the room of the clip and starts it as soon as it plays. What the worker says later the room hears anyway.
async fn play(state: &AppState, owner: &PersonRow, ids: SampleIds) -> Result<(), Refusal> {
    let began = tokio::time::Instant::now();
    while began.elapsed() < GIVE_UP && !state.draining() {
        // Whoever is quick enters while the clip is still being painted.
        let Some((version, video)) = state.store.catalog.version(ids.version).await? else {
            tokio::time::sleep(LOOK).await;
            continue;
        };
        match version.state {
            VersionState::Failed | VersionState::Cancelled => return Ok(()),
            VersionState::Playable | VersionState::Ready => {
                tell(state, &version, &video).await?;
                let load = Command::PlaybackLoad(PlaybackLoad { video: ids.video, play: true });
                state.rooms.command(ids.channel, By::System(Some(owner.person)), state.op(), load).await?;
                return Ok(());
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
    Ok(())
}

async fn tell(state: &AppState, version: &VersionRow, video: &VideoRow) -> Result<(), Refusal> {
    let update = Command::VideoUpdate(desk::video_update(version, video));
    state.rooms.command(video.channel, By::System(None), state.op(), update).await?;
    Ok(())
}

/// Takes the clip out of the hidden library; the sweep removes its bytes.
async fn throw_away(state: &AppState, ids: SampleIds) -> Result<(), Refusal> {
    if state.store.catalog.video(ids.video).await?.is_some() {
        state.store.jobs.cancel_version(ids.version).await?;
        state.store.catalog.remove_video(ids.video, Some(state.clock.now())).await?;
    }
    Ok(())
}
