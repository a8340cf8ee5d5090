//! The log: compare-and-set, operations once, reads, snapshots, epochs, and the rows derived from it.

use super::Bench;
use super::make::*;
use protocol::command::FrameRef;
use protocol::event::*;
use protocol::*;
use store::StoreError;
use store::event_log::{Appended, BATCH_EVENTS_MAX, Batch, StoredSnapshot};

pub async fn a_channel_without_a_log_has_no_head(bench: &Bench) {
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap(), None);
    assert_eq!(bench.store.log.read(channel(1), 0, 10).await.unwrap(), vec![]);
    assert_eq!(bench.store.catalog.channel(channel(1)).await.unwrap(), None);
}

pub async fn law_2_events_return_as_they_were_appended(bench: &Bench) {
    let frame = FrameRef { version: version(9), frame: 1_234 };
    let mut events = vec![
        event(1, 1, created(1, "Dailies", Visibility::Private)),
        event(
            2,
            1,
            EventBody::MessageSent(MessageSent { text: "schön 🎬\u{0}".to_owned(), at: Some(frame) }),
        ),
        event(3, 1, EventBody::VideoRemoved(VideoRemoved { video: video(1) })),
    ];
    events[2].actor = None;
    let appended = bench.store.log.append(batch(channel(1), 0, events.clone())).await.unwrap();
    assert_eq!(appended, Appended::Committed { head: 3 });
    // Law 2: who is told "committed" can be read by everybody.
    assert_eq!(bench.other.log.read(channel(1), 0, 10).await.unwrap(), events);
    let head = bench.other.log.head(channel(1)).await.unwrap().unwrap();
    assert_eq!((head.position, head.last_at), (Position { epoch: EPOCH, seq: 3 }, at(3)));
}

pub async fn reads_begin_after_a_seq_and_stop_at_the_limit(bench: &Bench) {
    let events: Vec<Event> = (1..=10).map(|seq| say(seq, &seq.to_string())).collect();
    bench.store.log.append(batch(channel(1), 0, events)).await.unwrap();
    let seqs = |events: Vec<Event>| events.into_iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(bench.store.log.read(channel(1), 3, 4).await.unwrap()), [4, 5, 6, 7]);
    assert_eq!(seqs(bench.store.log.read(channel(1), 8, 100).await.unwrap()), [9, 10]);
    assert_eq!(seqs(bench.store.log.read(channel(1), 10, 100).await.unwrap()), [0; 0]);
    assert_eq!(seqs(bench.store.log.read(channel(1), u64::MAX, 100).await.unwrap()), [0; 0]);
    assert_eq!(seqs(bench.store.log.read(channel(2), 0, 100).await.unwrap()), [0; 0]);
}

pub async fn an_append_on_an_old_head_loses_and_writes_nothing(bench: &Bench) {
    append(
        &bench.store,
        channel(1),
        vec![created(1, "A", Visibility::Public), joined(2, "Bo", Role::Member)],
    )
    .await;
    let mut late = say(2, "late");
    late.op = op(99);
    let lost = bench.other.log.append(batch(channel(1), 1, vec![late])).await.unwrap();
    assert_eq!(lost, Appended::Lost { head: Position { epoch: EPOCH, seq: 2 } });
    assert_eq!(bench.store.log.find_op(channel(1), op(99)).await.unwrap(), None);
    assert_eq!(bench.store.catalog.messages(channel(1), None, 10).await.unwrap().0, vec![]);
}

pub async fn an_append_ahead_of_the_head_loses(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let lost = bench.store.log.append(batch(channel(1), 2, vec![say(3, "early")])).await.unwrap();
    assert_eq!(lost, Appended::Lost { head: Position { epoch: EPOCH, seq: 1 } });
}

pub async fn an_append_in_another_epoch_loses(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let other = Batch { epoch: EPOCH + 1, ..batch(channel(1), 1, vec![say(2, "elsewhere")]) };
    let lost = bench.store.log.append(other).await.unwrap();
    assert_eq!(lost, Appended::Lost { head: Position { epoch: EPOCH, seq: 1 } });
}

pub async fn an_append_ahead_of_an_empty_log_loses(bench: &Bench) {
    let lost = bench.store.log.append(batch(channel(1), 4, vec![say(5, "early")])).await.unwrap();
    assert_eq!(lost, Appended::Lost { head: Position { epoch: 0, seq: 0 } });
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap(), None);
}

