//! The hash of a source: SHA-256 over the SHA-256 of each of its parts of 8 MiB, in order. An upload in any order needs
//! no second reading for it, and a page that has sent every part knows it too.

use protocol::limits::UPLOAD_PART_BYTES;
use sha2::{Digest as _, Sha256};

/// The hash out of the hashes of all parts, in order.
#[must_use]
pub fn hash_of_parts(parts: impl IntoIterator<Item = [u8; 32]>) -> [u8; 32] {
    let mut all = Sha256::new();
    for part in parts {
        all.update(part);
    }
    all.finalize().into()
}

/// The hash of bytes that are read from front to back.
#[derive(Clone, Default)]
pub struct SourceHasher {
    all: Sha256,
    part: Sha256,
    /// Bytes of the part under way.
    in_part: u64,
}

impl SourceHasher {
    /// Takes the bytes that follow.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(UPLOAD_PART_BYTES - self.in_part).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.update(now);
            self.in_part += now.len() as u64;
            if self.in_part == UPLOAD_PART_BYTES {
                self.end_part();
            }
            bytes = later;
        }
    }

    /// The hash; nothing at all has the hash of no parts.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        if self.in_part > 0 {
            self.end_part();
        }
        self.all.finalize().into()
    }

    fn end_part(&mut self) {
        self.all.update(std::mem::take(&mut self.part).finalize());
        self.in_part = 0;
    }
}

/// The hash of bytes in memory.
#[must_use]
pub fn source_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = SourceHasher::default();
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_along_and_parts_hashed_apart_agree() {
        let part = usize::try_from(UPLOAD_PART_BYTES).unwrap();
        let bytes: Vec<u8> = (0..2 * part + 5).map(|at| (at % 251) as u8).collect();
        for length in [0, 1, part - 1, part, part + 1, 2 * part, bytes.len()] {
            let parts = bytes[..length].chunks(part).map(|part| Sha256::digest(part).into());
            let expected = hash_of_parts(parts);
            let mut hasher = SourceHasher::default();
            for piece in bytes[..length].chunks(1_000_003) {
                hasher.update(piece);
            }
            assert_eq!(hasher.finish(), expected, "{length}");
            assert_eq!(source_hash(&bytes[..length]), expected);
        }
    }
}
