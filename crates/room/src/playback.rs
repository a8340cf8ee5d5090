//! The timeline's commands: a value is set, with an anchor a little ahead of now wherever something starts to move,
//! so that all start on the same frame. Integer frames and rational rates only (law 7).

use crate::decide::{Context, Decision};
use crate::io::{Refusal, VideoFacts};
use crate::queue;
use crate::state::State;
use protocol::command::{
    PlaybackAdvance, PlaybackLoad, PlaybackPause, PlaybackPlay, PlaybackSeek, PlaybackSpeed,
};
use protocol::event::{EventBody, TimelineCause, TimelineSet};
use protocol::{Code, QueueItem, SyncReport, Timeline, TimelineVideo, Timestamp};
use timecode::Speed;

/// Lead without any report, milliseconds: covers a round trip of 200 ms and a usual start of an element.
pub const LEAD_DEFAULT_MS: i64 = 250;
/// Least lead, milliseconds: an element needs about this long from `play()` to motion.
pub const LEAD_MIN_MS: i64 = 120;
/// Greatest lead, milliseconds: nobody waits longer for one bad line (law 12).
pub const LEAD_MAX_MS: i64 = 1_200;
/// A pause keeps its sender's frame, and a play that names a frame is taken for "where it stands", within this much
/// of the timeline, microseconds.
const SAME_PLACE_US: i64 = 1_000_000;
/// Fastest shared speed; the slowest is [`Speed`]'s own 1/4. Browsers mute or stutter beyond.
const SPEED_MAX: u32 = 2;
/// An anchor further ahead than any lead, or a last stamp further ahead than this, means that the server's clock was
/// set back, microseconds. Smaller differences between nodes are left to the clients' own clocks.
const CLOCK_BACK_US: i64 = 2_000_000;

/// How far ahead of now a common start is set, microseconds, from what those present have measured: a quarter more
/// than the 95th percentile of the one-way time, plus the 95th percentile of the start latency.
#[must_use]
pub fn lead_us<'a>(reports: impl Iterator<Item = &'a SyncReport>) -> i64 {
    let (mut one_way_us, mut start_us): (Vec<i64>, Vec<i64>) = reports
        .map(|report| {
            (report.rtt_us.clamp(0, 10_000_000) / 2, report.start_latency_ms.clamp(0, 10_000) * 1_000)
        })
        .unzip();
    if one_way_us.is_empty() {
        return LEAD_DEFAULT_MS * 1_000;
    }
    let lead = percentile_95(&mut one_way_us) * 5 / 4 + percentile_95(&mut start_us);
    lead.clamp(LEAD_MIN_MS * 1_000, LEAD_MAX_MS * 1_000)
}

/// Nearest rank; the caller has checked that there is a value.
fn percentile_95(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    let rank = (values.len() * 95).div_ceil(100).max(1);
    values[rank - 1]
}

/// The facts of a video that can be played.
pub(crate) fn playable(facts: Option<&VideoFacts>) -> Result<&VideoFacts, Refusal> {
    match facts {
        None => Err(Refusal::because(Code::NotFound, "video: not in this channel's library")),
        Some(facts) if facts.playable && facts.frames > 0 => Ok(facts),
        Some(_) => Err(Refusal::of(Code::VideoNotPlayable)),
    }
}

fn set(state: &State, cause: TimelineCause, timeline: Timeline) -> Option<EventBody> {
    let timeline = Timeline { revision: state.timeline.revision + 1, ..timeline };
    Some(EventBody::TimelineSet(TimelineSet { timeline, cause, item: None, wait: None }))
}

fn video(state: &State) -> Result<&TimelineVideo, Refusal> {
    state.timeline.video.as_ref().ok_or_else(|| Refusal::of(Code::NoVideo))
}

fn inside(video: &TimelineVideo, frame: i64) -> Result<i64, Refusal> {
    if (0..video.frames).contains(&frame) { Ok(frame) } else { Err(Refusal::of(Code::SeekOutside)) }
}

/// Frames of [`SAME_PLACE_US`] at the timeline's speed.
fn near(timeline: &Timeline, video: &TimelineVideo, a: i64, b: i64) -> bool {
    (a - b).abs() <= video.rate.frames_in(SAME_PLACE_US, timeline.speed).max(1)
}

pub(crate) fn play(state: &State, context: Context<'_>, play: &PlaybackPlay) -> Decision {
    let timeline = &state.timeline;
    let video = video(state)?;
    let asked = play.frame.map(|frame| inside(video, frame)).transpose()?;
    let stands = timeline.frame_at(context.now);
    if timeline.playing && asked.is_none_or(|frame| near(timeline, video, frame, stands)) {
        return Ok(None);
    }
    // Play on the last frame begins again.
    let frame = asked.unwrap_or(if stands >= video.frames - 1 { 0 } else { stands });
    let anchor_us = context.now.plus_us(context.lead_us);
    Ok(set(state, TimelineCause::Play, Timeline { frame, playing: true, anchor_us, ..timeline.clone() }))
}

