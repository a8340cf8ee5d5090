//! The packager: from one encoded chunk to verified objects. Called by the worker when ffmpeg has ended, and for segments
//! that somebody waits for while it still writes; what it returns may be stored under final keys and served at once,
//! what it refuses never is.
//!
//! Segments are written anew rather than patched: one `moof` and one `mdat` each, 64-bit decode times on the
//! version's own clock, numbered from 1. The frames' bytes are copied as they are.

use crate::audio_plan::FRAME_SAMPLES;
use crate::boxes::{child, descend, read_u32, write_box};
use crate::fragment::{PackError, Sample, Track, set_timescale, whole_fragments};
use crate::ladder::Rendition;
use crate::nal::{FirstSlice, first_slice, keeps_sequence};
use crate::objects::ObjectRef;
use crate::plan::Plan;
use std::ops::Range;

/// An object ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedObject {
    /// Which.
    pub object: ObjectRef,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Sample flags of a key frame: depends on no other.
const KEY_FLAGS: u32 = 0x0200_0000;
/// Sample flags of any other picture: depends on others, not a sync sample.
const OTHER_FLAGS: u32 = 0x0101_0000;

impl Plan {
    /// Cuts and verifies a picture chunk: exact number of frames, one key frame at the start of each segment,
    /// every frame shown at its own place, the planned codec. `file` is what ffmpeg wrote for `rendition`.
    ///
    /// # Errors
    /// [`PackError`] when anything is not as planned.
    pub fn pack_chunk(
        &self,
        chunk: u32,
        rendition: &Rendition,
        file: &[u8],
    ) -> Result<Vec<PackedObject>, PackError> {
        let track = Track::read(file)?;
        let frames = self.chunk_frames(chunk);
        let expected = u64::try_from(frames.end - frames.start).unwrap_or(0);
        let found = track.samples.len() as u64;
        if found != expected {
            return Err(PackError::Count { expected, found });
        }
        self.picture_objects(chunk, rendition, file, &track)
    }

    /// As [`Plan::pack_chunk`], of what ffmpeg has written so far: the segments that are whole, each verified as it will
    /// be at the end. Empty before the first.
    ///
    /// # Errors
    /// [`PackError`] when what is there is not as planned.
    pub fn pack_begun(
        &self,
        chunk: u32,
        rendition: &Rendition,
        file: &[u8],
    ) -> Result<Vec<PackedObject>, PackError> {
        let whole = whole_fragments(file);
        if whole == 0 {
            return Ok(Vec::new());
        }
        let file = &file[..whole];
        self.picture_objects(chunk, rendition, file, &Track::read(file)?)
    }

    /// The initialisation and every segment of a picture chunk whose samples are all there.
    fn picture_objects(
        &self,
        chunk: u32,
        rendition: &Rendition,
        file: &[u8],
        track: &Track,
    ) -> Result<Vec<PackedObject>, PackError> {
        if track.timescale != self.timescale {
            return Err(PackError::Settings(format!("{} ticks per second", track.timescale)));
        }
        let codec = track.avc_codec(file).unwrap_or_default();
        if codec != rendition.codec() {
            return Err(PackError::Settings(format!("codec {codec} instead of {}", rendition.codec())));
        }
        if track.start != 0 {
            return Err(PackError::Time { frame: 0 });
        }
        let name = || rendition.name.clone();
        let mut objects = vec![PackedObject {
            object: ObjectRef::Init { rendition: name() },
            bytes: file[track.init.clone()].to_vec(),
        }];
        let start = self.chunk_frames(chunk).start;
        for index in self.chunk_segments(chunk) {
            let range = self.segment_range(index);
            let first = usize::try_from(range.start - start).expect("a segment lies in its chunk");
            let last = usize::try_from(range.end - start).expect("a segment lies in its chunk");
            let Some(samples) = track.samples.get(first..last) else { break };
            self.verify_segment(first as u64, samples)?;
            let bytes = segment(index + 1, self.segment_ticks(index), self.frame_ticks, samples, file);
            objects.push(PackedObject { object: ObjectRef::Segment { rendition: name(), index }, bytes });
        }
        Ok(objects)
    }

