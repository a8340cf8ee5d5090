//! The shown bound of the clock covers its true error, and no player is further off than its clock and its element allow.

use crate::playback::history::History;
use sync::ElementKind;

/// The first rule.
pub const BOUND: &str = "the shown bound covers the clock's error";
/// The second.
pub const ERROR: &str = "in steady play everybody is where the timeline is";

/// Rounding to whole microseconds, on both clocks, µs.
const ROUNDING_US: f64 = 2.0;

/// What the element itself may be off in steady play, beside the clock, ms: the dead zone and what it gathers in one tick.
/// A muted one's clock loses time in steps, and it is let swing between the ends of a wider dead zone. What an underrun
/// costs an audible one (up to 25 ms) is made up for within [`crate::playback::history::Look::hurt`]; till then it is not
/// counted here, but in the figures.
#[must_use]
pub fn element_ms(kind: ElementKind) -> f64 {
    match kind {
        ElementKind::Muted => 15.0,
        ElementKind::Audio | ElementKind::Silent => 3.0,
    }
}

/// Looks at every look.
pub fn check(history: &History, say: &mut impl FnMut(&'static str, String)) {
    for (number, page) in history.pages.iter().enumerate() {
        for look in &page.looks {
            // A device whose clock stood while it slept cannot know for how long before it has asked: the page asks as
            // soon as it wakes.
            let promised = look.bound_us.filter(|_| !look.woken);
            let off_us = look.clock_error_us.abs() as f64;
            if let Some(bound_us) = promised.filter(|bound_us| off_us > bound_us + ROUNDING_US) {
                let at_us = look.at_us;
                say(BOUND, format!("page {number} at {at_us}: {off_us} µs off, shown ± {bound_us:.0}"));
            }
            let (Some(error_ms), Some(bound_us), true) = (look.error_ms, promised, look.steady && !look.hurt)
            else {
                continue;
            };
            if error_ms.abs() > bound_us / 1_000.0 + element_ms(page.kind) {
                let at_us = look.at_us;
                let kind = page.kind;
                say(
                    ERROR,
                    format!(
                        "page {number} ({kind:?}) at {at_us}: {error_ms:.1} ms off, clock ± {bound_us:.0} µs"
                    ),
                );
            }
        }
    }
}