pub(crate) fn pause(state: &State, context: Context<'_>, pause: &PlaybackPause) -> Decision {
    let timeline = &state.timeline;
    let video = video(state)?;
    if !timeline.playing {
        return Ok(None);
    }
    let stands = timeline.frame_at(context.now);
    let frame = match pause.frame {
        Some(seen) if near(timeline, video, seen, stands) => seen.clamp(0, video.frames - 1),
        _ => stands,
    };
    Ok(set(
        state,
        TimelineCause::Pause,
        Timeline { frame, playing: false, anchor_us: context.now, ..timeline.clone() },
    ))
}

pub(crate) fn seek(state: &State, context: Context<'_>, seek: &PlaybackSeek) -> Decision {
    let timeline = &state.timeline;
    let frame = inside(video(state)?, seek.frame)?;
    if !timeline.playing && timeline.frame == frame {
        return Ok(None);
    }
    let anchor_us = if timeline.playing { context.now.plus_us(context.lead_us) } else { context.now };
    Ok(set(state, TimelineCause::Seek, Timeline { frame, anchor_us, ..timeline.clone() }))
}

pub(crate) fn speed(state: &State, context: Context<'_>, wish: &PlaybackSpeed) -> Decision {
    let timeline = &state.timeline;
    let video = video(state)?;
    let speed = wish.speed;
    if speed.num() > SPEED_MAX * speed.den() || speed.num() * 4 < speed.den() {
        return Err(Refusal::of(Code::SpeedOutside));
    }
    if timeline.speed == speed {
        return Ok(None);
    }
    let (frame, anchor_us) = if state.waiting(context.now).is_some() {
        (timeline.frame, context.now.plus_us(context.lead_us))
    } else if timeline.playing {
        // The change takes effect where a frame begins at the old speed, so that nothing is skipped or shown twice.
        let from = context.now.plus_us(context.lead_us);
        let ahead = video.rate.frames_in(from.since_us(timeline.anchor_us).max(0), timeline.speed) + 1;
        let frame = timeline.frame.saturating_add(ahead).min(video.frames - 1);
        let begins =
            timeline.anchor_us.plus_us(video.rate.micros_until(frame - timeline.frame, timeline.speed));
        (frame, begins.max(context.now))
    } else {
        (timeline.frame, context.now)
    };
    Ok(set(state, TimelineCause::Speed, Timeline { frame, anchor_us, speed, ..timeline.clone() }))
}

pub(crate) fn load(state: &State, context: Context<'_>, load: &PlaybackLoad) -> Decision {
    let facts = playable(context.facts.video.as_ref())?;
    let video =
        TimelineVideo { video: facts.video, version: facts.version, rate: facts.rate, frames: facts.frames };
    Ok(set(state, TimelineCause::Load, begin(context, video, load.play)))
}

/// At the first frame, at speed one.
fn begin(context: Context<'_>, video: TimelineVideo, playing: bool) -> Timeline {
    let anchor_us = if playing { context.now.plus_us(context.lead_us) } else { context.now };
    Timeline { video: Some(video), frame: 0, speed: Speed::NORMAL, playing, anchor_us, revision: 0 }
}

/// A queue entry goes on the timeline and out of the queue: one event.
pub(crate) fn from_queue(
    state: &State,
    context: Context<'_>,
    entry: &QueueItem,
    cause: TimelineCause,
) -> EventBody {
    let revision = state.timeline.revision + 1;
    let timeline = Timeline { revision, ..begin(context, queue::video_of(entry), true) };
    EventBody::TimelineSet(TimelineSet { timeline, cause, item: Some(entry.item), wait: None })
}

/// The video has ended: the next of the queue, or paused on the last frame. A revision that is gone has been advanced
/// or changed by somebody; then there is nothing to do.
pub(crate) fn advance(state: &State, context: Context<'_>, advance: &PlaybackAdvance) -> Decision {
    let timeline = &state.timeline;
    let ended = timeline.ends_at().is_some_and(|end| end <= context.now);
    if timeline.revision != advance.revision || !ended {
        return Ok(None);
    }
    if let Some(next) = state.queue.first() {
        return Ok(Some(from_queue(state, context, next, TimelineCause::Advance)));
    }
    let frame = timeline.video.as_ref().map_or(0, |video| video.frames - 1);
    let stopped = Timeline { frame, playing: false, anchor_us: context.now, ..timeline.clone() };
    Ok(set(state, TimelineCause::Advance, stopped))
}

/// The same position by a clock that was set back: where the timeline stood at the last stamp. `loaded`: the state
/// comes from another process, whose clock may have been ahead; else only an anchor beyond any lead says so.
pub(crate) fn reanchor(state: &State, now: Timestamp, loaded: bool) -> Option<EventBody> {
    let timeline = &state.timeline;
    let ahead_us = |stamp: Timestamp| stamp.since_us(now) > CLOCK_BACK_US;
    // While the timeline stands for somebody its anchor is ahead on purpose.
    let anchor_us = match state.waiting(now) {
        Some(wait) => timeline.anchor_us.plus_us(-wait.until_us.since_us(wait.from_us).max(0)),
        None => timeline.anchor_us,
    };
    if !timeline.playing || !(ahead_us(anchor_us) || (loaded && ahead_us(state.last_at))) {
        return None;
    }
    let frame = timeline.frame_at(state.last_at);
    set(state, TimelineCause::Reanchor, Timeline { frame, anchor_us: now, ..timeline.clone() })
}
