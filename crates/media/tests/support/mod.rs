//! Runs the recipe for real: ffmpeg makes a source, the probe reads it, every job of the plan runs, the packager
//! cuts, and the result is decoded again. Only tests use processes and files; the crate itself never does.
#![allow(dead_code, reason = "each test file uses its part")]

use media::clip::{ClipKind, ClipPainter, clip_args, finish_args};
use media::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use timecode::FrameRate;

/// Bytes by object, as a store would hold them.
pub type Objects = BTreeMap<ObjectRef, Vec<u8>>;

/// Runs a program at low priority and returns what it printed.
pub fn run(program: &str, args: &[OsString]) -> Vec<u8> {
    let output = Command::new("nice")
        .args(["-n", "10", program])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|trouble| panic!("{program} does not start: {trouble}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}\n{stderr}");
    output.stdout
}

/// Makes a barcode clip.
pub fn make_clip(
    kind: ClipKind,
    rate: FrameRate,
    frames: i64,
    (width, height): (usize, usize),
    output: &Path,
) {
    let painter = ClipPainter::new(width, height, rate);
    let first = output.with_extension(format!("first.{}", kind.extension()));
    let finish = finish_args(kind, rate, &first, output);
    let written = if finish.is_some() { &first } else { output };
    pipe(&clip_args(kind, rate, width, height, frames, written), (0..frames).map(|n| painter.frame(n).bytes));
    if let Some(args) = finish {
        run("ffmpeg", &args);
    }
}

