//! Hostile and broken files, made by rules: the same bytes at every run. Whole clips, which some of them are spoiled
//! from, come from our own recipes.

mod boxes;
mod ebml;
mod foreign;
mod sounds;
mod spoiled;
mod transport;

use media::clip::ClipKind;
use std::collections::BTreeMap;

/// A word in every place that a file names outside itself; nothing may ever try to open it.
pub const BAIT: &str = "genlock-bait";

/// What may come of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Refused with a number and in words.
    Refused,
    /// Refused, or a sane plan whose first chunk is encoded.
    Verdict,
}

/// One file.
pub struct Hostile {
    /// What it is; it is uploaded under this name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What may come of it.
    pub expect: Expect,
}

/// Whole clips by kind, small.
pub type Clips = BTreeMap<&'static str, (ClipKind, Vec<u8>)>;

/// Whole sounds by ending, small.
pub type Sounds = BTreeMap<&'static str, Vec<u8>>;

/// A growing list.
#[derive(Default)]
pub struct Corpus(pub Vec<Hostile>);

impl Corpus {
    fn refused(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push(Hostile { name: name.into(), bytes: bytes.into(), expect: Expect::Refused });
    }

    fn verdict(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push(Hostile { name: name.into(), bytes: bytes.into(), expect: Expect::Verdict });
    }
}

/// All of them. `url` is an address that listens, with [`BAIT`] in it; `file` is a readable file outside with it in its
/// name.
pub fn corpus(clips: &Clips, sounds: &Sounds, url: &str, file: &str) -> Vec<Hostile> {
    let mut corpus = Corpus::default();
    foreign::add(&mut corpus, url, file);
    boxes::add(&mut corpus, &clips["h264-noaudio"].1, url, file);
    ebml::add(&mut corpus, &clips["hevc10-mkv"].1);
    transport::add(&mut corpus, &clips["mpeg2-ts"].1);
    sounds::add(&mut corpus, sounds, url, file);
    spoiled::add(&mut corpus, clips, sounds);
    corpus.0
}

/// Small steps through all 32-bit numbers; the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0)
    }
}
