//! H.264 as containers carry it (ISO/IEC 14496-15): the decoder's configuration and the units of a picture. Asked by
//! the planner and the packager whether a key frame really stands alone: containers call recovery points key frames
//! too, and pictures after those may need what came before. Every length is hostile.

/// Slice of a picture that clears everything before it (IDR).
const INSTANT_SLICE: u8 = 5;
/// Slices of other pictures: whole ones and their data partitions.
const OTHER_SLICES: std::ops::RangeInclusive<u8> = 1..=4;
/// Sequence parameter set.
const SEQUENCE: u8 = 7;

/// The decoder's configuration (`avcC`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AvcConfig {
    /// `profile_idc`.
    pub(crate) profile: u8,
    /// Constraint flags.
    pub(crate) constraints: u8,
    /// `level_idc`: ten times the level.
    pub(crate) level: u8,
    /// Bytes of the length before each unit: 1, 2 or 4.
    pub(crate) length_size: usize,
    /// The one sequence parameter set.
    pub(crate) sequence: Vec<u8>,
}

impl AvcConfig {
    /// Reads a configuration. None: malformed, not of MP4's form, or with more than one sequence.
    pub(crate) fn read(bytes: &[u8]) -> Option<AvcConfig> {
        let [1, profile, constraints, level, lengths, sets, high, low, ..] = *bytes else { return None };
        let length_size = usize::from(lengths & 3) + 1;
        if sets & 0x1f != 1 || length_size == 3 {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let sequence = bytes.get(8..8 + length)?.to_vec();
        (sequence.first()? & 0x1f == SEQUENCE).then_some(AvcConfig {
            profile,
            constraints,
            level,
            length_size,
            sequence,
        })
    }

    /// Codec as playlists name it, e.g. `avc1.640028`.
    pub(crate) fn codec(&self) -> String {
        format!("avc1.{:02x}{:02x}{:02x}", self.profile, self.constraints, self.level)
    }
}

/// What the first slice of a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstSlice {
    /// Of a picture that clears everything before it.
    Instant,
    /// Of any other picture.
    Other,
    /// None was found in what was read.
    Unknown,
}

/// The kind of a packet's first slice. `bytes` is the beginning of the packet, `size` all of it.
pub(crate) fn first_slice(bytes: &[u8], size: u64, length_size: usize) -> FirstSlice {
    let mut at = 0_usize;
    while let (Some(prefix), Some(header)) =
        (bytes.get(at..at.saturating_add(length_size)), bytes.get(at.saturating_add(length_size)))
    {
        let length = prefix.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let end = (at as u64).saturating_add(length_size as u64).saturating_add(length);
        // The highest bit of a unit is always zero.
        if length == 0 || header & 0x80 != 0 || end > size {
            return FirstSlice::Unknown;
        }
        match header & 0x1f {
            INSTANT_SLICE => return FirstSlice::Instant,
            kind if OTHER_SLICES.contains(&kind) => return FirstSlice::Other,
            _ => {}
        }
        let Ok(next) = usize::try_from(end) else { return FirstSlice::Unknown };
        at = next;
    }
    FirstSlice::Unknown
}

/// Whether a whole picture's units add up exactly and bring no other sequence than the configuration's.
pub(crate) fn keeps_sequence(sample: &[u8], config: &AvcConfig) -> bool {
    let mut at = 0_usize;
    while at < sample.len() {
        let Some(prefix) = sample.get(at..at.saturating_add(config.length_size)) else { return false };
        let length = prefix.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let start = at + config.length_size;
        let Some(unit) = start.checked_add(length).and_then(|end| sample.get(start..end)) else {
            return false;
        };
        if unit.first().is_some_and(|header| header & 0x1f == SEQUENCE) && unit != config.sequence {
            return false;
        }
        at = start + length;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn config() -> AvcConfig {
        let bytes = [1, 0x64, 0, 0x28, 0xff, 0xe1, 0, 3, 0x67, 1, 2, 1, 0, 1, 0x68];
        AvcConfig::read(&bytes).unwrap()
    }

    #[test]
    fn reads_a_configuration() {
        assert_eq!((config().codec().as_str(), config().length_size), ("avc1.640028", 4));
        assert_eq!(config().sequence, [0x67, 1, 2]);
        for bad in
            [&[][..], &[0, 0, 0, 1, 0x67, 1, 2, 3], &[1, 0x64, 0, 0x28, 0xff, 0xe2, 0, 1, 0x67], &[1; 9]]
        {
            assert_eq!(AvcConfig::read(bad), None);
        }
    }

    #[test]
    fn a_recovery_point_is_no_instant_picture() {
        let message = [0, 0, 0, 2, 6, 5];
        let packet = |slice: u8| [&message[..], &[0, 0, 0, 3, slice, 1, 1]].concat();
        assert_eq!(first_slice(&packet(0x65), 13, 4), FirstSlice::Instant);
        assert_eq!(first_slice(&packet(0x41), 13, 4), FirstSlice::Other);
        // Only the beginning was read, or the sizes do not fit.
        assert_eq!(first_slice(&packet(0x65)[..8], 13, 4), FirstSlice::Unknown);
        assert_eq!(first_slice(&packet(0x65), 12, 4), FirstSlice::Unknown);
        assert_eq!(first_slice(&[0; 64], 64, 4), FirstSlice::Unknown);
    }

    #[test]
    fn another_sequence_within_is_seen() {
        let same = [&[0, 0, 0, 3, 0x67, 1, 2][..], &[0, 0, 0, 1, 0x65]].concat();
        let other = [&[0, 0, 0, 3, 0x67, 1, 3][..], &[0, 0, 0, 1, 0x65]].concat();
        assert!(keeps_sequence(&same, &config()));
        assert!(!keeps_sequence(&other, &config()) && !keeps_sequence(&same[..9], &config()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in any::<u64>(), length_size in 1_usize..5) {
            let _ = AvcConfig::read(&bytes);
            let _ = first_slice(&bytes, size, length_size);
            let _ = keeps_sequence(&bytes, &AvcConfig { length_size, ..config() });
        }
    }
}
