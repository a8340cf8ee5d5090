//! The timeline: what each command makes of it, as a script of wishes and expected values. 25 frames a second, 2,500
//! frames, lead 250 ms without reports.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use protocol::command::*;
use protocol::fleeting::SyncReport;
use protocol::*;
use timecode::Speed;

/// What the timeline is after a wish, as (playing, frame at the anchor, anchor minus now in ms), or the code.
type Expect = Result<(bool, i64, i64), Code>;

/// Runs wishes of the member, each after a wait in ms.
fn check(script: &[(i64, Command, Expect)]) {
    let mut node = Node::furnished();
    for (step, (wait, command, expect)) in script.iter().enumerate() {
        node.wait_ms(*wait);
        let answer = node.person(2, command.clone());
        let timeline = &node.state().timeline;
        let got = match answer {
            Ok(_) => Ok((timeline.playing, timeline.frame, timeline.anchor_us.since_us(node.now) / 1000)),
            Err(refusal) => Err(refusal.code),
        };
        assert_eq!(&got, expect, "step {step}: {command:?}");
    }
}

fn pause_at(frame: i64) -> Command {
    Command::PlaybackPause(PlaybackPause { frame: Some(frame) })
}
fn play_from(frame: i64) -> Command {
    Command::PlaybackPlay(PlaybackPlay { frame: Some(frame) })
}

#[test]
fn what_starts_to_move_starts_a_little_ahead_and_a_pause_keeps_the_senders_frame() {
    check(&[
        (0, play(), Ok((true, 0, 250))),
        // 10 s after the anchor stands frame 250; what the sender saw counts within a second.
        (10_250, pause_at(240), Ok((false, 240, 0))),
        (1_000, pause_at(100), Ok((false, 240, -1_000))),
        (0, play_from(500), Ok((true, 500, 250))),
        (10_250, pause_at(0), Ok((false, 750, 0))),
        (0, play(), Ok((true, 750, 250))),
        // Still before the anchor: it has not moved.
        (100, pause(), Ok((false, 750, 0))),
    ]);
}

#[test]
fn seek_keeps_playing_or_paused_and_stays_inside() {
    check(&[
        (0, seek(100), Ok((false, 100, 0))),
        (0, seek(2_499), Ok((false, 2_499, 0))),
        (0, seek(2_500), Err(Code::SeekOutside)),
        (0, seek(-1), Err(Code::SeekOutside)),
        (0, seek(i64::MAX), Err(Code::SeekOutside)),
        (0, play_from(i64::MIN), Err(Code::SeekOutside)),
        // Play on the last frame begins again.
        (0, play(), Ok((true, 0, 250))),
        (1_000, seek(1_000), Ok((true, 1_000, 250))),
        (1_250, play_from(2_000), Ok((true, 2_000, 250))),
    ]);
}

#[test]
fn speed_changes_where_a_frame_begins() {
    check(&[
        (0, speed(3, 1), Err(Code::SpeedOutside)),
        (0, speed(4, 1), Err(Code::SpeedOutside)),
        (0, speed(1, 4), Ok((false, 0, 0))),
        (0, speed(2, 1), Ok((false, 0, 0))),
        (0, play(), Ok((true, 0, 250))),
        // One second after the anchor at double speed, and 250 ms ahead: frame 62.5, so at the beginning of 63.
        (1_250, speed(1, 1), Ok((true, 63, 260))),
        (10_260, pause(), Ok((false, 313, 0))),
    ]);
}

#[test]
fn without_a_video_there_is_nothing_to_move() {
    let mut node = Node::furnished();
    node.system(Command::VideoRemove(VideoRemove { video: video(9) })).unwrap();
    assert_eq!(node.state().timeline.video, None);
    for command in [play(), pause(), seek(0), speed(2, 1)] {
        assert_eq!(code(&node.person(2, command)), Some(Code::NoVideo));
    }
    assert_eq!(code(&node.person(2, load(200, true))), Some(Code::NotFound));
    node.person(2, load(7, true)).unwrap();
    assert!(node.state().timeline.playing);
}

#[test]
fn a_video_that_was_removed_meanwhile_is_not_loaded_by_facts_read_before() {
    let mut node = Node::furnished();
    let command = load(7, true);
    let facts = node.facts(&command);
    node.system(Command::VideoRemove(VideoRemove { video: video(7) })).unwrap();
    let input = room::CommandInput {
        origin: room::Origin::Waiter(500),
        by: room::By::Person(OWNER),
        op: op(1),
        command,
        facts,
    };
    node.input(room::Input::Command(input));
    assert_eq!(code(&node.answers[&500]), Some(Code::NotFound));
}

