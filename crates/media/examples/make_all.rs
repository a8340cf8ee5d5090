//! Makes a whole version out of a file, as a worker would but without a sandbox, and reports what each job took.
//! For benchmarks and for looking at the result in a player.
//!
//! ```text
//! cargo run -p media --example make_all -- SOURCE FOLDER
//! ```
//! Writes `FOLDER/master.m3u8`, `storyboard.vtt` and every object below the plan's hash.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a program around the pure crate")]

use media::*;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.as_slice() {
        [source, folder] => make(Path::new(source), Path::new(folder)),
        _ => Err("usage: SOURCE FOLDER".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let _ = writeln!(std::io::stderr(), "make_all: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn make(source: &Path, folder: &Path) -> Result<(), String> {
    let text = |trouble: std::io::Error| trouble.to_string();
    let mut out = std::io::stdout();
    let started = Instant::now();
    let head = std::fs::read(source).map_err(text)?;
    let container = sniff(&head[..head.len().min(SNIFF_BYTES)]).map_err(|refusal| refusal.to_string())?;
    let (facts, index) = probe(container, source, head.len() as u64)?;
    let plan = Plan::new(&facts, &index, "local file", "local build");
    let _ =
        writeln!(out, "probe and plan: {:?}, {} frames at {:?}", started.elapsed(), plan.frames, plan.rate);
    let below = folder.join(&plan.hash);
    let job_folder = folder.join("job");
    std::fs::create_dir_all(&job_folder).map_err(text)?;
    let master = plan.master_playlist(&plan.lowest().name, &media::playlist::Beside::default());
    std::fs::write(folder.join("master.m3u8"), master).map_err(text)?;
    std::fs::write(folder.join("storyboard.vtt"), plan.storyboard_vtt()).map_err(text)?;
    for name in plan.rendition_names() {
        let playlist = plan.media_playlist_of(&name).ok_or("a rendition without a playlist")?;
        store(&below.join(&name).join("playlist.m3u8"), playlist.as_bytes())?;
    }
    if let Some(audio) = &plan.audio {
        store(&below.join("audio/playlist.m3u8"), plan.audio_playlist(audio).as_bytes())?;
    }
    for job in plan.jobs() {
        let started = Instant::now();
        for object in run_job(&plan, job, source, &job_folder)? {
            store(&below.join(object.object.to_string()), &object.bytes)?;
        }
        let _ = writeln!(out, "{}: {:?}", job.key(), started.elapsed());
    }
    Ok(())
}

fn probe(container: Container, source: &Path, bytes: u64) -> Result<(SourceFacts, PacketIndex), String> {
    let words = |refusal: MediaRefusal| refusal.to_string();
    let answer = ProbeAnswer::read(&run("ffprobe", &probe_args(container, source))?).map_err(words)?;
    let packets =
        run("ffprobe", &packet_args(container, answer.index_stream(), answer.has_whole_packets(), source))?;
    let mut index = PacketIndexReader::read(&packets).map_err(words)?;
    let mut facts = answer.facts(&index, bytes).map_err(words)?;
    if let Some(avc) = &facts.video.avc {
        let whole = std::fs::read(source).map_err(|trouble| trouble.to_string())?;
        let ranges: Vec<_> = index.key_ranges(KEY_LOOK_BYTES_MAX).collect();
        for (at, range) in ranges {
            let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(whole.len());
            let part = usize::try_from(range.start).ok().and_then(|start| whole.get(start..end));
            index.look_at_key(at, container, avc.length_size, part.unwrap_or_default());
        }
    }
    for stream in facts.audio_to_refine() {
        facts.refine_audio(stream, &run("ffprobe", &audio_packet_args(container, stream, source))?);
    }
    Ok((facts, index))
}

fn run_job(plan: &Plan, job: JobSpec, source: &Path, folder: &Path) -> Result<Vec<PackedObject>, String> {
    let read = |name: &Path| std::fs::read(folder.join(name)).map_err(|trouble| trouble.to_string());
    match job {
        JobSpec::Chunk { index, renditions } => {
            run("ffmpeg", &chunk_args(plan, index, renditions, Input::File(source), folder))?;
            let mut objects = Vec::new();
            for rendition in plan.renditions_of(renditions) {
                let file = read(&rendition_file(&rendition.name))?;
                objects
                    .extend(plan.pack_chunk(index, rendition, &file).map_err(|trouble| trouble.to_string())?);
            }
            if renditions.has_storyboard() && !plan.tiles_of(index).is_empty() {
                objects.push(PackedObject {
                    object: ObjectRef::Sheet { chunk: index },
                    bytes: read(Path::new(SHEET_FILE))?,
                });
            }
            Ok(objects)
        }
        JobSpec::Copy { index } => {
            let copy = plan.copy.as_ref().ok_or("no copy")?;
            run("ffmpeg", &copy_args(plan, copy, index, source, folder))?;
            plan.pack_copy(index, &read(Path::new(COPY_FILE))?).map_err(|trouble| trouble.to_string())
        }
        JobSpec::Audio { track, index } => {
            let audio = plan.sound(track).ok_or("no sound")?;
            run("ffmpeg", &audio_args(plan, audio, index, source, folder))?;
            plan.pack_audio(track, index, &read(Path::new(AUDIO_FILE))?)
                .map_err(|trouble| trouble.to_string())
        }
        JobSpec::Poster => {
            run("ffmpeg", &poster_args(plan, plan.poster_frame(), source, &folder.join("poster.jpg")))?;
            Ok(vec![PackedObject { object: ObjectRef::Poster, bytes: read(Path::new("poster.jpg"))? }])
        }
        _ => Ok(Vec::new()),
    }
}

fn store(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = file.parent().ok_or("no folder")?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, bytes))
        .map_err(|trouble| trouble.to_string())
}

fn run(program: &str, args: &[OsString]) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|trouble| trouble.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
