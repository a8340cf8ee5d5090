//! The packet index of the picture stream: every packet's time and whether it is a key frame. Read from ffprobe's
//! CSV by the probe job; used by the grid fit and the planner, then dropped (plans keep what they need of it).

use crate::limits::PACKETS_MAX;
use crate::refusal::MediaRefusal;

/// Times beyond this count as missing: exact in a double, as ffmpeg's expressions compute.
const PTS_MAX: i64 = 1 << 52;

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
}

/// Reads the CSV (`packet=pts,duration,size,pos,flags`, in ffprobe's own order) line by line.
#[derive(Debug, Default)]
pub struct PacketIndexReader {
    index: PacketIndex,
    last: Option<(i64, Option<i64>)>,
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
        self.index.bytes = self.index.bytes.saturating_add(size);
        if let Ok(pos) = pos.parse::<u64>() {
            self.index.end_pos = self.index.end_pos.max(pos.saturating_add(size));
        }
        // D: decoded for what follows, but not shown (before the start of an edit list).
        if flags.contains('D') {
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
        if flags.contains('K') {
            self.index.keys.push(pts);
        }
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
            return Err(MediaRefusal::damaged("it has no picture that can be decoded on its own"));
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
    }

    #[test]
    fn nothing_to_decode_is_damaged() {
        for csv in ["", "\n", "12,1,1,1,__\n", "garbage"] {
            assert_eq!(PacketIndexReader::read(csv).unwrap_err().code, protocol::Code::FileDamaged);
        }
    }
}