pub async fn law_5_an_operation_enters_once_for_ever(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let events: Vec<Event> = (2..=200).map(|seq| say(seq, "x")).collect();
    bench.store.log.append(batch(channel(1), 1, events)).await.unwrap();
    let mut again = say(201, "again");
    again.op = op(2);
    let duplicate = bench.other.log.append(batch(channel(1), 200, vec![again])).await.unwrap();
    assert_eq!(duplicate, Appended::DuplicateOp { op: op(2), seq: 2 });
    assert_eq!(bench.store.log.find_op(channel(1), op(2)).await.unwrap(), Some(2));
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap().unwrap().position.seq, 200);
}

pub async fn a_duplicate_undoes_its_whole_batch(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let mut again = say(3, "again");
    again.op = op(1);
    let outcome = bench.store.log.append(batch(channel(1), 1, vec![say(2, "fresh"), again])).await.unwrap();
    assert_eq!(outcome, Appended::DuplicateOp { op: op(1), seq: 1 });
    assert_eq!(bench.store.log.read(channel(1), 1, 10).await.unwrap(), vec![]);
    assert_eq!(bench.store.catalog.messages(channel(1), None, 10).await.unwrap().0, vec![]);
}

pub async fn the_same_operation_enters_two_channels(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    append(&bench.store, channel(2), vec![created(1, "B", Visibility::Public)]).await;
    assert_eq!(bench.store.log.find_op(channel(1), op(1)).await.unwrap(), Some(1));
    assert_eq!(bench.store.log.find_op(channel(2), op(1)).await.unwrap(), Some(1));
}

pub async fn a_batch_with_a_gap_is_refused(bench: &Bench) {
    for events in [vec![say(2, "x")], vec![say(1, "x"), say(3, "y")], vec![say(1, "x"), say(1, "y")]] {
        let refused = bench.store.log.append(batch(channel(1), 0, events)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap(), None);
}

pub async fn a_batch_with_an_operation_twice_is_refused(bench: &Bench) {
    let mut second = say(2, "y");
    second.op = op(1);
    let refused = bench.store.log.append(batch(channel(1), 0, vec![say(1, "x"), second])).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap(), None);
}

