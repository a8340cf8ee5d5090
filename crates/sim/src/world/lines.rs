//! The lines between clients and nodes: frames keep their order on a line; a line may break and a frame be lost.

use super::{Line, SECOND, Thing, World};
use protocol::fleeting::{Fleeting, SyncReport, SyncStatus};
use protocol::frame::FleetingFrame;
use protocol::{ClientFrame, ClientId, Command, Seq, ServerFrame, SessionId, VersionId};
use room::{By, CommandInput, Facts, Input, Join, OpFact, Origin, VideoFacts};
use timecode::FrameRate;

impl World {
    pub(super) fn connect(&mut self, client: usize) {
        if self.clients[client].session.is_some() {
            return;
        }
        let node = usize::try_from(self.chance.below(self.nodes.len() as u64)).unwrap_or(0);
        if self.nodes[node].room.is_none() {
            let again = self.chance.between(100_000, SECOND);
            self.plan(again, Thing::Connect { client });
            return;
        }
        if self.is_ahead(client, node) {
            self.plan(5_000, Thing::Connect { client });
            return;
        }
        self.made += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.made.to_be_bytes());
        let session = SessionId::from_bytes(bytes);
        let life = self.nodes[node].life;
        self.lines.insert(session, Line { client, node, life, up_at: self.now, down_at: self.now });
        self.clients[client].session = Some(session);
        let resume = self.clients[client].position();
        self.faults.tails += u64::from(resume.is_some());
        // The shell reads the log first when the client has been further than this node knows.
        if let Some(from) = resume {
            self.reach(node, from.seq);
        }
        let join = Join {
            session,
            person: self.clients[client].person,
            client: ClientId::from_bytes([u8::try_from(client).unwrap_or(0); 16]),
            resume,
            shown: true,
        };
        self.input(node, Input::Joined(join));
        self.send_due(client);
    }

    /// Whether the client knows more of the log than the node, which finds out by its append under way: it waits.
    fn is_ahead(&self, client: usize, node: usize) -> bool {
        let appending = self.nodes[node].room.as_ref().is_some_and(room::Room::appending);
        appending && self.clients[client].head() > self.head(node)
    }

    pub(super) fn send_due(&mut self, client: usize) {
        let Some(session) = self.clients[client].session else { return };
        let mut retries = 0;
        let frames = self.clients[client].due(self.now, &mut retries);
        self.faults.retries += retries;
        for frame in frames {
            self.line_up(session, frame);
        }
        if !self.clients[client].outbox.is_empty() {
            self.plan(SECOND, Thing::Send { client });
        }
    }

    /// A player's report, once a second; data runs out now and then while there is trouble.
    pub(super) fn report(&mut self, client: usize) {
        self.plan(SECOND, Thing::Report { client });
        if !self.trouble() {
            self.clients[client].status = SyncStatus::Locked;
        } else if self.chance.happens(300) {
            let statuses =
                [SyncStatus::Locked, SyncStatus::Buffering, SyncStatus::Buffering, SyncStatus::Preparing];
            self.clients[client].status = *self.chance.pick(&statuses);
        }
        let Some(session) = self.clients[client].session else { return };
        let report = SyncReport {
            status: self.clients[client].status,
            error_us: 0,
            bound_us: 500,
            rtt_us: 20_000,
            buffered_ms: 0,
            start_latency_ms: 41,
        };
        self.line_up(session, ClientFrame::Fleeting(FleetingFrame { value: Fleeting::Sync(report) }));
    }

    pub(super) fn line_up(&mut self, session: SessionId, frame: ClientFrame) {
        let delay = self.delay(20_000);
        let now = self.now;
        let Some(line) = self.lines.get_mut(&session) else { return };
        line.up_at = (now + delay).max(line.up_at + 1);
        let after = line.up_at - now;
        self.plan(after, Thing::Up { session, frame });
    }

    pub(super) fn line_down(&mut self, session: SessionId, frame: ServerFrame) {
        // A frame may be lost on a living line: the client must notice the hole.
        if self.trouble() && matches!(frame, ServerFrame::Events(_)) && self.chance.happens(15) {
            self.faults.lost_frames += 1;
            return;
        }
        let delay = self.delay(20_000);
        let now = self.now;
        let Some(line) = self.lines.get_mut(&session) else { return };
        line.down_at = (now + delay).max(line.down_at + 1);
        let after = line.down_at - now;
        self.plan(after, Thing::Down { session, frame });
    }

    pub(super) fn up(&mut self, session: SessionId, frame: ClientFrame) {
        let Some(line) = self.lines.get(&session) else { return };
        let (node, client) = (line.node, line.client);
        if self.nodes[node].life != line.life || self.nodes[node].room.is_none() {
            return;
        }
        match frame {
            ClientFrame::Command(command) => {
                let head = self.head(node);
                let origin = Origin::Session(session);
                let facts = Facts { head, op: OpFact::NotAsked, video: facts(&command.command) };
                let by = By::System(None);
                let input = CommandInput { origin, by, op: command.op, command: command.command, facts };
                self.input(node, Input::Command(input));
            }
            ClientFrame::Catchup(catchup) => {
                if self.is_ahead(client, node) {
                    self.plan(5_000, Thing::Up { session, frame: ClientFrame::Catchup(catchup) });
                    return;
                }
                self.reach(node, catchup.from.seq);
                self.input(node, Input::Catchup { session, from: catchup.from });
            }
            ClientFrame::Fleeting(fleeting) => {
                self.input(node, Input::Fleeting { session, value: fleeting.value });
            }
            ClientFrame::Hello(_) | ClientFrame::Ping(_) => {}
        }
    }

    pub(super) fn down(&mut self, session: SessionId, frame: ServerFrame) {
        let Some(line) = self.lines.get(&session) else { return };
        let client = line.client;
        self.look(&frame);
        let mut catchups = 0;
        let answer = self.clients[client].take(self.now, frame, &mut catchups);
        self.faults.catchups += catchups;
        if let Some(frame) = answer {
            self.line_up(session, frame);
        }
    }

    /// Law 2, at the moment somebody sees it.
    pub(super) fn look(&mut self, frame: &ServerFrame) {
        let committed = self.disk.events.len() as Seq;
        match frame {
            ServerFrame::Events(events) => {
                for event in &events.events {
                    let there = usize::try_from(event.seq - 1).ok().and_then(|at| self.disk.events.get(at));
                    if there.is_none_or(|there| there.op != event.op) {
                        self.too_early.push(format!("event {} of {} was seen", event.seq, event.op));
                    }
                }
            }
            ServerFrame::Ack(ack) if ack.seq > committed => {
                self.too_early.push(format!("{} was told ok at {}", ack.op, ack.seq));
            }
            ServerFrame::Snapshot(snapshot) if snapshot.at.seq > committed => {
                self.too_early.push(format!("a snapshot at {} was seen", snapshot.at.seq));
            }
            _ => {}
        }
    }

    pub(super) fn cut(&mut self, client: usize) {
        let Some(session) = self.clients[client].session else { return };
        self.faults.broken_lines += 1;
        self.drop_line(session);
    }

    pub(super) fn drop_line(&mut self, session: SessionId) {
        let Some(line) = self.lines.remove(&session) else { return };
        self.clients[line.client].cut();
        let noticed = self.chance.between(10_000, 5 * SECOND);
        self.plan(noticed, Thing::Gone { node: line.node, life: line.life, session });
        let back = self.chance.between(10_000, 2 * SECOND);
        self.plan(back, Thing::Connect { client: line.client });
    }
}

/// Every video but two is in the library and plays; short, so that ends come.
fn facts(command: &Command) -> Option<VideoFacts> {
    let video = room::decide::video_needed(command)?;
    let number = video.as_bytes()[0];
    (number < 10).then(|| VideoFacts {
        video,
        version: VersionId::from_bytes([number; 16]),
        title: format!("film {number}"),
        rate: FrameRate::new(25, 1).unwrap_or(FrameRate::MILLISECONDS),
        frames: 301,
        playable: true,
    })
}