#[test]
fn the_end_takes_the_next_of_the_queue_or_stops_on_the_last_frame() {
    let mut node = Node::furnished();
    node.wait_ms(100); // presence has been told
    node.person(2, queue_add(20)).unwrap();
    node.person(2, seek(2_400)).unwrap();
    node.person(2, play()).unwrap();
    let end = node.state().timeline.ends_at().unwrap();
    assert_eq!(end.since_us(node.now), 4_250_000);
    assert_eq!(node.wake, Some(end), "the shell is told when");
    node.wait_ms(4_249);
    assert_eq!(node.state().timeline.video.as_ref().unwrap().video, video(9));
    node.wait_ms(1);
    let timeline = node.state().timeline.clone();
    assert_eq!(
        (timeline.video.as_ref().unwrap().video, timeline.playing, timeline.frame),
        (video(20), true, 0)
    );
    assert!(node.state().queue.is_empty());
    node.wait_ms(100_250);
    let timeline = node.state().timeline.clone();
    assert_eq!((timeline.playing, timeline.frame, timeline.frame_at(node.now)), (false, 2_499, 2_499));
    assert_eq!(timeline.speed, Speed::NORMAL);
    let last = node.log.borrow().events.last().unwrap().actor;
    assert_eq!(last, None, "time did it");
}

#[test]
fn the_end_is_tried_again_after_the_log_could_not_be_written() {
    let mut node = Node::furnished();
    node.person(2, seek(2_475)).unwrap();
    node.person(2, play()).unwrap();
    node.auto = false;
    node.wait_ms(1_250);
    for _ in 0..3 {
        assert!(node.append.take().is_some(), "proposed");
        node.input(room::Input::AppendFailed);
        assert!(node.append.is_none(), "not at once again");
        let wake = node.wake.unwrap();
        assert!(wake.since_us(node.now) >= 1_000_000);
        node.now = wake;
        node.input(room::Input::Tick);
    }
    node.log_answers();
    assert!(!node.state().timeline.playing);
}

#[test]
fn law_12_the_lead_follows_those_present_and_no_one_makes_all_wait() {
    let report = |rtt_ms: i64, start_ms: i64| SyncReport {
        status: SyncStatus::Locked,
        error_us: 0,
        bound_us: 0,
        rtt_us: rtt_ms * 1000,
        buffered_ms: 0,
        start_latency_ms: start_ms,
    };
    for (reports, lead_ms) in [
        (vec![], 250),
        (vec![report(0, 0)], 120),
        (vec![report(160, 80)], 180),
        (vec![report(160, 80), report(40, 300)], 400),
        (vec![report(i64::MAX / 2_000, i64::MAX)], 1_200),
        (vec![report(-5, -5)], 120),
        // One bad line among forty does not count.
        ([vec![report(100, 60); 40], vec![report(9_000, 900)]].concat(), 122),
    ] {
        let lead = room::playback::lead_us(reports.iter());
        assert_eq!(lead / 1000, lead_ms, "{reports:?}");
    }
}

#[test]
fn queue_commands_and_their_refusals() {
    let mut node = Node::furnished();
    for n in 20..24 {
        node.person(2, queue_add(n)).unwrap();
    }
    let place =
        |n, before: Option<u8>| Command::QueueMove(QueueMove { item: item(n), before: before.map(item) });
    let order =
        |node: &Node| node.state().queue.iter().map(|entry| entry.item.as_bytes()[0]).collect::<Vec<_>>();
    for (command, expect) in [
        (place(23, Some(20)), Ok(vec![23, 20, 21, 22])),
        (place(23, None), Ok(vec![20, 21, 22, 23])),
        (place(20, Some(22)), Ok(vec![21, 20, 22, 23])),
        (place(99, None), Err(Code::QueueItemGone)),
        (place(20, Some(99)), Err(Code::QueueItemGone)),
        (Command::QueuePlay(QueuePlay { item: item(99) }), Err(Code::QueueItemGone)),
        (Command::QueueRemove(QueueRemove { item: item(22) }), Ok(vec![21, 20, 23])),
        (Command::QueuePlay(QueuePlay { item: item(20) }), Ok(vec![21, 23])),
        (queue_add(222), Err(Code::NotFound)),
    ] {
        let answer = node.person(2, command.clone());
        let got = answer.map(|_| order(&node)).map_err(|refusal| refusal.code);
        assert_eq!(got, expect, "{command:?}");
    }
    node.system(Command::VideoRemove(VideoRemove { video: video(21) })).unwrap();
    assert_eq!(order(&node), vec![23], "a removed video leaves the queue");
    node.system(Command::VideoRemove(VideoRemove { video: video(20) })).unwrap();
    assert_eq!(node.state().timeline.video, None, "and the timeline");
}

#[test]
fn messages_are_trimmed_and_bounded() {
    let mut node = Node::furnished();
    for (text, ok) in [
        ("  hi \n", true),
        ("", false),
        (" \n\t ", false),
        (&"é".repeat(4_000), true),
        (&"é".repeat(4_001), false),
    ] {
        assert_eq!(code(&node.person(4, say(text))), (!ok).then_some(Code::MessageInvalid));
    }
    let log = node.log.borrow();
    let texts: Vec<_> = log.events.iter().filter(|event| event.body.tag() == "message.sent").collect();
    assert_eq!(texts.len(), 2);
    assert!(matches!(&texts[0].body, EventBody::MessageSent(sent) if sent.text == "hi"));
}