pub async fn an_empty_or_oversized_batch_is_refused(bench: &Bench) {
    let oversized: Vec<Event> = (1..=BATCH_EVENTS_MAX as u64 + 1).map(|seq| say(seq, "x")).collect();
    for events in [vec![], oversized] {
        let refused = bench.store.log.append(batch(channel(1), 0, events)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
}

pub async fn the_largest_batch_is_taken(bench: &Bench) {
    let events: Vec<Event> = (1..=BATCH_EVENTS_MAX as u64).map(|seq| say(seq, &"ж".repeat(4_000))).collect();
    let appended = bench.store.log.append(batch(channel(1), 0, events.clone())).await.unwrap();
    assert_eq!(appended, Appended::Committed { head: BATCH_EVENTS_MAX as u64 });
    assert_eq!(bench.other.log.read(channel(1), 0, 1_000).await.unwrap(), events);
}

pub async fn heads_are_read_together(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    append(
        &bench.store,
        channel(3),
        vec![created(1, "C", Visibility::Public), joined(2, "Bo", Role::Member)],
    )
    .await;
    let heads = bench.other.log.heads(&[channel(3), channel(2), channel(1)]).await.unwrap();
    let mut seqs: Vec<(ChannelId, Seq)> =
        heads.into_iter().map(|(channel, head)| (channel, head.position.seq)).collect();
    seqs.sort();
    assert_eq!(seqs, [(channel(1), 1), (channel(3), 2)]);
    assert_eq!(bench.store.log.heads(&[]).await.unwrap(), vec![]);
}

pub async fn too_many_heads_are_refused(bench: &Bench) {
    let channels: Vec<ChannelId> = (0..1_001).map(channel).collect();
    assert!(matches!(bench.store.log.heads(&channels).await, Err(StoreError::Conflict(_))));
    assert_eq!(bench.store.log.heads(&channels[..1_000]).await.unwrap(), vec![]);
}

fn taken_at(seq: Seq) -> StoredSnapshot {
    StoredSnapshot { at: Position { epoch: EPOCH, seq }, bytes: vec![1, seq as u8] }
}

pub async fn a_snapshot_is_kept_and_never_goes_back(bench: &Bench) {
    let events: Vec<Event> = (1..=9).map(|seq| say(seq, "x")).collect();
    bench.store.log.append(batch(channel(1), 0, events)).await.unwrap();
    assert_eq!(bench.store.log.snapshot(channel(1)).await.unwrap(), None);
    for seq in [4, 8, 6] {
        bench.store.log.put_snapshot(channel(1), taken_at(seq)).await.unwrap();
    }
    assert_eq!(bench.other.log.snapshot(channel(1)).await.unwrap(), Some(taken_at(8)));
}

pub async fn a_snapshot_of_another_epoch_is_ignored(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let stranger = StoredSnapshot { at: Position { epoch: EPOCH + 1, seq: 1 }, bytes: vec![1] };
    bench.store.log.put_snapshot(channel(1), stranger.clone()).await.unwrap();
    assert_eq!(bench.store.log.snapshot(channel(1)).await.unwrap(), None);
    bench.store.log.put_snapshot(channel(2), stranger).await.unwrap();
    assert_eq!(bench.store.log.snapshot(channel(2)).await.unwrap(), None);
}

pub async fn law_3_renewed_epochs_change_every_log_and_hide_snapshots(bench: &Bench) {
    for number in 1..=3 {
        append(&bench.store, channel(number), vec![created(1, "A", Visibility::Public)]).await;
    }
    bench.store.log.put_snapshot(channel(1), taken_at(1)).await.unwrap();
    // The present epoch is never drawn again.
    bench.store.log.renew_epochs(vec![EPOCH, 11, 12]).await.unwrap();
    for number in 1..=3 {
        let head = bench.store.log.head(channel(number)).await.unwrap().unwrap().position;
        assert!(head.seq == 1 && [11, 12].contains(&head.epoch), "{head:?}");
    }
    assert_eq!(bench.store.log.snapshot(channel(1)).await.unwrap(), None);
    let lost = bench.store.log.append(batch(channel(1), 1, vec![say(2, "old life")])).await.unwrap();
    assert!(matches!(lost, Appended::Lost { .. }), "{lost:?}");
    // Events are still there, and the log goes on in its new life.
    let epoch = bench.store.log.head(channel(1)).await.unwrap().unwrap().position.epoch;
    let appended = bench
        .store
        .log
        .append(Batch { epoch, ..batch(channel(1), 1, vec![say(2, "new life")]) })
        .await
        .unwrap();
    assert_eq!(appended, Appended::Committed { head: 2 });
    assert_eq!(bench.store.log.read(channel(1), 0, 10).await.unwrap().len(), 2);
}

pub async fn renewing_without_a_draw_is_refused(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    for draw in [vec![], vec![EPOCH]] {
        assert!(matches!(bench.store.log.renew_epochs(draw).await, Err(StoreError::Conflict(_))));
    }
    assert_eq!(bench.store.log.head(channel(1)).await.unwrap().unwrap().position.epoch, EPOCH);
}

/// The timeline on a version, moving or not.
fn shows(number: u64, playing: bool) -> EventBody {
    let rate = timecode::FrameRate::new(24_000, 1_001).unwrap();
    let video = TimelineVideo { video: video(number), version: version(number), rate, frames: 100 };
    let timeline = Timeline { video: Some(video), playing, ..Timeline::empty() };
    EventBody::TimelineSet(TimelineSet { timeline, cause: TimelineCause::Load, item: None, wait: None })
}

pub async fn cards_follow_the_log(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public)]).await;
    let card = bench.store.catalog.channel(channel(1)).await.unwrap().unwrap();
    assert_eq!((card.name.as_str(), card.visibility, card.members), ("A", Visibility::Public, 1));
    assert_eq!((card.created_at, card.active_at, card.playing), (at(1), at(1), None));
    let renamed = ChannelUpdated { name: "B".to_owned(), visibility: Visibility::Private };
    append(
        &bench.store,
        channel(1),
        vec![EventBody::ChannelUpdated(renamed), shows(1, false), shows(1, true)],
    )
    .await;
    let card = bench.store.catalog.channel(channel(1)).await.unwrap().unwrap();
    assert_eq!((card.name.as_str(), card.visibility), ("B", Visibility::Private));
    assert_eq!((card.created_at, card.active_at), (at(1), at(4)));
    assert_eq!(card.playing, Some((version(1), true)));
    append(&bench.store, channel(1), vec![shows(1, false), shows(2, false)]).await;
    assert_eq!(
        bench.store.catalog.channel(channel(1)).await.unwrap().unwrap().playing,
        Some((version(2), false))
    );
    let empty =
        TimelineSet { timeline: Timeline::empty(), cause: TimelineCause::Load, item: None, wait: None };
    append(&bench.store, channel(1), vec![EventBody::TimelineSet(empty)]).await;
    assert_eq!(bench.store.catalog.channel(channel(1)).await.unwrap().unwrap().playing, None);
}

