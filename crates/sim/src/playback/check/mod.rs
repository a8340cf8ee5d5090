//! What has to hold in every session, whatever the lines, the devices and the people do.

pub mod calm;
pub mod own;
pub mod same;
pub mod truth;

use crate::check::Violation;
use crate::playback::history::History;

/// Looks at a whole session.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |rule: &'static str, what: String| found.push(Violation { rule, what });
    same::check(history, &mut say);
    truth::check(history, &mut say);
    calm::check(history, &mut say);
    own::check(history, &mut say);
    found
}
