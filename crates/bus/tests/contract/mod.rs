//! The contract of a bus: cases that every backend passes, each on a bus of its own.

use bus::{BACKLOG_MAX, Bus, ChannelNews, Heard, Subscription};
use bytes::Bytes;
use protocol::{ChannelId, Seq};
use std::time::Duration;

/// How long a test waits for what must come, before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn channel(number: u8) -> ChannelId {
    ChannelId::from_bytes([number; 16])
}

fn news(number: u8, head: Seq) -> ChannelNews {
    ChannelNews {
        channel: channel(number),
        epoch: 7,
        after: head - 1,
        head,
        bytes: Bytes::from(vec![head as u8]),
    }
}

async fn hear(subscription: &mut Box<dyn Subscription>) -> Option<Heard> {
    tokio::time::timeout(PATIENCE, subscription.next()).await.expect("nothing was heard")
}

pub async fn every_subscriber_hears_in_order(bus: &dyn Bus) {
    let mut one = bus.subscribe(channel(1)).await.unwrap();
    let mut two = bus.subscribe(channel(1)).await.unwrap();
    for head in 1..=10 {
        bus.publish(news(1, head)).await.unwrap();
    }
    for subscription in [&mut one, &mut two] {
        for head in 1..=10 {
            assert_eq!(hear(subscription).await, Some(Heard::News(news(1, head))));
        }
    }
}

pub async fn channels_are_kept_apart(bus: &dyn Bus) {
    let mut one = bus.subscribe(channel(1)).await.unwrap();
    let mut two = bus.subscribe(channel(2)).await.unwrap();
    bus.publish(news(2, 1)).await.unwrap();
    bus.publish(news(3, 1)).await.unwrap();
    bus.publish(news(1, 5)).await.unwrap();
    assert_eq!(hear(&mut one).await, Some(Heard::News(news(1, 5))));
    assert_eq!(hear(&mut two).await, Some(Heard::News(news(2, 1))));
}

pub async fn nobody_hears_what_was_before(bus: &dyn Bus) {
    bus.publish(news(1, 1)).await.unwrap();
    let mut late = bus.subscribe(channel(1)).await.unwrap();
    bus.publish(news(1, 2)).await.unwrap();
    assert_eq!(hear(&mut late).await, Some(Heard::News(news(1, 2))));
}

/// Law 10: a slow subscriber is told that it is behind, and then goes on with the newest; nobody waits for it.
pub async fn a_slow_subscriber_is_told_that_it_is_behind(bus: &dyn Bus) {
    let mut slow = bus.subscribe(channel(1)).await.unwrap();
    let last = 10 * BACKLOG_MAX as Seq;
    for head in 1..=last {
        bus.publish(news(1, head)).await.unwrap();
    }
    let (mut behind, mut heard) = (0, Vec::new());
    while heard.last() != Some(&last) {
        match hear(&mut slow).await.expect("the bus goes on") {
            Heard::Behind => behind += 1,
            Heard::News(news) => heard.push(news.head),
        }
    }
    assert!(behind >= 1, "{} were lost without a word", last - heard.len() as Seq);
    assert!(heard.len() <= BACKLOG_MAX && heard.is_sorted());
}

pub async fn a_subscriber_that_leaves_disturbs_nobody(bus: &dyn Bus) {
    let leaver = bus.subscribe(channel(1)).await.unwrap();
    let mut stayer = bus.subscribe(channel(1)).await.unwrap();
    drop(leaver);
    bus.publish(news(1, 1)).await.unwrap();
    assert_eq!(hear(&mut stayer).await, Some(Heard::News(news(1, 1))));
    drop(stayer);
    bus.publish(news(1, 2)).await.unwrap();
    let mut again = bus.subscribe(channel(1)).await.unwrap();
    bus.publish(news(1, 3)).await.unwrap();
    assert_eq!(hear(&mut again).await, Some(Heard::News(news(1, 3))));
}

pub async fn waiting_may_be_cancelled(bus: &dyn Bus) {
    let mut subscription = bus.subscribe(channel(1)).await.unwrap();
    for head in 1..=20 {
        // Polled once and dropped, as in a select that another branch wins.
        let polled = futures_poll_once(subscription.next()).await;
        assert_eq!(polled, None, "nothing was published");
        bus.publish(news(1, head)).await.unwrap();
        assert_eq!(hear(&mut subscription).await, Some(Heard::News(news(1, head))));
    }
}

/// The future's value if it is ready at once.
async fn futures_poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