pub async fn a_removed_video_leaves_the_card(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public), shows(1, true)]).await;
    append(&bench.store, channel(1), vec![EventBody::VideoRemoved(VideoRemoved { video: video(2) })]).await;
    assert!(bench.store.catalog.channel(channel(1)).await.unwrap().unwrap().playing.is_some());
    append(&bench.store, channel(1), vec![EventBody::VideoRemoved(VideoRemoved { video: video(1) })]).await;
    assert_eq!(bench.store.catalog.channel(channel(1)).await.unwrap().unwrap().playing, None);
}

pub async fn members_follow_the_log(bench: &Bench) {
    let catalog = &bench.store.catalog;
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public), joined(2, "Bo", Role::Guest)])
        .await;
    assert_eq!(catalog.role(channel(1), person(1)).await.unwrap(), Some(Role::Owner));
    assert_eq!(catalog.role(channel(1), person(2)).await.unwrap(), Some(Role::Guest));
    assert_eq!(catalog.role(channel(1), person(3)).await.unwrap(), None);
    assert_eq!(catalog.role(channel(2), person(1)).await.unwrap(), None);
    let role = MemberRoleSet { person: person(2), role: Role::Moderator };
    append(&bench.store, channel(1), vec![EventBody::MemberRoleSet(role)]).await;
    assert_eq!(catalog.role(channel(1), person(2)).await.unwrap(), Some(Role::Moderator));
    let mine = catalog.channels_of(person(2)).await.unwrap();
    assert_eq!(
        mine.iter().map(|(card, role)| (card.channel, card.members, *role)).collect::<Vec<_>>(),
        [(channel(1), 2, Role::Moderator)]
    );
    let out = || EventBody::MemberRemoved(MemberRemoved { person: person(2) });
    append(&bench.store, channel(1), vec![out(), out()]).await;
    assert_eq!(catalog.role(channel(1), person(2)).await.unwrap(), None);
    assert_eq!(catalog.channel(channel(1)).await.unwrap().unwrap().members, 1);
    assert_eq!(catalog.channels_of(person(2)).await.unwrap(), vec![]);
}

pub async fn members_are_sorted_by_role_then_name(bench: &Bench) {
    let bodies = vec![
        created(1, "A", Visibility::Public),
        joined(5, "Zoe", Role::Member),
        joined(6, "Abe", Role::Member),
        joined(7, "Ann", Role::Guest),
        joined(8, "Max", Role::Admin),
    ];
    append(&bench.store, channel(1), bodies).await;
    let members = bench.store.catalog.members(channel(1)).await.unwrap();
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["Olga", "Max", "Abe", "Zoe", "Ann"]);
    assert_eq!(
        (members[0].kind, members[0].role, members[0].joined_at),
        (PersonKind::User, Role::Owner, at(1))
    );
}

pub async fn who_joins_again_keeps_the_day_they_came(bench: &Bench) {
    append(&bench.store, channel(1), vec![created(1, "A", Visibility::Public), joined(2, "Bo", Role::Guest)])
        .await;
    append(&bench.store, channel(1), vec![joined(2, "Bob", Role::Member)]).await;
    let members = bench.store.catalog.members(channel(1)).await.unwrap();
    assert_eq!(members.len(), 2);
    assert_eq!(
        (members[1].name.as_str(), members[1].role, members[1].joined_at),
        ("Bob", Role::Member, at(2))
    );
    assert_eq!(bench.store.catalog.channel(channel(1)).await.unwrap().unwrap().members, 2);
}

pub async fn messages_page_backwards(bench: &Bench) {
    let mut events = vec![event(1, 1, created(1, "A", Visibility::Public))];
    events.extend((2..=11).map(|seq| say(seq, &format!("m{seq}"))));
    bench.store.log.append(batch(channel(1), 0, events)).await.unwrap();
    let page = |before, limit| async move {
        let (messages, more) = bench.store.catalog.messages(channel(1), before, limit).await.unwrap();
        (messages.into_iter().map(|message| message.seq).collect::<Vec<_>>(), more)
    };
    assert_eq!(page(None, 4).await, (vec![8, 9, 10, 11], true));
    assert_eq!(page(Some(8), 4).await, (vec![4, 5, 6, 7], true));
    assert_eq!(page(Some(4), 4).await, (vec![2, 3], false));
    assert_eq!(page(Some(4), 2).await, (vec![2, 3], false));
    assert_eq!(page(Some(1), 4).await, (vec![], false));
    assert_eq!(page(Some(u64::MAX), 1).await, (vec![11], true));
}

