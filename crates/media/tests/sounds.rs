//! Sound alone, of every kind that people upload: the drawn picture shows at each frame the sound of that frame, the
//! sound itself begins within a millisecond of the first frame and has no seam, and no sample of it is lost. Needs
//! ffmpeg.
//!
//! The painted sound is a steady tone of 441 Hz on the left, in which seams are heard, and on the right bursts that fill
//! whole frames or leave them out, in a pattern that says which frame it is.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests run ffmpeg on files"
)]

mod support;

use media::*;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use support::*;

/// Into the sixth chunk of the picture and the fifth of the sound, and not a whole number of frames.
const SECONDS: f64 = 21.017;
const FPS: i64 = 25;

/// Whether there is a burst in a frame.
fn has_burst(frame: i64) -> bool {
    frame * 7919 % 13 > 6
}

/// A sound to be made.
#[derive(Clone, Copy)]
struct Kind {
    ending: &'static str,
    /// Channels as ffmpeg names them, samples per second.
    layout: &'static str,
    rate: u32,
    /// Options of the encoder and the container.
    options: &'static str,
    /// Codec of a cover.
    cover: Option<&'static str>,
    /// The container does not say how many samples the encoder has put before the first.
    has_hidden_delay: bool,
}

impl Kind {
    const fn new(ending: &'static str, rate: u32, options: &'static str) -> Kind {
        Kind { ending, layout: "stereo", rate, options, cover: None, has_hidden_delay: false }
    }

    /// Makes the file.
    fn make(self, seconds: f64, folder: &Path) -> PathBuf {
        let file = folder.join(format!("source.{}", self.ending));
        let tone = "0.1*sin(2*PI*441*t)";
        let burst = "0.6*sin(2*PI*1000*t)*gt(mod(floor(t*25+0.000001)*7919\\,13)\\,6)";
        let channels = match self.layout {
            "mono" => format!("{tone}+0.5*{burst}"),
            "stereo" => format!("{tone}|{burst}"),
            _ => format!("{tone}|{burst}|0|0|0|0"),
        };
        let input = format!("aevalsrc='{channels}':s={}:c={}:d={seconds}", self.rate, self.layout);
        let mut words: Vec<OsString> =
            ["-v", "error", "-y", "-f", "lavfi", "-i"].map(OsString::from).to_vec();
        words.push(input.into());
        if let Some(codec) = self.cover {
            let picture = folder.join(format!("cover.{codec}"));
            let paint =
                ["-v", "error", "-y", "-f", "lavfi", "-i", "color=c=0x203040:s=300x200", "-frames:v", "1"];
            let format = ["-c:v", codec, "-f", "image2"];
            run(
                "ffmpeg",
                &paint
                    .iter()
                    .chain(&format)
                    .map(OsString::from)
                    .chain([picture.clone().into()])
                    .collect::<Vec<_>>(),
            );
            words.extend(["-i".into(), picture.into()]);
            words.extend(
                ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"]
                    .map(OsString::from),
            );
        }
        words.extend(self.options.split_ascii_whitespace().map(OsString::from));
        words.push(file.clone().into());
        run("ffmpeg", &words);
        file
    }
}

/// The lengths of the bars around the middle of a decoded picture, from bar -`BESIDE` to bar `BESIDE`.
const BESIDE: i64 = 30;

fn bars(luma: &[u8], plan: &Plan) -> Vec<usize> {
    let width = plan.lowest().width as usize;
    let bright = if plan.picture.drawn.unwrap().cover.is_some() { 110 } else { 70 };
    let column = |bar: i64| usize::try_from(480 + 6 * bar + 2).unwrap();
    // Under a cover only the lower part.
    let top = if plan.picture.drawn.unwrap().cover.is_some() { 380 } else { 0 };
    (-BESIDE..=BESIDE)
        .map(|bar| (top..540).filter(|row| luma[row * width + column(bar)] > bright).count())
        .collect()
}

