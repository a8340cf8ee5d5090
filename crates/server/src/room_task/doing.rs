//! What the room says is to be done: appends, frames to connections, tails and snapshots, what cards and beats show.

use super::*;

impl Task {
    /// Does what the room says; answers what the room wants to know.
    pub(super) async fn perform(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Append { epoch, expected_head, events } => {
                let batch = Batch { channel: self.around.channel, epoch, expected_head, events };
                self.append = Some(Box::pin(room_log::append(self.around.store.clone(), batch)));
            }
            Output::Send { session, frame } => self.send(session, &frame),
            Output::Commit { events, own } => self.commit(events, own),
            Output::BroadcastPresence(frame) => {
                let gated = &self.gated;
                self.around
                    .hub
                    .broadcast(Lane::Presence, &mut encoded(&frame), |session| gated.contains(&session));
                self.faces();
            }
            Output::BroadcastFleeting(frame) => {
                self.around.hub.broadcast(Lane::Fleeting, &mut encoded(&frame), |_| false);
            }
            Output::Answer { waiter, answer } => {
                if let Some(reply) = self.waiters.remove(&waiter) {
                    // Who no longer waits may send the same operation again.
                    let _gone = reply.send(answer);
                }
            }
            Output::Ask(mut input) => {
                match room_log::first_place(&self.around.store, self.around.channel, input.op).await {
                    Ok(first) => {
                        input.facts.op = OpFact::Asked(first);
                        return Some(Input::Command(input));
                    }
                    Err(error) => self.no_store(input.origin, input.op, &error),
                }
            }
            Output::Close { session, code } => {
                self.gated.remove(&session);
                if let Some(outbox) = self.around.hub.unseat(session) {
                    outbox.close(code);
                }
            }
            Output::SendTail { session, after } => self.send_tail(session, after),
            Output::SendSnapshot { session } => self.send_snapshot(session),
            Output::WakeAt { at } => self.wake = Some(at),
            Output::TakeSnapshot { at, bytes } => self.keep_snapshot(StoredSnapshot { at, bytes }),
        }
        None
    }

    pub(super) fn send(&mut self, session: SessionId, frame: &ServerFrame) {
        if self.gated.contains(&session) && matches!(frame, ServerFrame::Presence(_)) {
            return; // it comes after the tail
        }
        if let Some(outbox) = self.around.hub.get(session) {
            outbox.push(Lane::Durable, outbox.encoding.encode(frame).into());
        }
    }

    pub(super) fn commit(&mut self, events: Vec<Event>, own: bool) {
        let Position { epoch, seq: head } = self.room.head();
        let Some(before) = events.first().map(|event| event.seq - 1) else { return };
        events.iter().cloned().for_each(|event| self.ring.push(event));
        let ring = &mut self.ring;
        // The ring may be too small for its own news; then they are encoded for this once.
        let mut frame = Shared::new(|encoding: Encoding| {
            ring.after(epoch, head, before, encoding)
                .unwrap_or_else(|| events_frame(encoding, epoch, &events))
        });
        let gated = &self.gated;
        self.around.hub.broadcast(Lane::Durable, &mut frame, |session| gated.contains(&session));
        if own {
            // As the sockets get it: encoded once.
            let bytes = frame.of(Encoding::MessagePack);
            let channel = self.around.channel;
            self.around.registry.committed(ChannelNews { channel, epoch, after: before, head, bytes });
        }
    }

    pub(super) fn send_tail(&mut self, session: SessionId, after: Seq) {
        let Some(outbox) = self.around.hub.get(session) else { return };
        let Position { epoch, seq: head } = self.room.head();
        if let Some(frame) = self.ring.after(epoch, head, after, outbox.encoding) {
            outbox.push(Lane::Resume, frame);
        } else if self.gated.insert(session) {
            let (store, channel) = (self.around.store.clone(), self.around.channel);
            let limit = u32::try_from(RESUME_EVENTS_MAX).unwrap_or(u32::MAX);
            self.tails.spawn(async move { (session, after, store.log.read(channel, after, limit).await) });
        }
    }

    /// A tail has been read from the log: it goes out, then what the ring has got since, then presence.
    pub(super) async fn tail_read(
        &mut self,
        session: SessionId,
        after: Seq,
        events: StoreResult<Vec<Event>>,
    ) {
        if !self.gated.remove(&session) {
            return;
        }
        let Some(outbox) = self.around.hub.get(session) else { return };
        let Position { epoch, seq: head } = self.room.head();
        let events = events.unwrap_or_else(|error| {
            self.warn("a tail could not be read", &error);
            Vec::new()
        });
        let reached = events.last().map_or(after, |last| last.seq).min(head);
        match self.ring.after(epoch, head, reached, outbox.encoding) {
            Some(rest) => {
                let known = events.partition_point(|event| event.seq <= head);
                let mut frames: Vec<Bytes> = events[..known]
                    .chunks(TAIL_FRAME_EVENTS)
                    .map(|part| events_frame(outbox.encoding, epoch, part))
                    .collect();
                frames.push(rest);
                outbox.push_resume(frames);
            }
            None => self.send_snapshot(session),
        }
        self.input(Input::PresenceWanted { session }).await;
    }

    pub(super) fn send_snapshot(&mut self, session: SessionId) {
        let Some(outbox) = self.around.hub.get(session) else { return };
        let head = self.room.head();
        if self.snapshot.as_ref().is_none_or(|(at, _)| *at != head) {
            self.snapshot = Some((head, BTreeMap::new()));
        }
        let Some((_, encoded)) = &mut self.snapshot else { return };
        let room = &self.room;
        let frame = encoded
            .entry(outbox.encoding == Encoding::Json)
            .or_insert_with(|| outbox.encoding.encode(&room.snapshot_frame()).into());
        outbox.push(Lane::Resume, frame.clone());
    }

    pub(super) fn keep_snapshot(&self, snapshot: StoredSnapshot) {
        let (store, channel) = (self.around.store.clone(), self.around.channel);
        tokio::spawn(async move {
            if let Err(error) = store.log.put_snapshot(channel, snapshot).await {
                tracing::warn!(%channel, %error, "a snapshot could not be kept; the log is longer to read next time");
            }
        });
    }

    /// A command cannot be decided because the store does not answer.
    pub(super) fn no_store(&mut self, origin: Origin, op: OpId, error: &store::StoreError) {
        self.warn("facts could not be read", error);
        let refusal = Refusal::later(Code::LogUnavailable, RETRY_MS);
        match origin {
            Origin::Session(session) => {
                let frame = ServerFrame::Reject(Reject {
                    op: Some(op),
                    code: refusal.code.number(),
                    message: refusal.sentence(),
                    retry_after_ms: refusal.retry_after_ms,
                });
                self.send(session, &frame);
            }
            Origin::Waiter(waiter) => {
                if let Some(reply) = self.waiters.remove(&waiter) {
                    let _gone = reply.send(Err(refusal));
                }
            }
            Origin::Time => {}
        }
    }

    pub(super) fn pulse(&self) {
        let timeline = &self.room.state().timeline;
        let pulse = Pulse { head: self.room.head(), revision: timeline.revision, playing: timeline.playing };
        self.around.hub.set_pulse(pulse);
    }

    pub(super) fn faces(&self) {
        let state = self.room.state();
        let presence = self.room.presence();
        let members = presence.people().filter_map(|person| state.members.get(&person)).take(FACES);
        let faces = members
            .map(|member| PersonView {
                person: member.person,
                name: member.name.as_str().to_owned(),
                kind: member.kind,
            })
            .collect();
        self.around.hub.set_faces(faces, u32::try_from(presence.count()).unwrap_or(u32::MAX));
    }

    pub(super) fn warn(&self, what: &str, error: &store::StoreError) {
        tracing::warn!(channel = %self.around.channel, %error, "{what}");
    }
}
