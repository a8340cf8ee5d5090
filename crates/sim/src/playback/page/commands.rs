//! What a person does, as commands: given, shown at once, sent, dropped when they are stale.

use super::{EXPECTED_LEAD_US, MOMENTARY_US, Open, Page};
use crate::chance::Chance;
use crate::playback::film::Film;
use crate::playback::history::{Cause, Given};
use crate::playback::optimistic::{Unanswered, is_done};
use crate::playback::person::Gesture;
use protocol::command::{
    Command, PlaybackLoad, PlaybackPause, PlaybackPlay, PlaybackSeek, PlaybackSpeed, QueueAdd, QueuePlay,
};
use protocol::frame::CommandFrame;
use protocol::{ClientFrame, ItemId, OpId, TimelineVideo, Timestamp};
use timecode::Speed;

impl Page {
    /// Does what a person did. None where it cannot be done.
    pub fn give(&mut self, true_us: i64, gesture: Gesture, chance: &mut Chance) -> Vec<ClientFrame> {
        let now_us = self.now_us(true_us);
        let server_us = self.estimator.server_us(now_us).unwrap_or(true_us);
        let Some((command, entry)) = self.command(gesture, Timestamp(server_us)) else { return Vec::new() };
        self.made += 1;
        let mut id = [0; 10];
        id[2..].copy_from_slice(&self.made.to_be_bytes());
        let op = OpId::v7(server_us.unsigned_abs() / 1_000, id);
        let ahead = matches!(
            command,
            Command::PlaybackPlay(_)
                | Command::PlaybackSeek(_)
                | Command::PlaybackSpeed(_)
                | Command::PlaybackLoad(_)
        );
        let lead_us = if ahead { EXPECTED_LEAD_US + self.rtt_us() } else { 0 };
        let version = entry.as_ref().map(|entry| entry.version);
        self.open.push(Open { op, command: command.clone(), entry: entry.clone(), seq: None });
        self.outbox.push(Unanswered {
            op,
            command: command.clone(),
            expected: Timestamp(server_us + lead_us),
            given_us: now_us,
            entry: entry.clone(),
            in_flight: false,
        });
        self.show(true_us, Cause::Gesture { op, version }, chance);
        let at_once = self.shown.as_ref().is_some_and(|shown| is_done(&command, entry.as_ref(), shown));
        self.record.given.push(Given { at_us: true_us, op, gesture, at_once });
        self.flush()
    }

    pub(super) fn command(
        &mut self,
        gesture: Gesture,
        now: Timestamp,
    ) -> Option<(Command, Option<TimelineVideo>)> {
        let state = self.replica.as_ref()?;
        let video = self.shown.as_ref().and_then(|shown| shown.video.clone());
        let command = match gesture {
            Gesture::Play => Command::PlaybackPlay(PlaybackPlay { frame: None }),
            Gesture::Pause => Command::PlaybackPause(PlaybackPause {
                frame: self.shown.as_ref().map(|shown| shown.frame_at(now)),
            }),
            Gesture::Seek(share) => {
                let last = video.as_ref()?.frames - 1;
                Command::PlaybackSeek(PlaybackSeek { frame: (last as f64 * share) as i64 })
            }
            Gesture::Speed(quarters) => {
                Command::PlaybackSpeed(PlaybackSpeed { speed: Speed::new(quarters, 4).ok()? })
            }
            Gesture::Load(film) => {
                let facts = Film::of(film).facts();
                let entry = TimelineVideo {
                    video: facts.video,
                    version: facts.version,
                    rate: facts.rate,
                    frames: facts.frames,
                };
                let load = PlaybackLoad { video: facts.video, play: true };
                return Some((Command::PlaybackLoad(load), Some(entry)));
            }
            Gesture::QueueAdd(film) => {
                self.made += 1;
                let mut id = [7; 16];
                id[8..].copy_from_slice(&self.made.to_be_bytes());
                Command::QueueAdd(QueueAdd { item: ItemId::from_bytes(id), video: Film::of(film).video() })
            }
            Gesture::QueuePlay => {
                let taken = |item: ItemId| {
                    self.outbox
                        .iter()
                        .any(|given| matches!(&given.command, Command::QueuePlay(play) if play.item == item))
                };
                let entry = state.queue.iter().find(|entry| !taken(entry.item))?;
                let video = TimelineVideo {
                    video: entry.video,
                    version: entry.version,
                    rate: entry.rate,
                    frames: entry.frames,
                };
                return Some((Command::QueuePlay(QueuePlay { item: entry.item }), Some(video)));
            }
        };
        let needs_video = !matches!(command, Command::QueueAdd(_));
        (video.is_some() || !needs_video).then_some((command, None))
    }

    /// Sends what is to be sent: momentary commands at once, lasting ones in order, one after the other.
    pub fn flush(&mut self) -> Vec<ClientFrame> {
        let mut frames = Vec::new();
        if !self.live {
            return frames;
        }
        let mut lasting_before = false;
        for given in &mut self.outbox {
            let lasting = matches!(given.command, Command::QueueAdd(_));
            let held = lasting && lasting_before;
            lasting_before |= lasting;
            if !given.in_flight && !held {
                given.in_flight = true;
                frames.push(ClientFrame::Command(CommandFrame {
                    op: given.op,
                    command: given.command.clone(),
                }));
            }
        }
        frames
    }

    /// Momentary commands that had no connection for too long are dropped.
    pub fn drop_stale(&mut self, true_us: i64, chance: &mut Chance) {
        let now_us = self.now_us(true_us);
        if self.live || self.outbox.is_empty() {
            return;
        }
        let stale = |given: &Unanswered| {
            !matches!(given.command, Command::QueueAdd(_)) && now_us - given.given_us >= MOMENTARY_US
        };
        let ops: Vec<OpId> = self.outbox.iter().filter(|given| stale(given)).map(|given| given.op).collect();
        self.outbox.retain(|given| !ops.contains(&given.op));
        self.open.retain(|open| !ops.contains(&open.op));
        for op in ops {
            self.show(true_us, Cause::Answer { op, refused: true }, chance);
        }
    }
}
