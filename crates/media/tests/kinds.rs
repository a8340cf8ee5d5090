//! Every kind of timing and picture that people upload, by pixels and samples: each becomes frames of one grid, every
//! frame of every rendition is the one that its number and the frame table say, and the sound stays with the picture.
//! Needs ffmpeg.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::clip::ClipKind;
use media::grid::Timing;
use media::*;
use support::*;
use timecode::FrameRate;

/// Into the third chunk, so that two seams of the picture are met and one of the sound.
const SECONDS: i64 = 9;

/// Makes a clip, everything of it, and looks at all of it. Returns what the probe said.
fn check(kind: ClipKind, (num, den): (u32, u32), size: (usize, usize)) -> (SourceFacts, Plan) {
    let rate = FrameRate::new(num, den).unwrap();
    let painted = SECONDS * i64::from(num) / i64::from(den) + 3;
    check_frames(kind, rate, painted, size)
}

fn check_frames(kind: ClipKind, rate: FrameRate, painted: i64, size: (usize, usize)) -> (SourceFacts, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(format!("source.{}", kind.extension()));
    make_clip(kind, rate, painted, size, &source);
    let (facts, plan) = probe_and_plan(&source);
    // The lowest rendition is always encoded: a small source is not copied.
    let copied = kind.is_copied(rate, painted) && size.0.min(size.1) > 360;
    assert_eq!(plan.copy.is_some(), copied, "{} {facts:?}", kind.name());
    let objects = make_all(&plan, &source);
    let numbers = kind.numbers(painted, &plan.picture.grid, plan.frames);
    let expected: Vec<Option<u16>> = numbers.iter().map(|n| u16::try_from(*n).ok()).collect();
    for name in plan.rendition_names() {
        let found = numbers_of_rendition(&plan, &objects, &name, folder.path());
        assert_eq!(found, expected, "{} {name} {facts:?}", kind.name());
    }
    // What the table says is what is seen.
    let table = frame_table(&source);
    let shown: Vec<i64> =
        (0..painted).filter(|n| kind != ClipKind::Holes || !matches!(n % 11, 3 | 4 | 8)).collect();
    let first = if kind == ClipKind::EditList { ClipKind::cut_frames(rate) } else { 0 };
    let by_table: Vec<i64> = table.picture_of_frames().iter().map(|n| shown[*n as usize] + first).collect();
    assert_eq!(by_table, numbers, "{} {table:?}", kind.name());
    println!(
        "{}: {:?} at {}/{}, {} pictures on {} frames, {} hidden, moved by at most {} us, copied: {}",
        kind.name(),
        table.timing,
        plan.rate.num(),
        plan.rate.den(),
        table.pictures,
        plan.frames,
        table.hidden,
        table.moved_us_max,
        plan.copy.is_some()
    );
    if kind.has_sound() {
        let late_us = if kind == ClipKind::EditList { plan.micros_of(first) } else { 0 };
        check_sound(kind, &plan, &objects, late_us, folder.path());
    }
    (facts, plan)
}

/// The steady tone says how far the sound is off; it is looked at at the start, across the seam of chunks at 4 s and
/// at the end.
fn check_sound(kind: ClipKind, plan: &Plan, objects: &Objects, late_us: i64, folder: &std::path::Path) {
    let audio = plan.audio.as_ref().unwrap();
    let file = folder.join("audio.mp4");
    let segments = (0..audio.segments()).map(|index| ObjectRef::AudioSegment { track: 0, index });
    std::fs::write(&file, joined(objects, ObjectRef::AudioInit { track: 0 }, segments)).unwrap();
    let (left, _) = read_sound(&file);
    assert_eq!(left.len(), audio.aac_frames as usize * 1024, "exact number of samples");
    let late = usize::try_from(late_us * 48 / 1000).unwrap();
    let heard = left.len().min(plan.micros_of(plan.frames) as usize * 48 / 1000);
    for (place, from) in
        [("start", 4_800), ("seam", 4 * 48_000 - 4_800), ("end", heard.saturating_sub(14_400))]
    {
        let Some(stretch) = left.get(from..from + 9_600) else { continue };
        let (amplitude, phase) = tone(stretch, from + late, 441.0);
        let off_ms = phase / std::f64::consts::TAU / 441.0 * 1000.0;
        println!("{}: sound at the {place} off by {off_ms:.3} ms", kind.name());
        assert!(amplitude > 0.15 && off_ms.abs() < 1.0, "{} {place}: {amplitude} {off_ms} ms", kind.name());
    }
}