    /// Cuts and verifies a chunk of the copied rendition: exactly the planned frames, each at its own place, every
    /// segment with a picture first that clears everything before it, one decoder setting throughout. `file` is what
    /// ffmpeg copied, with the source's own times; what lies before and after the chunk is dropped.
    ///
    /// # Errors
    /// [`PackError`] when the source's packets are not as the probe saw them.
    pub fn pack_copy(&self, chunk: u32, file: &[u8]) -> Result<Vec<PackedObject>, PackError> {
        let Some(copy) = self.copy.as_ref().filter(|copy| chunk < copy.chunks()) else {
            return Err(PackError::Settings("there is no such part of a copy in the plan".to_owned()));
        };
        let track = Track::read(file)?;
        if track.timescale != self.picture.grid.time_base.den {
            return Err(PackError::Settings(format!("{} ticks per second", track.timescale)));
        }
        let config = track
            .avc_config(file)
            .filter(|config| config.codec() == copy.codec)
            .ok_or_else(|| PackError::Settings("another codec than the probe saw".to_owned()))?;
        let places = self.places_of(&track);
        let frames = copy.chunk_frames(chunk);
        let first = places.iter().position(|place| *place == frames.start);
        let expected = usize::try_from(frames.end - frames.start).unwrap_or(0);
        let found = first.map_or(0, |first| places.len() - first);
        let Some(first) = first.filter(|_| found >= expected) else {
            return Err(PackError::Count { expected: expected as u64, found: found as u64 });
        };
        let mut init = file[track.init.clone()].to_vec();
        set_timescale(&mut init, self.timescale)?;
        let rendition = || copy.name.clone();
        let mut objects =
            vec![PackedObject { object: ObjectRef::Init { rendition: rendition() }, bytes: init }];
        for index in copy.chunk_segments(chunk) {
            let range = copy.segment_range(index);
            let at = |frame: i64| {
                first + usize::try_from(frame - frames.start).expect("a segment lies in its chunk")
            };
            let samples = self.copied_samples(
                &range,
                &track.samples[at(range.start)..at(range.end)],
                &places[at(range.start)..at(range.end)],
            )?;
            let frame = u64::try_from(range.start).unwrap_or(0);
            let head = &file[samples[0].data.clone()];
            if first_slice(head, head.len() as u64, config.length_size) != FirstSlice::Instant {
                return Err(PackError::Key { frame });
            }
            if samples.iter().any(|sample| !keeps_sequence(&file[sample.data.clone()], &config)) {
                return Err(PackError::Settings("the decoder's setting changes on the way".to_owned()));
            }
            let ticks = frame * u64::from(self.frame_ticks);
            let bytes = segment(index + 1, ticks, self.frame_ticks, &samples, file);
            objects
                .push(PackedObject { object: ObjectRef::Segment { rendition: rendition(), index }, bytes });
        }
        Ok(objects)
    }

    /// The place on the grid of each sample of a copy.
    fn places_of(&self, track: &Track) -> Vec<i64> {
        let mut now = track.start.cast_signed();
        let mut places = Vec::with_capacity(track.samples.len());
        for sample in &track.samples {
            places.push(self.picture.grid.place(now.saturating_add(i64::from(sample.shift))));
            now = now.saturating_add(i64::from(sample.duration));
        }
        places
    }

    /// The samples of a copied segment, moved onto the grid.
    fn copied_samples(
        &self,
        range: &Range<i64>,
        samples: &[Sample],
        places: &[i64],
    ) -> Result<Vec<Sample>, PackError> {
        let mut shown = vec![false; samples.len()];
        let mut moved = Vec::with_capacity(samples.len());
        for (at, (sample, place)) in samples.iter().zip(places).enumerate() {
            let frame = u64::try_from(range.start).unwrap_or(0) + at as u64;
            let inside = usize::try_from(place - range.start).ok();
            match inside.and_then(|inside| shown.get_mut(inside)) {
                Some(shown) if !*shown => *shown = true,
                _ => return Err(PackError::Time { frame }),
            }
            let shift = (place - range.start - at as i64) * i64::from(self.frame_ticks);
            moved.push(Sample {
                data: sample.data.clone(),
                duration: self.frame_ticks,
                shift: i32::try_from(shift).map_err(|_| PackError::Time { frame })?,
                key: at == 0,
            });
        }
        if moved.is_empty() { Err(PackError::Count { expected: 1, found: 0 }) } else { Ok(moved) }
    }

    /// Drops the frames before and after a sound chunk, verifies the grid and cuts segments. `file` is what ffmpeg
    /// wrote for `chunk`.
    ///
    /// # Errors
    /// [`PackError`] when anything is not as planned.
    pub fn pack_audio(
        &self,
        track_number: u32,
        chunk: u32,
        file: &[u8],
    ) -> Result<Vec<PackedObject>, PackError> {
        let Some(audio) = self.sound(track_number) else {
            return Err(PackError::Settings("there is no such sound in the plan".to_owned()));
        };
        let track = Track::read(file)?;
        if track.timescale != crate::audio_plan::SAMPLE_RATE {
            return Err(PackError::Settings(format!("{} samples per second", track.timescale)));
        }
        let window = audio.window(chunk);
        let kept = track.samples.get(window.drop as usize..(window.drop + window.keep) as usize).ok_or(
            PackError::Count {
                expected: u64::from(window.drop + window.keep),
                found: track.samples.len() as u64,
            },
        )?;
        if let Some(at) = track.samples[..(window.drop + window.keep) as usize]
            .iter()
            .position(|sample| sample.duration != FRAME_SAMPLES || sample.shift != 0 || !sample.key)
        {
            return Err(PackError::Time { frame: at as u64 });
        }
        let mut objects = vec![PackedObject {
            object: ObjectRef::AudioInit { track: track_number },
            bytes: file[track.init.clone()].to_vec(),
        }];
        let segments = audio.chunk_segments(chunk);
        let first = audio.segment_frames(segments.start).start;
        for index in segments {
            let frames = audio.segment_frames(index);
            let samples = &kept[(frames.start - first) as usize..(frames.end - first) as usize];
            let time = u64::from(frames.start) * u64::from(FRAME_SAMPLES);
            let bytes = segment(index + 1, time, FRAME_SAMPLES, samples, file);
            objects
                .push(PackedObject { object: ObjectRef::AudioSegment { track: track_number, index }, bytes });
        }
        Ok(objects)
    }

