//! The live socket, by real sockets against a node on SQLite: laws 2, 3, 5, 6, 8 and 10, resume, rubbish.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod live_support;

use live_support::*;
use protocol::codec::Encoding;
use protocol::command::*;
use protocol::fleeting::{Reaction, Typing};
use protocol::frame::*;
use protocol::*;
use room::By;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Error;

/// A node with a channel: Ada owns it, Ben is a member.
struct Stage {
    folder: TempDir,
    node: Node,
    log: Arc<Faulty>,
    channel: ChannelId,
    ada: Person,
    ben: Person,
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = Faulty::into(store_at(folder.path()));
    let node = Node::on(store, folder.path()).await;
    let ada = node.person("Ada", PersonKind::User).await;
    let ben = node.person("Ben", PersonKind::User).await;
    let channel = node.channel(&ada).await;
    node.join(channel, &ben, Role::Member).await;
    Stage { folder, node, log, channel, ada, ben }
}

#[tokio::test]
async fn law_2_nobody_sees_an_event_or_an_ok_before_the_commit() {
    let Stage { node, log, channel, ada, ben, folder: _folder } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let mut two = node.enter(channel, &ben).await;
    log.fault.send_replace(Fault::Hold);
    let op = new_op();
    one.socket.send(wish(op, say("hi"))).await;
    // Whoever comes now, asks again or asks for the clock gets an answer, but nothing of it.
    let three = node.enter(channel, &ada).await;
    assert!(three.events.is_empty() && three.welcome.head == three.position());
    for client in [&mut one, &mut two] {
        client.socket.send(wish(op, say("hi"))).await;
        client.socket.send(ClientFrame::Ping(Ping { client_us: 5 })).await;
        client.until(|client| client.pongs.len() == 1).await;
        assert!(client.events.is_empty() && client.answers.is_empty());
    }
    let head = one.state.head;
    log.fault.send_replace(Fault::None);
    two.reached(head + 1).await;
    one.until(|client| client.answers.len() == 2 && client.events.len() == 1).await;
    assert_eq!(one.answers, vec![(op, Ok(head + 1)); 2]);
    assert_eq!(two.texts(), ["hi"]);
}

