//! Deleted channels: not listed, put back, erased when their time is over (law 16).

use super::Bench;
use super::make::*;
use protocol::event::{ChannelDeleted, Erased};
use protocol::*;
use store::event_log::{Appended, StoredSnapshot};

/// Words that must not be found afterwards.
const SECRET: &str = "what nobody may read any more";

fn deleted(deleted: bool) -> EventBody {
    EventBody::ChannelDeleted(ChannelDeleted { deleted })
}

/// Olga owns channel 1, where Mia is a member and something was said; an invite is open.
async fn furnish(bench: &Bench) {
    let bodies = vec![
        created(1, "Films", Visibility::Public),
        joined(2, "Mia", Role::Member),
        EventBody::MessageSent(protocol::event::MessageSent { text: SECRET.to_owned(), at: None }),
    ];
    append(&bench.store, channel(1), bodies).await;
    bench.store.catalog.add_invite(invite_row(1)).await.unwrap();
}

pub async fn a_deleted_channel_is_not_listed_and_comes_back(bench: &Bench) {
    furnish(bench).await;
    let catalog = &bench.store.catalog;
    let listed = || async {
        let mine = catalog.channels_of(person(2)).await.unwrap().len();
        (mine, catalog.public_channels(person(3), None, 10).await.unwrap().len())
    };
    assert_eq!(listed().await, (1, 1));
    // Twice is once: the first time counts.
    let seq = append(&bench.store, channel(1), vec![deleted(true)]).await;
    append(&bench.store, channel(1), vec![deleted(true)]).await;
    let since = Some(at(seq as i64));
    assert_eq!(listed().await, (0, 0));
    assert_eq!(catalog.channel(channel(1)).await.unwrap().unwrap().deleted_at, since);
    let of = |who| async move { catalog.deleted_channels_of(person(who)).await.unwrap() };
    assert_eq!(
        of(1).await.iter().map(|card| (card.channel, card.deleted_at)).collect::<Vec<_>>(),
        [(channel(1), since)]
    );
    assert!(of(2).await.is_empty(), "not the owner's alone to see");
    let derived = catalog.channel(channel(1)).await.unwrap();
    bench.store.log.rebuild_derived().await.unwrap();
    assert_eq!(catalog.channel(channel(1)).await.unwrap(), derived);
    append(&bench.store, channel(1), vec![deleted(false)]).await;
    assert_eq!(listed().await, (1, 1));
    assert!(of(1).await.is_empty());
}

pub async fn law_16_an_erased_channel_keeps_seq_id_and_kind_and_nothing_else(bench: &Bench) {
    furnish(bench).await;
    append(&bench.store, channel(2), vec![created(1, "Other", Visibility::Public)]).await;
    // More than is erased in one commit.
    for part in 0..3 {
        let said = (0..200).map(|n| {
            let text = format!("{SECRET} {part}.{n}");
            EventBody::MessageSent(protocol::event::MessageSent { text, at: None })
        });
        append(&bench.store, channel(1), said.collect()).await;
    }
    let at_head = Position { epoch: EPOCH, seq: 3 };
    let snapshot = StoredSnapshot { at: at_head, bytes: SECRET.as_bytes().to_vec() };
    bench.store.log.put_snapshot(channel(1), snapshot).await.unwrap();
    let head = append(&bench.store, channel(1), vec![deleted(true)]).await;
    let before = bench.store.log.read(channel(1), 0, 1_000).await.unwrap();
    let (catalog, log) = (&bench.store.catalog, &bench.store.log);
    assert!(catalog.erase_channel(channel(1), at(head as i64 + 1), 99).await.unwrap());

    let after = log.read(channel(1), 0, 1_000).await.unwrap();
    assert_eq!(after.len(), before.len());
    for (had, has) in before.iter().zip(&after) {
        let kind = had.body.tag().to_owned();
        assert_eq!(has, &Event { body: EventBody::Erased(Erased { kind }), ..had.clone() });
    }
    assert_eq!(log.head(channel(1)).await.unwrap().unwrap().position, Position { epoch: 99, seq: head });
    assert_eq!(log.snapshot(channel(1)).await.unwrap(), None);
    assert_eq!(catalog.channel(channel(1)).await.unwrap(), None);
    assert_eq!(catalog.role(channel(1), person(2)).await.unwrap(), None);
    assert_eq!(catalog.messages(channel(1), None, 10).await.unwrap(), (vec![], false));
    assert_eq!(catalog.invite(hash(1)).await.unwrap(), None);
    // Law 5: an operation of it does not happen again. Law 3: its old life is over.
    assert_eq!(log.find_op(channel(1), op(3)).await.unwrap(), Some(3));
    let late = log.append(batch(channel(1), head, vec![say(head + 1, "late")])).await.unwrap();
    assert!(matches!(late, Appended::Lost { .. }), "{late:?}");
    // What is rebuilt from it is nothing, and others are as they were.
    log.rebuild_derived().await.unwrap();
    assert_eq!(catalog.channel(channel(1)).await.unwrap(), None);
    assert_eq!(catalog.channel(channel(2)).await.unwrap().unwrap().name, "Other");
    assert!(!catalog.erase_channel(channel(1), at(i64::from(i32::MAX)), 100).await.unwrap(), "once");
}

pub async fn a_channel_is_erased_only_when_its_time_is_over(bench: &Bench) {
    furnish(bench).await;
    let catalog = &bench.store.catalog;
    let late = at(1_000);
    assert!(!catalog.erase_channel(channel(1), late, 99).await.unwrap(), "it is not deleted");
    assert!(!catalog.erase_channel(channel(9), late, 99).await.unwrap(), "there is none");
    let seq = append(&bench.store, channel(1), vec![deleted(true)]).await;
    let since = at(seq as i64);
    assert!(!catalog.erase_channel(channel(1), since, 99).await.unwrap(), "not yet");
    assert_eq!(catalog.deleted_channels(since).await.unwrap(), []);
    assert_eq!(catalog.deleted_channels(late).await.unwrap(), [channel(1)]);
    append(&bench.store, channel(1), vec![deleted(false)]).await;
    assert!(!catalog.erase_channel(channel(1), late, 99).await.unwrap(), "it was put back");
    assert_eq!(catalog.deleted_channels(late).await.unwrap(), []);
    assert_eq!(catalog.messages(channel(1), None, 10).await.unwrap().0.len(), 1);
}
