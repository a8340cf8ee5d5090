//! The bus within one process: a bounded broadcast per channel. Called by room tasks of a single node, and by tests
//! that run several nodes in one process. Keeps nothing for a channel that nobody listens to.

use crate::{BACKLOG_MAX, Bus, BusError, ChannelNews, Heard, Subscription};
use async_trait::async_trait;
use parking_lot::Mutex;
use protocol::ChannelId;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Channels that have subscribers.
type Channels = Mutex<BTreeMap<ChannelId, broadcast::Sender<ChannelNews>>>;

/// A bus within one process. Clones are the same bus.
#[derive(Clone, Default)]
pub struct MemoryBus {
    channels: Arc<Channels>,
}

impl MemoryBus {
    /// A bus without subscribers.
    #[must_use]
    pub fn new() -> MemoryBus {
        MemoryBus::default()
    }

    /// Channels that somebody listens to.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels.lock().len()
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, news: ChannelNews) -> Result<(), BusError> {
        let channels = self.channels.lock();
        if let Some(sender) = channels.get(&news.channel) {
            // Fails only when the last subscriber is just leaving.
            let _ = sender.send(news);
        }
        Ok(())
    }

    async fn subscribe(&self, channel: ChannelId) -> Result<Box<dyn Subscription>, BusError> {
        let mut channels = self.channels.lock();
        let sender = channels.entry(channel).or_insert_with(|| broadcast::channel(BACKLOG_MAX).0);
        let news = Some(sender.subscribe());
        Ok(Box::new(MemorySubscription { channel, news, channels: Arc::downgrade(&self.channels) }))
    }
}

struct MemorySubscription {
    channel: ChannelId,
    /// Set until dropped.
    news: Option<broadcast::Receiver<ChannelNews>>,
    channels: Weak<Channels>,
}

#[async_trait]
impl Subscription for MemorySubscription {
    async fn next(&mut self) -> Option<Heard> {
        match self.news.as_mut()?.recv().await {
            Ok(news) => Some(Heard::News(news)),
            Err(RecvError::Lagged(_)) => Some(Heard::Behind),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for MemorySubscription {
    fn drop(&mut self) {
        let Some(channels) = self.channels.upgrade() else { return };
        let mut channels = channels.lock();
        // Counted only after this one has left.
        drop(self.news.take());
        if channels.get(&self.channel).is_some_and(|sender| sender.receiver_count() == 0) {
            channels.remove(&self.channel);
        }
    }
}