#[test]
fn holes_of_a_phone_are_filled_with_the_picture_before() {
    let (facts, plan) = check(ClipKind::Holes, (30, 1), (320, 180));
    assert_eq!((facts.video.grid.timing, plan.rate), (Timing::Holes, FrameRate::new(30, 1).unwrap()));
}

#[test]
fn no_picture_of_a_screen_recording_is_lost() {
    let (facts, _) = check(ClipKind::Irregular, (25, 1), (320, 180));
    assert_eq!(facts.video.grid.timing, Timing::Irregular);
}

#[test]
fn a_stream_whose_picture_begins_late_stays_with_its_sound() {
    check(ClipKind::LateTs, (25, 1), (320, 180));
}

#[test]
fn what_an_edit_list_hides_is_not_counted() {
    let (facts, plan) = check(ClipKind::EditList, (25, 1), (320, 180));
    assert!(facts.is_constant() && plan.frames == SECONDS * 25 + 3 - 12, "{facts:?}");
}

#[test]
fn turned_pictures_are_upright() {
    let mut turns = Vec::new();
    for kind in [ClipKind::Turned90, ClipKind::Turned180, ClipKind::Turned270] {
        let (facts, _) = check(kind, (30_000, 1001), (320, 180));
        assert_eq!((facts.video.width, facts.video.height), (320, 180));
        turns.push(facts.video.quarter_turns);
    }
    turns.sort_unstable();
    assert_eq!(turns, [1, 2, 3]);
}

#[test]
fn portrait_and_wide_pixels_keep_their_shape() {
    let (_, plan) = check(ClipKind::H264Camera, (25, 1), (360, 640));
    assert_eq!((plan.lowest().width, plan.lowest().height), (360, 640));
    let (facts, _) = check(ClipKind::Anamorphic, (24, 1), (320, 180));
    assert_eq!((facts.video.coded_width, facts.video.width, facts.video.height), (240, 320, 180));
}

#[test]
fn fields_keep_the_numbering() {
    let (facts, _) = check(ClipKind::Fields, (30_000, 1001), (320, 240));
    assert!(facts.video.interlaced);
}

#[test]
fn ten_bits_and_high_dynamic_range() {
    for (kind, hdr) in [(ClipKind::H264Ten, false), (ClipKind::HdrPq, true), (ClipKind::HdrHlg, true)] {
        let (facts, _) = check(kind, (25, 1), (320, 180));
        assert_eq!((facts.video.bit_depth, facts.video.colour.is_hdr()), (10, hdr), "{}", kind.name());
    }
}

#[test]
fn several_tracks_and_surround() {
    let (facts, _) = check(ClipKind::ManyTracks, (25, 1), (640, 480));
    assert_eq!(facts.audio.len(), 3);
    let (facts, _) = check(ClipKind::Surround, (25, 1), (640, 480));
    assert_eq!(facts.audio[0].channels, 6);
}

#[test]
fn one_group_of_six_hundred_frames() {
    let (facts, _) = check_frames(ClipKind::LongGroup, FrameRate::new(50, 1).unwrap(), 650, (160, 90));
    assert_eq!(facts.video.key_frames, 1);
}

#[test]
fn one_frame_is_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.mp4");
    make_clip(ClipKind::H264NoAudio, FrameRate::new(25, 1).unwrap(), 1, (640, 480), &source);
    let (_, plan) = probe_and_plan(&source);
    assert_eq!((plan.frames, plan.segments(), plan.chunks()), (1, 1, 1));
    let objects = make_all(&plan, &source);
    for name in plan.rendition_names() {
        assert_eq!(numbers_of_rendition(&plan, &objects, &name, folder.path()), [Some(0)], "{name}");
    }
}
