//! Reads what ffmpeg writes with `-f mp4 -movflags +cmaf...+empty_moov+default_base_moof`: one track, its
//! initialisation and its samples. Used by the packager. Hostile or cut bytes give an error, never a panic and
//! never memory beyond [`CHUNK_SAMPLES_MAX`] small records.

use crate::boxes::{Box4, boxes, child, descend, read_u32, read_u64};
use crate::limits::CHUNK_SAMPLES_MAX;
use crate::nal::AvcConfig;
use std::ops::Range;

/// Why an encoded chunk is not what was ordered. The job is tried again; it is never served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The boxes do not add up.
    #[error("the encoder's file is malformed: {0}")]
    Malformed(&'static str),
    /// Another number of samples than planned.
    #[error("{expected} frames were ordered, {found} came")]
    Count {
        /// Planned.
        expected: u64,
        /// Found.
        found: u64,
    },
    /// A sample lies elsewhere than planned.
    #[error("frame {frame} does not lie where it should")]
    Time {
        /// Its number in the chunk.
        frame: u64,
    },
    /// A segment does not begin with a key frame, or has another within.
    #[error("key frames do not lie at the start of segments (frame {frame})")]
    Key {
        /// Its number in the chunk.
        frame: u64,
    },
    /// The initialisation says something else than the plan.
    #[error("the encoder's settings differ from the plan: {0}")]
    Settings(String),
}

/// One track as read.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// `ftyp` and `moov`, as one run of bytes.
    pub(crate) init: Range<usize>,
    /// Ticks per second.
    pub(crate) timescale: u32,
    /// Samples in order of decoding.
    pub(crate) samples: Vec<Sample>,
    /// Decode time of the first.
    pub(crate) start: u64,
}

/// One sample (picture or AAC frame).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Bytes in the file.
    pub(crate) data: Range<usize>,
    /// Ticks until the next one is decoded.
    pub(crate) duration: u32,
    /// Ticks from decoding to showing; below zero allowed.
    pub(crate) shift: i32,
    /// Decodable on its own.
    pub(crate) key: bool,
}

const TFHD_BASE_OFFSET: u32 = 0x1;
const TFHD_DESCRIPTION: u32 = 0x2;
const TFHD_DURATION: u32 = 0x8;
const TFHD_SIZE: u32 = 0x10;
const TFHD_FLAGS: u32 = 0x20;
const TRUN_OFFSET: u32 = 0x1;
const TRUN_FIRST_FLAGS: u32 = 0x4;
const TRUN_DURATION: u32 = 0x100;
const TRUN_SIZE: u32 = 0x200;
const TRUN_FLAGS: u32 = 0x400;
const TRUN_SHIFT: u32 = 0x800;
/// `sample_is_non_sync_sample`.
const NOT_KEY: u32 = 0x1_0000;

#[derive(Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

/// Words one after the other.
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Result<u32, PackError> {
        let word = read_u32(self.bytes, self.at).ok_or(PackError::Malformed("a table is cut short"))?;
        self.at += 4;
        Ok(word)
    }

    fn next_if(&mut self, wanted: bool) -> Result<Option<u32>, PackError> {
        if wanted { self.next().map(Some) } else { Ok(None) }
    }
}

