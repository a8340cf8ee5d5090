//! Between nodes: "there is news in this channel". The bus is never the truth (the log in SQL is) and may lose
//! anything: whoever sees a gap or is told they are behind reads the log, and heads are polled besides (law 6).
//!
//! Called by room tasks. Knows the words of `protocol` and nothing of rooms or stores.
//! Reading order: this file, then [`memory`].

pub mod memory;

use async_trait::async_trait;
use bytes::Bytes;
use protocol::{ChannelId, Epoch, Seq};

pub use memory::MemoryBus;

/// News that a slow subscriber may have waiting; one more and the oldest is lost and the subscriber told. A room task
/// takes news within microseconds; 64 is a stall of more than a hundred milliseconds of a busy channel.
pub const BACKLOG_MAX: usize = 64;

/// Events were committed to a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelNews {
    /// Channel.
    pub channel: ChannelId,
    /// Life of its log.
    pub epoch: Epoch,
    /// The events are those after this seq: who stands elsewhere reads the log.
    pub after: Seq,
    /// The log's head with them.
    pub head: Seq,
    /// The events as the live socket carries them (an `events` frame in MessagePack); opaque here. Cheap to clone.
    pub bytes: Bytes,
}

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Events were committed.
    News(ChannelNews),
    /// News was lost on the way: read the log from where you stand.
    Behind,
}

/// Why news was not passed on. Nothing durable is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The other side cannot be reached; local delivery goes on, heads are polled.
    #[error("bus is not reachable: {0}")]
    Unreachable(String),
}

/// The bus of a node.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells every subscriber of the channel, on every node. Returns without waiting for them.
    async fn publish(&self, news: ChannelNews) -> Result<(), BusError>;
    /// Hears of a channel from now on. Subscribe first, then read the head: else news between the two is missed.
    async fn subscribe(&self, channel: ChannelId) -> Result<Box<dyn Subscription>, BusError>;
}

/// One subscriber's end. Dropping it ends the subscription.
#[async_trait]
pub trait Subscription: Send {
    /// The next thing to hear; none when the bus has ended. Safe to cancel: nothing is lost.
    async fn next(&mut self) -> Option<Heard>;
}
