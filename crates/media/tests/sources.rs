//! Odd and hostile sources through real ffprobe and ffmpeg: refusals in words, holes in time, rotation, pixel
//! aspect, fields, high dynamic range, and damaged bytes between the encoder and the packager.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::clip::ClipKind;
use media::*;
use proptest::prelude::*;
use protocol::Code;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use support::*;
use timecode::FrameRate;

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

/// Runs ffmpeg with words apart by blanks; `OUT` stands for the output.
fn ffmpeg(words: &str, output: &Path) {
    let words = words
        .split_ascii_whitespace()
        .map(|word| if word == "OUT" { output.as_os_str().to_owned() } else { word.into() });
    run("ffmpeg", &["-v", "error", "-y"].map(OsString::from).into_iter().chain(words).collect::<Vec<_>>());
}

/// What the probe job would do: the refusal, or the facts.
fn probe(file: &Path) -> Result<SourceFacts, MediaRefusal> {
    let bytes = std::fs::read(file).unwrap();
    let container = sniff(&bytes[..bytes.len().min(SNIFF_BYTES)])?;
    let ffprobe = |args: Vec<OsString>| {
        let output = std::process::Command::new("ffprobe").args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(probe_failure(&text(output.stderr)))
        }
    };
    let answer = ProbeAnswer::read(&ffprobe(probe_args(container, file))?)?;
    let index = PacketIndexReader::read(&ffprobe(packet_args(
        container,
        answer.index_stream(),
        answer.has_whole_packets(),
        file,
    ))?)?;
    answer.facts(&index, bytes.len() as u64)
}

#[test]
fn refusals_name_the_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let good = path("good.mp4");
    make_clip(ClipKind::H264Default, rate(25, 1), 250, (320, 180), &good);
    assert!(probe(&good).is_ok());
    let bytes = std::fs::read(&good).unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        std::fs::write(path(name), bytes).unwrap();
        path(name)
    };
    // The table of contents first, then cut: the copy was interrupted.
    let fast = path("fast.mp4");
    ffmpeg(&format!("-i {} -c copy -movflags +faststart OUT", good.display()), &fast);
    let fast = std::fs::read(fast).unwrap();
    // Neither a moving picture nor sound.
    let words = write("words.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n");
    let neither = path("neither.mp4");
    ffmpeg(&format!("-i {} -c:s mov_text OUT", words.display()), &neither);
    let hls =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:{}\n#EXT-X-ENDLIST\n", good.display());
    let mut disguised = b"\0\0\0\x14ftypisom\0\0\0\0isom".to_vec();
    disguised.extend(hls.as_bytes());
    for (file, code) in [
        (write("empty.mp4", b""), Code::FileEmpty),
        (write("text.mp4", b"just a text\n"), Code::FileNotVideo),
        (write("hls.mp4", hls.as_bytes()), Code::FileNotVideo),
        (
            write("concat.mp4", format!("ffconcat version 1.0\nfile {}\n", good.display()).as_bytes()),
            Code::FileNotVideo,
        ),
        (write("cut.mp4", &bytes[..bytes.len() / 2]), Code::FileDamaged),
        (write("cutfast.mp4", &fast[..fast.len() / 2]), Code::FileDamaged),
        (write("noise.mp4", &[0x5a; 5000]), Code::FileNotVideo),
        (neither, Code::FileNotVideo),
    ] {
        let refusal = probe(&file).expect_err(&file.display().to_string());
        assert_eq!(refusal.code, code, "{}: {refusal}", file.display());
    }
    let refusal = probe(&write("disguised.mp4", &disguised)).unwrap_err();
    assert!(matches!(refusal.code, Code::FileNotVideo | Code::FileDamaged), "{refusal}");
}

#[test]
fn a_film_with_a_cover_of_any_kind_is_a_film() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mp4");
    make_clip(ClipKind::H264Default, rate(25, 1), 30, (320, 180), &film);
    for codec in ["png", "mjpeg", "bmp"] {
        let picture = folder.path().join(format!("cover.{codec}"));
        let covered = folder.path().join(format!("{codec}.mp4"));
        ffmpeg(&format!("-f lavfi -i color=s=64x64 -frames:v 1 -c:v {codec} -f image2 OUT"), &picture);
        let options = "-map 0 -map 1 -c copy -disposition:v:1 attached_pic OUT";
        ffmpeg(&format!("-i {} -i {} {options}", film.display(), picture.display()), &covered);
        let (facts, _, numbers) = numbers_of(&covered, folder.path());
        assert_eq!((facts.video.codec.as_str(), facts.video.drawn), ("h264", None), "{codec}");
        assert_eq!(numbers, (0..30).map(Some).collect::<Vec<_>>(), "{codec}");
    }
}

