//! The risky bet: a far seek in a two-hour file. The chunk of a late segment is made alone, without anything before
//! it, and shows the right frames at the right decode time. Needs ffmpeg; long form (`cargo xtask test --long`).
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::clip::ClipKind;
use media::*;
use std::ffi::OsString;
use support::*;
use timecode::FrameRate;

/// Frames of the piece that is repeated: five minutes at 23.976.
const PIECE: i64 = 7193;

#[test]
#[ignore = "long form: makes a two-hour file"]
fn far_segments_of_two_hours_stand_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (piece, whole) = (folder.path().join("piece.mp4"), folder.path().join("whole.mp4"));
    make_clip(ClipKind::H264NoAudio, FrameRate::new(24_000, 1001).unwrap(), PIECE, (160, 90), &piece);
    let words = [
        "-v",
        "error",
        "-stream_loop",
        "23",
        "-i",
        piece.to_str().unwrap(),
        "-c",
        "copy",
        whole.to_str().unwrap(),
    ];
    run("ffmpeg", &words.map(OsString::from));
    let probed = std::time::Instant::now();
    let (facts, plan) = probe_and_plan(&whole);
    println!(
        "probe and plan of {} frames: {:?}; plan {} bytes",
        plan.frames,
        probed.elapsed(),
        serde_json::to_vec(&plan).unwrap().len()
    );
    assert!(facts.is_constant() && plan.frames == 24 * PIECE);
    let low = plan.lowest().clone();
    for segment in [0, 1, 1234, 2500, plan.segments() - 1] {
        let chunk = plan.chunk_of(segment);
        let made = std::time::Instant::now();
        let set = plan.sets_of(chunk)[0];
        let objects: Objects = run_job(&plan, JobSpec::Chunk { index: chunk, renditions: set }, &whole)
            .into_iter()
            .map(|made| (made.object, made.bytes))
            .collect();
        println!("segment {segment} of {} (chunk {chunk}): {:?}", plan.segments(), made.elapsed());
        let object = ObjectRef::Segment { rendition: low.name.clone(), index: segment };
        let bytes = &objects[&object];
        // Decode time: the 64-bit tfdt stands at a fixed place in our segments.
        let at = bytes.windows(4).position(|word| word == b"tfdt").unwrap() + 8;
        let time = u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
        assert_eq!(time, plan.segment_ticks(segment));
        assert_eq!(time, u64::from(segment) * 48 * 1001);
        let file = folder.path().join("segment.mp4");
        std::fs::write(
            &file,
            joined(&objects, ObjectRef::Init { rendition: low.name.clone() }, [object].into_iter()),
        )
        .unwrap();
        let numbers = read_numbers(&file, low.width as usize, low.height as usize);
        let expected: Vec<Option<u16>> =
            plan.segment_range(segment).map(|n| u16::try_from(n % PIECE).ok()).collect();
        assert_eq!(numbers, expected, "segment {segment}");
    }
}
