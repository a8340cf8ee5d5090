//! The end of a channel: deleted, put back, erased.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use protocol::event::{Erased, EventBody};
use protocol::limits::UNDO_MS;
use protocol::*;
use room::*;

fn code(answer: Answer) -> Result<Seq, Code> {
    answer.map_err(|refusal| refusal.code)
}

fn closed(node: &Node) -> Vec<(u8, Code)> {
    node.closed.iter().map(|(session, code)| (session.as_bytes()[0], *code)).collect()
}

#[test]
fn law_8_a_deleted_channel_sends_everybody_away_and_takes_nothing_until_it_is_put_back() {
    let mut node = Node::furnished();
    let before = node.room.head().seq;
    for n in 2..=6 {
        assert_eq!(code(node.person(n, delete(true))), Err(Code::Forbidden), "owners only");
    }
    assert_eq!(code(node.person(1, delete(true))), Ok(before + 1));
    assert_eq!(closed(&node), [(1, Code::CloseGone), (2, Code::CloseGone)]);
    // They are gone before the event that ended it goes out, and nobody comes in.
    let position = |wanted: &dyn Fn(&Output) -> bool| node.outputs.iter().position(wanted).unwrap();
    let last_close =
        position(&|output| matches!(output, Output::Close { session, .. } if *session == common::session(2)));
    assert!(last_close < position(&|output| matches!(output, Output::Commit { .. })));
    assert_eq!(node.room.presence().count(), 0);
    node.come(8, 1);
    assert_eq!(closed(&node)[2..], [(8, Code::CloseGone)]);
    assert_eq!(code(node.person(1, say("x"))), Err(Code::NotFound));
    assert_eq!(code(node.system(join(90, Role::Member))), Err(Code::NotFound));
    // A wish that is fulfilled makes no event.
    assert_eq!(code(node.person(1, delete(true))), Ok(before + 1));
    assert_eq!(code(node.person(2, delete(false))), Err(Code::Forbidden));
    // It survives a snapshot, and comes back as it was.
    let seed = Seed { epoch: 7, state: node.state().clone(), ops: node.room.ops().clone(), snapshot_at: 0 };
    let at = Position { epoch: 7, seq: node.room.head().seq };
    assert_eq!(room::snapshot::decode(at, &seed.encode()).unwrap().state, seed.state);
    assert_eq!(code(node.person(1, delete(false))), Ok(before + 2));
    node.come(9, 2);
    assert!(matches!(node.frames_of(9)[0], ServerFrame::Welcome(_)));
    assert_eq!(node.state().members.len(), 6);
}

#[test]
fn a_channel_cannot_be_put_back_after_the_undo_time() {
    let mut node = Node::furnished();
    node.person(1, delete(true)).unwrap();
    node.wait_ms(UNDO_MS);
    node.person(1, delete(false)).unwrap();
    node.person(1, delete(true)).unwrap();
    node.wait_ms(UNDO_MS + 1);
    assert_eq!(code(node.person(1, delete(false))), Err(Code::NotFound));
}

#[test]
fn law_6_a_channel_deleted_on_another_node_sends_away_here_too() {
    let mut one = Node::furnished();
    let mut two = Node::new(one.log.clone());
    two.come(3, 2);
    one.person(1, delete(true)).unwrap();
    let events = one.log.borrow().after(two.room.head().seq);
    two.input(Input::Foreign { events });
    assert_eq!(closed(&two), [(3, Code::CloseGone)]);
}

#[test]
fn a_video_in_a_deleted_channel_neither_ends_nor_advances() {
    let mut node = Node::furnished();
    node.person(1, play()).unwrap();
    node.person(1, delete(true)).unwrap();
    let head = node.room.head().seq;
    node.wait_ms(3_600_000);
    assert_eq!(node.room.head().seq, head);
    node.person(1, delete(false)).unwrap();
    node.wait_ms(1);
    assert!(!node.state().timeline.playing, "it has ended meanwhile");
}

#[test]
fn law_16_the_room_of_an_erased_log_lets_nobody_in() {
    let mut node = Node::furnished();
    let mut seed = Seed::empty(CHANNEL, 78);
    for event in &node.log.borrow().events {
        let kind = event.body.tag().to_owned();
        assert!(seed.apply(&Event { body: EventBody::Erased(Erased { kind }), ..event.clone() }));
    }
    node.input(Input::Replaced(Box::new(seed)));
    assert_eq!(closed(&node), [(1, Code::CloseGone), (2, Code::CloseGone)]);
    assert_eq!(code(node.person(1, delete(false))), Err(Code::Forbidden));
    assert_eq!(code(node.system(join(90, Role::Member))), Err(Code::NotFound));
}
