//! What comes into a room's task: mails become inputs, with the facts that the store knows.

use super::*;

impl Task {
    /// Takes a mail, or lets it wait for the append under way: its sender knows more of the log than we do, and must
    /// not be taken back in time.
    pub(super) async fn place(&mut self, mail: Mail, waits: u8) {
        let from = match &mail {
            Mail::Join { hello, .. } => hello.resume,
            Mail::Catchup { from, .. } => Some(*from),
            _ => None,
        };
        let known = self.room.head();
        let ahead = from.is_some_and(|from| from.epoch == known.epoch && from.seq > known.seq);
        let waits_for_append = ahead && self.append.is_some() && waits < WAITS_MAX;
        // What a connection sends after it waits with it.
        let follows = mail
            .session()
            .is_some_and(|session| self.ahead.iter().any(|(before, _)| before.session() == Some(session)));
        if (waits_for_append || follows) && self.ahead.len() < WAITING_MAX {
            self.ahead.push_back((mail, waits));
        } else {
            self.mail(mail).await;
        }
    }

    pub(super) async fn mail(&mut self, mail: Mail) {
        let input = match mail {
            Mail::Join { outbox, hello } => return self.join(outbox, hello).await,
            Mail::Left { session, clean } => {
                self.around.hub.unseat(session);
                self.gated.remove(&session);
                Input::Left { session, clean }
            }
            Mail::Silent { session } => Input::Heard { session, heard: false },
            Mail::Heard { session } => Input::Heard { session, heard: true },
            Mail::Command { session, op, command } => {
                return self.command(Origin::Session(session), By::System(None), op, command).await;
            }
            Mail::Wish { by, op, command, reply } => {
                self.next_waiter += 1;
                self.waiters.insert(self.next_waiter, reply);
                return self.command(Origin::Waiter(self.next_waiter), by, op, command).await;
            }
            Mail::Fleeting { session, value } => Input::Fleeting { session, value },
            Mail::SystemFleeting(value) => Input::SystemFleeting(value),
            Mail::Catchup { session, from } => {
                self.reach(from).await;
                Input::Catchup { session, from }
            }
            Mail::PresenceWanted { session } => Input::PresenceWanted { session },
            Mail::News { head } => return self.reach(head).await,
        };
        self.input(input).await;
    }

    pub(super) async fn join(&mut self, outbox: Arc<Outbox>, hello: Hello) {
        // Whoever has been further on another node must not be taken back.
        if let Some(from) = hello.resume {
            self.reach(from).await;
        }
        let (session, person) = (outbox.session, outbox.person);
        self.around.hub.seat(outbox);
        let join = Join { session, person, client: hello.client, resume: hello.resume, shown: hello.shown };
        self.input(Input::Joined(join)).await;
    }

    pub(super) async fn command(&mut self, origin: Origin, by: By, op: OpId, command: Command) {
        let head = self.room.head().seq;
        let video = match room::decide::video_needed(&command) {
            None => None,
            Some(video) => {
                match room_log::video_facts(&self.around.store, self.around.channel, video).await {
                    Ok(facts) => facts,
                    Err(error) => return self.no_store(origin, op, &error),
                }
            }
        };
        let facts = Facts { head, op: OpFact::NotAsked, video };
        self.input(Input::Command(CommandInput { origin, by, op, command, facts })).await;
    }

    /// News from the bus. Events that follow our head are taken as they came; whatever else it is, the log knows.
    pub(super) async fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::News(news) => {
                let head = Position { epoch: news.epoch, seq: news.head };
                let follows = self.room.head() == Position { epoch: news.epoch, seq: news.after };
                match events_of(&news).filter(|_| follows && self.append.is_none()) {
                    Some(events) => self.input(Input::Foreign { events }).await,
                    None => self.reach(head).await,
                }
            }
            Heard::Behind => match self.around.store.log.head(self.around.channel).await {
                Ok(Some(head)) => self.reach(head.position).await,
                Ok(None) => {}
                Err(error) => self.warn("the head could not be read", &error),
            },
        }
    }

    /// Reads what other nodes have appended, if the log stands further than we know.
    pub(super) async fn reach(&mut self, head: Position) {
        let known = self.room.head();
        // An append under way finds out by itself.
        if self.append.is_some() || (known.epoch == head.epoch && known.seq >= head.seq) {
            return;
        }
        if known.epoch != head.epoch {
            return self.look_for_new_life().await;
        }
        match room_log::read_after(&self.around.store, self.around.channel, known.seq).await {
            Ok(events) => self.input(Input::Foreign { events }).await,
            Err(error) => self.warn("news could not be read", &error),
        }
    }

    /// Somebody speaks of another epoch: theirs is old, or ours is.
    pub(super) async fn look_for_new_life(&mut self) {
        match self.around.store.log.head(self.around.channel).await {
            Ok(Some(head)) if head.position.epoch != self.room.head().epoch => self.begin_again().await,
            Ok(_) => {}
            Err(error) => self.warn("the head could not be read", &error),
        }
    }

    pub(super) async fn begin_again(&mut self) {
        match room_log::load(&self.around.store, self.around.channel, RING_EVENTS_MAX as u64).await {
            Ok((seed, events)) => {
                self.ring.clear();
                events.into_iter().for_each(|event| self.ring.push(event));
                self.gated.clear();
                self.input(Input::Replaced(Box::new(seed))).await;
            }
            Err(error) => {
                self.warn("a log with a new life could not be read", &error);
                self.input(Input::AppendFailed).await;
            }
        }
    }

    pub(super) async fn report(&mut self, report: Report) {
        let input = match report {
            Report::Done(up_to) => Input::Appended { up_to },
            Report::Lost(events) => Input::AppendLost { events },
            Report::Duplicate { op, first, events } => Input::AppendDuplicate { op, first, events },
            Report::Failed => Input::AppendFailed,
            Report::NewLife => return self.begin_again().await,
        };
        self.input(input).await;
    }

    pub(super) async fn input(&mut self, input: Input) {
        let mut outputs = Vec::new();
        self.room.handle(self.around.clock.now(), input, &mut outputs);
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            if let Some(input) = self.perform(output).await {
                let mut more = Vec::new();
                self.room.handle(self.around.clock.now(), input, &mut more);
                outputs.extend(more);
            }
        }
        self.pulse();
    }
}

/// The events that news carries; none if they cannot be read (a node of another version), then the log is.
fn events_of(news: &ChannelNews) -> Option<Vec<Event>> {
    match Encoding::MessagePack.decode_trusted(&news.bytes) {
        Ok(ServerFrame::Events(frame)) if frame.epoch == news.epoch => Some(frame.events),
        _ => None,
    }
}
