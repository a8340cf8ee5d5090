//! Whoever pressed never snaps back, and no screen flickers between films.

use crate::playback::history::{Cause, History, Record};
use protocol::{OpId, VersionId};
use std::collections::BTreeMap;

/// The first rule.
pub const AT_ONCE: &str = "own commands are shown at once";
/// The second.
pub const SNAPS: &str = "whoever pressed never snaps back";
/// The third.
pub const CORRECTIONS: &str = "an own command is corrected once at most";
/// The fourth.
pub const FLICKER: &str = "no screen flickers between films";

/// Looks at every screen.
pub fn check(history: &History, say: &mut impl FnMut(&'static str, String)) {
    for (number, page) in history.pages.iter().enumerate() {
        for given in page.given.iter().filter(|given| !given.at_once) {
            let (at_us, gesture) = (given.at_us, given.gesture);
            say(AT_ONCE, format!("page {number} at {at_us}: {gesture:?} is not seen"));
        }
        for (at_us, op) in &page.snapped {
            say(SNAPS, format!("page {number} at {at_us}: {op} is taken back unanswered"));
        }
        for (op, times) in corrections(page).into_iter().filter(|(_, times)| *times > 1) {
            say(CORRECTIONS, format!("page {number}: {op} was corrected {times} times"));
        }
        for at_us in flickers(page) {
            say(FLICKER, format!("page {number} at {at_us}: a film comes back for which nobody has asked"));
        }
    }
}

/// How often the screen changed because of the answer to a command, by event or by word.
fn corrections(page: &Record) -> BTreeMap<OpId, u32> {
    let mut times = BTreeMap::new();
    for shown in page.shown.iter().filter(|shown| shown.changed) {
        match &shown.cause {
            Cause::News { own, .. } => own.iter().for_each(|op| *times.entry(*op).or_insert(0) += 1),
            Cause::Answer { op, .. } => *times.entry(*op).or_insert(0) += 1,
            Cause::Gesture { .. } => {}
        }
    }
    times
}

/// When a film came onto the screen without a cause of its own. Each is put there by somebody's command: by ours when it
/// is given, by the log's when it is read, and each of these can bring it once. Only where a command of ours did not
/// happen may the screen go back to what the log said before.
fn flickers(page: &Record) -> Vec<i64> {
    let mut found = Vec::new();
    let mut asked: BTreeMap<VersionId, u32> = BTreeMap::new();
    let mut before: Option<VersionId> = None;
    for shown in &page.shown {
        let mut back = false;
        match &shown.cause {
            Cause::Gesture { version, .. } => version.iter().for_each(|version| {
                *asked.entry(*version).or_insert(0) += 1;
            }),
            Cause::News { versions, .. } => versions.iter().for_each(|version| {
                *asked.entry(*version).or_insert(0) += 1;
            }),
            Cause::Answer { refused, .. } => back = *refused,
        }
        if let Some(version) = shown.version.filter(|version| before != Some(*version)) {
            let causes = asked.entry(version).or_insert(0);
            if *causes == 0 && !back {
                found.push(shown.at_us);
            }
            *causes = causes.saturating_sub(1);
            before = Some(version);
        }
    }
    found
}