#[tokio::test]
async fn law_3_everybody_sees_one_order_without_gaps_in_both_encodings() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let mut clients = [
        node.enter(channel, &ada).await,
        node.enter_as(channel, &ben, Encoding::Json, None).await,
        node.enter(channel, &ben).await,
    ];
    let start = clients[0].state.head;
    for n in 0..9 {
        for (at, client) in clients.iter_mut().enumerate() {
            client.socket.send(wish(new_op(), say(format!("{at}.{n}")))).await;
        }
    }
    for client in &mut clients {
        client.reached(start + 27).await;
        client.until(|client| client.answers.len() == 9).await;
        assert!(client.answers.iter().all(|(_, answer)| answer.is_ok()));
    }
    let log = node.log(channel).await;
    for client in &clients {
        let from = client.events[0].seq as usize - 1;
        assert_eq!(client.events, log[from..]);
    }
    assert!(log.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq && pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn law_5_a_command_sent_again_on_any_way_has_its_first_place() {
    let Stage { node, channel, ada, ben, folder, .. } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let op = new_op();
    let seq = one.ask(op, say("once")).await.unwrap();
    assert_eq!(one.ask(op, say("once")).await, Ok(seq));
    let mut again = node.enter_as(channel, &ada, Encoding::Json, None).await;
    assert_eq!(again.ask(op, say("once")).await, Ok(seq));
    assert_eq!(node.state.rooms.command(channel, By::Person(ada.person), op, say("once")).await, Ok(seq));
    // On a node that begins new, and on one that does not know of it yet.
    let other = Node::on(store_at(folder.path()), folder.path()).await;
    let mut there = other.enter(channel, &ada).await;
    assert_eq!(there.ask(op, say("once")).await, Ok(seq));
    let late = new_op();
    let seq = one.ask(late, say("twice")).await.unwrap();
    assert_eq!(there.ask(late, say("twice")).await, Ok(seq));
    // Somebody else's id.
    let mut two = node.enter(channel, &ben).await;
    assert_eq!(two.ask(op, say("mine")).await, Err(Code::Conflict.number()));
    assert_eq!(texts(&node.log(channel).await), ["once", "twice"]);
}

#[tokio::test]
async fn law_6_an_event_committed_just_before_the_plug_was_pulled_is_found() {
    let Stage { node, log, channel, ada, ben, folder: _folder } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let mut two = node.enter(channel, &ben).await;
    log.fault.send_replace(Fault::CommitThenBreak);
    let op = new_op();
    assert_eq!(one.ask(op, say("last words")).await, Err(Code::LogUnavailable.number()), "nobody knows");
    log.fault.send_replace(Fault::None);
    // Nothing else happens in the channel: the poll finds it.
    two.until(|client| client.texts() == ["last words"]).await;
    one.until(|client| client.texts() == ["last words"]).await;
    let seq = one.state.head;
    assert_eq!(one.ask(op, say("last words")).await, Ok(seq));
    // And each beat says where the log stands.
    two.until(|client| client.beats.last().is_some_and(|beat| beat.head.seq == seq)).await;
}

#[tokio::test]
async fn law_6_what_another_process_commits_arrives_without_a_bus_between_them() {
    let Stage { node, channel, ada, ben, folder, .. } = stage().await;
    let mut here = node.enter(channel, &ada).await;
    let other = Node::on(store_at(folder.path()), folder.path()).await;
    let mut there = other.enter(channel, &ben).await;
    let seq = there.ask(new_op(), say("from there")).await.unwrap();
    here.reached(seq).await;
    assert_eq!(here.texts(), ["from there"]);
    // A client that has been further on the other node is not taken back on this one.
    let seq = there.ask(new_op(), say("further")).await.unwrap();
    there.reached(seq).await;
    let again = node.enter_as(channel, &ben, Encoding::MessagePack, Some(there.position())).await;
    assert!(again.welcome.resumed && again.welcome.head.seq >= seq);
}

#[tokio::test]
async fn law_4_two_nodes_on_one_file_with_conflicting_commands_never_fork() {
    let Stage { node, channel, ada, ben, folder, .. } = stage().await;
    let other = Node::on(store_at(folder.path()), folder.path()).await;
    let rounds = 40;
    let hammer = |node: Arc<Node>, who: Person| async move {
        let mut client = node.enter(channel, &who).await;
        for n in 0..rounds {
            // Both set the same things to different values, and talk.
            let (mode, presenter) = match n % 3 {
                0 => (ControlMode::Everyone, None),
                1 => (ControlMode::Moderators, None),
                _ => (ControlMode::Presenter, Some(who.person)),
            };
            let set = Command::ControlSet(ControlSet { mode, presenter });
            let name = format!("{} {n}", who.name.as_str());
            let rename =
                Command::ChannelUpdate(ChannelUpdate { name: name.clone(), visibility: Visibility::Private });
            for command in [set, rename] {
                let by = By::Person(who.person);
                let answer = node.state.rooms.command(channel, by, new_op(), command).await;
                assert!(answer.is_ok(), "{answer:?}");
            }
            if n % 8 == 0 {
                assert!(client.ask(new_op(), say(name)).await.is_ok());
            }
        }
        client
    };
    node.system(channel, Command::MemberSetRole(MemberSetRole { person: ben.person, role: Role::Owner }))
        .await;
    let (one, two) = (Arc::new(node), Arc::new(other));
    let (a, b) = tokio::join!(
        tokio::spawn(hammer(one.clone(), ada.clone())),
        tokio::spawn(hammer(two.clone(), ben.clone()))
    );
    let (mut a, mut b) = (a.unwrap(), b.unwrap());
    let log = one.log(channel).await;
    let seqs: Vec<Seq> = log.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=log.len() as Seq).collect::<Vec<_>>(), "no fork, no gap");
    let renames = log.iter().filter(|event| matches!(event.body, EventBody::ChannelUpdated(_))).count();
    assert_eq!(renames, 2 * rounds, "each rename once");
    let mut replay = room::State::empty(channel);
    log.iter().for_each(|event| replay.apply(event));
    for client in [&mut a, &mut b] {
        client.reached(log.len() as Seq).await;
        assert_eq!(client.state.to_wire(), replay.to_wire(), "both see the same");
    }
}