    /// One key frame, at the start; the frames of the segment shown each at its own place, in some order.
    fn verify_segment(&self, first: u64, samples: &[Sample]) -> Result<(), PackError> {
        let ticks = i64::from(self.frame_ticks);
        let mut shown = vec![false; samples.len()];
        for (at, sample) in samples.iter().enumerate() {
            let frame = first + at as u64;
            if sample.key != (at == 0) {
                return Err(PackError::Key { frame });
            }
            if sample.duration != self.frame_ticks {
                return Err(PackError::Time { frame });
            }
            let time = at as i64 * ticks + i64::from(sample.shift);
            let place = usize::try_from(time / ticks).ok().filter(|_| time >= 0 && time % ticks == 0);
            match place.and_then(|place| shown.get_mut(place)) {
                Some(place) if !*place => *place = true,
                _ => return Err(PackError::Time { frame }),
            }
        }
        Ok(())
    }
}

/// Checks that a chunk's initialisation is, byte for byte, the one that is served already. Players load it once.
///
/// # Errors
/// [`PackError::Settings`].
pub fn verify_init(served: &[u8], made: &[u8]) -> Result<(), PackError> {
    if served == made {
        Ok(())
    } else {
        Err(PackError::Settings("another initialisation than before".to_owned()))
    }
}

/// Where the first picture of one of our own segments ends, counted from the segment's start, which is where a
/// player of key frames may stop reading. `head` is the segment's beginning with its whole `moof`.
///
/// # Errors
/// [`PackError::Malformed`] for bytes that are not such a beginning.
pub fn first_picture_end(head: &[u8]) -> Result<u64, PackError> {
    let malformed = || PackError::Malformed("no segment of ours");
    let moof =
        child(head, 0..head.len(), b"moof").filter(|moof| moof.whole.start == 0).ok_or_else(malformed)?;
    let trun = descend(head, moof.body, &[b"traf", b"trun"]).ok_or_else(malformed)?;
    let word = |at: usize| read_u32(&head[..trun.body.end], trun.body.start + at).ok_or_else(malformed);
    // Ours have: flags, count, data offset, flags of the first sample where it differs, then sizes.
    let flags = word(0)? & 0xff_ffff;
    if flags & 0x201 != 0x201 || flags & 0x500 != 0 || word(4)? == 0 {
        return Err(malformed());
    }
    let size = word(if flags & 0x4 == 0 { 12 } else { 16 })?;
    Ok(u64::from(word(8)?) + u64::from(size))
}

/// Writes one segment.
fn segment(sequence: u32, decode_time: u64, duration: u32, samples: &[Sample], file: &[u8]) -> Vec<u8> {
    let payload: usize = samples.iter().map(|sample| sample.data.len()).sum();
    let mut out = Vec::with_capacity(payload + 128 + samples.len() * 8);
    let shifted = samples.iter().any(|sample| sample.shift != 0);
    let all_key = samples.iter().all(|sample| sample.key);
    let mut offset_at = 0;
    write_box(&mut out, b"moof", |out| {
        write_box(out, b"mfhd", |out| words(out, &[0, sequence]));
        write_box(out, b"traf", |out| {
            let flags = if all_key { KEY_FLAGS } else { OTHER_FLAGS };
            // default-base-is-moof, default duration, default flags; track 1.
            write_box(out, b"tfhd", |out| words(out, &[0x02_0028, 1, duration, flags]));
            write_box(out, b"tfdt", |out| {
                words(out, &[0x0100_0000]);
                out.extend(decode_time.to_be_bytes());
            });
            write_box(out, b"trun", |out| {
                let count = u32::try_from(samples.len()).expect("bounded by CHUNK_SAMPLES_MAX");
                let flags = 0x201 | if all_key { 0 } else { 0x4 } | if shifted { 0x800 } else { 0 };
                words(out, &[0x0100_0000 | flags, count]);
                offset_at = out.len();
                words(out, &[0]);
                if !all_key {
                    words(out, &[KEY_FLAGS]);
                }
                for sample in samples {
                    words(out, &[u32::try_from(sample.data.len()).expect("sizes were read from 32 bits")]);
                    if shifted {
                        words(out, &[sample.shift.cast_unsigned()]);
                    }
                }
            });
        });
    });
    let data_offset = u32::try_from(out.len() + 8).expect("a header is a few kilobytes");
    out[offset_at..offset_at + 4].copy_from_slice(&data_offset.to_be_bytes());
    write_box(&mut out, b"mdat", |out| {
        for sample in samples {
            out.extend(&file[sample.data.clone()]);
        }
    });
    out
}

fn words(out: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        out.extend(word.to_be_bytes());
    }
}
