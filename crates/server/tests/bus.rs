//! Two nodes on one file that share a bus: news of one reaches the other at once; what the bus loses is found (law 6).
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod live_support;

use async_trait::async_trait;
use bus::{Bus, BusError, ChannelNews, MemoryBus, Subscription};
use live_support::*;
use parking_lot::Mutex;
use protocol::*;
use std::sync::Arc;
use tempfile::TempDir;

/// What a [`Rough`] bus does with the news it is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Passes it on.
    Whole,
    /// Loses it.
    Loses,
    /// Passes on what nobody can read.
    Garbles,
    /// Refuses it, as when its other side is not there.
    Refuses,
}

/// A bus with bad days, and what it was given.
#[derive(Clone)]
struct Rough {
    inner: MemoryBus,
    manner: Arc<Mutex<Manner>>,
    given: Arc<Mutex<Vec<ChannelNews>>>,
}

impl Rough {
    fn new() -> Rough {
        Rough { inner: MemoryBus::new(), manner: Arc::new(Mutex::new(Manner::Whole)), given: Arc::default() }
    }

    fn set(&self, manner: Manner) {
        *self.manner.lock() = manner;
    }

    /// Waits until it was given the news of this head.
    async fn given(&self, head: Seq) {
        let waited = async {
            while !self.given.lock().iter().any(|news| news.head == head) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.expect("the node publishes");
    }
}

#[async_trait]
impl Bus for Rough {
    async fn publish(&self, news: ChannelNews) -> Result<(), BusError> {
        let manner = *self.manner.lock();
        self.given.lock().push(news.clone());
        match manner {
            Manner::Whole => self.inner.publish(news).await,
            Manner::Loses => Ok(()),
            Manner::Garbles => self.inner.publish(ChannelNews { bytes: "rubbish".into(), ..news }).await,
            Manner::Refuses => Err(BusError::Unreachable("the test says so".into())),
        }
    }

    async fn subscribe(&self, channel: ChannelId) -> Result<Box<dyn Subscription>, BusError> {
        let manner = *self.manner.lock();
        match manner {
            Manner::Refuses => Err(BusError::Unreachable("the test says so".into())),
            _ => self.inner.subscribe(channel).await,
        }
    }
}

/// Two nodes with Ada on one and Ben on the other. The polls of both find nothing until the fault is taken away.
struct Stage {
    _folder: TempDir,
    bus: Rough,
    logs: [Arc<Faulty>; 2],
    nodes: [Node; 2],
    channel: ChannelId,
    ada: Person,
    ben: Person,
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let bus = Rough::new();
    let mut logs = Vec::new();
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let (store, log) = Faulty::into(store_at(folder.path()));
        log.fault.send_replace(Fault::NoPoll);
        logs.push(log);
        nodes.push(Node::on_bus(store, Arc::new(bus.clone()), folder.path()).await);
    }
    let nodes: [Node; 2] = nodes.try_into().ok().unwrap();
    let ada = nodes[0].person("Ada", PersonKind::User).await;
    let ben = nodes[0].person("Ben", PersonKind::User).await;
    let channel = nodes[0].channel(&ada).await;
    nodes[0].join(channel, &ben, Role::Member).await;
    Stage { _folder: folder, bus, logs: logs.try_into().ok().unwrap(), nodes, channel, ada, ben }
}

#[tokio::test]
async fn law_6_news_of_another_node_arrives_by_the_bus_without_the_poll() {
    let Stage { _folder, bus, nodes: [one, two], channel, ada, ben, .. } = stage().await;
    let mut here = one.enter(channel, &ada).await;
    let mut there = two.enter(channel, &ben).await;
    // Both ways, one after the other: each is decided on the other's news.
    for round in 0..5 {
        let seq = there.ask(new_op(), say(format!("there {round}"))).await.unwrap();
        here.reached(seq).await;
        let seq = here.ask(new_op(), say(format!("here {round}"))).await.unwrap();
        there.reached(seq).await;
    }
    assert_eq!(here.texts(), there.texts());
    assert_eq!(here.texts().len(), 10);
    // Each commit was told once, by the node that made it, with its events.
    let given = bus.given.lock().clone();
    let heads: Vec<Seq> = given.iter().map(|news| news.head).collect();
    assert_eq!(heads, (1..=here.state.head).collect::<Vec<_>>());
    assert!(given.iter().all(|news| news.after + 1 == news.head && !news.bytes.is_empty()));
}