/// Every frame of the rendition shows the bursts of the frames around it.
fn check_picture(name: &str, plan: &Plan, objects: &Objects, folder: &Path) {
    let low = plan.lowest().name.clone();
    let segments = (0..plan.segments()).map(|index| ObjectRef::Segment { rendition: low.clone(), index });
    let file = folder.join("picture.mp4");
    std::fs::write(&file, joined(objects, ObjectRef::Init { rendition: low.clone() }, segments)).unwrap();
    let words = [
        "-v",
        "error",
        "-i",
        file.to_str().unwrap(),
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "pipe:1",
    ];
    let luma = run("ffmpeg", &words.map(OsString::from));
    let pictures: Vec<&[u8]> = luma.chunks_exact(960 * 540).collect();
    assert_eq!(pictures.len() as i64, plan.frames, "{name}");
    let whole = (SECONDS * FPS as f64) as i64;
    for (frame, picture) in (0..).zip(pictures) {
        let lengths = bars(picture, plan);
        let around = frame - BESIDE..=frame + BESIDE;
        let (seen, expected): (Vec<usize>, Vec<bool>) = lengths
            .into_iter()
            .zip(around)
            .filter(|(_, of)| (0..whole).contains(of))
            .map(|(length, of)| (length, has_burst(of)))
            .unzip();
        let middle = (seen.iter().min().unwrap() + seen.iter().max().unwrap()) / 2;
        let found: Vec<bool> = seen.iter().map(|length| *length > middle).collect();
        assert_eq!(found, expected, "{name}: frame {frame}, bars {seen:?}");
    }
}

/// The sound of a rendition, left.
fn heard(plan: &Plan, objects: &Objects, track: u32, folder: &Path) -> Vec<f32> {
    let audio = plan.sound(track).unwrap();
    let file = folder.join("sound.mp4");
    let segments = (0..audio.segments()).map(|index| ObjectRef::AudioSegment { track, index });
    std::fs::write(&file, joined(objects, ObjectRef::AudioInit { track }, segments)).unwrap();
    let (left, _) = read_sound(&file);
    assert_eq!(left.len(), audio.aac_frames as usize * 1024, "exact number of samples");
    left
}

