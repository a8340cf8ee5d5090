//! The packet index of the picture stream: every packet's time and whether it is a key frame. Read from ffprobe's
//! CSV by the probe job; used by the grid fit and the planner, then dropped (plans keep what they need of it).

use crate::limits::PACKETS_MAX;
use crate::nal::{FirstSlice, first_slice};
use crate::refusal::MediaRefusal;
use crate::sniff::Container;
use std::ops::Range;

/// Times beyond this count as missing: exact in a double, as ffmpeg's expressions compute.
const PTS_MAX: i64 = 1 << 52;

/// Bytes of a key frame that usually show what it is: messages come before the first slice.
pub const KEY_LOOK_BYTES: u64 = 4 * 1024;
/// Bytes of a key frame that are looked at, at most.
pub const KEY_LOOK_BYTES_MAX: u64 = 128 * 1024;
/// Bytes before the packet in a Matroska block.
const BLOCK_HEADER_BYTES: u64 = 4;

/// Times of all shown pictures and of all key frames, in the stream's time base, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketIndex {
    /// Presentation times, ascending, without those that cannot be decoded or are not shown.
    pub pts: Vec<i64>,
    /// Those of key frames.
    pub keys: Vec<i64>,
    /// Packets without a time (second fields, damaged ones).
    pub untimed: usize,
    /// Duration of the last packet in order of time, if known.
    pub last_duration: Option<i64>,
    /// Highest end of a packet in the file, bytes.
    pub end_pos: u64,
    /// Bytes of all packets.
    pub bytes: u64,
    /// Whether packets come in another order than their times (B-frames).
    pub reordered: bool,
    /// Packets that are decoded but not shown (cut away by an edit list).
    pub hidden: usize,
    /// Key frames among all packets, in order of the file.
    pub key_packets: Vec<KeyPacket>,
    /// Packets with a time, in order of the file: their number.
    pub packets: u64,
}

/// What the container calls a key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPacket {
    /// When it is shown.
    pub pts: i64,
    /// Where it lies in the file, if that is known: first byte and size.
    pub place: Option<(u64, u64)>,
    /// Shown packets before it in order of the file.
    pub before: u64,
    /// Their bytes.
    pub bytes_before: u64,
    /// No packet that comes later in the file is shown before it.
    pub leads: bool,
    /// Its bytes say that it clears everything before it; see [`PacketIndex::look_at_key`].
    pub instant: bool,
}

/// Reads the CSV (`packet=pts,duration,size,pos,flags`, in ffprobe's own order) line by line.
#[derive(Debug, Default)]
pub struct PacketIndexReader {
    index: PacketIndex,
    last: Option<(i64, Option<i64>)>,
    /// Time of the last key frame in order of the file.
    last_key: Option<i64>,
}

impl PacketIndexReader {
    /// Takes one line, without its end. Empty lines and side data are passed over.
    ///
    /// # Errors
    /// Too many packets.
    pub fn line(&mut self, line: &str) -> Result<(), MediaRefusal> {
        let mut fields = line.split(',');
        let (Some(pts), Some(duration), Some(size), Some(pos), Some(flags)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Ok(());
        };
        let size: u64 = size.parse().unwrap_or(0);
        let bytes_before = self.index.bytes;
        self.index.bytes = self.index.bytes.saturating_add(size);
        let pos = pos.parse::<u64>().ok();
        if let Some(pos) = pos {
            self.index.end_pos = self.index.end_pos.max(pos.saturating_add(size));
        }
        // D: decoded for what follows, but not shown (before the start of an edit list).
        if flags.contains('D') {
            self.index.hidden += 1;
            // Decoding may begin there all the same: what a trimmed clip shows first needs it.
            if let Ok(pts) = pts.parse::<i64>()
                && flags.contains('K')
                && pts.abs() <= PTS_MAX
            {
                self.index.keys.push(pts);
            }
            return Ok(());
        }
        let Some(pts) = pts.parse::<i64>().ok().filter(|pts| pts.abs() <= PTS_MAX) else {
            self.index.untimed += 1;
            return Ok(());
        };
        if self.index.pts.len() >= PACKETS_MAX {
            return Err(MediaRefusal::too_large("it has more pictures than eight hours at 240 per second"));
        }
        if self.index.pts.last().is_some_and(|last| *last > pts) {
            self.index.reordered = true;
        }
        self.index.pts.push(pts);
        if self.last_key.is_some_and(|key| pts < key) {
            // Shown before a key frame that comes earlier: the groups are open there.
            for key in self.index.key_packets.iter_mut().rev().take_while(|key| key.pts > pts) {
                key.leads = false;
            }
        }
        if flags.contains('K') {
            self.index.keys.push(pts);
            self.last_key = Some(pts);
            self.index.key_packets.push(KeyPacket {
                pts,
                place: pos.map(|pos| (pos, size)),
                before: self.index.packets,
                bytes_before,
                leads: true,
                instant: false,
            });
        }
        self.index.packets += 1;
        if self.last.is_none_or(|(last, _)| pts >= last) {
            self.last = Some((pts, duration.parse().ok().filter(|ticks| *ticks > 0)));
        }
        Ok(())
    }