#[tokio::test]
async fn law_8_whoever_is_taken_out_or_signed_out_is_cut() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let mut two = node.enter(channel, &ben).await;
    let remove = Command::MemberRemove(MemberRemove { person: ben.person });
    let seq = one.ask(new_op(), remove).await.unwrap();
    assert_eq!(two.until_closed().await, Code::CloseForbidden.number());
    assert!(two.state.head < seq, "not even told that it happened");
    one.until(|client| client.count == 1).await;
    assert!(
        matches!(node.connect(channel, &ben, Encoding::MessagePack).await, Err(Error::Http(response)) if response.status() == 404)
    );
    // Signed out, here as the handler does it.
    let hash = server::auth::cookie::hash_token(&ada.token);
    node.state.store.catalog.end_session(hash).await.unwrap();
    node.state.rooms.end_session(hash);
    assert_eq!(one.until_closed().await, Code::CloseSignIn.number());
    assert!(
        matches!(node.connect(channel, &ada, Encoding::MessagePack).await, Err(Error::Http(response)) if response.status() == 401)
    );
}

#[tokio::test]
async fn law_10_a_slow_consumer_is_closed_and_may_resume_while_others_are_fine() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let cleo = node.person("Cleo", PersonKind::User).await;
    node.join(channel, &cleo, Role::Viewer).await;
    let mut fine = node.enter(channel, &ben).await;
    let socket = node.connect_narrow(channel, &cleo).await.unwrap();
    let mut slow = Client::enter(socket, None).await;
    let from = slow.position();
    fine.until(|client| client.count == 2).await;
    // The slow one does not read. Longest messages until it is given up; 64 MB would be without a bound.
    let text = "🎬".repeat(4_000);
    let mut sent = 0;
    let state = |client: &Client| {
        client.presence.iter().find(|present| present.person == cleo.person).map(|present| present.state)
    };
    while state(&fine) != Some(PresenceState::Reconnecting) {
        assert!(sent < 4_000, "a queue without a bound");
        let answer =
            node.state.rooms.command(channel, By::Person(ada.person), new_op(), say(text.as_str())).await;
        fine.reached(answer.unwrap()).await;
        sent += 1;
    }
    // It reads again: what was on the way, then the close.
    assert_eq!(slow.until_closed().await, Code::CloseSlow.number());
    assert!(slow.events.len() < sent);
    assert_eq!(fine.events.len(), sent, "the other one has everything");
    let mut again = node.enter_as(channel, &cleo, Encoding::MessagePack, Some(slow.position())).await;
    again.reached(fine.state.head).await;
    assert_eq!(slow.events.len() + again.events.len(), sent, "nothing is lost, nothing twice");
    assert!(again.welcome.resumed && from.seq < again.state.head);
}

