//! The probe: first bytes, streams, packets, beginnings of key frames, plan. Ends with facts and plan stored, the version processing and all
//! other jobs enqueued, in one transaction; or with a refusal in plain words.

use crate::context::{Context, Job};
use crate::failure::JobError;
use crate::launcher::{Output, Run, RunError};
use crate::sandbox::Cage;
use bytes::Bytes;
use media::limits::PROBE_BYTES_MAX;
use media::{
    ByteNeeds, Container, CopyPlan, FrameTable, IndexFinder, IndexPlace, KEY_LOOK_BYTES, KEY_LOOK_BYTES_MAX,
    MediaRefusal, ObjectRef, PacketIndex, PacketIndexReader, Place, Plan, ProbeAnswer, SNIFF_BYTES,
    SourceFacts, audio_packet_args, cover_args, packet_args, probe_args, probe_failure, sniff,
};
use protocol::rest::VersionState;
use std::ffi::OsString;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;
use store::catalog::VersionUpdate;
use store::jobs::JobDone;

/// Longest time for reading the streams: headers only, but on slow disks with badly placed tables.
const STREAMS_WALL: Duration = Duration::from_secs(120);
/// Longest time for reading all packets: 200 GiB at 50 MB/s.
const PACKETS_WALL: Duration = Duration::from_secs(4_500);
/// Largest answer about a cover, bytes: one line.
const COVER_BYTES_MAX: usize = 1024;
/// Largest answer about the first 500 packets of a sound track, bytes; one line has about 20.
const AUDIO_PACKETS_BYTES_MAX: usize = 64 * 1024;
/// Processor time for reading the streams of any file, seconds: real ones take a tenth of it. Together with
/// [`PACKETS_CPU_S`] a verdict comes within 10 s also where somebody wants it not to come.
const STREAMS_CPU_S: u64 = 3;
/// Processor time for reading the packets of any file, seconds: seven hours of small ones take half of it.
const PACKETS_CPU_S: u64 = 7;
/// Bytes read per second of processor time beyond that; 20 times as many were measured (217 MB in 0.5 s).
const PROBE_BYTES_PER_CPU_S: u64 = 20_000_000;

/// What was read of a source.
struct Looked {
    container: Container,
    has_whole_packets: bool,
    facts: SourceFacts,
    index: PacketIndex,
}

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let source = context.source(job).await?;
    let Looked { facts, mut index, .. } = look(context, job, &source, &mut |_| {}).await?;
    look_at_keys(context, job, &facts, &mut index).await?;
    let plan = Plan::new(&facts, &index, &source_name(job), &context.tools.build);
    let version = job.version.version;
    let jobs = plan.jobs().into_iter().map(|spec| context.new_job(spec, version, Some(&plan))).collect();
    // Of a file that is not what its index said on the way, nothing is kept.
    let anew = job.plan().is_ok_and(|before| before.hash != plan.hash);
    Ok(JobDone { enqueue: jobs, anew, ..planned(context, job, &facts, &index, &plan).await? })
}

/// The same of a file that is still on its way: from its index and its first pictures. What it finds is taken back when
/// the whole file says otherwise, and a refusal is left to the look at the whole file.
pub(super) async fn run_ahead(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    match ahead(context, job).await {
        Err(JobError::Refused(refusal)) => {
            tracing::debug!(version = %job.version.version, %refusal, "a film cannot be prepared on its way");
            Ok(JobDone::default())
        }
        outcome => outcome,
    }
}

