//! A film that is handed to a program in order while it is still coming: its index first, then only the bytes that one job
//! reads. The index is the file's own with the places of its samples moved to where they come in this order, so the
//! demuxer finds every sample without looking for it, and a pipe is enough. Called by the worker's chunk job.
//!
//! Tables of places: `stco` and `co64` of ISO/IEC 14496-12, 8.7.5.

use crate::boxes::{boxes, child, descend, read_u32, read_u64};
use crate::byte_needs::HEAD_BYTES;
use crate::index_place::IndexPlace;
use std::ops::Range;

/// Largest index that is handed over again for every job, bytes; one of eight hours has about 20 MiB.
pub const FEED_INDEX_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Bytes at the file's start that tell how long its first box is.
pub const BRAND_LOOK_BYTES: u64 = 8;
/// Longest box with a brand; real ones have about 32 bytes.
const BRAND_BYTES_MAX: u64 = 1024;

/// Length of the box with the brand, if the file begins with one.
#[must_use]
pub fn brand_bytes(head: &[u8]) -> u64 {
    let length = read_u32(head, 0).map_or(0, u64::from);
    if head.get(4..8) == Some(b"ftyp") && length <= BRAND_BYTES_MAX { length } else { 0 }
}

/// What is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Comes first: brand, index, the header of the media's box.
    pub front: Vec<u8>,
    /// Bytes of the file that follow, in this order.
    pub runs: Vec<Range<u64>>,
}

impl Feed {
    /// Puts it together. `brand` is the file's first box, or nothing; `index` the bytes of [`IndexPlace::index`]; `bytes` what
    /// the job reads. None if the index has no table of places, or a broken one.
    #[must_use]
    pub fn new(brand: &[u8], index: &[u8], place: &IndexPlace, bytes: &Range<u64>) -> Option<Feed> {
        let places = places(index)?;
        let runs = runs(place, bytes);
        let row = Row::of(&places, &runs)?;
        let length: u64 = runs.iter().map(|run| run.end - run.start).sum();
        let mut front = [brand, index].concat();
        let base = front.len() as u64 + 16;
        for Place { at, is_wide, value } in places {
            let at = brand.len() + at;
            let moved = moved(&runs, row, value, base)?;
            if is_wide {
                front[at..at + 8].copy_from_slice(&moved.to_be_bytes());
            } else {
                front[at..at + 4].copy_from_slice(&u32::try_from(moved).ok()?.to_be_bytes());
            }
        }
        front.extend(1_u32.to_be_bytes());
        front.extend(b"mdat");
        front.extend((16 + length).to_be_bytes());
        Some(Feed { front, runs })
    }
}

/// Whether a job that reads these bytes can have them in order: it does not seek, or only forward, beyond what tells the
/// demuxer what the streams are.
#[must_use]
pub(crate) fn is_in_order(place: &IndexPlace, bytes: &Range<u64>, seeks: bool) -> bool {
    place.index.end - place.index.start <= FEED_INDEX_BYTES_MAX
        && !bytes.is_empty()
        && bytes.start >= place.media
        && (!seeks || bytes.start >= place.media.saturating_add(HEAD_BYTES))
}

/// The head of the media and what the job reads; one run where they meet.
fn runs(place: &IndexPlace, bytes: &Range<u64>) -> Vec<Range<u64>> {
    let head = place.media..place.media.saturating_add(HEAD_BYTES);
    if bytes.start <= head.end {
        return std::iter::once(head.start..bytes.end).collect();
    }
    vec![head, bytes.clone()]
}

/// The row of samples (ISO/IEC 14496-12 calls it a chunk) in which the job begins. Samples are found by counting from where
/// their row begins, also where that is not handed over.
#[derive(Clone, Copy)]
struct Row {
    /// Where it begins; none if the job begins with a row, or everything is one run.
    begins: Option<u64>,
}

impl Row {
    /// None if the row begins in the head: then its first samples and those of the job cannot both be counted from it.
    fn of(places: &[Place], runs: &[Range<u64>]) -> Option<Row> {
        let [head, run] = runs else { return Some(Row { begins: None }) };
        let begins = places.iter().map(|place| place.value).filter(|value| *value <= run.start).max();
        match begins {
            Some(begins) if begins < head.end => None,
            begins => Some(Row { begins: begins.filter(|begins| *begins < run.start) }),
        }
    }
}