#[tokio::test]
async fn a_client_that_comes_back_gets_the_tail_or_a_snapshot() {
    let Stage { node, channel, ada, ben, folder, .. } = stage().await;
    let client = node.enter(channel, &ada).await;
    let from = client.position();
    drop(client);
    for n in 0..3 {
        node.state
            .rooms
            .command(channel, By::Person(ben.person), new_op(), say(format!("{n}")))
            .await
            .unwrap();
    }
    let check = |node: Node, resume: Position, resumed: bool, events: Option<usize>| {
        let ada = ada.clone();
        async move {
            for encoding in [Encoding::MessagePack, Encoding::Json] {
                let mut client = node.enter_as(channel, &ada, encoding, Some(resume)).await;
                assert_eq!((client.welcome.resumed, client.snapshots == 0), (resumed, resumed), "{resume:?}");
                client.reached(client.welcome.head.seq).await;
                if let Some(events) = events {
                    assert_eq!(client.events.len(), events, "{resume:?}");
                }
            }
            node
        }
    };
    // From the ring, of this life or another; from the log on a node that has just begun.
    let node = check(node, from, true, Some(3)).await;
    let node = check(node, Position { epoch: from.epoch + 1, ..from }, false, None).await;
    let node = check(node, Position { seq: from.seq + 1_000, ..from }, false, None).await;
    // Further back than the ring, then further than a tail may be. The log is filled by hand.
    let head = node.log(channel).await.len() as Seq;
    let store = node.state.store.clone();
    node.state.drain().await;
    let mut at = head;
    while at < head + 5_200 {
        let event = |seq| Event {
            seq,
            at: Timestamp(1),
            actor: None,
            op: new_op(),
            body: EventBody::MessageSent(protocol::event::MessageSent { text: "x".into(), at: None }),
        };
        let events = (at + 1..=at + 200).map(event).collect();
        let batch = store::event_log::Batch { channel, epoch: from.epoch, expected_head: at, events };
        store.log.append(batch).await.unwrap();
        at += 200;
    }
    let fresh = Node::on(store_at(folder.path()), folder.path()).await;
    let back = |events: Seq| Position { seq: at - events, ..from };
    let fresh = check(fresh, back(0), true, Some(0)).await;
    let fresh = check(fresh, back(1_000), true, Some(1_000)).await;
    let fresh = check(fresh, back(4_000), true, Some(4_000)).await;
    let fresh = check(fresh, back(5_000), true, Some(5_000)).await;
    check(fresh, back(5_001), false, Some(0)).await;
}

#[tokio::test]
async fn people_are_seen_typing_reacting_leaving_and_lost() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let mut two = node.enter(channel, &ben).await;
    let second_tab = node.enter(channel, &ben).await;
    one.until(|client| client.count == 2).await;
    assert_eq!(node.state.rooms.here(channel).1, 2);
    let fleeting = |value| ClientFrame::Fleeting(FleetingFrame { value });
    two.socket.send(fleeting(Fleeting::Typing(Typing { on: true }))).await;
    two.socket.send(fleeting(Fleeting::Reaction(Reaction { emoji: "🎉".into() }))).await;
    one.until(|client| client.presence.iter().any(|present| present.typing)).await;
    one.until(|client| client.fleetings.iter().any(|from| from.person == Some(ben.person))).await;
    let ben_here = |client: &Client| {
        client.presence.iter().find(|present| present.person == ben.person).map(|present| present.state)
    };
    // One tab closes properly: still here. The other's line is cut: reconnecting. Back, and gone on purpose.
    let mut second_tab = second_tab;
    second_tab.socket.socket.close(None).await.unwrap();
    drop(two);
    one.until(|client| ben_here(client) == Some(PresenceState::Reconnecting)).await;
    let mut back = node.enter(channel, &ben).await;
    one.until(|client| ben_here(client) == Some(PresenceState::Here)).await;
    back.socket.socket.close(None).await.unwrap();
    one.until(|client| ben_here(client).is_none() && client.count == 1).await;
    assert_eq!(texts(&node.log(channel).await), Vec::<String>::new(), "nothing of it is stored");
}

