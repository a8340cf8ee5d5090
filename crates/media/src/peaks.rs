//! The waveform: lowest and highest sample of every hundredth of a second of a sound track, as the page draws it.
//! Made along with each chunk of sound from mono samples that ffmpeg writes beside it, joined to one overview when
//! the last chunk is there.
//!
//! Form of an object: the letters `GLPK`, a version byte (1) and three zero bytes, samples (of 48,000 a second) per
//! peak and number of peaks as 32-bit little-endian numbers, then for each peak two signed bytes, lowest and
//! highest, of which 128 are full scale.

use crate::audio_plan::{AudioPlan, AudioWindow, FRAME_SAMPLES};
use crate::fragment::PackError;
use std::ops::Range;

/// Name of the file with mono samples (16 bits, little-endian) in the job folder.
pub const PEAKS_FILE: &str = "peaks.pcm";
/// Samples of one peak at 48 kHz: a hundredth of a second.
pub const PEAK_SAMPLES: u32 = 480;
/// Most peaks of an overview, whatever the length: about as many as a wide screen has pixels. 8 KiB.
pub const OVERVIEW_PEAKS_MAX: u32 = 4_096;
/// Bytes before the peaks.
pub const HEAD_BYTES: usize = 16;

/// Lowest and highest sample of a stretch, 128 being full scale.
pub type Peak = (i8, i8);

impl AudioPlan {
    /// Peaks of the whole track.
    #[must_use]
    pub fn peaks(&self) -> u32 {
        peak_at_or_after(self.aac_frames)
    }

    /// Peaks that a chunk makes: those that begin in it.
    #[must_use]
    pub fn peaks_of(&self, chunk: u32) -> Range<u32> {
        let segments = self.chunk_segments(chunk);
        let from = self.segment_frames(segments.start).start;
        let to = self.segment_frames(segments.end).start;
        peak_at_or_after(from)..peak_at_or_after(to)
    }

    /// Samples of a chunk's window that its peaks are made of, counted from the window's first sample to encode.
    #[must_use]
    pub(crate) fn peak_samples(&self, chunk: u32, window: &AudioWindow) -> Range<u32> {
        let first = self.segment_frames(self.chunk_segments(chunk).start).start - (window.drop - 1);
        let peaks = self.peaks_of(chunk);
        let place = |peak: u32| {
            u32::try_from(
                u64::from(peak) * u64::from(PEAK_SAMPLES) - u64::from(first) * u64::from(FRAME_SAMPLES),
            )
            .expect("peaks of a chunk lie in its window")
        };
        place(peaks.start)..place(peaks.end)
    }

    /// Peaks of a chunk out of its mono samples, as an object.
    ///
    /// # Errors
    /// [`PackError::Count`] when there are more or fewer samples than planned.
    pub fn pack_peaks(&self, chunk: u32, pcm: &[u8]) -> Result<Vec<u8>, PackError> {
        let peaks = self.peaks_of(chunk);
        let expected = u64::from(peaks.end - peaks.start) * u64::from(PEAK_SAMPLES) * 2;
        if pcm.len() as u64 != expected {
            return Err(PackError::Count { expected, found: pcm.len() as u64 });
        }
        let found = pcm.chunks_exact(PEAK_SAMPLES as usize * 2).map(|stretch| {
            let samples = stretch.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
            let (low, high) =
                samples.fold((i16::MAX, i16::MIN), |(low, high), at| (low.min(at), high.max(at)));
            let coarse = |sample: i16| i8::try_from(sample >> 8).unwrap_or_default();
            (coarse(low), coarse(high))
        });
        Ok(write(PEAK_SAMPLES, found))
    }

    /// The overview out of the chunks' objects, in order.
    ///
    /// # Errors
    /// [`PackError::Malformed`] or [`PackError::Count`] when they are not those of this track.
    pub fn overview(&self, chunks: &[Vec<u8>]) -> Result<Vec<u8>, PackError> {
        let mut peaks = Vec::new();
        for chunk in chunks {
            peaks.extend(read(chunk).ok_or(PackError::Malformed("no peaks"))?.1);
        }
        let (expected, found) = (u64::from(self.peaks()), peaks.len() as u64);
        if expected != found {
            return Err(PackError::Count { expected, found });
        }
        let step = self.peaks().div_ceil(OVERVIEW_PEAKS_MAX).max(1);
        let joined = peaks.chunks(step as usize).map(|stretch| {
            stretch.iter().fold((i8::MAX, i8::MIN), |(low, high), peak| (low.min(peak.0), high.max(peak.1)))
        });
        Ok(write(PEAK_SAMPLES * step, joined))
    }
}

/// The first peak that begins at or after an AAC frame.
fn peak_at_or_after(aac_frame: u32) -> u32 {
    let samples = u64::from(aac_frame) * u64::from(FRAME_SAMPLES);
    u32::try_from(samples.div_ceil(u64::from(PEAK_SAMPLES))).expect("bounded by the longest video")
}

fn write(samples_per_peak: u32, peaks: impl Iterator<Item = Peak>) -> Vec<u8> {
    let mut out = b"GLPK\x01\0\0\0".to_vec();
    out.extend(samples_per_peak.to_le_bytes());
    out.extend([0; 4]);
    let mut count = 0_u32;
    for (low, high) in peaks {
        out.extend([low.cast_unsigned(), high.cast_unsigned()]);
        count += 1;
    }
    out[12..16].copy_from_slice(&count.to_le_bytes());
    out
}

/// Samples per peak and the peaks of an object; none for other bytes.
#[must_use]
pub fn read(object: &[u8]) -> Option<(u32, Vec<Peak>)> {
    let word = |at: usize| Some(u32::from_le_bytes(object.get(at..at + 4)?.try_into().ok()?));
    if object.get(..5)? != b"GLPK\x01" {
        return None;
    }
    let (samples, count) = (word(8)?, word(12)? as usize);
    let body = object.get(HEAD_BYTES..)?;
    if samples == 0 || body.len() != count.checked_mul(2)? {
        return None;
    }
    Some((samples, body.chunks_exact(2).map(|pair| (pair[0].cast_signed(), pair[1].cast_signed())).collect()))
}