/// Makes everything of a source and returns the plan and the numbers on the frames of the lowest rendition.
fn numbers_of(source: &Path, folder: &Path) -> (SourceFacts, Plan, Vec<Option<u16>>) {
    let (facts, plan) = probe_and_plan(source);
    let objects = make_all(&plan, source);
    let low = plan.lowest().clone();
    let segments =
        (0..plan.segments()).map(|index| ObjectRef::Segment { rendition: low.name.clone(), index });
    let file = folder.join("joined.mp4");
    std::fs::write(&file, joined(&objects, ObjectRef::Init { rendition: low.name.clone() }, segments))
        .unwrap();
    let numbers = read_numbers(&file, low.width as usize, low.height as usize);
    (facts, plan, numbers)
}

#[test]
fn holes_are_filled_and_nothing_moves() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, holed) = (folder.path().join("whole.mp4"), folder.path().join("holed.mkv"));
    make_clip(ClipKind::H264NoAudio, rate(30, 1), 240, (320, 180), &whole);
    // Three of every eleven pictures are missing, as from a phone in the dark.
    let filter = "select='not(eq(mod(n,11),3)+eq(mod(n,11),4)+eq(mod(n,11),8))'";
    ffmpeg(
        &format!(
            "-i {} -vf {filter} -fps_mode passthrough -enc_time_base 1:30 -c:v libx264 OUT",
            whole.display()
        ),
        &holed,
    );
    let (facts, plan, numbers) = numbers_of(&holed, folder.path());
    assert!(
        !facts.is_constant() && plan.rate == rate(30, 1) && plan.frames == 239,
        "the last picture is missing too: {facts:?}"
    );
    let expected: Vec<Option<u16>> = (0..239_u16)
        .map(|n| {
            // The last picture before each hole stands in it.
            Some(match n % 11 {
                3 | 8 => n - 1,
                4 => n - 2,
                _ => n,
            })
        })
        .collect();
    assert_eq!(numbers, expected);
}

#[test]
fn rotated_and_anamorphic() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, turned, wide) =
        (folder.path().join("plain.mp4"), folder.path().join("turned.mp4"), folder.path().join("wide.mkv"));
    make_clip(ClipKind::H264NoAudio, rate(25, 1), 60, (320, 180), &plain);
    // Stored on its side with a mark that turns it back, as phones do.
    ffmpeg(
        &format!("-i {} -vf transpose=2 -c:v libx264 OUT", plain.display()),
        &folder.path().join("side.mp4"),
    );
    ffmpeg(
        &format!("-i {} -c copy -metadata:s:v rotate=270 OUT", folder.path().join("side.mp4").display()),
        &turned,
    );
    let (facts, _, numbers) = numbers_of(&turned, folder.path());
    assert_eq!((facts.video.width, facts.video.height), (320, 180), "{facts:?}");
    assert_eq!(numbers, (0..60).map(Some).collect::<Vec<_>>(), "upright");
    // 240 x 180 stored, 320 x 180 shown.
    ffmpeg(&format!("-i {} -vf scale=240:180,setsar=4/3 -c:v libx264 OUT", plain.display()), &wide);
    let (facts, plan, numbers) = numbers_of(&wide, folder.path());
    assert_eq!((facts.video.width, facts.video.height), (320, 180));
    assert_eq!((plan.lowest().width, plan.lowest().height), (320, 180));
    assert_eq!(numbers, (0..60).map(Some).collect::<Vec<_>>());
}

#[test]
fn fields_and_high_dynamic_range() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, fields, hdr) =
        (folder.path().join("plain.mp4"), folder.path().join("fields.ts"), folder.path().join("hdr.mkv"));
    make_clip(ClipKind::H264NoAudio, rate(25, 1), 75, (320, 180), &plain);
    ffmpeg(
        &format!("-i {} -vf setfield=tff -c:v mpeg2video -flags +ilme+ildct -b:v 4M OUT", plain.display()),
        &fields,
    );
    let (facts, _, numbers) = numbers_of(&fields, folder.path());
    assert!(facts.video.interlaced, "{facts:?}");
    assert_eq!(numbers, (0..75).map(Some).collect::<Vec<_>>());
    ffmpeg(
        &format!(
            "-i {} -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=error -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc OUT",
            plain.display()
        ),
        &hdr,
    );
    let (facts, _, numbers) = numbers_of(&hdr, folder.path());
    assert!(facts.video.colour.is_hdr() && facts.video.bit_depth == 10, "{facts:?}");
    assert_eq!(numbers, (0..75).map(Some).collect::<Vec<_>>());
}

