//! Law 7 and law 11, by pixels and samples: every frame of every rendition of every kind of source is the one its
//! number says, chunks meet without a seam, and sound lies within a millisecond of the picture. Needs ffmpeg.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::clip::ClipKind;
use media::{ObjectRef, Plan};
use support::*;
use timecode::FrameRate;

/// Frames of a clip: into the third chunk (segments 0, 1 to 2, 3 and following), not a whole number of segments.
const SECONDS: i64 = 9;

fn check(kind: ClipKind, num: u32, den: u32) {
    let rate = FrameRate::new(num, den).unwrap();
    let frames = SECONDS * i64::from(num) / i64::from(den) + 3;
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(format!("source.{}", kind.extension()));
    make_clip(kind, rate, frames, (640, 480), &source);
    let (facts, plan) = probe_and_plan(&source);
    assert_eq!((plan.rate, plan.frames), (rate, frames), "{facts:?}");
    assert!(facts.is_constant() && plan.chunks() == 3, "{facts:?}");
    let objects = make_all(&plan, &source);

    assert_eq!(plan.copy.is_some(), kind.is_copied(rate, frames), "{}", kind.name());
    let expected: Vec<Option<u16>> = (0..frames).map(|n| u16::try_from(n).ok()).collect();
    for name in plan.rendition_names() {
        let numbers = numbers_of_rendition(&plan, &objects, &name, folder.path());
        assert_eq!(numbers, expected, "{} {name}", kind.name());
    }
    check_sheets(&plan, &objects, folder.path());
    assert_eq!(plan.audio.is_some(), kind.has_sound());
    if kind.has_sound() {
        check_sound(kind, &plan, &objects, folder.path());
    }
}

/// Each tile of each sheet shows the frame that its cue says.
fn check_sheets(plan: &Plan, objects: &Objects, folder: &std::path::Path) {
    let board = plan.storyboard;
    for chunk in 0..plan.chunks() {
        let Some(bytes) = objects.get(&ObjectRef::Sheet { chunk }) else { continue };
        let file = folder.join("sheet.webp");
        std::fs::write(&file, bytes).unwrap();
        let words =
            ["-v", "error", "-i", file.to_str().unwrap(), "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"];
        let sheet = run("ffmpeg", &words.map(Into::into));
        let (width, height) =
            ((board.width * board.columns) as usize, (board.height * plan.tile_rows(chunk)) as usize);
        assert_eq!(sheet.len(), width * height);
        for (at, tile) in plan.tiles_of(chunk).enumerate() {
            let (x, y) = (
                at % board.columns as usize * board.width as usize,
                at / board.columns as usize * board.height as usize,
            );
            let rows = (y..y + board.height as usize)
                .flat_map(|y| &sheet[y * width + x..y * width + x + board.width as usize]);
            let luma: Vec<u8> = rows.copied().collect();
            let number = media::barcode::read(&luma, board.width as usize, board.height as usize);
            assert_eq!(number.map(i64::from), Some(tile * i64::from(board.interval)), "tile {tile}");
        }
    }
}