/// Pipes pictures into ffmpeg.
pub fn pipe(args: &[OsString], frames: impl Iterator<Item = Vec<u8>>) {
    let mut child = Command::new("nice")
        .args(["-n", "10", "ffmpeg"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for frame in frames {
        input.write_all(&frame).unwrap();
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// Reads first bytes, streams and packets of a file.
fn probe(file: &Path, bytes: &[u8]) -> (Container, PacketIndex, SourceFacts) {
    let container = sniff(&bytes[..bytes.len().min(SNIFF_BYTES)]).unwrap();
    let json = String::from_utf8(run("ffprobe", &probe_args(container, file))).unwrap();
    let answer = ProbeAnswer::read(&json).unwrap();
    let csv = String::from_utf8(run(
        "ffprobe",
        &packet_args(container, answer.index_stream(), answer.has_whole_packets(), file),
    ))
    .unwrap();
    let index = PacketIndexReader::read(&csv).unwrap();
    let facts = answer.facts(&index, bytes.len() as u64).unwrap();
    (container, index, facts)
}

/// Probes and plans a file as the worker does.
pub fn probe_and_plan(file: &Path) -> (SourceFacts, Plan) {
    let bytes = std::fs::read(file).unwrap();
    let (container, mut index, mut facts) = probe(file, &bytes);
    look_at_keys(&facts, &mut index, &bytes);
    for stream in facts.audio_to_refine() {
        let csv = run("ffprobe", &audio_packet_args(container, stream, file));
        facts.refine_audio(stream, &String::from_utf8(csv).unwrap());
    }
    let plan = Plan::new(&facts, &index, "hash of the source", "test build");
    (facts, plan)
}

/// The frame table of a file, as the probe stores it.
pub fn frame_table(file: &Path) -> FrameTable {
    let (_, index, facts) = probe(file, &std::fs::read(file).unwrap());
    FrameTable::of(&facts, &index)
}

/// Looks at the bytes of key frames, as the probe job does.
pub fn look_at_keys(facts: &SourceFacts, index: &mut PacketIndex, bytes: &[u8]) {
    let Some(avc) = &facts.video.avc else { return };
    for bytes_max in [KEY_LOOK_BYTES, KEY_LOOK_BYTES_MAX] {
        let ranges: Vec<_> = index.key_ranges(bytes_max).collect();
        for (at, range) in ranges {
            let part = &bytes[range.start as usize..(range.end as usize).min(bytes.len())];
            index.look_at_key(at, facts.container, avc.length_size, part);
        }
    }
}

/// Runs one job and returns its objects.
pub fn run_job(plan: &Plan, job: JobSpec, source: &Path) -> Vec<PackedObject> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    match job {
        JobSpec::Chunk { index, renditions } => {
            run("ffmpeg", &chunk_args(plan, index, renditions, Input::File(source), folder));
            let mut objects = Vec::new();
            for rendition in plan.renditions_of(renditions) {
                let file = std::fs::read(folder.join(rendition_file(&rendition.name))).unwrap();
                let packed = plan.pack_chunk(index, rendition, &file);
                objects.extend(
                    packed.unwrap_or_else(|trouble| panic!("chunk {index} {}: {trouble}", rendition.name)),
                );
            }
            if renditions.has_storyboard() && !plan.tiles_of(index).is_empty() {
                let bytes = std::fs::read(folder.join(SHEET_FILE)).unwrap();
                objects.push(PackedObject { object: ObjectRef::Sheet { chunk: index }, bytes });
            }
            objects
        }
        JobSpec::Copy { index } => {
            run("ffmpeg", &copy_args(plan, plan.copy.as_ref().unwrap(), index, source, folder));
            let packed = plan.pack_copy(index, &std::fs::read(folder.join(COPY_FILE)).unwrap());
            packed.unwrap_or_else(|trouble| panic!("copy {index}: {trouble}"))
        }
        JobSpec::Audio { track, index } => {
            run("ffmpeg", &audio_args(plan, plan.sound(track).unwrap(), index, source, folder));
            let packed = plan.pack_audio(track, index, &std::fs::read(folder.join(AUDIO_FILE)).unwrap());
            let mut objects = packed.unwrap_or_else(|trouble| panic!("audio {index}: {trouble}"));
            let peaks = plan
                .sound(track)
                .unwrap()
                .pack_peaks(index, &std::fs::read(folder.join(PEAKS_FILE)).unwrap());
            objects.push(PackedObject {
                object: ObjectRef::Peaks { track, chunk: index },
                bytes: peaks.unwrap(),
            });
            objects
        }
        JobSpec::Poster => {
            let file = folder.join("poster.jpg");
            run("ffmpeg", &poster_args(plan, plan.poster_frame(), source, &file));
            vec![PackedObject { object: ObjectRef::Poster, bytes: std::fs::read(file).unwrap() }]
        }
        _ => Vec::new(),
    }
}

/// Runs every job, last first (order must not matter), and checks that initialisations never differ.
pub fn make_all(plan: &Plan, source: &Path) -> Objects {
    let mut objects = Objects::new();
    for job in plan.jobs().into_iter().rev() {
        for made in run_job(plan, job, source) {
            match objects.get(&made.object) {
                Some(served) => verify_init(served, &made.bytes).unwrap(),
                None => drop(objects.insert(made.object, made.bytes)),
            }
        }
    }
    // Those are joined out of the others, or made by the probe.
    let expected = plan.objects();
    let made = expected.iter().filter(|object| {
        !matches!(object, ObjectRef::Waveform { .. } | ObjectRef::KeyFrames | ObjectRef::Frames)
    });
    assert!(objects.keys().eq(made), "the plan's objects are exactly those made");
    objects
}

/// What a player would feed to its decoder.
pub fn joined(objects: &Objects, init: ObjectRef, segments: impl Iterator<Item = ObjectRef>) -> Vec<u8> {
    let mut bytes = objects[&init].clone();
    for segment in segments {
        bytes.extend(&objects[&segment]);
    }
    bytes
}

/// Decodes pictures and reads the number of each.
pub fn read_numbers(file: &Path, width: usize, height: usize) -> Vec<Option<u16>> {
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
    assert_eq!(luma.len() % (width * height), 0);
    luma.chunks_exact(width * height).map(|picture| media::barcode::read(picture, width, height)).collect()
}

/// The numbers on all frames of one rendition, as a player would get it.
pub fn numbers_of_rendition(plan: &Plan, objects: &Objects, name: &str, folder: &Path) -> Vec<Option<u16>> {
    let rendition = || name.to_owned();
    let segments = 0..plan.segments_of(name).unwrap();
    let segments = segments.map(|index| ObjectRef::Segment { rendition: rendition(), index });
    let file = folder.join("joined.mp4");
    std::fs::write(&file, joined(objects, ObjectRef::Init { rendition: rendition() }, segments)).unwrap();
    let (width, height) = plan.size_of(name).unwrap();
    read_numbers(&file, width as usize, height as usize)
}

/// Decodes stereo sound to left and right samples.
pub fn read_sound(file: &Path) -> (Vec<f32>, Vec<f32>) {
    let words = ["-v", "error", "-i", file.to_str().unwrap(), "-f", "f32le", "-ac", "2", "pipe:1"];
    let bytes = run("ffmpeg", &words.map(OsString::from));
    let sample = |at: usize| f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (0..bytes.len() / 8).map(|at| (sample(at * 8), sample(at * 8 + 4))).unzip()
}

/// Amplitude and phase (radians) of a tone in a stretch that starts at sample `from`.
pub fn tone(samples: &[f32], from: usize, hertz: f64) -> (f64, f64) {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let angle = std::f64::consts::TAU * hertz * (from + at) as f64 / 48_000.0;
        sine += f64::from(*sample) * angle.sin();
        cosine += f64::from(*sample) * angle.cos();
    }
    let scale = 2.0 / samples.len() as f64;
    ((sine * scale).hypot(cosine * scale), cosine.atan2(sine))
}
