//! What a file brings beside picture and first sound: chapters, further sound tracks, subtitles; and what is made
//! beside them: waveform, loudness, list of key frames. By real files. Needs ffmpeg.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::clip::ClipKind;
use media::loudness::{loudness_args, read_report};
use media::peaks::{OVERVIEW_PEAKS_MAX, PEAK_SAMPLES, Peak, read};
use media::*;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use support::*;
use timecode::FrameRate;

const FRAMES: i64 = 25 * 9;
const SRT: &str = "1\n00:00:01,000 --> 00:00:02,500\nHello <i>there</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nSecond & last\n";
const CHAPTERS: &str = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2000\ntitle=Opening\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=2000\nEND=9000\ntitle=The rest\n";

/// A film with two chapters, two sound tracks and two subtitle tracks, its clock beginning at `offset` seconds.
fn film(folder: &Path, extension: &str, subtitles: &str, offset: &str) -> PathBuf {
    let picture = folder.join("picture.mp4");
    make_clip(ClipKind::H264Default, FrameRate::new(25, 1).unwrap(), FRAMES, (320, 240), &picture);
    let (text, marks) = (folder.join("text.srt"), folder.join("marks.txt"));
    std::fs::write(&text, SRT).unwrap();
    std::fs::write(&marks, CHAPTERS).unwrap();
    let output = folder.join(format!("film.{extension}"));
    let mut words: Vec<OsString> = ["-v", "error", "-y", "-i"].map(OsString::from).to_vec();
    words.push(picture.into());
    words.extend(
        ["-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000:duration=9", "-i"].map(OsString::from),
    );
    words.push(text.clone().into());
    words.push("-i".into());
    words.push(text.into());
    words.push("-i".into());
    words.push(marks.into());
    words.extend(
        [
            "-map",
            "0:v",
            "-map",
            "0:a",
            "-map",
            "1:a",
            "-map",
            "2:s",
            "-map",
            "3:s",
            "-map_metadata",
            "4",
            "-map_chapters",
            "4",
            "-c:v",
            "copy",
            "-c:a",
            "aac",
            "-c:s",
            subtitles,
            "-output_ts_offset",
            offset,
            "-metadata:s:a:0",
            "language=eng",
            "-metadata:s:a:1",
            "language=ger",
            "-metadata:s:s:0",
            "language=eng",
            "-metadata:s:s:1",
            "language=fre",
            "-disposition:a:1",
            "0",
        ]
        .map(OsString::from),
    );
    words.push(output.clone().into());
    run("ffmpeg", &words);
    output
}

fn captions_of(plan: &Plan, stream: u32, source: &Path) -> Captions {
    let folder = tempfile::tempdir().unwrap();
    run("ffmpeg", &caption_args(plan, stream, source, folder.path()));
    let text = std::fs::read_to_string(folder.path().join(CAPTIONS_FILE)).unwrap();
    Captions::parse_leniently(&text).moved(-plan.origin_ms(), plan.micros_of(plan.frames) / 1000)
}

#[test]
fn chapters_tracks_and_subtitles_of_files() {
    for (extension, subtitles, offset) in
        [("mp4", "mov_text", "0"), ("mkv", "subrip", "5"), ("mkv", "ass", "0")]
    {
        let folder = tempfile::tempdir().unwrap();
        let source = film(folder.path(), extension, subtitles, offset);
        let (facts, plan) = probe_and_plan(&source);
        assert_eq!(plan.frames, FRAMES, "{extension}");
        if offset == "0" {
            let marks: Vec<(i64, &str)> =
                facts.chapters.iter().map(|chapter| (chapter.frame, chapter.title.as_str())).collect();
            assert_eq!(marks, [(0, "Opening"), (50, "The rest")], "{extension}");
        }
        let languages: Vec<Option<&str>> =
            plan.sounds().map(|(_, sound)| sound.language.as_deref()).collect();
        assert_eq!(languages, [Some("en"), Some("de")], "{extension}: {facts:?}");
        let master = plan.master_playlist(&plan.lowest().name, &playlist::Beside::default());
        assert!(master.contains("LANGUAGE=\"en\",NAME=\"English\",DEFAULT=YES"), "{master}");
        assert!(master.contains("LANGUAGE=\"de\",NAME=\"German\",DEFAULT=NO"), "{master}");
        assert_eq!(plan.captions.len(), 2, "{extension}: {facts:?}");
        for track in &plan.captions {
            let captions = captions_of(&plan, track.stream, &source);
            let cues: Vec<(i64, i64, &str)> =
                captions.cues.iter().map(|cue| (cue.start_ms, cue.end_ms, cue.text.as_str())).collect();
            let expected = [(1000, 2500, "Hello <i>there</i>"), (3000, 4000, "Second &amp; last")];
            assert_eq!(cues, expected, "{extension} {subtitles} {offset}");
        }
    }
}