fn check_sound(kind: ClipKind, plan: &Plan, objects: &Objects, folder: &std::path::Path) {
    let audio = plan.audio.as_ref().unwrap();
    assert!(audio.chunks() >= 2);
    let file = folder.join("audio.mp4");
    let segments = (0..audio.segments()).map(|index| ObjectRef::AudioSegment { track: 0, index });
    std::fs::write(&file, joined(objects, ObjectRef::AudioInit { track: 0 }, segments)).unwrap();
    let (left, right) = read_sound(&file);
    assert_eq!(left.len(), audio.aac_frames as usize * 1024, "exact number of samples");
    // Judged by the file's own clock.
    let late =
        |samples: Vec<f32>| vec![0.0; kind.sound_early()].into_iter().chain(samples).collect::<Vec<f32>>();
    let (left, right) = (late(left), late(right));

    // The steady tone: its phase says how far the sound is off, and at seams it may not jump.
    let steady = 4_800..left.len() - 4_800 - 1024 - kind.sound_early();
    let (amplitude, phase) = tone(&left[steady.clone()], steady.start, 441.0);
    assert!((amplitude - 0.3).abs() < 0.02, "{} tone {amplitude}", kind.name());
    let off_ms = phase / std::f64::consts::TAU / 441.0 * 1000.0;
    let worst = steady
        .clone()
        .map(|at| {
            let ideal = amplitude * (std::f64::consts::TAU * 441.0 * at as f64 / 48_000.0 + phase).sin();
            ((f64::from(left[at]) - ideal).abs(), at)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap();
    println!(
        "{} {:?}: sound off by {off_ms:.3} ms, worst deviation {:.4} at {}",
        kind.name(),
        plan.rate,
        worst.0,
        worst.1
    );
    assert!(off_ms.abs() < 1.0, "{} is off by {off_ms} ms", kind.name());
    // 3 % of full scale: lossy codecs beside a beep; a jump of a quarter of a millisecond would give 20 %.
    assert!(worst.0 < 0.03, "{} deviates by {} at {}", kind.name(), worst.0, worst.1);

    // The beeps: in the middle of each there is one, between them there is none.
    for second in 1..SECONDS as usize {
        let at = second * 48_000;
        let (beep, phase) = tone(&right[at + 480..at + 1_920], at + 480, 1000.0);
        let (before, _) = tone(&right[at - 4_800..at - 480], at - 4_800, 1000.0);
        assert!(beep > 0.5 && before < 0.05, "{} second {second}: {beep} {before}", kind.name());
        let off_ms = phase / std::f64::consts::TAU;
        assert!(off_ms.abs() < 0.5, "{} beep {second} is off by {off_ms} ms", kind.name());
        // Its edge, so that a whole period cannot hide: energy up to the edge is small, right after it is not.
        let energy = |from: usize, to: usize| {
            right[from..to].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / (to - from) as f64
        };
        assert!(
            energy(at + 48, at + 96) > 4.0 * energy(at - 96, at - 48),
            "{} edge of beep {second}",
            kind.name()
        );
    }
}

macro_rules! exact {
    ($($name:ident: $kind:ident $num:literal / $den:literal;)*) => { $(
        #[test]
        fn $name() {
            check(ClipKind::$kind, $num, $den);
        }
    )* };
}

exact! {
    h264_25: H264Default 25 / 1;
    camera_23976: H264Camera 24000 / 1001;
    camera_24: H264Camera 24 / 1;
    camera_25: H264Camera 25 / 1;
    camera_2997: H264Camera 30000 / 1001;
    camera_30: H264Camera 30 / 1;
    camera_50: H264Camera 50 / 1;
    camera_5994: H264Camera 60000 / 1001;
    camera_60: H264Camera 60 / 1;
    matroska_23976: H264Matroska 24000 / 1001;
    matroska_5994: H264Matroska 60000 / 1001;
    open_groups_25: H264Open 25 / 1;
    h264_23976: H264Default 24000 / 1001;
    h264_60: H264Default 60 / 1;
    h264_without_sound_2997: H264NoAudio 30000 / 1001;
    hevc_25: Hevc10Matroska 25 / 1;
    hevc_23976: Hevc10Matroska 24000 / 1001;
    vp9_25: Vp9Webm 25 / 1;
    vp9_23976: Vp9Webm 24000 / 1001;
    vp9_30: Vp9Webm 30 / 1;
    mpeg2_25: Mpeg2Ts 25 / 1;
    mpeg2_23976: Mpeg2Ts 24000 / 1001;
    mpeg2_50: Mpeg2Ts 50 / 1;
    prores_25: ProresMov 25 / 1;
    prores_23976: ProresMov 24000 / 1001;
}