pub async fn messages_show_present_names(bench: &Bench) {
    let catalog = &bench.store.catalog;
    catalog.add_person(guest(2, "Guesty"), false).await.unwrap();
    let frame = FrameRef { version: version(9), frame: 1_234 };
    let by = |seq, who, text: &str, at| {
        event(seq, who, EventBody::MessageSent(MessageSent { text: text.to_owned(), at }))
    };
    let events = vec![
        event(1, 1, created(1, "A", Visibility::Public)),
        by(2, 2, "by a person", Some(frame.clone())),
        by(3, 1, "by a member", None),
        by(4, 3, "by a stranger", None),
    ];
    bench.store.log.append(batch(channel(1), 0, events)).await.unwrap();
    catalog
        .guest_to_user(person(2), name("Gustav"), "g@example.org".to_owned(), "$".to_owned())
        .await
        .unwrap();
    let (messages, _) = catalog.messages(channel(1), None, 10).await.unwrap();
    let authors: Vec<(&str, PersonKind)> =
        messages.iter().map(|message| (message.author.name.as_str(), message.author.kind)).collect();
    assert_eq!(
        authors,
        [("Gustav", PersonKind::User), ("Olga", PersonKind::User), ("Unknown", PersonKind::Guest)]
    );
    let first = &messages[0];
    assert_eq!((first.op, first.seq, first.at, first.text.as_str()), (op(2), 2, at(2), "by a person"));
    assert_eq!((first.frame.clone(), messages[1].frame.clone()), (Some(frame), None));
}

pub async fn public_channels_page_by_activity(bench: &Bench) {
    for (number, visibility) in [
        (1, Visibility::Public),
        (2, Visibility::Private),
        (3, Visibility::Public),
        (4, Visibility::Unlisted),
        (5, Visibility::Public),
        (6, Visibility::Public),
    ] {
        append(&bench.store, channel(number), vec![created(1, "A", visibility)]).await;
    }
    append(&bench.store, channel(1), vec![joined(2, "Bo", Role::Member)]).await;
    append(
        &bench.store,
        channel(3),
        vec![EventBody::MessageSent(MessageSent { text: "x".to_owned(), at: None })],
    )
    .await;
    let ids =
        |cards: &[store::catalog::ChannelRow]| cards.iter().map(|card| card.channel).collect::<Vec<_>>();
    let all = bench.store.catalog.public_channels(person(2), None, 10).await.unwrap();
    assert_eq!(ids(&all), [channel(3), channel(6), channel(5)]);
    let first = bench.store.catalog.public_channels(person(2), None, 2).await.unwrap();
    let cursor = first.last().map(|card| (card.active_at, card.channel));
    let rest = bench.store.catalog.public_channels(person(2), cursor, 2).await.unwrap();
    assert_eq!((ids(&first), ids(&rest)), (vec![channel(3), channel(6)], vec![channel(5)]));
    assert_eq!(bench.store.catalog.public_channels(person(1), None, 10).await.unwrap(), vec![]);
}

pub async fn rebuilt_tables_are_the_same(bench: &Bench) {
    let bodies = vec![
        created(1, "A", Visibility::Public),
        joined(2, "Bo", Role::Guest),
        joined(3, "Cy", Role::Member),
        EventBody::MessageSent(MessageSent { text: "x".to_owned(), at: None }),
        joined(2, "Bob", Role::Member),
        EventBody::MemberRemoved(MemberRemoved { person: person(3) }),
        EventBody::MessageSent(MessageSent { text: "y".to_owned(), at: None }),
        shows(1, true),
    ];
    append(&bench.store, channel(1), bodies.clone()).await;
    append(&bench.store, channel(2), bodies[..3].to_vec()).await;
    let all = || async {
        let mut seen = Vec::new();
        for number in 1..=3 {
            let catalog = &bench.other.catalog;
            seen.push((
                catalog.channel(channel(number)).await.unwrap(),
                catalog.members(channel(number)).await.unwrap(),
                catalog.messages(channel(number), None, 100).await.unwrap(),
            ));
        }
        seen
    };
    let before = all().await;
    bench.store.log.rebuild_derived().await.unwrap();
    assert_eq!(all().await, before);
}