#[tokio::test]
async fn rubbish_is_answered_with_a_code_and_nothing_is_stuck() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let viewer = node.person("Vera", PersonKind::User).await;
    node.join(channel, &viewer, Role::Viewer).await;
    for encoding in [Encoding::MessagePack, Encoding::Json] {
        let open = || async { node.connect(channel, &ada, encoding).await.unwrap() };
        // Before hello.
        let mut socket = open().await;
        socket.send(ClientFrame::Ping(Ping { client_us: 1 })).await;
        assert_eq!(socket.closed().await, (4400, vec![2501]));
        let mut socket = open().await;
        let client = ClientId::from_bytes([1; 16]);
        socket.send(ClientFrame::Hello(Hello { protocol: 99, client, resume: None, shown: true })).await;
        assert_eq!(socket.closed().await, (4400, vec![2502]));
        let mut socket = open().await;
        socket.raw(b"rubbish".to_vec()).await;
        assert_eq!(socket.closed().await, (4400, vec![2001]));
        // After it: the third malformed frame ends it, an unknown command does not.
        let mut inside = Client::enter(open().await, None).await;
        let op = new_op();
        let mut bytes = encoding.encode(&wish(op, say("x")));
        let at = bytes.windows(12).position(|part| part == b"message.send").unwrap();
        bytes[at..at + 12].copy_from_slice(b"message.sing");
        inside.socket.raw(bytes).await;
        inside.until(|client| client.answers == [(op, Err(Code::CommandUnknown.number()))]).await;
        assert!(inside.ask(new_op(), say("still there")).await.is_ok());
        for _ in 0..3 {
            inside.socket.raw(b"\"rubbish\"".to_vec()).await;
        }
        assert_eq!(inside.until_closed().await, 4400);
        assert_eq!(inside.answers.iter().filter(|(_, answer)| *answer == Err(2001)).count(), 3);
        // Too large, as one frame.
        let mut inside = Client::enter(open().await, None).await;
        inside.socket.raw(vec![b'x'; 64 * 1024 + 1]).await;
        assert_eq!(inside.until_closed().await, 4413);
    }
    // Commands that are understood and not taken.
    let mut member = node.enter(channel, &ben).await;
    let mut watcher = node.enter(channel, &viewer).await;
    let old = OpId::v7(1_500_000_000_000, [1; 10]);
    assert_eq!(watcher.ask(new_op(), say("x")).await, Err(Code::Forbidden.number()));
    assert_eq!(member.ask(old, say("x")).await, Err(Code::OperationStale.number()));
    assert_eq!(member.ask(new_op(), say(" ")).await, Err(Code::MessageInvalid.number()));
    assert_eq!(
        member.ask(new_op(), Command::PlaybackSeek(PlaybackSeek { frame: 9 })).await,
        Err(Code::NoVideo.number())
    );
    let nowhere = VideoId::from_bytes([9; 16]);
    assert_eq!(
        member.ask(new_op(), Command::PlaybackLoad(PlaybackLoad { video: nowhere, play: true })).await,
        Err(Code::NotFound.number())
    );
    // Before the upgrade.
    let stranger = node.person("Sam", PersonKind::User).await;
    let elsewhere = ChannelId::from_bytes([9; 16]);
    for (who, place, status) in [(&stranger, channel, 404), (&ada, elsewhere, 404)] {
        match node.connect(place, who, Encoding::MessagePack).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status),
            other => panic!("{:?}", other.map(|_| ())),
        }
    }
    let nobody = node.upgrade(
        tokio::net::TcpStream::connect(&node.host).await.unwrap(),
        channel,
        None,
        Encoding::Json,
    );
    assert!(matches!(nobody.await, Err(Error::Http(response)) if response.status() == 401));
}

