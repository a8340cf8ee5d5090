//! Where the index of an MP4 or MOV lies: found box by box, from headers alone, so that it can be looked for while most
//! of the file has not come yet. Called by the desk; what bytes are there is the caller's business.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Bytes of a box's header that are looked at.
const HEADER_BYTES: u64 = 16;
/// Boxes looked at: a whole film has a handful; one in fragments, thousands, cannot begin early.
const BOXES_MAX: u32 = 256;
/// Boxes that such a file may begin with.
const FIRST_KINDS: [&[u8; 4]; 9] =
    [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp"];

/// Where a film's index and pictures lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPlace {
    /// The box with the index (`moov`), whole.
    pub index: Range<u64>,
    /// First byte of the pictures and the sound.
    pub media: u64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexStep {
    /// Read these bytes and hand them to [`IndexFinder::take`].
    Look(Range<u64>),
    /// There.
    Found(IndexPlace),
    /// This file has none that helps.
    Nothing,
}

/// Walks over the boxes of a file.
#[derive(Clone, Debug)]
pub struct IndexFinder {
    bytes: u64,
    at: u64,
    boxes: u32,
    index: Option<Range<u64>>,
    media: Option<u64>,
    is_over: bool,
}

impl IndexFinder {
    /// For a file of so many bytes.
    #[must_use]
    pub fn new(bytes: u64) -> IndexFinder {
        IndexFinder { bytes, at: 0, boxes: 0, index: None, media: None, is_over: false }
    }

    /// Looks until the end; `read` brings bytes of the file. None: it has no index that helps.
    ///
    /// # Errors
    /// What `read` says.
    pub fn find<Bytes: AsRef<[u8]>, Error>(
        bytes: u64,
        mut read: impl FnMut(Range<u64>) -> Result<Bytes, Error>,
    ) -> Result<Option<IndexPlace>, Error> {
        let mut finder = IndexFinder::new(bytes);
        loop {
            match finder.step() {
                IndexStep::Look(range) => finder.take(read(range)?.as_ref()),
                IndexStep::Found(place) => return Ok(Some(place)),
                IndexStep::Nothing => return Ok(None),
            }
        }
    }

    /// What to do next; the same until [`IndexFinder::take`].
    #[must_use]
    pub fn step(&self) -> IndexStep {
        if let (Some(index), Some(media)) = (&self.index, self.media) {
            return IndexStep::Found(IndexPlace { index: index.clone(), media });
        }
        if self.is_over || self.boxes >= BOXES_MAX || self.at + 8 > self.bytes {
            return IndexStep::Nothing;
        }
        IndexStep::Look(self.at..(self.at + HEADER_BYTES).min(self.bytes))
    }

    /// Takes the bytes asked for.
    pub fn take(&mut self, header: &[u8]) {
        let Some((kind, length, size)) = box_header(header, self.bytes - self.at) else {
            self.is_over = true;
            return;
        };
        let end = self.at.saturating_add(size).min(self.bytes);
        match &kind {
            _ if self.boxes == 0 && !FIRST_KINDS.contains(&&kind) => self.is_over = true,
            // Its index lies in pieces between the pictures.
            b"moof" => self.is_over = true,
            b"moov" if self.index.is_none() => self.index = Some(self.at..end),
            // Some recorders leave an empty one where they later put the long form of the size.
            b"mdat" if self.media.is_none() && size > length => self.media = Some(self.at + length),
            _ => {}
        }
        self.boxes += 1;
        self.at = end;
    }
}

/// Kind, bytes of the header, bytes of the whole box.
fn box_header(header: &[u8], left: u64) -> Option<([u8; 4], u64, u64)> {
    let small = u32::from_be_bytes(header.get(..4)?.try_into().ok()?);
    let kind = header.get(4..8)?.try_into().ok()?;
    let (length, size) = match small {
        // To the end of the file.
        0 => (8, left),
        1 => (16, u64::from_be_bytes(header.get(8..16)?.try_into().ok()?)),
        size => (8, u64::from(size)),
    };
    (size >= length).then_some((kind, length, size))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

    use super::*;

    fn boxed(kind: &[u8; 4], content: usize) -> Vec<u8> {
        let mut bytes = u32::try_from(content + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.resize(content + 8, 0x77);
        bytes
    }

    fn found(file: &[u8]) -> Option<IndexPlace> {
        let at = |offset: u64| usize::try_from(offset).unwrap();
        let read = |range: Range<u64>| file.get(at(range.start)..at(range.end)).ok_or(range);
        IndexFinder::find(file.len() as u64, read).expect("it asks for bytes of the file")
    }

    #[test]
    fn the_index_is_found_wherever_it_lies() {
        let place = |index: Range<u64>, media| Some(IndexPlace { index, media });
        let (head, index, pictures) = (boxed(b"ftyp", 16), boxed(b"moov", 40), boxed(b"mdat", 100));
        assert_eq!(found(&[&head[..], &index, &pictures].concat()), place(24..72, 80));
        assert_eq!(found(&[&head[..], &pictures, &index].concat()), place(132..180, 32));
        // A long size, with the empty box before it that makes room for one.
        let long = [&1_u32.to_be_bytes()[..], b"mdat", &66_u64.to_be_bytes(), &[7; 50]].concat();
        assert_eq!(found(&[&head[..], &boxed(b"mdat", 0), &long, &index].concat()), place(98..146, 48));
        // To the end of the file.
        let open = [&0_u32.to_be_bytes()[..], b"mdat", &[7; 50]].concat();
        assert_eq!(found(&[&head[..], &index, &open].concat()), place(24..72, 80));
    }

    #[test]
    fn others_have_nothing_that_helps() {
        let fragments =
            [boxed(b"ftyp", 16), boxed(b"moov", 9), boxed(b"moof", 9), boxed(b"mdat", 9)].concat();
        let many: Vec<u8> = (0..300).flat_map(|_| boxed(b"free", 4)).collect();
        let broken = [&boxed(b"ftyp", 16)[..], &[0, 0, 0, 3], b"moov", &[0; 20]].concat();
        for file in [
            &fragments[..],
            &many,
            &broken,
            b"",
            b"\x1a\x45\xdf\xa3 and so on, long enough",
            &boxed(b"ftyp", 90),
        ] {
            assert_eq!(found(file), None);
        }
    }
}