/// Where a place of the file is found. What is not handed over is never looked for; it stands where the next bytes are. The
/// row in which the job begins stands as far before the job's bytes as it begins before them. None if there is no such
/// place.
fn moved(runs: &[Range<u64>], row: Row, place: u64, base: u64) -> Option<u64> {
    let mut at = base;
    for run in runs {
        if row.begins == Some(place) && place < run.start {
            return at.checked_sub(run.start - place);
        }
        if place < run.end {
            return Some(at + place.saturating_sub(run.start));
        }
        at += run.end - run.start;
    }
    Some(at)
}

/// An entry in a table of places.
struct Place {
    /// Where it stands in the index.
    at: usize,
    /// Whether it has eight bytes, not four.
    is_wide: bool,
    /// Where in the file a row of samples begins.
    value: u64,
}

/// Every place in the tables of an index.
fn places(index: &[u8]) -> Option<Vec<Place>> {
    let movie = child(index, 0..index.len(), b"moov")?;
    let mut places = Vec::new();
    for track in boxes(index, movie.body).filter(|found| &found.kind == b"trak") {
        let samples = descend(index, track.body, &[b"mdia", b"minf", b"stbl"])?;
        for table in boxes(index, samples.body) {
            let width = match &table.kind {
                b"stco" => 4,
                b"co64" => 8,
                _ => continue,
            };
            // Version and flags, then how many.
            let count = usize::try_from(read_u32(index, table.body.start + 4)?).ok()?;
            let first = table.body.start + 8;
            let end = first.checked_add(count.checked_mul(width)?)?;
            if end > table.body.end {
                return None;
            }
            for at in (first..end).step_by(width) {
                let is_wide = width == 8;
                let value = if is_wide { read_u64(index, at)? } else { u64::from(read_u32(index, at)?) };
                places.push(Place { at, is_wide, value });
            }
        }
    }
    (!places.is_empty()).then_some(places)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

    use super::*;
    use crate::boxes::write_box;

    /// An index with one track of 32-bit places and one of 64-bit ones.
    fn index(short: &[u32], long: &[u64]) -> Vec<u8> {
        let track = |out: &mut Vec<u8>, kind: &[u8; 4], count: usize, places: &[u8]| {
            write_box(out, b"trak", |out| {
                write_box(out, b"mdia", |out| {
                    write_box(out, b"minf", |out| {
                        write_box(out, b"stbl", |out| {
                            write_box(out, kind, |out| {
                                out.extend([0; 4]);
                                out.extend(u32::try_from(count).unwrap().to_be_bytes());
                                out.extend(places);
                            });
                        });
                    });
                });
            });
        };
        let mut out = Vec::new();
        write_box(&mut out, b"moov", |out| {
            write_box(out, b"mvhd", |out| out.extend([7; 20]));
            let bytes: Vec<u8> = short.iter().flat_map(|place| place.to_be_bytes()).collect();
            track(out, b"stco", short.len(), &bytes);
            let bytes: Vec<u8> = long.iter().flat_map(|place| place.to_be_bytes()).collect();
            track(out, b"co64", long.len(), &bytes);
        });
        out
    }

    /// Reads a place as the demuxer does, out of what is handed over.
    fn handed(feed: &Feed, file: &[u8]) -> Vec<u8> {
        let mut all = feed.front.clone();
        for run in &feed.runs {
            let end = usize::try_from(run.end).unwrap().min(file.len());
            all.extend(&file[usize::try_from(run.start).unwrap()..end]);
        }
        all
    }

    #[test]
    fn every_sample_is_found_where_it_comes() {
        // Bytes that tell where they stand, for each eight of them.
        let file: Vec<u8> = (0_u64..1 << 20).flat_map(|number| (number * 8).to_be_bytes()).collect();
        let bytes = file.len() as u64;
        let brand = *b"\0\0\0\x10ftypisom\0\0\0\0";
        for (media, job) in [
            (64, 64..4_000_000),
            (64, 64..1_000),
            (4_096, HEAD_BYTES + 4_096..HEAD_BYTES + 8_192),
            (8, 5_000_000..6_000_000),
            (8, 8_000_000..bytes),
        ] {
            let place = IndexPlace { index: bytes..bytes, media };
            let head_end = media + HEAD_BYTES;
            let wanted: Vec<u64> =
                [media, media + 80, head_end - 8, job.start, (job.end - 8) / 8 * 8].to_vec();
            let short: Vec<u32> = wanted.iter().map(|place| u32::try_from(*place).unwrap()).collect();
            let feed = Feed::new(&brand, &index(&short, &wanted), &place, &job).unwrap();
            let all = handed(&feed, &file);
            let places = places(&all[16..]).unwrap();
            assert_eq!(places.len(), 10);
            for (place, wanted) in places.into_iter().zip(wanted.iter().chain(&wanted)) {
                let is_handed = feed.runs.iter().any(|run| run.contains(wanted));
                let found = read_u64(&all, usize::try_from(place.value).unwrap());
                assert_eq!(found == Some(*wanted), is_handed, "{media} {job:?}: {wanted}");
            }
        }
    }

    #[test]
    fn a_job_that_begins_within_a_row_finds_its_samples_by_counting_from_where_the_row_begins() {
        let file: Vec<u8> = (0_u64..1 << 20).flat_map(|number| (number * 8).to_be_bytes()).collect();
        let bytes = file.len() as u64;
        let place = IndexPlace { index: bytes..bytes, media: 64 };
        let far = 64 + HEAD_BYTES;
        for (rows, job) in [
            (vec![64, far + 80_000, far + 180_000], far + 100_000..far + 120_000),
            // A row that begins where the job does, and one of another track between.
            (vec![64, far + 100_000], far + 100_000..far + 120_000),
            (vec![64, far + 99_992, far + 100_008], far + 100_000..far + 120_000),
        ] {
            let short: Vec<u32> = rows.iter().map(|place| u32::try_from(*place).unwrap()).collect();
            let feed = Feed::new(b"", &index(&short, &[]), &place, &job).unwrap();
            let all = handed(&feed, &file);
            let at = rows.iter().rposition(|row| *row <= job.start).unwrap();
            let moved = places(&all).unwrap()[at].value;
            for sample in [job.start, job.end - 8] {
                let found = read_u64(&all, usize::try_from(moved + sample - rows[at]).unwrap());
                assert_eq!(found, Some(sample), "{rows:?} {job:?}");
            }
        }
        // One that begins in the head and reaches into the job: its samples cannot be counted from one place.
        let long = index(&[64, u32::try_from(far - 4_096).unwrap()], &[]);
        assert_eq!(Feed::new(b"", &long, &place, &(far + 100_000..far + 120_000)), None);
    }

    #[test]
    fn what_has_no_table_is_not_handed_over() {
        let place = IndexPlace { index: 0..100, media: 200 };
        let mut lies = index(&[300], &[]);
        let at = places(&lies).unwrap()[0].at;
        lies[at - 4..at].copy_from_slice(&u32::MAX.to_be_bytes());
        for index in [&index(&[], &[])[..], b"", b"\0\0\0\x08moov", &lies] {
            assert_eq!(Feed::new(b"", index, &place, &(200..300)), None);
        }
    }

    #[test]
    fn the_brand_is_the_first_box() {
        for (head, length) in [
            (&b"\0\0\0\x20ftypisom"[..], 32),
            (b"\0\0\0\x20moov", 0),
            (b"\xff\0\0\x20ftyp", 0),
            (b"\0\0\0\x20f", 0),
            (b"", 0),
        ] {
            assert_eq!(brand_bytes(head), length, "{head:?}");
        }
    }

    #[test]
    fn only_what_comes_in_order_is_handed_over() {
        let place = |index: Range<u64>| IndexPlace { index, media: 1_000 };
        let far = 1_000 + HEAD_BYTES;
        for (place, bytes, seeks, is) in [
            (place(0..900), 1_000..5_000, false, true),
            (place(0..900), 1_000..5_000, true, false),
            (place(0..900), far..far + 10, true, true),
            (place(0..900), far - 1..far + 10, true, false),
            (place(0..900), 0..0, false, false),
            (place(0..900), 900..5_000, false, false),
            (place(0..FEED_INDEX_BYTES_MAX + 1), 1_000..5_000, false, false),
        ] {
            assert_eq!(is_in_order(&place, &bytes, seeks), is, "{place:?} {bytes:?} {seeks}");
        }
    }
}
