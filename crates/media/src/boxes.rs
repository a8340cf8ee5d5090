//! ISO base media boxes: a bounded walk over bytes and a small writer. Used by the packager only. Every length is
//! hostile: nothing is read beyond the slice, nothing is allocated by a number from the file.

use std::ops::Range;

/// A box within a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Box4 {
    /// Four letters.
    pub(crate) kind: [u8; 4],
    /// The whole box, header included, in the slice that was walked.
    pub(crate) whole: Range<usize>,
    /// Its content.
    pub(crate) body: Range<usize>,
}

/// The box that begins at `at`; none if it does not lie whole within the bytes.
pub(crate) fn box_at(bytes: &[u8], at: usize) -> Option<Box4> {
    let header = bytes.get(at..at.checked_add(8)?)?;
    let kind = [header[4], header[5], header[6], header[7]];
    let small = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
    let (size, head) = match small {
        0 => (u64::try_from(bytes.len() - at).ok()?, 8),
        1 => (read_u64(bytes, at + 8)?, 16),
        size => (size, 8),
    };
    let end = at.checked_add(usize::try_from(size).ok()?)?;
    let body = at.checked_add(head)?;
    (body <= end && end <= bytes.len()).then_some(Box4 { kind, whole: at..end, body: body..end })
}

/// Boxes one after the other in a range of the bytes. Stops at the first that does not fit.
pub(crate) fn boxes(bytes: &[u8], range: Range<usize>) -> impl Iterator<Item = Box4> + '_ {
    let limit = bytes.get(..range.end.min(bytes.len())).unwrap_or(bytes);
    let mut at = range.start;
    std::iter::from_fn(move || {
        let found = box_at(limit, at)?;
        // A box is at least its header long, so this ends.
        at = found.whole.end;
        Some(found)
    })
}

/// The first box of a kind within a range.
pub(crate) fn child(bytes: &[u8], range: Range<usize>, kind: &[u8; 4]) -> Option<Box4> {
    boxes(bytes, range).find(|found| &found.kind == kind)
}

/// The box at the end of a path of kinds.
pub(crate) fn descend(bytes: &[u8], range: Range<usize>, path: &[&[u8; 4]]) -> Option<Box4> {
    let (first, rest) = path.split_first()?;
    let found = child(bytes, range, first)?;
    if rest.is_empty() { Some(found) } else { descend(bytes, found.body, rest) }
}

/// Big-endian number at a place.
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
}

/// Big-endian number at a place.
pub(crate) fn read_u64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(read_u32(bytes, at)?) << 32 | u64::from(read_u32(bytes, at.checked_add(4)?)?))
}

/// Writes a box whose content a function writes.
pub(crate) fn write_box(out: &mut Vec<u8>, kind: &[u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(kind);
    content(out);
    let size = u32::try_from(out.len() - start).expect("segments are a few megabytes");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}