impl Track {
    /// Reads a whole file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Track, PackError> {
        let moov = child(bytes, 0..bytes.len(), b"moov").ok_or(PackError::Malformed("no moov"))?;
        let init_start =
            child(bytes, 0..moov.whole.start, b"ftyp").map_or(moov.whole.start, |ftyp| ftyp.whole.start);
        if boxes(bytes, moov.body.clone()).filter(|found| &found.kind == b"trak").count() != 1 {
            return Err(PackError::Malformed("not one track"));
        }
        if descend(bytes, moov.body.clone(), &[b"trak", b"edts"]).is_some() {
            return Err(PackError::Malformed("an edit list"));
        }
        let timescale = timescale_at(bytes, &moov)
            .and_then(|at| read_u32(bytes, at))
            .filter(|scale| *scale > 0)
            .ok_or(PackError::Malformed("no timescale"))?;
        let mut track = Track { init: init_start..moov.whole.end, timescale, samples: Vec::new(), start: 0 };
        let defaults = trex(bytes, &moov);
        let mut next_time = None;
        for moof in boxes(bytes, moov.whole.end..bytes.len()).filter(|found| &found.kind == b"moof") {
            track.fragment(bytes, &moof, defaults, &mut next_time)?;
        }
        Ok(track)
    }

    fn fragment(
        &mut self,
        bytes: &[u8],
        moof: &Box4,
        mut defaults: Defaults,
        next_time: &mut Option<u64>,
    ) -> Result<(), PackError> {
        let traf = child(bytes, moof.body.clone(), b"traf").ok_or(PackError::Malformed("no traf"))?;
        let tfhd = child(bytes, traf.body.clone(), b"tfhd").ok_or(PackError::Malformed("no tfhd"))?;
        let mut words = Words { bytes: &bytes[..tfhd.body.end], at: tfhd.body.start };
        let flags = words.next()? & 0xff_ffff;
        words.next()?; // track
        if flags & TFHD_BASE_OFFSET != 0 {
            return Err(PackError::Malformed("absolute offsets"));
        }
        words.next_if(flags & TFHD_DESCRIPTION != 0)?;
        defaults.duration = words.next_if(flags & TFHD_DURATION != 0)?.unwrap_or(defaults.duration);
        defaults.size = words.next_if(flags & TFHD_SIZE != 0)?.unwrap_or(defaults.size);
        defaults.flags = words.next_if(flags & TFHD_FLAGS != 0)?.unwrap_or(defaults.flags);
        let tfdt = child(bytes, traf.body.clone(), b"tfdt").ok_or(PackError::Malformed("no tfdt"))?;
        let time = match bytes.get(tfdt.body.start) {
            Some(1) => read_u64(&bytes[..tfdt.body.end], tfdt.body.start + 4),
            _ => read_u32(&bytes[..tfdt.body.end], tfdt.body.start + 4).map(u64::from),
        }
        .ok_or(PackError::Malformed("no decode time"))?;
        match *next_time {
            None => self.start = time,
            Some(expected) if expected == time => {}
            Some(_) => return Err(PackError::Time { frame: self.samples.len() as u64 }),
        }
        let mut now = time;
        for trun in boxes(bytes, traf.body.clone()).filter(|found| &found.kind == b"trun") {
            now = self.run(bytes, moof, &trun, defaults, now)?;
        }
        *next_time = Some(now);
        Ok(())
    }

    fn run(
        &mut self,
        bytes: &[u8],
        moof: &Box4,
        trun: &Box4,
        defaults: Defaults,
        mut now: u64,
    ) -> Result<u64, PackError> {
        let mut words = Words { bytes: &bytes[..trun.body.end], at: trun.body.start };
        let flags = words.next()? & 0xff_ffff;
        let count = words.next()?;
        if self.samples.len() + count as usize > CHUNK_SAMPLES_MAX {
            return Err(PackError::Malformed("more samples than any chunk has"));
        }
        let offset =
            words.next_if(flags & TRUN_OFFSET != 0)?.ok_or(PackError::Malformed("no data offset"))?;
        let first_flags = words.next_if(flags & TRUN_FIRST_FLAGS != 0)?;
        let mut at = moof
            .whole
            .start
            .checked_add(offset as usize)
            .ok_or(PackError::Malformed("an offset beyond the file"))?;
        for number in 0..count {
            let duration = words.next_if(flags & TRUN_DURATION != 0)?.unwrap_or(defaults.duration);
            let size = words.next_if(flags & TRUN_SIZE != 0)?.unwrap_or(defaults.size);
            let own_flags = words.next_if(flags & TRUN_FLAGS != 0)?;
            let shift = words.next_if(flags & TRUN_SHIFT != 0)?.unwrap_or(0);
            let sample_flags = own_flags.or(first_flags.filter(|_| number == 0)).unwrap_or(defaults.flags);
            let end = at.checked_add(size as usize).filter(|end| *end <= bytes.len());
            let end = end.ok_or(PackError::Malformed("a sample beyond the end of the file"))?;
            self.samples.push(Sample {
                data: at..end,
                duration,
                shift: shift.cast_signed(),
                key: sample_flags & NOT_KEY == 0,
            });
            at = end;
            now = now.saturating_add(u64::from(duration));
        }
        Ok(now)
    }

    /// The H.264 configuration's codec string, e.g. `avc1.640028`.
    pub(crate) fn avc_codec(&self, bytes: &[u8]) -> Option<String> {
        self.avc_config(bytes).map(|config| config.codec())
    }

    /// The H.264 configuration.
    pub(crate) fn avc_config(&self, bytes: &[u8]) -> Option<AvcConfig> {
        let init = &bytes[self.init.clone()];
        let stsd = descend(init, 0..init.len(), &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"])?;
        let avc1 = child(init, stsd.body.start + 8..stsd.body.end, b"avc1")?;
        // The fixed part of a picture's entry is 78 bytes long.
        let avcc = child(init, avc1.body.start + 78..avc1.body.end, b"avcC")?;
        AvcConfig::read(&init[avcc.body])
    }
}

/// How many bytes of a file that is still being written are its beginning and whole fragments; 0 before the first.
pub(crate) fn whole_fragments(bytes: &[u8]) -> usize {
    let mut whole = 0;
    let mut within = false;
    for found in boxes(bytes, 0..bytes.len()) {
        match &found.kind {
            b"moof" => within = true,
            b"mdat" if within => (whole, within) = (found.whole.end, false),
            _ => {}
        }
    }
    whole
}

/// Where the track's ticks per second stand.
fn timescale_at(bytes: &[u8], moov: &Box4) -> Option<usize> {
    let mdhd = descend(bytes, moov.body.clone(), &[b"trak", b"mdia", b"mdhd"])?;
    let at = mdhd.body.start + if bytes.get(mdhd.body.start) == Some(&1) { 20 } else { 12 };
    (at + 4 <= mdhd.body.end).then_some(at)
}

/// Sets the ticks per second of an initialisation.
pub(crate) fn set_timescale(init: &mut [u8], ticks: u32) -> Result<(), PackError> {
    let at = child(init, 0..init.len(), b"moov").and_then(|moov| timescale_at(init, &moov));
    let at = at.ok_or(PackError::Malformed("no timescale"))?;
    init[at..at + 4].copy_from_slice(&ticks.to_be_bytes());
    Ok(())
}

/// Defaults of the track out of `mvex/trex`.
fn trex(bytes: &[u8], moov: &Box4) -> Defaults {
    let Some(trex) = descend(bytes, moov.body.clone(), &[b"mvex", b"trex"]) else {
        return Defaults::default();
    };
    let word = |at: usize| read_u32(&bytes[..trex.body.end], trex.body.start + at).unwrap_or(0);
    Defaults { duration: word(12), size: word(16), flags: word(20) }
}
