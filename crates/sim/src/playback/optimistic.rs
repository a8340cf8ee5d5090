//! What a page shows before the server has answered: the page's `optimistic.ts`, for what moves the timeline.

use protocol::command::Command;
use protocol::{OpId, QueueItem, Timeline, TimelineVideo, Timestamp};
use room::State;
use timecode::Speed;

/// A command that has not been answered, as it stood when it was given.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// Its id.
    pub op: OpId,
    /// The wish.
    pub command: Command,
    /// Server time at which the change is expected to begin.
    pub expected: Timestamp,
    /// The page's clock when it was given, µs.
    pub given_us: i64,
    /// What the library knows of the video of a load.
    pub entry: Option<TimelineVideo>,
    /// Sent over the present connection.
    pub in_flight: bool,
}

/// The timeline with unanswered commands on top, in order.
pub fn overlay<'a>(state: &State, unanswered: impl Iterator<Item = &'a Unanswered>) -> Timeline {
    let mut queue: Option<Vec<QueueItem>> = None;
    let mut timeline = state.timeline.clone();
    for given in unanswered {
        match &given.command {
            Command::PlaybackLoad(load) => {
                if let Some(video) = &given.entry {
                    timeline = loaded(&timeline, video.clone(), load.play, given.expected);
                }
            }
            Command::QueuePlay(play) => {
                let queue = queue.get_or_insert_with(|| state.queue.clone());
                if let Some(at) = queue.iter().position(|entry| entry.item == play.item) {
                    let QueueItem { video, version, rate, frames, .. } = queue.remove(at);
                    let video = TimelineVideo { video, version, rate, frames };
                    timeline = loaded(&timeline, video, true, given.expected);
                }
            }
            command => timeline = expected(&timeline, command, given.expected),
        }
    }
    timeline
}

/// What a playback command is expected to make of the timeline.
fn expected(timeline: &Timeline, command: &Command, at: Timestamp) -> Timeline {
    let Some(video) = &timeline.video else { return timeline.clone() };
    let last = video.frames - 1;
    let standing = timeline.frame_at(at);
    let next = Timeline { anchor_us: at, revision: timeline.revision + 1, ..timeline.clone() };
    match command {
        Command::PlaybackPlay(play) => match play.frame {
            None if timeline.playing => timeline.clone(),
            None => Timeline { playing: true, frame: if standing >= last { 0 } else { standing }, ..next },
            Some(frame) => Timeline { playing: true, frame: frame.clamp(0, last), ..next },
        },
        Command::PlaybackPause(_) if !timeline.playing => timeline.clone(),
        Command::PlaybackPause(pause) => Timeline {
            playing: false,
            frame: pause.frame.map_or(standing, |frame| frame.clamp(0, last)),
            ..next
        },
        Command::PlaybackSeek(seek) if !timeline.playing && timeline.frame == seek.frame => timeline.clone(),
        Command::PlaybackSeek(seek) => Timeline { frame: seek.frame.clamp(0, last), ..next },
        Command::PlaybackSpeed(wish) => Timeline { frame: standing, speed: wish.speed, ..next },
        _ => timeline.clone(),
    }
}

fn loaded(timeline: &Timeline, video: TimelineVideo, playing: bool, anchor_us: Timestamp) -> Timeline {
    let revision = timeline.revision + 1;
    Timeline { video: Some(video), frame: 0, speed: Speed::NORMAL, playing, anchor_us, revision }
}

/// Whether what a person asked for is what the timeline says. True for what does not move it.
#[must_use]
pub fn is_done(command: &Command, entry: Option<&TimelineVideo>, timeline: &Timeline) -> bool {
    match command {
        Command::PlaybackPlay(_) => timeline.playing,
        Command::PlaybackPause(_) => !timeline.playing,
        Command::PlaybackSeek(seek) => {
            let last = timeline.video.as_ref().map_or(0, |video| video.frames - 1);
            timeline.frame == seek.frame.clamp(0, last)
        }
        Command::PlaybackSpeed(wish) => timeline.speed == wish.speed,
        Command::PlaybackLoad(_) | Command::QueuePlay(_) => entry
            .is_none_or(|entry| timeline.video.as_ref().is_some_and(|video| video.version == entry.version)),
        _ => true,
    }
}

/// Whether two timelines put an element at the same place at every time.
#[must_use]
pub fn same_course(a: &Timeline, b: &Timeline) -> bool {
    let version = |timeline: &Timeline| timeline.video.as_ref().map(|video| video.version);
    let standing = !a.playing && !b.playing;
    version(a) == version(b)
        && a.frame == b.frame
        && a.playing == b.playing
        && (standing || a.anchor_us == b.anchor_us)
        && a.speed == b.speed
}