/// The tone lies where it was painted, across all seams and to the end.
fn check_sound(name: &str, kind: Kind, left: &[f32]) {
    let end = (SECONDS * 48_000.0) as usize;
    assert!(left.len() >= end, "{name}: to the last sample");
    let off_ms = |from: usize, to: usize| {
        let (amplitude, phase) = tone(&left[from..to], from, 441.0);
        (amplitude, phase / std::f64::consts::TAU / 441.0 * 1000.0)
    };
    let (amplitude, off) = off_ms(48_000, 20 * 48_000);
    println!("{name}: sound off by {off:.3} ms");
    if !kind.has_hidden_delay {
        assert!(off.abs() < 1.0, "{name}: off by {off} ms");
        let last = off_ms(end - 9_600, end);
        assert!(last.0 > amplitude * 0.8 && last.1.abs() < 1.0, "{name}: its end {last:?}");
    }
    // Second by second, where chunks meet too: not a quarter of a millisecond from the mean.
    for second in 1..20 {
        let (there, moved) = off_ms(second * 48_000 - 24_000, second * 48_000 + 24_000);
        assert!((there / amplitude - 1.0).abs() < 0.1, "{name}: {there} of {amplitude} at {second} s");
        assert!((moved - off).abs() < 0.25, "{name}: {moved} ms instead of {off} at {second} s");
    }
    if kind.layout != "mono" {
        let phase = off / 1000.0 * std::f64::consts::TAU * 441.0;
        let worst = (4_800..end - 4_800)
            .map(|at| {
                let ideal = amplitude * (std::f64::consts::TAU * 441.0 * at as f64 / 48_000.0 + phase).sin();
                ((f64::from(left[at]) - ideal).abs() / amplitude, at)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap();
        println!("{name}: worst deviation {:.3} of the tone at {}", worst.0, worst.1);
        assert!(worst.0 < 0.12, "{name}: deviates by {} at {}", worst.0, worst.1);
    }
}

fn check(name: &str, kind: Kind) -> (SourceFacts, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let source = kind.make(SECONDS, folder.path());
    let (facts, plan) = probe_and_plan(&source);
    assert_eq!(
        facts.video.drawn.map(|drawn| drawn.cover.is_some()),
        Some(kind.cover.is_some()),
        "{name}: {facts:?}"
    );
    // Encoders pad their last packet; it counts as far as the container does not take it back.
    let frames = (SECONDS * FPS as f64).ceil() as i64;
    assert!((frames..=frames + 2).contains(&plan.frames), "{name}: {} frames", plan.frames);
    assert!(plan.chunks() >= 5 && plan.audio.as_ref().unwrap().chunks() >= 4, "{name}");
    let objects = make_all(&plan, &source);
    if !kind.has_hidden_delay {
        check_picture(name, &plan, &objects, folder.path());
    }
    check_sound(name, kind, &heard(&plan, &objects, 0, folder.path()));
    (facts, plan)
}

macro_rules! sounds {
    ($($name:ident: $kind:expr;)*) => { $(
        #[test]
        fn $name() {
            check(stringify!($name), $kind);
        }
    )* };
}

sounds! {
    mp3_constant_rate: Kind::new("mp3", 44_100, "-c:a libmp3lame -b:a 128k");
    mp3_variable_rate: Kind::new("mp3", 48_000, "-c:a libmp3lame -q:a 3");
    mp3_without_a_header: Kind { has_hidden_delay: true, ..Kind::new("mp3", 44_100, "-c:a libmp3lame -b:a 96k -write_xing 0 -id3v2_version 0") };
    mp3_with_a_cover: Kind { cover: Some("png"), ..Kind::new("mp3", 44_100, "-c:a libmp3lame -b:a 128k") };
    m4a_aac: Kind::new("m4a", 44_100, "-c:a aac -b:a 160k");
    m4a_lossless: Kind::new("m4a", 44_100, "-c:a alac");
    m4a_with_a_cover: Kind { cover: Some("mjpeg"), ..Kind::new("m4a", 48_000, "-c:a aac -b:a 160k -movflags +faststart") };
    wav: Kind::new("wav", 44_100, "-c:a pcm_s16le");
    wav_of_24_bits: Kind::new("wav", 96_000, "-c:a pcm_s24le");
    wav_mono_8_khz: Kind { layout: "mono", ..Kind::new("wav", 8_000, "-c:a pcm_s16le") };
    wav_of_a_telephone: Kind { layout: "mono", ..Kind::new("wav", 8_000, "-c:a pcm_mulaw") };
    wav_surround: Kind { layout: "5.1", ..Kind::new("wav", 48_000, "-c:a pcm_s16le") };
    flac: Kind::new("flac", 44_100, "-c:a flac");
    flac_with_a_cover: Kind { cover: Some("mjpeg"), ..Kind::new("flac", 48_000, "-c:a flac") };
    ogg_opus: Kind::new("opus", 48_000, "-c:a libopus -b:a 96k");
    ogg_vorbis: Kind::new("ogg", 44_100, "-c:a libvorbis -q:a 5");
    mp4_of_sound_alone: Kind::new("mp4", 48_000, "-c:a aac -b:a 160k");
    mp4_surround: Kind { layout: "5.1", ..Kind::new("mp4", 48_000, "-c:a aac -b:a 384k") };
    matroska_of_sound_alone: Kind::new("mka", 44_100, "-c:a flac");
    webm_of_sound_alone: Kind::new("webm", 48_000, "-c:a libopus -b:a 96k");
    transport_stream_of_sound_alone: Kind { has_hidden_delay: true, ..Kind::new("ts", 48_000, "-c:a aac -b:a 160k") };
}

#[test]
fn fifty_milliseconds_are_a_sound() {
    for kind in [
        Kind::new("mp3", 44_100, "-c:a libmp3lame -b:a 128k"),
        Kind::new("m4a", 44_100, "-c:a aac"),
        Kind { layout: "mono", ..Kind::new("wav", 8_000, "-c:a pcm_s16le") },
        Kind::new("flac", 44_100, "-c:a flac"),
        Kind::new("opus", 48_000, "-c:a libopus"),
        Kind { cover: Some("mjpeg"), ..Kind::new("m4a", 44_100, "-c:a aac") },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let source = kind.make(0.05, folder.path());
        let (_, plan) = probe_and_plan(&source);
        assert!((2..=4).contains(&plan.frames), "{}: {} frames", kind.ending, plan.frames);
        let objects = make_all(&plan, &source);
        let left = heard(&plan, &objects, 0, folder.path());
        let loudest = left.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > 0.05, "{}: it is heard", kind.ending);
    }
}

#[test]
fn the_last_chunk_may_be_one_frame() {
    for cover in [None, Some("mjpeg")] {
        let folder = tempfile::tempdir().unwrap();
        let source = Kind { cover, ..Kind::new("flac", 44_100, "-c:a flac") }.make(16.03, folder.path());
        let (_, plan) = probe_and_plan(&source);
        let last = plan.chunks() - 1;
        assert_eq!((plan.frames, plan.chunk_frames(last)), (401, 400..401));
        run_job(&plan, JobSpec::Chunk { index: last, renditions: RenditionSet::All }, &source);
    }
}

#[test]
fn law_11_each_run_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let kind = Kind { cover: Some("png"), ..Kind::new("mp3", 44_100, "-c:a libmp3lame -b:a 128k") };
    let source = kind.make(SECONDS, folder.path());
    let (_, plan) = probe_and_plan(&source);
    for job in plan.encoding_jobs() {
        let bytes = |objects: Vec<PackedObject>| -> Vec<Vec<u8>> {
            objects.into_iter().map(|made| made.bytes).collect()
        };
        assert!(bytes(run_job(&plan, job, &source)) == bytes(run_job(&plan, job, &source)), "{}", job.key());
    }
}
