//! What waits to be sent to one connection: a bounded queue that the room fills and the connection's task drains. The
//! durable lane never drops silently: where it does not fit, the connection is closed with a resumable code (law 10).
//! Fleeting frames are left out while the socket does not take what it has.

use bytes::Bytes;
use parking_lot::Mutex;
use protocol::codec::Encoding;
use protocol::{Code, PersonId, SessionId};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Notify;

/// Bytes that wait for one connection at most, frames of a resume aside.
pub const OUTBOX_BYTES_MAX: usize = 256 * 1024;
/// Frames that wait for one connection at most.
pub const OUTBOX_FRAMES_MAX: usize = 512;
/// Snapshots and tails that wait for one connection at most; a client has no reason to ask again before it has one.
const RESUMES_MAX: usize = 2;
/// A connection with this many frames waiting gets nothing fleeting.
const BUSY_FRAMES: usize = 8;
/// Room in an empty queue that is kept; more was needed for a moment only.
const KEPT_FRAMES: usize = 8;
/// Normal closure, and what a server that restarts says (RFC 6455, 7.4.1, and the registry).
pub(crate) const CLOSE_RESTART: u16 = 1012;

/// How a frame is kept when the connection is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Events, acks, rejects, welcome: sent, or the connection is closed.
    Durable,
    /// A snapshot or tail: as durable, but large; counted apart.
    Resume,
    /// A part of a tail before its last: counted with the last.
    Part,
    /// Presence: left out while busy, then asked for as a whole.
    Presence,
    /// Beats, reactions, progress: left out while busy.
    Fleeting,
}

/// What the connection's task sends next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    Frame(Bytes),
    Ping,
}

#[derive(Debug)]
struct Waiting {
    frame: Outgoing,
    lane: Lane,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    resumes: usize,
    /// Presence was left out.
    presence_lacks: bool,
    close: Option<(u16, &'static str)>,
    /// What waits is sent before the close.
    flush_first: bool,
}

/// One live connection as the room sees it.
#[derive(Debug)]
pub struct Outbox {
    /// The connection.
    pub session: SessionId,
    /// Whose.
    pub person: PersonId,
    /// The cookie's session it came with.
    pub token_hash: [u8; 32],
    /// Which subprotocol it speaks.
    pub encoding: Encoding,
    /// Its place in the round of beats.
    pub phase: u16,
    queue: Mutex<Queue>,
    more: Notify,
    closing: Notify,
    /// Milliseconds of the server's clock when anything was received last.
    heard_ms: AtomicU64,
    /// The room was told that nothing is heard.
    silent: AtomicBool,
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new(
        session: SessionId,
        person: PersonId,
        token_hash: [u8; 32],
        encoding: Encoding,
        phase: u16,
        now_ms: u64,
    ) -> Outbox {
        Outbox {
            session,
            person,
            token_hash,
            encoding,
            phase,
            queue: Mutex::default(),
            more: Notify::new(),
            closing: Notify::new(),
            heard_ms: AtomicU64::new(now_ms),
            silent: AtomicBool::new(false),
        }
    }

    /// Adds a frame, or closes the connection that does not take what it has.
    pub fn push(&self, lane: Lane, frame: Bytes) {
        let mut queue = self.queue.lock();
        if queue.close.is_some() {
            return;
        }
        match lane {
            Lane::Fleeting if queue.waiting.len() >= BUSY_FRAMES => return,
            Lane::Presence if queue.waiting.len() >= BUSY_FRAMES => {
                queue.presence_lacks = true;
                return;
            }
            Lane::Resume if queue.resumes >= RESUMES_MAX => return self.too_slow(queue),
            Lane::Resume => queue.resumes += 1,
            Lane::Part => {}
            _ if queue.waiting.len() >= OUTBOX_FRAMES_MAX || queue.bytes + frame.len() > OUTBOX_BYTES_MAX => {
                return self.too_slow(queue);
            }
            _ => queue.bytes += frame.len(),
        }
        queue.waiting.push_back(Waiting { frame: Outgoing::Frame(frame), lane });
        drop(queue);
        self.more.notify_one();
    }

    /// Adds the frames of one tail, counted as one.
    pub(crate) fn push_resume(&self, frames: Vec<Bytes>) {
        let Some((last, before)) = frames.split_last() else { return };
        {
            let mut queue = self.queue.lock();
            if queue.close.is_some() {
                return;
            }
            let waiting = before
                .iter()
                .map(|frame| Waiting { frame: Outgoing::Frame(frame.clone()), lane: Lane::Part });
            queue.waiting.extend(waiting);
        }
        self.push(Lane::Resume, last.clone());
    }

    fn too_slow(&self, mut queue: parking_lot::MutexGuard<'_, Queue>) {
        queue.close = Some((Code::CloseSlow.number(), Code::CloseSlow.sentence()));
        queue.waiting = VecDeque::new();
        drop(queue);
        self.closing.notify_one();
        self.more.notify_one();
    }

    /// Asks whether the client is still there.
    pub(crate) fn push_ping(&self) {
        let mut queue = self.queue.lock();
        if queue.close.is_none() && queue.waiting.len() < BUSY_FRAMES {
            queue.waiting.push_back(Waiting { frame: Outgoing::Ping, lane: Lane::Fleeting });
            drop(queue);
            self.more.notify_one();
        }
    }

    /// Closes at once: what waits is not sent.
    pub fn close(&self, code: Code) {
        self.close_with(code.number(), code.sentence(), false);
    }

    /// Closes because the server restarts, after what waits has been sent.
    pub(crate) fn close_restart(&self) {
        self.close_with(CLOSE_RESTART, Code::Unavailable.sentence(), true);
    }