async fn ahead(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let source = context.source(job).await?;
    let mut pictures = Vec::new();
    let Looked { container, has_whole_packets, facts, index } =
        look(context, job, &source, &mut |line| pictures.extend(Place::read(line))).await?;
    if !has_whole_packets {
        return Err(MediaRefusal::not_video("its pictures are only seen in its bytes").into());
    }
    let mut sounds = Vec::new();
    if let Some(track) = facts.audio.first() {
        let mut take = |line: &str| {
            sounds.extend(Place::read(line));
            Ok(())
        };
        let args = packet_args(container, track.stream, true, &source);
        read_packets(context, job, &source, args, &mut take).await?;
    }
    let plan = Plan::ahead(&facts, &index, &source_name(job), &context.tools.build);
    let place = find_index(&source, job.version.bytes)?;
    let needs = ByteNeeds::new(&plan, &facts, place, &pictures, &sounds);
    let needs = Some(text(serde_json::to_string(&needs))?);
    Ok(JobDone { needs, ..planned(context, job, &facts, &index, &plan).await? })
}

/// Where the index lies; the desk has found one before it asked for this job.
fn find_index(source: &Path, bytes: u64) -> Result<IndexPlace, JobError> {
    let file = std::fs::File::open(source)?;
    let place = IndexFinder::find(bytes, |range| {
        let mut header = vec![0; usize::try_from(range.end - range.start).expect("a header")];
        file.read_exact_at(&mut header, range.start).map(|()| header)
    });
    place?.ok_or_else(|| JobError::Broken("the index cannot be found again".into()))
}

fn source_name(job: &Job) -> String {
    Plan::source_name(job.version.version, job.version.bytes)
}

/// Reads streams and packets; `see` is told each line about a packet of the picture.
async fn look(
    context: &Context,
    job: &Job,
    source: &Path,
    see: &mut (dyn FnMut(&str) + Send),
) -> Result<Looked, JobError> {
    let key = context.source_key(job).await?;
    let container = sniff(&context.store.blobs.read(&key, 0..SNIFF_BYTES as u64).await?)?;
    let output = Output::Capture { bytes_max: PROBE_BYTES_MAX };
    let limits = (STREAMS_WALL, STREAMS_CPU_S);
    let json = ffprobe(context, job, source, probe_args(container, source), limits, output).await?;
    let answer = ProbeAnswer::read(&String::from_utf8_lossy(&json))?;
    let has_whole_packets = answer.has_whole_packets();
    let mut reader = PacketIndexReader::default();
    let mut take = |line: &str| {
        see(line);
        reader.line(line)
    };
    let args = packet_args(container, answer.index_stream(), has_whole_packets, source);
    read_packets(context, job, source, args, &mut take).await?;
    let index = reader.finish()?;
    let mut facts = answer.facts(&index, job.version.bytes)?;
    for stream in facts.audio_to_refine() {
        let args = audio_packet_args(container, stream, source);
        let output = Output::Capture { bytes_max: AUDIO_PACKETS_BYTES_MAX };
        let packets = ffprobe(context, job, source, args, limits, output).await?;
        facts.refine_audio(stream, &String::from_utf8_lossy(&packets));
    }
    look_at_cover(context, job, source, &mut facts).await?;
    Ok(Looked { container, has_whole_packets, facts, index })
}