#[tokio::test]
async fn law_6_what_the_bus_lost_is_read_from_the_log_with_the_next_news() {
    let Stage { _folder, bus, nodes: [one, two], channel, ada, ben, .. } = stage().await;
    let mut here = one.enter(channel, &ada).await;
    let mut there = two.enter(channel, &ben).await;
    for (manner, lost) in [(Manner::Loses, "lost"), (Manner::Refuses, "refused")] {
        bus.set(manner);
        let seq = there.ask(new_op(), say(lost)).await.unwrap();
        bus.given(seq).await;
        bus.set(Manner::Whole);
        let seq = there.ask(new_op(), say("heard")).await.unwrap();
        here.reached(seq).await;
    }
    // What cannot be read is news all the same.
    bus.set(Manner::Garbles);
    let seq = there.ask(new_op(), say("garbled")).await.unwrap();
    here.reached(seq).await;
    assert_eq!(here.texts(), ["lost", "heard", "refused", "heard", "garbled"]);
    // More than a slow listener may have waiting: it is told that it is behind, and reads the log.
    bus.set(Manner::Whole);
    let text = "x".repeat(100);
    let batch = |at: Seq| store::event_log::Batch {
        channel,
        epoch: there.position().epoch,
        expected_head: at,
        events: vec![Event {
            seq: at + 1,
            at: Timestamp(i64::MAX / 2),
            actor: Some(ben.person),
            op: new_op(),
            body: EventBody::MessageSent(protocol::event::MessageSent { text: text.clone(), at: None }),
        }],
    };
    let head = seq + 3 * bus::BACKLOG_MAX as Seq;
    for at in seq..head {
        two.state.store.log.append(batch(at)).await.unwrap();
    }
    let epoch = there.position().epoch;
    for at in seq..head {
        // Told without the events' bytes, all at once: nothing runs between.
        let news = ChannelNews { channel, epoch, after: at, head: at + 1, bytes: "".into() };
        bus.publish(news).await.unwrap();
    }
    here.reached(head).await;
    there.reached(head).await;
    assert_eq!(here.texts().len(), 5 + 3 * bus::BACKLOG_MAX);
}

#[tokio::test]
async fn law_6_last_news_that_the_bus_lost_is_found_by_the_poll() {
    let Stage { _folder, bus, logs, nodes: [one, two], channel, ada, ben } = stage().await;
    let mut here = one.enter(channel, &ada).await;
    let mut there = two.enter(channel, &ben).await;
    bus.set(Manner::Refuses);
    let seq = there.ask(new_op(), say("last words")).await.unwrap();
    bus.given(seq).await;
    // A room that begins while the bus is not there works all the same.
    let other = two.channel(&ben).await;
    let mut alone = two.enter(other, &ben).await;
    assert!(alone.ask(new_op(), say("alone")).await.is_ok());
    logs[0].fault.send_replace(Fault::None);
    here.reached(seq).await;
    assert_eq!(here.texts(), ["last words"]);
}

#[tokio::test]
async fn law_8_whoever_is_taken_out_on_one_node_is_cut_on_the_other_at_once() {
    let Stage { _folder, nodes: [one, two], channel, ada, ben, .. } = stage().await;
    let mut here = one.enter(channel, &ada).await;
    let mut there = two.enter(channel, &ben).await;
    let remove = Command::MemberRemove(protocol::command::MemberRemove { person: ben.person });
    here.ask(new_op(), remove).await.unwrap();
    assert_eq!(there.until_closed().await, Code::CloseForbidden.number());
}
