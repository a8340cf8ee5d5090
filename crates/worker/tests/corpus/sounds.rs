//! Sound alone that lies: tags before something else, headers of WAVE, FLAC and Ogg with numbers that no file has, covers
//! that are bombs or other texts.

use super::{Corpus, Sounds};

pub fn add(corpus: &mut Corpus, sounds: &Sounds, url: &str, file: &str) {
    let hls = format!("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n{file}\n#EXT-X-ENDLIST\n");
    corpus.refused("tag-and-hls.mp3", tagged(&[], hls.repeat(50).as_bytes()));
    corpus.refused("tag-alone.mp3", tagged(&[], b""));
    corpus.refused("ogg-and-hls.ogg", [b"OggS\0\x02\0\0", hls.as_bytes()].concat());
    corpus.refused("flac-and-hls.flac", [b"fLaC\x80\0\0\x22", hls.as_bytes()].concat());
    waves(corpus);
    covers(corpus, sounds, hls.as_bytes());
    let flac = &sounds["flac"];
    // Bytes 18 to 26: samples per second, channels, bits, and 36 bits of how many samples there are.
    for (name, at, bytes) in [
        ("samples", 21, &[0xff; 5][..]),
        ("rate", 18, &[0, 0, 0x0f]),
        ("blocks", 8, &[0, 1, 0xff, 0xff]),
        ("ones", 8, &[0xff; 34]),
    ] {
        let mut lying = flac.clone();
        lying[at..at + bytes.len()].copy_from_slice(bytes);
        corpus.verdict(format!("lying-{name}.flac"), lying);
    }
    // The time of the last page: its header is checked by a sum, so readers may drop it or believe it.
    let mut late = sounds["opus"].clone();
    let page = late.windows(4).rposition(|four| four == b"OggS").expect("an Ogg file has pages");
    late[page + 6..page + 14].copy_from_slice(&i64::MAX.to_le_bytes());
    corpus.verdict("late-page.opus", late);
}

/// WAVE whose header says what it likes.
fn waves(corpus: &mut Corpus) {
    // Kind of samples, channels, samples per second, bytes of one of all channels, bits.
    for (name, kind, channels, rate, align, bits) in [
        ("channels", 1_u16, 65_535_u16, 48_000_u32, 65_535_u16, 16_u16),
        ("no-channels", 1, 0, 48_000, 4, 16),
        ("rate", 1, 2, u32::MAX, 4, 16),
        ("no-rate", 1, 2, 0, 4, 16),
        ("slow", 1, 1, 1, 1, 8),
        ("align", 1, 2, 48_000, 65_535, 16),
        ("bits", 1, 2, 48_000, 4, 65_535),
        ("kind", 0xdead, 2, 48_000, 4, 16),
        ("extensible", 0xfffe, 2, 48_000, 4, 16),
        ("mpeg", 0x55, 2, 48_000, 1, 0),
        ("adpcm", 2, 2, 48_000, 0, 4),
    ] {
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0".to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend(rate.wrapping_mul(u32::from(align)).to_le_bytes());
        bytes.extend(align.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data\xff\xff\xff\xff");
        bytes.extend((0..100_000_u32).map(|at| (at.wrapping_mul(at) >> 3) as u8));
        corpus.verdict(format!("lying-{name}.wav"), bytes);
    }
}

/// MP3 under covers that are none.
fn covers(corpus: &mut Corpus, sounds: &Sounds, hls: &[u8]) {
    // Without the tag that it came with.
    let mp3 = &sounds["mp3"];
    let frames = &mp3[10 + mp3[6..10].iter().fold(0, |sum, byte| sum << 7 | usize::from(*byte))..];
    let png = |width: u32, height: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\x20\0IDAT\x78\x9c");
        bytes.resize(bytes.len() + 4_096, 0);
        bytes
    };
    let jpeg = [&b"\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xc0\0\x11\x08\xff\xff\xff\xff"[..], &[0; 4_096]].concat();
    for (name, kind, cover) in [
        ("bomb", "image/png", png(30_000, 30_000)),
        ("wide", "image/png", png(0x7fff_ffff, 1)),
        ("none", "image/png", Vec::new()),
        ("hls", "image/jpeg", hls.to_vec()),
        ("huge", "image/jpeg", jpeg),
        ("svg", "image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        ("link", "-->", hls.to_vec()),
    ] {
        let picture = [&[0][..], kind.as_bytes(), &[0, 3, 0], &cover].concat();
        let frame = [&b"APIC"[..], &(picture.len() as u32).to_be_bytes(), &[0, 0], &picture].concat();
        corpus.verdict(format!("cover-{name}.mp3"), tagged(&frame, frames));
    }
    let many = [&b"APIC\0\0\0\x12\0\0\0image/png\0\x03\0abcd"[..]].concat().repeat(500);
    corpus.verdict("cover-many.mp3", tagged(&many, frames));
}

/// A tag of the third version before something.
fn tagged(frames: &[u8], rest: &[u8]) -> Vec<u8> {
    let size = [21, 14, 7, 0].map(|shift| (frames.len() >> shift & 0x7f) as u8);
    [&b"ID3\x03\0\0"[..], &size, frames, rest].concat()
}
