//! Loudness of a sound track after EBU R 128: measured once by ffmpeg over the whole track, applied by the page. The
//! sound itself is never changed. Called by the worker's loudness job.

use crate::audio_plan::AudioPlan;
use crate::ffmpeg_args::{allow, begin_with_report};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::Path;

/// What was measured of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loudness {
    /// Integrated loudness, hundredths of a LUFS; none for silence.
    pub integrated: Option<i32>,
    /// True peak over both channels, hundredths of a dBTP; none for silence.
    pub true_peak: Option<i32>,
}

/// Quieter than this counts as silence (R 128's absolute gate), hundredths of a LUFS.
const SILENCE: i32 = -7_000;

/// `ffmpeg` that measures a track as it is heard, in stereo; the report stands at the end of standard error.
#[must_use]
pub fn loudness_args(plan: &Plan, audio: &AudioPlan, source: &Path) -> Vec<OsString> {
    let mut args = begin_with_report();
    args.option("-threads", 1);
    allow(&mut args, plan.picture.container);
    args.put(["-vn", "-sn", "-dn", "-i"])
        .path(source)
        .option("-map", format!("0:{}", audio.stream))
        .put([
            "-af",
            "aformat=channel_layouts=stereo,aresample=48000,ebur128=peak=true:framelog=verbose",
            "-threads",
            "1",
            "-f",
            "null",
            "pipe:1",
        ])
        .done()
}

/// Reads the report. None: there is none.
#[must_use]
pub fn read_report(stderr: &str) -> Option<Loudness> {
    let summary = stderr.rsplit_once("Summary:")?.1;
    let value = |name: &str| -> Option<Option<i32>> {
        let line = summary.lines().map(str::trim).find_map(|line| line.strip_prefix(name))?;
        let number: f64 = line.split_whitespace().next()?.parse().ok()?;
        // Silence is written as -inf, or as the gate itself.
        Some((number.is_finite() && number.abs() < 1_000.0).then(|| (number * 100.0).round() as i32))
    };
    let integrated = value("I:")?.filter(|loudness| *loudness > SILENCE);
    Some(Loudness { integrated, true_peak: value("Peak:")?.filter(|peak| *peak > 2 * SILENCE) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REPORT: &str = "[Parsed_ebur128_2 @ 0x55] Summary:\n\n  Integrated loudness:\n    I:         -14.3 LUFS\n    Threshold: -24.5 LUFS\n\n  Loudness range:\n    LRA:         3.1 LU\n    Threshold: -34.5 LUFS\n    LRA low:   -16.0 LUFS\n    LRA high:  -12.9 LUFS\n\n  True peak:\n    Peak:       -0.7 dBFS\n";

    #[test]
    fn reports() {
        assert_eq!(read_report(REPORT), Some(Loudness { integrated: Some(-1430), true_peak: Some(-70) }));
        let silent = REPORT.replace("-14.3", "-70.0").replace("-0.7", "-inf");
        assert_eq!(read_report(&silent), Some(Loudness { integrated: None, true_peak: None }));
        assert_eq!(read_report("no report"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,300}") {
            let _ = read_report(&format!("Summary: I: {text} Peak: {text}"));
            let _ = read_report(&text);
        }
    }
}
