//! Everybody converges to one state: the log's.

use crate::playback::history::History;
use crate::playback::optimistic::same_course;
use room::Seed;
use std::collections::BTreeSet;

/// The rule.
pub const ONE_STATE: &str = "one state: all come to what the log says";

/// Looks at the end.
pub fn check(history: &History, say: &mut impl FnMut(&'static str, String)) {
    let mut ops = BTreeSet::new();
    for (at, event) in history.log.iter().enumerate() {
        if event.seq != at as u64 + 1 || !ops.insert(event.op) {
            say(ONE_STATE, format!("the log has a gap or a command twice at {}", event.seq));
        }
    }
    let Some(state) = &history.state else {
        say(ONE_STATE, "no node at the end".to_owned());
        return;
    };
    let mut replay = Seed::empty(state.channel, 1);
    history.log.iter().for_each(|event| {
        replay.apply(event);
    });
    if replay.state.to_wire() != state.to_wire() {
        say(ONE_STATE, "the node has another state than its log".to_owned());
    }
    for (number, page) in history.pages.iter().enumerate() {
        match &page.replica {
            None => say(ONE_STATE, format!("page {number} has nothing")),
            Some(replica) if replica.head != state.head || replica.to_wire() != state.to_wire() => {
                say(
                    ONE_STATE,
                    format!("page {number} stands at {}, the log at {}", replica.head, state.head),
                );
            }
            Some(_) => {}
        }
        if page.timeline.as_ref().is_none_or(|shown| !same_course(shown, &state.timeline)) {
            say(ONE_STATE, format!("page {number} shows another timeline"));
        }
        if page.unanswered > 0 {
            say(ONE_STATE, format!("page {number} has {} commands without an answer", page.unanswered));
        }
    }
}