    /// The index.
    ///
    /// # Errors
    /// Damaged: no picture has a time, or none can be decoded.
    pub fn finish(self) -> Result<PacketIndex, MediaRefusal> {
        let mut index = self.index;
        index.pts.sort_unstable();
        index.keys.sort_unstable();
        index.keys.dedup();
        index.last_duration = self.last.and_then(|(_, duration)| duration);
        let Some(first_key) = index.keys.first().copied() else {
            return Err(MediaRefusal::damaged("it has nothing that can be decoded on its own"));
        };
        // Pictures before the first key frame need one that is not in the file; decoders drop them.
        let lost = index.pts.partition_point(|pts| *pts < first_key);
        index.pts.drain(..lost);
        Ok(index)
    }

    /// Reads a whole CSV.
    ///
    /// # Errors
    /// As [`PacketIndexReader::line`] and [`PacketIndexReader::finish`].
    pub fn read(csv: &str) -> Result<PacketIndex, MediaRefusal> {
        let mut reader = PacketIndexReader::default();
        for line in csv.lines() {
            reader.line(line)?;
        }
        reader.finish()
    }
}

impl PacketIndex {
    /// Where to read the beginnings of key frames, for [`PacketIndex::look_at_key`]: their numbers and ranges of
    /// bytes in the file. [`KEY_LOOK_BYTES`] do, except where a long message comes first: then [`KEY_LOOK_BYTES_MAX`].
    pub fn key_ranges(&self, bytes_max: u64) -> impl Iterator<Item = (usize, Range<u64>)> + '_ {
        self.key_packets.iter().enumerate().filter_map(move |(at, key)| {
            let (pos, size) = key.place?;
            // Matroska's places are those of the block, whose header comes first.
            Some((at, pos..pos.saturating_add(size.min(bytes_max)).saturating_add(BLOCK_HEADER_BYTES)))
        })
    }

    /// Takes the beginning of a key frame's bytes, of an H.264 stream whose units have lengths of `length_size`
    /// bytes, and notes whether it clears everything before it. False: more bytes may tell.
    pub fn look_at_key(&mut self, at: usize, container: Container, length_size: u32, bytes: &[u8]) -> bool {
        let Some(key) = self.key_packets.get_mut(at) else { return true };
        let Some((_, size)) = key.place else { return true };
        let header = match container {
            Container::Mp4 => 0,
            // Number of the track (one byte up to 127), two bytes of time, flags without lacing.
            Container::Matroska => match bytes {
                [0x81..=0xff, _, _, flags, ..] if flags & 0x06 == 0 => 4,
                _ => return true,
            },
            Container::MpegTs | Container::Mp3 | Container::Wav | Container::Flac | Container::Ogg => {
                return true;
            }
        };
        let packet = bytes.get(header..).unwrap_or_default();
        let found = first_slice(packet, size, length_size as usize);
        key.instant = found == FirstSlice::Instant;
        found != FirstSlice::Unknown || packet.len() as u64 >= size.min(KEY_LOOK_BYTES_MAX)
    }

    /// Where the last packet ends; of one without a duration, as long after it as it comes after the one before.
    #[must_use]
    pub fn end(&self) -> i64 {
        let last = self.pts.last().copied().unwrap_or(0);
        let before = self.pts.iter().rev().nth(1).copied().unwrap_or(last);
        last.saturating_add(self.last_duration.unwrap_or_else(|| last.saturating_sub(before)))
    }

    /// The last key frame at or before a time, and the one before it. The first one where there is none before.
    #[must_use]
    pub fn keys_before(&self, pts: i64) -> (i64, i64) {
        let at = self.keys.partition_point(|key| *key <= pts).saturating_sub(1);
        let key = self.keys.get(at).copied().unwrap_or(pts);
        (key, self.keys.get(at.saturating_sub(1)).copied().unwrap_or(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_ffprobe_writes() {
        let csv = "-1001,1001,9,9,_D\n2002,1001,10,40,K_\n1001,1001,10,50,__\n\n4004,1001,10,60,__,\n3003,1001,10,70,__\nN/A,N/A,5,80,__\n5005,N/A,7,85,K__\n";
        let index = PacketIndexReader::read(csv).unwrap();
        assert_eq!(index.pts, [2002, 3003, 4004, 5005], "1001 leads the first key frame");
        assert_eq!(index.keys, [2002, 5005]);
        assert_eq!((index.untimed, index.end_pos, index.reordered, index.last_duration), (1, 92, true, None));
        assert_eq!(index.keys_before(4004), (2002, 2002));
        assert_eq!(index.keys_before(9999), (5005, 2002));
        assert_eq!(index.keys_before(0), (2002, 2002));
        assert_eq!(index.end(), 6006, "as long as the one before");
        assert_eq!(PacketIndexReader::read("7,3,9,9,K_\n").unwrap().end(), 10);
        assert_eq!(PacketIndexReader::read("7,N/A,9,9,K_\n").unwrap().end(), 7);
    }

    #[test]
    fn a_hidden_key_frame_is_decoded_from() {
        let index = PacketIndexReader::read("-2,1,9,0,KD\n-1,1,9,9,_D\n0,1,9,18,__\n1,1,9,27,__\n").unwrap();
        assert_eq!((index.pts.as_slice(), index.keys.as_slice(), index.hidden), (&[0, 1][..], &[-2][..], 2));
        assert!(index.key_packets.is_empty());
    }

    #[test]
    fn open_groups_are_seen_by_their_order() {
        let csv = "0,1,9,0,K_\n3,1,9,9,__\n1,1,9,18,__\n2,1,9,27,__\n6,1,9,36,K_\n4,1,9,45,__\n5,1,9,54,__\n7,1,9,63,K_\n8,1,9,72,__\n";
        let index = PacketIndexReader::read(csv).unwrap();
        let keys: Vec<(i64, u64, u64, bool)> =
            index.key_packets.iter().map(|key| (key.pts, key.before, key.bytes_before, key.leads)).collect();
        assert_eq!(keys, [(0, 0, 0, true), (6, 4, 36, false), (7, 7, 63, true)]);
        assert_eq!((index.packets, index.hidden), (9, 0));
    }

    #[test]
    fn key_frames_are_looked_at_where_they_lie() {
        let mut index = PacketIndexReader::read("0,1,7,100,K_\n1,1,7,200,K_\n").unwrap();
        let ranges: Vec<_> = index.key_ranges(5).collect();
        assert_eq!(ranges, [(0, 100..109), (1, 200..209)]);
        let packet = [0, 0, 0, 3, 0x65, 1, 1, 9, 9, 9, 9];
        index.look_at_key(0, Container::Mp4, 4, &packet);
        index.look_at_key(1, Container::Matroska, 4, &[&[0x81, 0, 0, 0x80][..], &packet[..5]].concat());
        assert!(index.key_packets.iter().all(|key| key.instant));
        index.look_at_key(0, Container::MpegTs, 4, &packet);
        index.look_at_key(1, Container::Matroska, 4, &packet);
        index.look_at_key(9, Container::Mp4, 4, &packet);
    }

    #[test]
    fn nothing_to_decode_is_damaged() {
        for csv in ["", "\n", "12,1,1,1,__\n", "garbage"] {
            assert_eq!(PacketIndexReader::read(csv).unwrap_err().code, protocol::Code::FileDamaged);
        }
    }
}