#[test]
fn every_sound_track_is_a_rendition_with_its_own_waveform_and_loudness() {
    let folder = tempfile::tempdir().unwrap();
    let source = film(folder.path(), "mp4", "mov_text", "0");
    let (_, plan) = probe_and_plan(&source);
    for (track, audio) in plan.sounds() {
        let mut objects = Objects::new();
        let mut chunks = Vec::new();
        for index in 0..audio.chunks() {
            for made in run_job(&plan, JobSpec::Audio { track, index }, &source) {
                if made.object == (ObjectRef::Peaks { track, chunk: index }) {
                    chunks.push(made.bytes.clone());
                }
                objects.insert(made.object, made.bytes);
            }
        }
        let file = folder.path().join("joined.mp4");
        let segments = (0..audio.segments()).map(|index| ObjectRef::AudioSegment { track, index });
        std::fs::write(&file, joined(&objects, ObjectRef::AudioInit { track }, segments)).unwrap();
        let (left, _) = read_sound(&file);
        let hertz = if track == 0 { 441.0 } else { 880.0 };
        let other = if track == 0 { 880.0 } else { 441.0 };
        let stretch = &left[48_000..5 * 48_000];
        assert!(tone(stretch, 48_000, hertz).0 > 0.08, "track {track} has its own tone");
        assert!(tone(stretch, 48_000, other).0 < 0.01, "track {track} has only that");

        // Peaks, chunk by chunk, are those of the (stereo) track read in one go.
        let peaks: Vec<Peak> = chunks.iter().flat_map(|chunk| read(chunk).unwrap().1).collect();
        assert_eq!(peaks.len(), audio.peaks() as usize);
        if track == 1 {
            // A steady tone of an eighth, brought to two channels: 3 dB less in each.
            let steady = &peaks[20..peaks.len() - 20];
            assert!(steady.iter().all(|(low, high)| (-13..=-11).contains(low) && (10..=12).contains(high)));
        }
        let words = [
            "-v",
            "error",
            "-i",
            source.to_str().unwrap(),
            "-map",
            &format!("0:a:{track}"),
            "-af",
            "aresample=48000:ocl=stereo:osf=fltp,pan=mono|c0=0.5*c0+0.5*c1,aformat=sample_fmts=s16",
            "-f",
            "s16le",
            "pipe:1",
        ];
        let whole = run("ffmpeg", &words.map(OsString::from));
        let expected: Vec<Peak> = whole
            .chunks_exact(PEAK_SAMPLES as usize * 2)
            .map(|stretch| {
                let samples = stretch.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                samples.fold((i8::MAX, i8::MIN), |(low, high), at| {
                    (low.min((at >> 8) as i8), high.max((at >> 8) as i8))
                })
            })
            .collect();
        let near = |a: i8, b: i8| (i16::from(a) - i16::from(b)).abs() <= 2;
        // The first and last hundredths see the decoder begin and the sound end, each run in its own way.
        for at in 12..if track == 0 { expected.len().min(peaks.len()) - 10 } else { 0 } {
            let (found, wanted) = (peaks[at], expected[at]);
            assert!(
                near(found.0, wanted.0) && near(found.1, wanted.1),
                "track {track} peak {at}: {found:?} {wanted:?}"
            );
        }
        let (samples, overview) = read(&audio.overview(&chunks).unwrap()).unwrap();
        assert!(overview.len() <= OVERVIEW_PEAKS_MAX as usize && samples % PEAK_SAMPLES == 0);
        assert!(audio.overview(&chunks[1..]).is_err(), "a missing chunk is noticed");

        let report = run_for_report(&loudness_args(&plan, audio, &source));
        let loudness = read_report(&report).unwrap();
        let (integrated, peak) = (loudness.integrated.unwrap(), loudness.true_peak.unwrap());
        // As it is heard: 3 dB less than the tone's eighth in each channel; its ends overshoot.
        if track == 1 {
            assert!(
                (-2_200..=-2_050).contains(&integrated) && (-2_150..=-1_300).contains(&peak),
                "{loudness:?}"
            );
        } else {
            assert!((-2_000..=-800).contains(&integrated) && (-300..=0).contains(&peak), "{loudness:?}");
        }
    }
}

/// Standard error of a run at its own level.
fn run_for_report(args: &[OsString]) -> String {
    let output = std::process::Command::new("nice").args(["-n", "10", "ffmpeg"]).args(args).output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{report}");
    report
}

#[test]
fn key_frames_decode_from_the_listed_ranges_alone() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.mp4");
    make_clip(ClipKind::H264NoAudio, FrameRate::new(25, 1).unwrap(), FRAMES, (640, 480), &source);
    let (_, plan) = probe_and_plan(&source);
    let mut objects = Objects::new();
    for job in plan.encoding_jobs().into_iter().filter(|job| matches!(job, JobSpec::Chunk { .. })) {
        objects.extend(run_job(&plan, job, &source).into_iter().map(|made| (made.object, made.bytes)));
    }
    let low = plan.lowest();
    let name = || low.name.clone();
    let segment = |index: u32| &objects[&ObjectRef::Segment { rendition: name(), index }];
    let ends: Vec<u64> = (0..plan.segments())
        .map(|index| first_picture_end(&segment(index)[..segment(index).len().min(8192)]).unwrap())
        .collect();
    let list = plan.key_frame_playlist(&ends);
    assert!(list.contains("#EXT-X-I-FRAMES-ONLY\n"), "{list}");
    let ranges: Vec<(usize, usize)> = list
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-BYTERANGE:"))
        .map(|range| {
            let (length, offset) = range.split_once('@').unwrap();
            (length.parse().unwrap(), offset.parse().unwrap())
        })
        .collect();
    assert_eq!(ranges.len(), plan.segments() as usize);
    for (index, (length, offset)) in ranges.into_iter().enumerate() {
        let index = u32::try_from(index).unwrap();
        let whole = segment(index);
        assert!(length < whole.len() / 2, "a key frame is a small part of its segment");
        let mut bytes = objects[&ObjectRef::Init { rendition: name() }].clone();
        bytes.extend(&whole[offset..offset + length]);
        let file = folder.path().join("key.mp4");
        std::fs::write(&file, bytes).unwrap();
        let shown = read_numbers(&file, low.width as usize, low.height as usize);
        let first = u16::try_from(plan.segment_range(index).start).unwrap();
        assert_eq!(shown.first(), Some(&Some(first)), "segment {index}");
    }
    for cut in [0, 7, 30, 60] {
        assert!(first_picture_end(&segment(0)[..cut]).is_err());
    }
}
