//! The checker: which promise a history breaks. Numbers follow the invariants of the test plan (I1 to I7) and the laws.

use crate::history::{History, Operation, Outcome};
use protocol::event::EventBody;
use protocol::limits::{PATIENCE_DEFAULT_MS, PATIENCE_MAX_MS};
use protocol::{Event, OpId, Seq, Timestamp, Wait, WaitReason};
use room::waiting::REST_MS;
use room::{Seed, State};
use std::collections::BTreeMap;

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: &'static str,
    /// What was seen.
    pub what: String,
}

/// Looks at a whole life.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |rule, what: String| found.push(Violation { rule, what });

    for what in &history.too_early {
        say("law 2: nothing is seen or told before it is committed", what.clone());
    }
    let mut places: BTreeMap<OpId, Seq> = BTreeMap::new();
    for (at, event) in history.log.iter().enumerate() {
        if event.seq != at as Seq + 1 {
            say("I4: one order without gaps", format!("the log has seq {} at place {}", event.seq, at + 1));
        }
        if let Some(first) = places.insert(event.op, event.seq) {
            say("I2: nothing happens twice", format!("{} at {first} and {}", event.op, event.seq));
        }
    }
    for pair in history.log.windows(2) {
        if pair[1].at < pair[0].at {
            say("law 7: stamps never go back", format!("at {}", pair[1].seq));
        }
    }
    outcomes(history, &places, &mut say);
    real_time(history, &places, &mut say);
    readers(history, &mut say);
    patience(&history.log, &mut say);
    found
}