#[test]
fn start_time_code_is_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let made = |name: &str, rate: &str, label: &str| {
        let source = folder.path().join(name);
        let codec = if name.ends_with("mov") { "-c:v prores_ks -profile:v 0" } else { "-c:v libx264" };
        ffmpeg(&format!("-f lavfi -i testsrc2=s=128x96:r={rate}:d=1 {codec} -timecode {label} OUT"), &source);
        source
    };
    for (name, rate, label, frame, drop_frame) in [
        ("drop.mov", "30000/1001", "01:00:00;02", 107_894, true),
        ("plain.mov", "30000/1001", "01:00:00:02", 108_002, false),
        ("fast.mp4", "60000/1001", "00:01:00;04", 3600, true),
        ("film.mp4", "24000/1001", "10:00:00:23", 864_023, false),
        // Matroska writes the name of the tag in capitals.
        ("drop.mkv", "30000/1001", "01:00:00;02", 107_894, true),
        // Ten frames a second have one digit in the words of ffmpeg.
        ("slow.mp4", "10", "01:00:00:5", 36_005, false),
        ("high.mov", "120", "01:00:00:005", 432_005, false),
    ] {
        let facts = probe(&made(name, rate, label)).unwrap();
        let start = facts.timecode.clone().unwrap();
        assert_eq!(
            (start.text.as_str(), start.frame, start.drop_frame),
            (label, frame, drop_frame),
            "{name}"
        );
        let view = facts.view();
        assert_eq!(
            (view.start_timecode.as_deref(), view.start_frame, view.drop_frame, view.unused_timecode),
            (Some(label), frame, drop_frame, None),
            "{name}"
        );
    }
    // Drop-frame at 30: a number that nobody can count from. It is told, and the other numbering is not guessed.
    let view = probe(&made("wrong.mp4", "30", "01:00:00;02")).unwrap().view();
    assert_eq!((view.start_timecode, view.start_frame, view.drop_frame), (None, 0, false));
    assert_eq!(view.unused_timecode.as_deref(), Some("01:00:00;02"));
}

#[test]
fn time_code_that_counts_pairs_of_frames() {
    let folder = tempfile::tempdir().unwrap();
    let (slow, fast, both) =
        (folder.path().join("slow.mov"), folder.path().join("fast.mov"), folder.path().join("both.mov"));
    let clip = |rate: &str| format!("-f lavfi -i testsrc2=s=128x96:r={rate}:d=1 -c:v libx264");
    ffmpeg(&format!("{} -timecode 01:00:00:14 OUT", clip("30000/1001")), &slow);
    ffmpeg(&format!("{} OUT", clip("60000/1001")), &fast);
    ffmpeg(&format!("-i {} -i {} -map 0:v -map 1:d -c copy OUT", fast.display(), slow.display()), &both);
    let facts = probe(&both).unwrap();
    assert_eq!(facts.rate().num(), 60_000);
    let start = facts.timecode.unwrap();
    assert_eq!((start.text.as_str(), start.frame), ("01:00:00:14", 2 * 108_014));
}

