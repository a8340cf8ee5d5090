//! The measures of the drift controller: how far off is far, how hard to trim, how long to wait. Each was chosen by
//! measuring real players; the page's port has the same.

/// Errors below this are left alone, ms. The noise of `currentTime` is 0.2, but each write of a rate costs up to half
/// a millisecond and one in fifty was seen to cost 20: trim seldom.
pub const DEAD_ZONE_MS: f64 = 1.0;
/// Once begun, trimming goes on until the error is below this, ms.
pub const SETTLE_ZONE_MS: f64 = 0.2;
/// Both for a muted element, whose stand-in for the sound card steps by more than that all the time, ms.
pub const MUTED_DEAD_ZONE_MS: f64 = 6.0;
/// See [`MUTED_DEAD_ZONE_MS`].
pub const MUTED_SETTLE_ZONE_MS: f64 = 1.5;
/// A trim is left as it is while the one wanted is between this share of it and its inverse.
pub const TRIM_KEPT: f64 = 0.6;
/// Above this an audible element may be trimmed by [`BOOST_MAX`], ms.
pub const BOOST_ABOVE_MS: f64 = 40.0;
/// Above this the element seeks, ms.
pub const SEEK_ABOVE_MS: f64 = 150.0;
/// After [`crate::DriftController::resync`] (the tab came back, somebody asked) the element seeks above this, ms.
pub const RESYNC_ABOVE_MS: f64 = 30.0;
/// How long a [`crate::DriftController::resync`] waits for the element to be off, ms: three ticks.
pub const URGENT_FOR_MS: f64 = 600.0;
/// Largest trim that nobody hears (8.6 cents), share of the speed.
pub const TRIM_MAX: f64 = 0.005;
/// Largest trim for a short while where there is something to hear.
pub const BOOST_MAX: f64 = 0.03;
/// Largest trim where there is nothing to hear. A muted element on a busy machine was seen to lose 60 ms in a second,
/// up to 50 at once: a fifth for a quarter of a second is below what an eye notices.
pub const INAUDIBLE_MAX: f64 = 0.2;
/// What a start, a seek or a change of speed missed by is trimmed by up to [`BOOST_MAX`] for this long after it, ms: 40 ms are
/// gone in a second and a half instead of eight, and the sound has just broken off anyway. As long as any boost may last.
pub const LANDING_FOR_MS: f64 = BOOST_FOR_MS;
/// An error is to be gone after this time while landing, ms.
pub const LANDING_HORIZON_MS: f64 = 400.0;
/// How long an audible element may be boosted before a seek is better, ms (150 ms at 3 % take 5 s).
pub const BOOST_FOR_MS: f64 = 6_000.0;
/// Trims are multiples of this, so that noise does not become writes.
pub const TRIM_QUANTUM: f64 = 0.000_25;
/// An error is to be gone after this time, ms; twice the tick if ticks are slow (a throttled tab).
pub const HORIZON_MS: f64 = 800.0;
/// The same where there is nothing to hear: the stand-in for the sound card steps, so be quick.
pub const INAUDIBLE_HORIZON_MS: f64 = 250.0;
/// Time between two ticks, ms. The shell samples the position every [`SAMPLE_MS`] in between.
pub const TICK_MS: f64 = 200.0;
/// Time between two ticks of a muted element, ms: its clock steps.
pub const MUTED_TICK_MS: f64 = 120.0;
/// Time between two samples of the position, ms.
pub const SAMPLE_MS: f64 = 40.0;
/// An element without an audio track is trimmed as gently as one that is heard below this, ms: in steady play no trim is
/// larger than [`TRIM_MAX`].
pub const GENTLE_BELOW_MS: f64 = 4.0;
/// A muted element's steady loss is learned from the error at this rate, 1/s², and made up for.
pub const DRAG_GAIN: f64 = 1.5;
/// Largest steady loss that is made up for, share of the speed.
pub const DRAG_MAX: f64 = 0.04;
/// The controller is blind for this long after a start or a seek, ms.
pub const BLIND_MS: f64 = 200.0;
/// Corrective seeks in any [`GUARD_WINDOW_MS`]; beyond, it trims or waits. The first seek of a revision is free.
pub const SEEKS_MAX: usize = 4;
/// Window of the thrash guard, ms.
pub const GUARD_WINDOW_MS: f64 = 10_000.0;
/// A start that is late by no more than this is done at once and trimmed, ms.
pub const LATE_START_MS: f64 = 25.0;
/// A start that is asked for is asked for anew when it is at the wrong time by more than this, ms: the clock was put right, as
/// after a sleep. More than a late start and another learned start together.
pub const REARM_ABOVE_MS: f64 = 100.0;
/// A cue further ahead than this is not waited for, ms.
pub const CUE_AHEAD_MAX_MS: f64 = 4_000.0;
/// The same where the element was not put there for this revision but happens to stand there, ms.
pub const CUE_FOUND_MAX_MS: f64 = 300.0;
/// A cue that has not become playable after this is given up for a new one, ms.
pub const CUE_PATIENCE_MS: f64 = 8_000.0;
/// An element that joins and could play, but stands further ahead than this, is put nearer once, ms: a seek within the
/// buffer takes 50, so what it waits is at least halved.
pub const SOONER_ABOVE_MS: f64 = 400.0;
/// Added to what a cue was seen to take, ms: half again the jitter of a busy page.
pub const CUE_MARGIN_MS: f64 = 60.0;
/// A start that has not moved the element after this is tried again, ms.
pub const START_PATIENCE_MS: f64 = 1_000.0;
/// An error within this counts as locked, ms: an echo is heard from 20.
pub const LOCKED_MS: f64 = 20.0;