/// What is told of each operation, against the log.
///
/// One thing is allowed: an answer that makes no event ("nothing to do", or a refusal) stands in no log. When an
/// operation is sent again to another node, that node may answer so while the first sending is still on its way to
/// the disk and is taken after all, later than what the answer was decided on. It happens once all the same.
fn outcomes(history: &History, places: &BTreeMap<OpId, Seq>, say: &mut impl FnMut(&'static str, String)) {
    for operation in &history.operations {
        let place = places.get(&operation.op).copied();
        let Operation { op, resent, always_event, .. } = operation;
        match (operation.outcome, place) {
            (Outcome::Ok(told), Some(seq)) if seq != told && !(*resent && !always_event && seq > told) => {
                say("law 5: a retry returns the first answer", format!("{op} at {seq}, told {told}"));
            }
            (Outcome::Ok(told), None) if *always_event => {
                say("I1: nothing acknowledged is lost", format!("{op} told {told}, not in the log"));
            }
            (Outcome::Fail(code), Some(seq)) if !resent => {
                say("I3: what was refused never happens", format!("{op} refused ({code}), at {seq}"));
            }
            (Outcome::Info, _) => {
                say("I16: everything is answered after healing", format!("{op} was never answered"));
            }
            _ => {}
        }
    }
}

/// Done before begun means before in the log.
fn real_time(history: &History, places: &BTreeMap<OpId, Seq>, say: &mut impl FnMut(&'static str, String)) {
    let mut ended: Vec<(i64, Seq)> = Vec::new();
    let mut begun: Vec<(i64, Seq, OpId)> = Vec::new();
    for operation in &history.operations {
        if let (Some(seq), Outcome::Ok(_), Some(done)) =
            (places.get(&operation.op), operation.outcome, operation.done)
        {
            ended.push((done, *seq));
            begun.push((operation.invoked, *seq, operation.op));
        }
    }
    ended.sort_unstable();
    begun.sort_unstable();
    let (mut next, mut highest) = (0, 0);
    for (invoked, seq, op) in begun {
        while next < ended.len() && ended[next].0 < invoked {
            highest = highest.max(ended[next].1);
            next += 1;
        }
        if seq < highest {
            say("I5: real-time order", format!("{op} at {seq}, though {highest} was done before it began"));
        }
    }
}

/// The wait that an event begins or prolongs.
#[must_use]
pub fn wait_of(event: &Event) -> Option<&Wait> {
    match &event.body {
        EventBody::TimelineSet(set) => set.wait.as_ref(),
        _ => None,
    }
}

/// Nobody waits longer or oftener than the policy says.
pub(crate) fn patience(log: &[Event], say: &mut impl FnMut(&'static str, String)) {
    const RULE: &str = "law 12: any wait for members ends";
    let mut patience_us = i64::from(PATIENCE_DEFAULT_MS) * 1_000;
    let mut last: Option<Wait> = None;
    for event in log {
        if let EventBody::PatienceChanged(changed) = &event.body {
            patience_us = i64::from(changed.patience_ms) * 1_000;
        }
        let EventBody::TimelineSet(set) = &event.body else { continue };
        let Some(wait) = &set.wait else {
            if let Some(last) = &mut last {
                last.until_us = last.until_us.min(event.at);
            }
            continue;
        };
        let for_members = wait.reason == WaitReason::Buffering;
        let most_us = if for_members { patience_us } else { i64::from(PATIENCE_MAX_MS) * 1_000 };
        let long_us = wait.until_us.since_us(event.at);
        if long_us > most_us || set.timeline.anchor_us != wait.until_us {
            say(RULE, format!("the wait at {} takes {long_us} µs", event.seq));
        }
        let since_us = last.as_ref().map(|last| wait.from_us.since_us(last.until_us));
        if for_members && since_us.is_some_and(|since_us| since_us < REST_MS * 1_000) {
            say(RULE, format!("the wait at {} comes {since_us:?} µs after another", event.seq));
        }
        last = Some(wait.clone());
    }
    // With everybody's data there nobody waits any more.
    let end = log.last().map_or(Timestamp(0), |event| event.at);
    if last.is_some_and(|last| last.until_us > end.plus_ms(i64::from(PATIENCE_MAX_MS))) {
        say(RULE, "a wait without an end".to_owned());
    }
}

fn readers(history: &History, say: &mut impl FnMut(&'static str, String)) {
    let mut replay: Option<State> = None;
    if let Some(first) = history.readers.iter().find_map(|reader| reader.state.as_ref()) {
        let mut seed = Seed::empty(first.channel, 1);
        if history.log.iter().all(|event| seed.apply(event)) {
            replay = Some(seed.state);
        }
    }
    for reader in &history.readers {
        let mut last = 0;
        let mut seen = BTreeMap::new();
        let mut snapshots = reader.snapshots.iter().peekable();
        for (seq, op) in &reader.applied {
            while let Some((_, to)) = snapshots.next_if(|(from, to)| *from == last && *to < *seq) {
                last = *to;
            }
            if *seq != last + 1 {
                say("I4: one order without gaps", format!("{} applied {seq} after {last}", reader.name));
            }
            last = *seq;
            if let Some(first) = seen.insert(*op, *seq) {
                say("I2: nothing happens twice", format!("{} saw {op} at {first} and {seq}", reader.name));
            }
            match usize::try_from(*seq - 1).ok().and_then(|at| history.log.get(at)) {
                Some(event) if event.op == *op => {}
                _ => say(
                    "I4: one order without gaps",
                    format!("{} has {op} at {seq}, the log not", reader.name),
                ),
            }
        }
        for (from, to) in &reader.snapshots {
            if to < from {
                say("I6: reads never go back", format!("{} went from {from} to {to}", reader.name));
            }
        }
        match (&reader.state, &replay) {
            (Some(state), Some(replay)) if state.head != replay.head => {
                say(
                    "I7: all come to the same",
                    format!("{} stands at {}, the log at {}", reader.name, state.head, replay.head),
                );
            }
            (Some(state), Some(replay)) if state.to_wire() != replay.to_wire() => {
                say(
                    "I7: all come to the same",
                    format!("{} has another state at {}", reader.name, state.head),
                );
            }
            _ => {}
        }
    }
}