#[test]
fn late_short_mono_sound_is_padded_with_silence() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, source) = (folder.path().join("plain.mp4"), folder.path().join("late.mp4"));
    make_clip(ClipKind::H264NoAudio, rate(25, 1), 320, (320, 180), &plain);
    let inputs = format!(
        "-i {} -itsoffset 1.5 -f lavfi -i sine=frequency=500:sample_rate=22050:duration=2",
        plain.display()
    );
    ffmpeg(&format!("{inputs} -map 0:v -map 1:a -c:v copy -c:a aac OUT"), &source);
    let (facts, plan) = probe_and_plan(&source);
    let offset_us = facts.audio_offset_us.unwrap();
    assert!((offset_us - 1_500_000).abs() < 60_000, "{offset_us}");
    let objects = make_all(&plan, &source);
    let audio = plan.audio.as_ref().unwrap();
    let file = folder.path().join("audio.mp4");
    let segments = (0..audio.segments()).map(|index| ObjectRef::AudioSegment { track: 0, index });
    std::fs::write(&file, joined(&objects, ObjectRef::AudioInit { track: 0 }, segments)).unwrap();
    let (left, right) = read_sound(&file);
    assert_eq!(left.len(), audio.aac_frames as usize * 1024);
    let loud = |samples: &[f32]| samples.iter().fold(0.0_f32, |top, sample| top.max(sample.abs()));
    let second = |from: f64, to: f64| (from * 48_000.0) as usize..(to * 48_000.0) as usize;
    for side in [&left, &right] {
        assert!(loud(&side[second(0.0, 1.4)]) < 0.01, "silence before");
        assert!(loud(&side[second(1.6, 3.4)]) > 0.05, "the tone");
        assert!(loud(&side[second(3.6, 12.8)]) < 0.01, "silence after");
    }
    let steady = second(1.7, 3.3);
    let from = steady.start - 72_000;
    let off_ms = tone(&left[steady], from, 500.0).1 / std::f64::consts::TAU / 0.5;
    // The muxer rounds the delay to its own clock; judged by what the file says (1,024 samples are AAC's priming).
    let declared_ms = (facts.audio[0].start_pts + 1024 - 33_075) as f64 / 22.05;
    assert!((off_ms + declared_ms).abs() < 0.05, "{off_ms} {declared_ms}");
}

/// One encoded chunk of a small plan, whose bytes the property test below spoils.
fn chunk_file() -> (Plan, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.mp4");
    make_clip(ClipKind::H264Default, rate(25, 1), 60, (160, 90), &source);
    let (_, plan) = probe_and_plan(&source);
    run("ffmpeg", &chunk_args(&plan, 0, RenditionSet::Low, Input::File(&source), folder.path()));
    run("ffmpeg", &audio_args(&plan, plan.audio.as_ref().unwrap(), 0, &source, folder.path()));
    let picture = std::fs::read(folder.path().join(rendition_file(&plan.lowest().name))).unwrap();
    let sound = std::fs::read(folder.path().join(AUDIO_FILE)).unwrap();
    (plan, picture, sound)
}

#[test]
fn spoilt_bytes_are_refused_or_harmless() {
    let (plan, picture, sound) = chunk_file();
    let low = plan.lowest().clone();
    let whole = plan.pack_chunk(0, &low, &picture).unwrap();
    assert_eq!(plan.pack_begun(0, &low, &picture).unwrap(), whole);
    let first_segment_end = (0..picture.len())
        .find(|cut| !plan.pack_begun(0, &low, &picture[..*cut]).unwrap().is_empty())
        .unwrap();
    assert!(plan.pack_audio(0, 0, &sound).is_ok());
    assert!(plan.pack_chunk(0, &low, &sound).is_err() && plan.pack_audio(0, 0, &picture).is_err());
    assert!(plan.pack_chunk(1, &low, &picture).is_err(), "another chunk has another number of frames");
    // Cut anywhere before the last sample: refused.
    let end = picture.len() - picture.len() / 20;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2000)
    });
    runner
        .run(
            &(0..end, proptest::collection::vec((0..4000_usize, any::<u8>()), 1..4), any::<bool>()),
            |(cut, spoils, cutting)| {
                if cutting {
                    prop_assert!(plan.pack_chunk(0, &low, &picture[..cut]).is_err());
                    // What is whole of it already is what it will be.
                    let begun = plan.pack_begun(0, &low, &picture[..cut]).unwrap();
                    prop_assert!(begun.len() <= whole.len() && whole.starts_with(&begun));
                    prop_assert_eq!(begun.len() == 2, cut >= first_segment_end);
                    let _ = plan.pack_audio(0, 0, &sound[..cut.min(sound.len())]);
                    return Ok(());
                }
                let (mut picture, mut sound) = (picture.clone(), sound.clone());
                for (at, byte) in spoils {
                    let at = at.min(picture.len() - 1);
                    picture[at] = byte;
                    let at = at.min(sound.len() - 1);
                    sound[at] = byte;
                }
                // Whatever is let through has the right shape.
                if let Ok(objects) = plan.pack_chunk(0, &low, &picture) {
                    prop_assert_eq!(objects.len(), whole.len());
                }
                let _ = plan.pack_audio(0, 0, &sound);
                Ok(())
            },
        )
        .unwrap();
}
