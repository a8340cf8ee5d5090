//! Whole clips cut at many points, and with bits turned over by chance with a seed.

use super::{Clips, Corpus, Dice, Sounds};

/// Seeds of the spoiled ones; a failure names the file, which names its seed.
const SEEDS: [u64; 4] = [11, 12, 13, 14];

pub fn add(corpus: &mut Corpus, clips: &Clips, sounds: &Sounds) {
    // The one without sound is the base of the boxes.
    for (name, (kind, whole)) in clips.iter().filter(|(name, _)| **name != "h264-noaudio") {
        spoil(corpus, name, kind.extension(), whole);
    }
    for (ending, whole) in sounds {
        spoil(corpus, &format!("sound-{ending}"), ending, whole);
    }
}

fn spoil(corpus: &mut Corpus, name: &str, ending: &str, whole: &[u8]) {
    let length = whole.len();
    for (part, at) in [
        ("9-bytes", 9),
        ("a-tenth", length / 10),
        ("a-half", length / 2),
        ("nine-tenths", length / 10 * 9),
        ("all-but-one", length - 1),
    ] {
        corpus.verdict(format!("{name}-cut-at-{part}.{ending}"), &whole[..at]);
    }
    for seed in SEEDS {
        let mut dice = Dice::new(seed);
        let mut bytes = whole.to_vec();
        // Few bits in the first part, where tables and headers are, or many everywhere.
        let (reach, count) = if seed % 2 == 0 { (length.min(2_048), 12) } else { (length, length / 400 + 8) };
        for _ in 0..count {
            let at = dice.next() % reach;
            // The first bytes stay, so that it gets as far as ffmpeg.
            if at >= 12 {
                bytes[at] ^= 1 << (dice.next() % 8);
            }
        }
        corpus.verdict(format!("{name}-seed-{seed}.{ending}"), bytes);
    }
    // The table at the end of MP4 files.
    let mut dice = Dice::new(99);
    let mut bytes = whole.to_vec();
    for _ in 0..24 {
        let at = length - 1 - dice.next() % (length / 8);
        bytes[at] ^= 1 << (dice.next() % 8);
    }
    corpus.verdict(format!("{name}-end-seed-99.{ending}"), bytes);
    corpus.verdict(format!("{name}-twice.{ending}"), [whole, whole].concat());
    let mut hole = whole.to_vec();
    hole[length / 4..length / 2].fill(0);
    corpus.verdict(format!("{name}-hole.{ending}"), hole);
}
