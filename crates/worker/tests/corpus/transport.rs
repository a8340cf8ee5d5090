//! Transport streams: tables that lie, streams without number, clocks that jump.

use super::Corpus;

const PACKET: usize = 188;

pub fn add(corpus: &mut Corpus, whole: &[u8]) {
    corpus.refused("null-packets.ts", packet(0x1fff, false, &[]).repeat(8_000));
    corpus.refused("sync-bytes.ts", vec![0x47; PACKET * 2_000]);
    let many: Vec<u8> = (1..200_u16)
        .flat_map(|program| [program.to_be_bytes(), (0xe100 + program).to_be_bytes()].concat())
        .collect();
    corpus.refused(
        "programs.ts",
        [packet(0, true, &section(0, &many[..168])), packet(0x1fff, false, &[])].concat().repeat(200),
    );
    // Each table names other streams: thousands together.
    let mut streams = Vec::new();
    for table in 0..2_000_u16 {
        let entries: Vec<u8> = (0..30_u16)
            .flat_map(|at| {
                let pid = 0xe000 | (0x20 + (table * 30 + at) % 0x1fc0);
                [&[0x1b][..], &pid.to_be_bytes(), &[0xf0, 0]].concat()
            })
            .collect();
        streams.extend(packet(0, true, &section(0, &[0, 1, 0xe1, 0])));
        streams.extend(packet(0x100, true, &section(2, &[&[0xff, 0xff, 0xf0, 0][..], &entries].concat())));
    }
    corpus.refused("streams.ts", streams);
    let mut endless = packet(0, true, &section(0, &[0, 1, 0xe1, 0]));
    endless[7] = 0xff;
    corpus.refused("section-without-end.ts", endless.repeat(500));
    // Clocks: the time stamps of the picture's packets jump between both ends.
    let mut jumping = whole.to_vec();
    let mut count = 0_u32;
    for at in (0..jumping.len().saturating_sub(PACKET)).step_by(PACKET) {
        let Some(start) = jumping[at..at + PACKET].windows(4).position(|four| four == [0, 0, 1, 0xe0]) else {
            continue;
        };
        let place = at + start + 9;
        if place + 5 < jumping.len() {
            count += 1;
            let five: [u8; 5] =
                if count.is_multiple_of(2) { [0x2f, 0xff, 0xff, 0xff, 0xff] } else { [0x21, 0, 1, 0, 1] };
            jumping[place..place + 5].copy_from_slice(&five);
        }
    }
    corpus.verdict("clocks.ts", jumping);
    let mut long = whole.to_vec();
    long.iter_mut().skip(3).step_by(PACKET).for_each(|flags| *flags |= 0x20);
    corpus.verdict("adaptation.ts", long);
    let mut scrambled = whole.to_vec();
    scrambled.iter_mut().skip(3).step_by(PACKET).for_each(|flags| *flags |= 0xc0);
    corpus.verdict("scrambled.ts", scrambled);
    let backwards: Vec<u8> = whole.chunks(PACKET).rev().flatten().copied().collect();
    corpus.verdict("backwards.ts", backwards);
    corpus.verdict(
        "blu-ray.ts",
        whole.chunks(PACKET).flat_map(|piece| [&[0, 0, 0, 0][..], piece].concat()).collect::<Vec<u8>>(),
    );
}

fn packet(pid: u16, starts: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x47, (pid >> 8) as u8 | if starts { 0x40 } else { 0 }, pid as u8, 0x10];
    bytes.extend(payload);
    bytes.resize(PACKET, 0xff);
    bytes
}

/// A table with a right checksum.
fn section(table: u8, body: &[u8]) -> Vec<u8> {
    let length = 0xb000 | (body.len() as u16 + 9);
    let mut bytes = vec![table];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 1, 0xc1, 0, 0]);
    bytes.extend(body);
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    });
    bytes.extend(sum.to_be_bytes());
    [&[0][..], &bytes].concat()
}