/// Decodes the cover that is to be drawn beside a sound: one that cannot be is left out.
async fn look_at_cover(
    context: &Context,
    job: &Job,
    source: &Path,
    facts: &mut SourceFacts,
) -> Result<(), JobError> {
    let Some(drawn) = &mut facts.video.drawn else { return Ok(()) };
    let Some(stream) = drawn.cover else { return Ok(()) };
    let args = cover_args(facts.container, stream, source);
    let output = Output::Capture { bytes_max: COVER_BYTES_MAX };
    match ffprobe(context, job, source, args, (STREAMS_WALL, STREAMS_CPU_S), output).await {
        Ok(line) if !line.trim_ascii().is_empty() => {}
        Ok(_) => drawn.cover = None,
        Err(JobError::Refused(_)) => drawn.cover = None,
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Reads the beginnings of key frames where the source may be served as it is.
async fn look_at_keys(
    context: &Context,
    job: &Job,
    facts: &SourceFacts,
    index: &mut PacketIndex,
) -> Result<(), JobError> {
    let Some(avc) = &facts.video.avc else { return Ok(()) };
    let renditions = media::ladder::ladder(facts.video.width, facts.video.height, facts.rate());
    if !CopyPlan::is_candidate(facts, index, &renditions) {
        return Ok(());
    }
    let source = context.source_key(job).await?;
    let longer: Vec<Range<u64>> = index.key_ranges(KEY_LOOK_BYTES_MAX).map(|(_, range)| range).collect();
    let ranges: Vec<(usize, Range<u64>)> = index.key_ranges(KEY_LOOK_BYTES).collect();
    for ((at, range), longer) in ranges.into_iter().zip(longer) {
        for range in [range, longer] {
            let end = range.end.min(facts.bytes);
            let bytes = context.store.blobs.read(&source, range.start.min(end)..end).await?;
            if index.look_at_key(at, facts.container, avc.length_size, &bytes) {
                break;
            }
        }
    }
    Ok(())
}

/// Keeps the frame table; answers what facts and plan change of the version.
async fn planned(
    context: &Context,
    job: &Job,
    facts: &SourceFacts,
    index: &PacketIndex,
    plan: &Plan,
) -> Result<JobDone, JobError> {
    let version = job.version.version;
    let table = FrameTable::of(facts, index);
    let table = text(serde_json::to_string(&table))?;
    context.store.blobs.put(&plan.key(version, &ObjectRef::Frames), Bytes::from(table)).await?;
    let update = VersionUpdate {
        state: Some(VersionState::Processing),
        grid: Some((plan.rate, plan.frames)),
        facts: Some(text(serde_json::to_string(facts))?),
        plan: Some(text(serde_json::to_string(plan))?),
        ..VersionUpdate::default()
    };
    Ok(JobDone { version: Some(update), ..JobDone::default() })
}

fn text(value: Result<String, serde_json::Error>) -> Result<String, JobError> {
    value.map_err(|error| JobError::Broken(format!("what a probe found cannot be written: {error}")))
}

/// Reads the packets of a track line by line.
async fn read_packets(
    context: &Context,
    job: &Job,
    source: &Path,
    args: Vec<OsString>,
    take: &mut (dyn FnMut(&str) -> Result<(), MediaRefusal> + Send),
) -> Result<(), JobError> {
    let limits = (PACKETS_WALL, PACKETS_CPU_S);
    ffprobe(context, job, source, args, limits, Output::Lines(take)).await.map(|_| ())
}

async fn ffprobe<'a>(
    context: &'a Context,
    job: &Job,
    source: &Path,
    args: Vec<OsString>,
    (wall, cpu_s): (Duration, u64),
    output: Output<'a>,
) -> Result<Vec<u8>, JobError> {
    let run = Run {
        program: &context.tools.ffprobe,
        args,
        cage: Cage {
            read: vec![source.to_owned()],
            write: job.folder.clone(),
            cpu_s: cpu_s + job.version.bytes / PROBE_BYTES_PER_CPU_S,
            file_bytes: 0,
            urgency: job.urgency(),
            relaxed: false,
        },
        wall,
        output,
        input: None,
    };
    Ok(context.tools.launcher.run(run).await.map_err(explain)?.stdout)
}

/// What a failed ffprobe means: of the file, where it is the file's fault.
fn explain(error: RunError) -> JobError {
    match error {
        RunError::Failed { signal: None, stderr } => JobError::Refused(probe_failure(&stderr)),
        RunError::Stalled | RunError::TooLong => {
            MediaRefusal::damaged("reading it does not come to an end").into()
        }
        RunError::TooMuchOutput => {
            MediaRefusal::damaged("its description is larger than any real one").into()
        }
        RunError::TooMuchMemory { .. } | RunError::TooManyThreads | RunError::TooMuchWritten => {
            MediaRefusal::too_large("reading it takes more of the machine than any real one").into()
        }
        RunError::Refused(refusal) => refusal.into(),
        // A crash, or our own trouble: tried again.
        other => other.into(),
    }
}
