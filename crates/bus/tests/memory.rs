//! The contract in memory.

#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod contract;

use bus::{Bus, MemoryBus};
use protocol::ChannelId;

macro_rules! cases {
    ($($case:ident),+ $(,)?) => { $(
        #[tokio::test]
        async fn $case() {
            contract::$case(&MemoryBus::new()).await;
        }
    )+ };
}

cases! {
    every_subscriber_hears_in_order,
    channels_are_kept_apart,
    nobody_hears_what_was_before,
    a_slow_subscriber_is_told_that_it_is_behind,
    a_subscriber_that_leaves_disturbs_nobody,
    waiting_may_be_cancelled,
}

#[tokio::test]
async fn nothing_is_kept_for_channels_nobody_listens_to() {
    let bus = MemoryBus::new();
    let subscriptions = [
        bus.subscribe(ChannelId::from_bytes([1; 16])).await,
        bus.subscribe(ChannelId::from_bytes([2; 16])).await,
    ];
    assert_eq!(bus.channels(), 2);
    drop(subscriptions);
    assert_eq!(bus.channels(), 0);
}
