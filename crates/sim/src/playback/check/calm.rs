//! No oscillation in steady play, and nobody waits long for one member.

use crate::playback::history::{Act, History};
use std::collections::VecDeque;
use sync::ElementKind;
use sync::measures::{INAUDIBLE_MAX, TRIM_MAX};

/// The first rule.
pub const STEADY: &str = "no oscillation: in steady play trims are small and nobody seeks";
/// The second.
pub const HUNTING: &str = "no oscillation: no trim forth and back";

/// Turns of an element's trim from faster to slower or back within [`WINDOW_US`] that are taken for hunting. Not asked of a
/// muted element: its clock loses time in steps that nobody can foresee, and it is pulled back from either end of its dead
/// zone of 6 ms, which nobody hears and no frame shows. How far it swings is bounded by the rule of the error.
const TURNS_MAX: usize = 4;
/// See [`TURNS_MAX`].
const WINDOW_US: i64 = 20_000_000;
/// What is told of a rate as a fraction is rounded.
const SLACK: f64 = 0.000_001;

/// Looks at everything that was done to elements, and at all waits.
pub fn check(history: &History, say: &mut impl FnMut(&'static str, String)) {
    for (number, page) in history.pages.iter().enumerate() {
        for act in page.acts.iter().filter(|act| act.steady && !act.hurt) {
            let most = if page.kind == ElementKind::Muted { INAUDIBLE_MAX } else { TRIM_MAX };
            let at_us = act.at_us;
            match act.trim {
                None => say(STEADY, format!("page {number} ({:?}) sought at {at_us}", page.kind)),
                Some(trim) if trim.abs() > most + SLACK => {
                    say(STEADY, format!("page {number} ({:?}) trimmed by {trim:.4} at {at_us}", page.kind));
                }
                Some(_) => {}
            }
        }
        if page.kind != ElementKind::Muted
            && let Some(at_us) = hunting(&page.acts)
        {
            say(HUNTING, format!("page {number} ({:?}) at {at_us}", page.kind));
        }
    }
    crate::check::patience(&history.log, say);
}

/// When the trims of steady play first turn too often.
fn hunting(acts: &[Act]) -> Option<i64> {
    let mut turns: VecDeque<i64> = VecDeque::new();
    let mut before = 0.0;
    for act in acts {
        // An underrun (up to 25 ms at once) is made up for, and two of them can come within the window.
        let Some(trim) = act.trim.filter(|_| act.steady && !act.hurt) else {
            turns.clear();
            before = 0.0;
            continue;
        };
        if trim * before < 0.0 {
            turns.push_back(act.at_us);
        }
        if trim.abs() > SLACK {
            before = trim;
        }
        while turns.front().is_some_and(|at_us| act.at_us - at_us > WINDOW_US) {
            turns.pop_front();
        }
        if turns.len() > TURNS_MAX {
            return Some(act.at_us);
        }
    }
    None
}
