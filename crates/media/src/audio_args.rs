//! Arguments of the run that makes one chunk of sound, on the output's exact sample grid. Called by the worker's
//! audio job. Silence stands where the source has no sound.

use crate::audio_plan::{AudioPlan, AudioWindow, SAMPLE_RATE};
use crate::ffmpeg_args::{Input, begin, input, seconds};
use crate::peaks::PEAKS_FILE;
use crate::plan::Plan;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;

/// Name of the file in the job folder.
pub const AUDIO_FILE: &str = "audio.mp4";
/// How long before the first sample reading starts, microseconds: decoders need a few frames to settle (Opus 80 ms),
/// and transport streams are searched coarsely.
const SETTLE_US: i64 = 2_000_000;

/// `ffmpeg` for one chunk of sound. The encoder's constant-quantiser method is used: measured on a tone beside beeps,
/// the default one was off by 13 % of full scale at twice the bytes, and its rate control differs from chunk to chunk.
/// Writes [`AUDIO_FILE`] into `folder`, and for the waveform [`PEAKS_FILE`].
#[must_use]
pub fn audio_args(plan: &Plan, audio: &AudioPlan, chunk: u32, source: &Path, folder: &Path) -> Vec<OsString> {
    let window = audio.window(chunk);
    let mut args = begin();
    input(&mut args, plan.picture.container, 1, seek_time(audio, &window), Input::File(source));
    let mut graph = heard(audio, &window);
    let peaks = plan.peaks.then(|| audio.peak_samples(chunk, &window));
    match &peaks {
        Some(peaks) => {
            let _ = write!(
                graph,
                ",asplit=2[audio][heard];[heard]atrim=start_sample={}:end_sample={},{MONO}[peaks]",
                peaks.start, peaks.end
            );
        }
        None => graph.push_str("[audio]"),
    }
    args.option("-filter_complex", graph)
        .put(["-map", "[audio]", "-c:a", "aac", "-aac_coder", "fast", "-ac", "2", "-threads", "1"])
        .option("-ar", SAMPLE_RATE)
        .option("-b:a", audio.bits)
        .put([
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-fflags",
            "+bitexact",
            "-flags:a",
            "+bitexact",
            "-f",
            "mp4",
        ])
        .put(["-movflags", "+cmaf+empty_moov+default_base_moof", "-frag_duration", "4000000"])
        .path(&folder.join(AUDIO_FILE));
    if peaks.is_some() {
        args.put(["-map", "[peaks]", "-c:a", "pcm_s16le", "-f", "s16le"]).path(&folder.join(PEAKS_FILE));
    }
    args.done()
}

/// From stereo to what the waveform is made of.
const MONO: &str = "pan=mono|c0=0.5*c0+0.5*c1,aformat=sample_fmts=s16";

/// When to start reading for a window, in the form of ffmpeg; none: at the start of the file.
pub(crate) fn seek_time(audio: &AudioPlan, window: &AudioWindow) -> Option<String> {
    let seek_us = micros(audio, window.source_from) - SETTLE_US;
    (seek_us > micros(audio, audio.start.max(audio.zero))).then(|| seconds(seek_us))
}

/// The filter text that gives the samples of a window, in stereo at [`SAMPLE_RATE`], each at its own place.
pub(crate) fn heard(audio: &AudioPlan, window: &AudioWindow) -> String {
    let mut graph = format!("[0:{}]", audio.stream);
    if let Some(snap) = audio.snap {
        // The end of a frame is moved, since the first one of a file may be cut at its start by the decoder.
        let _ = write!(
            graph,
            "asetpts='st(0\\,round((PTS+NB_SAMPLES-({phase}))/{step})*{step}+({phase})-NB_SAMPLES);\
             if(lte(abs(ld(0)-PTS)\\,{tolerance})\\,ld(0)\\,PTS)',",
            phase = snap.phase,
            step = snap.step,
            tolerance = snap.tolerance
        );
    }
    let _ = write!(
        graph,
        "atrim=start_pts={from}:end_pts={to},asetpts=PTS-({from}),\
         aresample={SAMPLE_RATE}:async=1:min_comp=0.00001:first_pts=0:ocl=stereo:osf=fltp,\
         apad,atrim=start_sample={lead}:end_sample={end},asetpts=N",
        from = window.source_from,
        to = window.source_to,
        lead = window.lead,
        end = window.lead + window.samples
    );
    graph
}

/// Source samples as microseconds.
fn micros(audio: &AudioPlan, sample: i64) -> i64 {
    let micros = i128::from(sample) * 1_000_000 / i128::from(audio.source_rate);
    i64::try_from(micros).expect("bounded by the longest video")
}