#[tokio::test]
async fn law_10_too_many_frames_are_refused_and_then_end_the_connection() {
    let Stage { node, channel, ada, ben, folder: _folder, .. } = stage().await;
    let mut fast = node.enter(channel, &ada).await;
    for n in 0..15 {
        fast.socket.send(wish(new_op(), say(format!("{n}")))).await;
    }
    fast.until(|client| client.answers.len() == 15).await;
    let refused =
        fast.answers.iter().filter(|(_, answer)| *answer == Err(Code::RateLimited.number())).count();
    assert!((1..=5).contains(&refused), "ten messages at once, {refused} refused");
    for _ in 0..1_000 {
        fast.socket.send(ClientFrame::Ping(Ping { client_us: 0 })).await;
    }
    assert_eq!(fast.until_closed().await, Code::CloseRateLimited.number());
    // Nobody else notices.
    let mut other = node.enter(channel, &ben).await;
    assert!(other.ask(new_op(), say("calm")).await.is_ok());
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_told_and_tried_again() {
    let Stage { node, log, channel, ada, folder: _folder, .. } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    log.fault.send_replace(Fault::Break);
    let op = new_op();
    assert_eq!(one.ask(op, say("x")).await, Err(Code::LogUnavailable.number()));
    assert!(one.texts().is_empty());
    log.fault.send_replace(Fault::None);
    let seq = one.ask(op, say("x")).await.unwrap();
    one.reached(seq).await;
    assert_eq!(one.texts(), ["x"]);
}

#[tokio::test]
async fn a_server_that_stops_tells_when_to_come_back_and_loses_nothing() {
    let Stage { node, channel, ada, folder, .. } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let op = new_op();
    let seq = one.ask(op, say("before")).await.unwrap();
    node.state.drain().await;
    assert_eq!(one.until_closed().await, 1012);
    assert!(one.drained);
    assert_eq!(node.state.rooms.counts(), (0, 0));
    assert!(
        matches!(node.connect(channel, &ada, Encoding::MessagePack).await, Err(Error::Http(response)) if response.status() == 503)
    );
    drop(node);
    let next = Node::on(store_at(folder.path()), folder.path()).await;
    let mut again = next.enter_as(channel, &ada, Encoding::MessagePack, Some(one.position())).await;
    assert!(again.welcome.resumed);
    assert_eq!(again.ask(op, say("before")).await, Ok(seq));
}

#[tokio::test]
async fn law_3_whoever_was_further_elsewhere_is_not_taken_back_while_an_append_is_under_way() {
    let Stage { node, log, channel, ada, ben, folder } = stage().await;
    let other = Node::on(store_at(folder.path()), folder.path()).await;
    let mut here = node.enter(channel, &ada).await;
    let mut there = other.enter(channel, &ben).await;
    log.fault.send_replace(Fault::Hold);
    here.socket.send(wish(new_op(), say("slow"))).await;
    // Until the append is under way the node could still read on: the ping comes back after the command was taken.
    here.socket.send(ClientFrame::Ping(Ping { client_us: 1 })).await;
    here.until(|client| !client.pongs.is_empty()).await;
    while log.fault.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    let seq = there.ask(new_op(), say("fast")).await.unwrap();
    there.reached(seq).await;
    let mut socket = node.connect(channel, &ben, Encoding::MessagePack).await.unwrap();
    socket.send(hello(Some(there.position()))).await;
    let early = new_op();
    socket.send(wish(early, say("early"))).await;
    log.fault.send_replace(Fault::None);
    let Received::Frame(ServerFrame::Welcome(welcome)) = socket.received().await else {
        panic!("no welcome")
    };
    assert!(welcome.resumed && welcome.head.seq >= seq, "{welcome:?}");
    // What was sent before the welcome is taken in its turn.
    loop {
        match socket.received().await {
            Received::Frame(ServerFrame::Ack(ack)) if ack.op == early => break,
            Received::Frame(ServerFrame::Reject(reject)) => panic!("{reject:?}"),
            Received::Frame(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(texts(&node.log(channel).await), ["fast", "slow", "early"]);
}

#[tokio::test]
async fn a_room_that_dies_of_a_fault_of_ours_is_replaced_and_loses_nothing() {
    let Stage { node, log, channel, ada, ben, folder: _folder } = stage().await;
    let mut one = node.enter(channel, &ada).await;
    let seq = one.ask(new_op(), say("before")).await.unwrap();
    one.reached(seq).await;
    log.fault.send_replace(Fault::Die);
    let op = new_op();
    one.socket.send(wish(op, say("fatal"))).await;
    assert_eq!(one.until_closed().await, 1012, "sent back, not left alone");
    log.fault.send_replace(Fault::None);
    let mut again = node.enter_as(channel, &ada, Encoding::MessagePack, Some(one.position())).await;
    assert!(again.welcome.resumed);
    assert!(again.ask(op, say("fatal")).await.is_ok());
    let mut other = node.enter(channel, &ben).await;
    assert!(other.ask(new_op(), say("after")).await.is_ok());
    assert_eq!(texts(&node.log(channel).await), ["before", "fatal", "after"]);
}
