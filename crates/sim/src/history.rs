//! What happened in a simulated life, as its checker needs it.

use protocol::{Event, OpId, PersonId, Seq};
use room::State;

/// How a client's operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged with a place.
    Ok(Seq),
    /// Refused for good.
    Fail(u16),
    /// Nobody told.
    Info,
}

/// One operation of a client.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its id.
    pub op: OpId,
    /// Whose.
    pub person: PersonId,
    /// Whether it always makes an event when it is taken (a message); others may be fulfilled already.
    pub always_event: bool,
    /// Whether it was sent more than once.
    pub resent: bool,
    /// When it was made.
    pub invoked: i64,
    /// When its outcome was known.
    pub done: Option<i64>,
    /// Outcome.
    pub outcome: Outcome,
}

/// What one reader has applied, in its order: the seq that it believes and the event.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who reads.
    pub name: String,
    /// Events applied, with the seq of the replica afterwards.
    pub applied: Vec<(Seq, OpId)>,
    /// The replica at the end.
    pub state: Option<State>,
    /// How often a snapshot replaced the replica, and to which seq from which.
    pub snapshots: Vec<(Seq, Seq)>,
}

/// How often each fault really happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A node died.
    pub crashes: u64,
    /// It died between commit and broadcast.
    pub crashes_after_commit: u64,
    /// A connection broke.
    pub broken_lines: u64,
    /// A frame was lost on a living connection (a client that skips).
    pub lost_frames: u64,
    /// News between nodes was lost.
    pub lost_news: u64,
    /// An append failed and nobody knew whether it was written.
    pub failed_appends: u64,
    /// Another node was faster.
    pub lost_races: u64,
    /// An operation was sent again.
    pub retries: u64,
    /// An operation was in the log already.
    pub duplicates: u64,
    /// A client got a tail when it came back.
    pub tails: u64,
    /// A client asked because it saw a gap.
    pub catchups: u64,
    /// The timeline stood for somebody whose data had run out.
    pub waits: u64,
}

impl Faults {
    /// Each with its name.
    #[must_use]
    pub fn list(&self) -> [(&'static str, u64); 12] {
        [
            ("crashes", self.crashes),
            ("crashes between commit and broadcast", self.crashes_after_commit),
            ("broken lines", self.broken_lines),
            ("lost frames", self.lost_frames),
            ("lost news", self.lost_news),
            ("failed appends", self.failed_appends),
            ("lost races", self.lost_races),
            ("retries", self.retries),
            ("duplicates", self.duplicates),
            ("tails", self.tails),
            ("catch-ups", self.catchups),
            ("waits for members", self.waits),
        ]
    }

    /// Adds another life's.
    pub fn add(&mut self, other: &Faults) {
        self.crashes += other.crashes;
        self.crashes_after_commit += other.crashes_after_commit;
        self.broken_lines += other.broken_lines;
        self.lost_frames += other.lost_frames;
        self.lost_news += other.lost_news;
        self.failed_appends += other.failed_appends;
        self.lost_races += other.lost_races;
        self.retries += other.retries;
        self.duplicates += other.duplicates;
        self.tails += other.tails;
        self.catchups += other.catchups;
        self.waits += other.waits;
    }
}

/// A whole life.
#[derive(Clone, Debug)]
pub struct History {
    /// Its seed.
    pub seed: u64,
    /// The log at the end.
    pub log: Vec<Event>,
    /// Every operation of every client.
    pub operations: Vec<Operation>,
    /// Every client and every node.
    pub readers: Vec<Reader>,
    /// Things that were seen or told before they were committed, noted when it happened.
    pub too_early: Vec<String>,
    /// Faults that happened.
    pub faults: Faults,
}
