//! The probe: first bytes, streams, packets, beginnings of key frames, plan. Ends with facts and plan stored, the version processing and all
//! other jobs enqueued, in one transaction; or with a refusal in plain words.

use crate::context::{Context, Job};
use crate::failure::JobError;
use crate::launcher::{Output, Run, RunError};
use crate::sandbox::Cage;
use bytes::Bytes;
use media::limits::PROBE_BYTES_MAX;
use media::{
    CopyPlan, FrameTable, KEY_LOOK_BYTES, KEY_LOOK_BYTES_MAX, MediaRefusal, ObjectRef, PacketIndex,
    PacketIndexReader, Plan, ProbeAnswer, SNIFF_BYTES, SourceFacts, audio_packet_args, packet_args,
    probe_args, probe_failure, sniff,
};
use protocol::VersionId;
use protocol::rest::VersionState;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use store::catalog::VersionUpdate;
use store::jobs::JobDone;

/// Longest time for reading the streams: headers only, but on slow disks with badly placed tables.
const STREAMS_WALL: Duration = Duration::from_secs(120);
/// Longest time for reading all packets: 200 GiB at 50 MB/s.
const PACKETS_WALL: Duration = Duration::from_secs(4_500);
/// Largest answer about the first 500 packets of a sound track, bytes; one line has about 20.
const AUDIO_PACKETS_BYTES_MAX: usize = 64 * 1024;
/// Processor time for reading the streams of any file, seconds: real ones take a tenth of it. Together with
/// [`PACKETS_CPU_S`] a verdict comes within 10 s also where somebody wants it not to come.
const STREAMS_CPU_S: u64 = 3;
/// Processor time for reading the packets of any file, seconds: seven hours of small ones take half of it.
const PACKETS_CPU_S: u64 = 7;
/// Bytes read per second of processor time beyond that; 20 times as many were measured (217 MB in 0.5 s).
const PROBE_BYTES_PER_CPU_S: u64 = 20_000_000;

pub(super) async fn run(context: &Context, job: &Job) -> Result<JobDone, JobError> {
    let version = job.version.version;
    let head = context.store.blobs.read(&Plan::source_key(version), 0..SNIFF_BYTES as u64).await?;
    let container = sniff(&head)?;
    let source = context.source(version).await?;
    let mut json = Vec::new();
    let output = Output::Capture { bytes_max: PROBE_BYTES_MAX };
    match ffprobe(
        context,
        job,
        &source,
        probe_args(container, &source),
        (STREAMS_WALL, STREAMS_CPU_S),
        output,
    )
    .await
    {
        Ok(answer) => json = answer,
        Err(error) => explain(error)?,
    }
    let answer = ProbeAnswer::read(&String::from_utf8_lossy(&json))?;
    let mut reader = PacketIndexReader::default();
    let mut take = |line: &str| reader.line(line);
    let args = packet_args(container, answer.video_stream(), &source);
    let outcome =
        ffprobe(context, job, &source, args, (PACKETS_WALL, PACKETS_CPU_S), Output::Lines(&mut take)).await;
    if let Err(error) = outcome {
        explain(error)?;
    }
    let mut index = reader.finish()?;
    let bytes = context.store.blobs.stat(&Plan::source_key(version)).await?.map_or(0, |stat| stat.bytes);
    let mut facts = answer.facts(&index, bytes)?;
    for stream in facts.audio_to_refine() {
        let args = audio_packet_args(container, stream, &source);
        let output = Output::Capture { bytes_max: AUDIO_PACKETS_BYTES_MAX };
        match ffprobe(context, job, &source, args, (STREAMS_WALL, STREAMS_CPU_S), output).await {
            Ok(packets) => facts.refine_audio(stream, &String::from_utf8_lossy(&packets)),
            Err(error) => explain(error)?,
        }
    }
    look_at_keys(context, version, &facts, &mut index).await?;
    plan(context, job, &facts, &index).await
}

/// Reads the beginnings of key frames where the source may be served as it is.
async fn look_at_keys(
    context: &Context,
    version: VersionId,
    facts: &SourceFacts,
    index: &mut PacketIndex,
) -> Result<(), JobError> {
    let Some(avc) = &facts.video.avc else { return Ok(()) };
    let renditions = media::ladder::ladder(facts.video.width, facts.video.height, facts.rate());
    if !CopyPlan::is_candidate(facts, index, &renditions) {
        return Ok(());
    }
    let source = Plan::source_key(version);
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

async fn plan(
    context: &Context,
    job: &Job,
    facts: &SourceFacts,
    index: &PacketIndex,
) -> Result<JobDone, JobError> {
    let version = job.version.version;
    let hash = job.version.sha256.map(hex::encode).unwrap_or_default();
    let plan = Plan::new(facts, index, &hash, &context.tools.build);
    let table = FrameTable::new(&facts.video.grid, plan.frames, index);
    let table = serde_json::to_vec(&table)
        .map_err(|error| JobError::Broken(format!("the frame table cannot be written: {error}")))?;
    context.store.blobs.put(&plan.key(version, &ObjectRef::Frames), Bytes::from(table)).await?;
    let text = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| JobError::Broken(format!("the plan cannot be written: {error}")))
    };
    Ok(JobDone {
        version: Some(VersionUpdate {
            state: Some(VersionState::Processing),
            grid: Some((plan.rate, plan.frames)),
            facts: Some(text(serde_json::to_string(facts))?),
            plan: Some(text(serde_json::to_string(&plan))?),
            ..VersionUpdate::default()
        }),
        enqueue: plan.jobs().into_iter().map(|spec| context.new_job(spec, version, Some(&plan))).collect(),
    })
}

async fn ffprobe<'a>(
    context: &'a Context,
    job: &Job,
    source: &Path,
    args: Vec<OsString>,
    (wall, cpu_s): (Duration, u64),
    output: Output<'a>,
) -> Result<Vec<u8>, RunError> {
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
    Ok(context.tools.launcher.run(run).await?.stdout)
}

/// What a failed ffprobe means: of the file, where it is the file's fault.
fn explain(error: RunError) -> Result<(), JobError> {
    Err(match error {
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
    })
}