    /// Closes after what waits has been sent: the frames say why.
    pub(super) fn close_after(&self, code: Code) {
        self.close_with(code.number(), code.sentence(), true);
    }

    fn close_with(&self, code: u16, reason: &'static str, flush_first: bool) {
        let mut queue = self.queue.lock();
        if queue.close.is_some() {
            return;
        }
        queue.close = Some((code, reason));
        queue.flush_first = flush_first;
        if !flush_first {
            queue.waiting = VecDeque::new();
        }
        drop(queue);
        if !flush_first {
            self.closing.notify_one();
        }
        self.more.notify_one();
    }

    /// Whether it is to be closed, and with what; none while frames are to be sent before.
    pub(super) fn closed(&self) -> Option<(u16, &'static str)> {
        let queue = self.queue.lock();
        queue.close.filter(|_| queue.waiting.is_empty() || !queue.flush_first)
    }

    /// The next frame. It counts until [`Outbox::sent`].
    pub(crate) fn next(&self) -> Option<(Outgoing, Lane)> {
        self.queue.lock().waiting.pop_front().map(|waiting| (waiting.frame, waiting.lane))
    }

    /// A frame has been handed to the socket.
    pub(super) fn sent(&self, lane: Lane, bytes: usize) {
        let mut queue = self.queue.lock();
        match lane {
            Lane::Resume => queue.resumes = queue.resumes.saturating_sub(1),
            Lane::Part => {}
            _ => queue.bytes = queue.bytes.saturating_sub(bytes),
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.lock().waiting.is_empty()
    }

    /// Everything has been sent; true if presence was left out meanwhile and is to be asked for.
    pub(super) fn drained(&self) -> bool {
        let mut queue = self.queue.lock();
        if queue.waiting.is_empty() {
            queue.waiting.shrink_to(KEPT_FRAMES);
            return std::mem::take(&mut queue.presence_lacks);
        }
        false
    }

    /// There is something to send, or it is to be closed.
    pub(super) async fn more(&self) {
        self.more.notified().await;
    }

    /// It is to be closed at once.
    pub(super) async fn closing(&self) {
        self.closing.notified().await;
    }

    /// Notes that something was received; true if the room believes it silent.
    pub(super) fn heard(&self, now_ms: u64) -> bool {
        self.heard_ms.store(now_ms, Ordering::Relaxed);
        self.silent.load(Ordering::Relaxed) && self.silent.swap(false, Ordering::AcqRel)
    }

    /// When something was received last, milliseconds of the server's clock.
    pub(crate) fn heard_ms(&self) -> u64 {
        self.heard_ms.load(Ordering::Relaxed)
    }

    /// Notes that nothing is heard; true the first time.
    pub(crate) fn fall_silent(&self) -> bool {
        !self.silent.swap(true, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(
            SessionId::from_bytes([1; 16]),
            PersonId::from_bytes([1; 16]),
            [0; 32],
            Encoding::MessagePack,
            0,
            0,
        )
    }

    #[test]
    fn law_10_a_slow_connection_is_closed_and_the_durable_lane_drops_nothing_silently() {
        let small = Bytes::from_static(b"x");
        let by_count = outbox();
        (0..OUTBOX_FRAMES_MAX).for_each(|_| by_count.push(Lane::Durable, small.clone()));
        assert_eq!(by_count.closed(), None);
        by_count.push(Lane::Durable, small.clone());
        assert_eq!(by_count.closed().map(|(code, _)| code), Some(4408));
        let by_bytes = outbox();
        let large = Bytes::from(vec![0; OUTBOX_BYTES_MAX / 2]);
        by_bytes.push(Lane::Durable, large.clone());
        by_bytes.push(Lane::Durable, large.clone());
        assert_eq!(by_bytes.closed(), None);
        by_bytes.push(Lane::Durable, small.clone());
        assert_eq!(by_bytes.closed().map(|(code, _)| code), Some(4408));
        // What is being sent counts until it has been sent.
        let sending = outbox();
        sending.push(Lane::Durable, large.clone());
        sending.push(Lane::Durable, large.clone());
        assert!(sending.next().is_some());
        sending.push(Lane::Durable, small.clone());
        assert!(sending.closed().is_some());
        // A snapshot may be larger than the bound, but not three of them.
        let resuming = outbox();
        let snapshot = Bytes::from(vec![0; 2 * OUTBOX_BYTES_MAX]);
        resuming.push(Lane::Resume, snapshot.clone());
        resuming.push(Lane::Durable, small.clone());
        resuming.push(Lane::Resume, snapshot.clone());
        assert_eq!(resuming.closed(), None);
        resuming.push(Lane::Resume, snapshot);
        assert!(resuming.closed().is_some());
    }

    #[test]
    fn law_10_fleeting_frames_are_left_out_while_busy_and_presence_is_asked_for_after() {
        let outbox = outbox();
        let frame = Bytes::from_static(b"x");
        (0..BUSY_FRAMES).for_each(|_| outbox.push(Lane::Durable, frame.clone()));
        outbox.push(Lane::Fleeting, frame.clone());
        outbox.push(Lane::Presence, frame.clone());
        outbox.push_ping();
        let mut count = 0;
        while let Some((_, lane)) = outbox.next() {
            outbox.sent(lane, 1);
            count += 1;
        }
        assert_eq!(count, BUSY_FRAMES);
        assert!(outbox.drained());
        assert!(!outbox.drained(), "asked for once");
    }

    #[test]
    fn a_close_with_words_before_it_waits_for_them() {
        let outbox = outbox();
        outbox.push(Lane::Durable, Bytes::from_static(b"why"));
        outbox.close_after(Code::CloseMalformed);
        assert_eq!(outbox.closed(), None);
        assert!(outbox.next().is_some());
        assert_eq!(outbox.closed().map(|(code, _)| code), Some(4400));
    }
}
