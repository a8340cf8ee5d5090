//! Matroska: elements of unknown, wrong and enormous size, nesting and references without end, amplified frames.

use super::{BAIT, Corpus};

const HEADER: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const TAGS: u32 = 0x1254_c367;
const ATTACHMENTS: u32 = 0x1941_a469;
const CHAPTERS: u32 = 0x1043_a770;
const SEEK_HEAD: u32 = 0x114d_9b74;
const CUES: u32 = 0x1c53_bb6b;

fn id(id: u32) -> Vec<u8> {
    id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

/// An element with a size of eight bytes.
fn element(kind: u32, body: &[u8]) -> Vec<u8> {
    sized(kind, body.len() as u64, body)
}

fn sized(kind: u32, size: u64, body: &[u8]) -> Vec<u8> {
    [&id(kind)[..], &(size | (1 << 56)).to_be_bytes(), body].concat()
}

/// An element whose size is unknown.
fn open(kind: u32, body: &[u8]) -> Vec<u8> {
    [&id(kind)[..], &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], body].concat()
}

fn number(kind: u32, value: u64) -> Vec<u8> {
    element(kind, &value.to_be_bytes())
}

fn header() -> Vec<u8> {
    element(HEADER, &[element(0x4282, b"matroska"), number(0x4287, 4), number(0x4285, 2)].concat())
}

/// A picture track of a size, with more elements.
fn track(width: u64, height: u64, more: &[u8]) -> Vec<u8> {
    let video = element(0xe0, &[number(0xb0, width), number(0xba, height)].concat());
    element(
        0xae,
        &[
            &number(0xd7, 1)[..],
            &number(0x73c5, 1),
            &number(0x83, 1),
            &element(0x86, b"V_MPEG2"),
            &video,
            more,
        ]
        .concat(),
    )
}

fn block(at: i16, flags: u8, body: &[u8]) -> Vec<u8> {
    element(0xa3, &[&[0x81][..], &at.to_be_bytes(), &[flags], body].concat())
}

fn cluster(time: u64, count: i16) -> Vec<u8> {
    let blocks: Vec<u8> = (0..count).flat_map(|at| block(at * 40, 0x80, &[0, 0, 1, 0, 0, 8, 0, 0])).collect();
    element(CLUSTER, &[number(0xe7, time), blocks].concat())
}

/// A file of parts.
fn film(parts: &[&[u8]]) -> Vec<u8> {
    let info = element(INFO, &number(0x2a_d7b1, 1_000_000));
    [header(), element(SEGMENT, &[&info[..], &parts.concat()].concat())].concat()
}

pub fn add(corpus: &mut Corpus, whole: &[u8]) {
    let tracks = element(TRACKS, &track(64, 64, &[]));
    let pictures = cluster(0, 20);
    corpus.verdict("plain.mkv", film(&[&tracks, &pictures]));
    sizes(corpus, &tracks, &pictures, whole);
    depths(corpus, &tracks, &pictures);
    crowds(corpus, &tracks, &pictures);
    times(corpus, &tracks);
    pictures_of_no_size(corpus, &pictures);
}

fn sizes(corpus: &mut Corpus, tracks: &[u8], pictures: &[u8], whole: &[u8]) {
    corpus.verdict(
        "unknown-sizes.mkv",
        [header(), open(SEGMENT, &[tracks, &open(CLUSTER, &pictures[12..])].concat())].concat(),
    );
    corpus.verdict(
        "unknown-everything.mkv",
        [open(HEADER, &element(0x4282, b"matroska")), open(SEGMENT, &open(TRACKS, &tracks[12..]))].concat(),
    );
    corpus.refused(
        "unknown-number.mkv",
        [header(), open(SEGMENT, &open(INFO, &open(0x2a_d7b1, &[1; 40])))].concat(),
    );
    corpus.verdict(
        "size-beyond.mkv",
        [header(), sized(SEGMENT, (1 << 56) - 2, &[tracks, pictures].concat())].concat(),
    );
    corpus.verdict(
        "size-of-tracks-beyond.mkv",
        [header(), open(SEGMENT, &sized(TRACKS, 1 << 50, &tracks[12..]))].concat(),
    );
    corpus.verdict("size-0-elements.mkv", film(&[tracks, &element(0xec, &[]).repeat(300_000), pictures]));
    corpus.refused("size-0-bytes.mkv", [&header()[..], &[0; 200_000]].concat());
    corpus.refused("long-id.mkv", [&header()[..], &[0x00, 0x01, 0xff, 0x08].repeat(5_000)].concat());
    corpus.refused(
        "other-kind.mkv",
        [
            element(HEADER, &[element(0x4282, b"genlock-bait"), number(0x4285, 255)].concat()),
            open(SEGMENT, tracks),
        ]
        .concat(),
    );
    corpus.refused(
        "long-kind.mkv",
        [element(HEADER, &element(0x4282, &vec![b'm'; 3_000_000])), open(SEGMENT, tracks)].concat(),
    );
    corpus.refused("headers.mkv", header().repeat(20_000));
    let mut void = whole.to_vec();
    if let Some(at) = void.windows(4).position(|four| four == id(CLUSTER)) {
        void[at + 4..at + 12].copy_from_slice(&[0x01, 0, 0, 0, 0, 0, 0, 1]);
    }
    corpus.verdict("cluster-of-one-byte.mkv", void);
}

fn depths(corpus: &mut Corpus, tracks: &[u8], pictures: &[u8]) {
    let deep = |kind: u32, levels: usize| (0..levels).fold(Vec::new(), |body, _| element(kind, &body));
    corpus.verdict(
        "nested-tags.mkv",
        film(&[tracks, &element(TAGS, &element(0x7373, &deep(0x67c8, 5_000))), pictures]),
    );
    corpus.verdict(
        "nested-chapters.mkv",
        film(&[tracks, &element(CHAPTERS, &element(0x45b9, &deep(0xb6, 5_000))), pictures]),
    );
    corpus.verdict("nested-segments.mkv", [header(), deep(SEGMENT, 3_000)].concat());
    corpus.verdict(
        "nested-unknown.mkv",
        [header(), (0..3_000).fold(pictures.to_vec(), |body, _| open(SEGMENT, &body))].concat(),
    );
    corpus.verdict("nested-groups.mkv", film(&[tracks, &element(CLUSTER, &deep(0xa0, 4_000)), pictures]));
    // Each entry points to the list itself, or far beyond.
    let entry = |kind: u32, place: u64| {
        element(0x4dbb, &[element(0x53ab, &id(kind)), number(0x53ac, place)].concat())
    };
    let list: Vec<u8> = (0..500)
        .flat_map(|at| {
            [entry(SEEK_HEAD, at % 30), entry(CUES, 0), entry(TAGS, 1 << 62), entry(INFO, u64::MAX)].concat()
        })
        .collect();
    corpus.verdict("seek-loop.mkv", film(&[&element(SEEK_HEAD, &list), tracks, pictures]));
    let cue = |time: u64, place: u64| {
        element(
            0xbb,
            &[number(0xb3, time), element(0xb7, &[number(0xf7, 1), number(0xf1, place)].concat())].concat(),
        )
    };
    let cues: Vec<u8> =
        (0..5_000).flat_map(|at| cue(at, if at % 2 == 0 { 0 } else { u64::MAX >> 1 })).collect();
    corpus.verdict("cue-loop.mkv", film(&[&element(CUES, &cues), tracks, pictures]));
}

fn crowds(corpus: &mut Corpus, tracks: &[u8], pictures: &[u8]) {
    let many: Vec<u8> = (1..3_000_u64)
        .flat_map(|at| {
            element(
                0xae,
                &[
                    number(0xd7, at),
                    number(0x73c5, at),
                    number(0x83, 1),
                    element(0x86, b"V_MPEG2"),
                    element(0xe0, &[number(0xb0, 64), number(0xba, 64)].concat()),
                ]
                .concat(),
            )
        })
        .collect();
    corpus.refused("tracks.mkv", film(&[&element(TRACKS, &many), pictures]));
    let file = |name: &str, bytes: usize| {
        element(
            0x61a7,
            &[
                element(0x466e, name.as_bytes()),
                element(0x4660, b"application/x-truetype-font"),
                element(0x465c, &vec![7; bytes]),
                number(0x46ae, 9),
            ]
            .concat(),
        )
    };
    let files: Vec<u8> = (0..2_000).flat_map(|at| file(&format!("../../{BAIT}-{at}.ttf"), 40)).collect();
    corpus.refused("attachments.mkv", film(&[tracks, &element(ATTACHMENTS, &files), pictures]));
    corpus.verdict(
        "attachment-10-megabytes.mkv",
        film(&[tracks, &element(ATTACHMENTS, &file(&format!("/tmp/{BAIT}"), 10_000_000)), pictures]),
    );
    let tag = |name: &[u8], text: &[u8]| {
        element(0x7373, &element(0x67c8, &[element(0x45a3, name), element(0x4487, text)].concat()))
    };
    corpus.verdict(
        "tag-10-megabytes.mkv",
        film(&[tracks, &element(TAGS, &tag(b"TITLE", &vec![b'x'; 10_000_000])), pictures]),
    );
    let tags: Vec<u8> = (0..50_000).flat_map(|at| tag(format!("T{at}").as_bytes(), b"x")).collect();
    corpus.verdict("tags.mkv", film(&[tracks, &element(TAGS, &tags), pictures]));
    let subtitles = element(
        0xae,
        &[
            number(0xd7, 2),
            number(0x73c5, 2),
            number(0x83, 17),
            element(0x86, b"S_TEXT/ASS"),
            element(0x63a2, &vec![b'\n'; 100_000]),
        ]
        .concat(),
    );
    let lines: Vec<u8> = (0..60_000)
        .flat_map(|at: u32| {
            element(
                0xa3,
                &[
                    &[0x82][..],
                    &((at % 30_000) as i16).to_be_bytes(),
                    &[0],
                    b"0,0,D,,0,0,0,,{\\t(0,9,\\fscx9999)}x",
                ]
                .concat(),
            )
        })
        .collect();
    corpus.verdict(
        "subtitle-bomb.mkv",
        film(&[
            &element(TRACKS, &[&tracks[12..], &subtitles].concat()),
            pictures,
            &element(CLUSTER, &[number(0xe7, 0), lines].concat()),
        ]),
    );
    // Every frame gets ten megabytes put in front of it.
    let encoding = |algo: u64, settings: &[u8]| {
        element(
            0x6d80,
            &element(
                0x6240,
                &[
                    number(0x5031, 0),
                    number(0x5032, 1),
                    number(0x5033, 0),
                    element(0x5034, &[number(0x4254, algo), element(0x4255, settings)].concat()),
                ]
                .concat(),
            ),
        )
    };
    corpus.verdict(
        "frames-of-10-megabytes.mkv",
        film(&[&element(TRACKS, &track(64, 64, &encoding(3, &vec![0; 10_000_000]))), &cluster(0, 400)]),
    );
    corpus.verdict("zlib-frames.mkv", film(&[&element(TRACKS, &track(64, 64, &encoding(0, &[]))), pictures]));
    corpus.verdict("lzo-frames.mkv", film(&[&element(TRACKS, &track(64, 64, &encoding(2, &[]))), pictures]));
    corpus.verdict(
        "unknown-packing.mkv",
        film(&[&element(TRACKS, &track(64, 64, &encoding(77, &[1]))), pictures]),
    );
    let laces = [
        block(0, 0x82, &[0xff; 600]),
        block(1, 0x84, &[0xff, 1, 2]),
        block(2, 0x86, &[&[0xff, 0x40, 0][..], &[0x80; 300]].concat()),
        block(3, 0x86, &[0xff; 40]),
    ]
    .concat();
    corpus.verdict("laces.mkv", film(&[tracks, &element(CLUSTER, &[number(0xe7, 0), laces].concat())]));
    corpus.verdict(
        "empty-blocks.mkv",
        film(&[
            tracks,
            &element(CLUSTER, &[number(0xe7, 0), element(0xa3, &[0x81]).repeat(50_000)].concat()),
        ]),
    );
    corpus.verdict("clusters.mkv", film(&[tracks, &cluster(0, 0).repeat(50_000)]));
}

fn times(corpus: &mut Corpus, tracks: &[u8]) {
    for (name, scale) in [("0", 0), ("1", 1), ("2-to-63", 1 << 63), ("all", u64::MAX)] {
        let info = element(INFO, &number(0x2a_d7b1, scale));
        corpus.verdict(
            format!("time-scale-{name}.mkv"),
            [header(), open(SEGMENT, &[&info[..], tracks, &cluster(0, 20)].concat())].concat(),
        );
    }
    for (name, time) in [("2-to-63", 1_u64 << 63), ("all", u64::MAX), ("year", 31_536_000_000)] {
        corpus
            .verdict(format!("cluster-time-{name}.mkv"), film(&[tracks, &cluster(0, 5), &cluster(time, 5)]));
    }
    let back: Vec<u8> = (0..500).rev().flat_map(|at| cluster(at * 100, 2)).collect();
    corpus.verdict("cluster-times-falling.mkv", film(&[tracks, &back]));
    corpus.verdict("cluster-times-same.mkv", film(&[tracks, &cluster(7, 1).repeat(5_000)]));
    for (name, each) in [("0", 0), ("1", 1), ("1000", 1_000), ("all", u64::MAX)] {
        let tracks = element(TRACKS, &track(64, 64, &number(0x23_e383, each)));
        corpus.verdict(format!("frame-time-{name}.mkv"), film(&[&tracks, &cluster(0, 20)]));
    }
    let duration = element(
        INFO,
        &[number(0x2a_d7b1, 1_000_000), element(0x4489, &f64::INFINITY.to_be_bytes())].concat(),
    );
    corpus.verdict(
        "duration-infinite.mkv",
        [header(), open(SEGMENT, &[&duration[..], tracks, &cluster(0, 20)].concat())].concat(),
    );
}

fn pictures_of_no_size(corpus: &mut Corpus, pictures: &[u8]) {
    for (name, width, height) in [
        ("0", 0, 0),
        ("2-to-32", 1 << 32, 1 << 32),
        ("2-to-31", 0x7fff_ffff, 0x7fff_ffff),
        ("16000", 16_000, 16_000),
        ("30000x2", 30_000, 2),
    ] {
        corpus.refused(
            format!("picture-{name}.mkv"),
            film(&[&element(TRACKS, &track(width, height, &[])), pictures]),
        );
    }
    let crop = element(
        0xe0,
        &[
            number(0xb0, 64),
            number(0xba, 64),
            number(0x54aa, u64::MAX),
            number(0x54b0, 0),
            number(0x54ba, u64::MAX),
        ]
        .concat(),
    );
    let track = element(
        0xae,
        &[number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), element(0x86, b"V_MPEG2"), crop].concat(),
    );
    corpus.verdict("crop.mkv", film(&[&element(TRACKS, &track), pictures]));
    for codec in [
        &b"V_MS/VFW/FOURCC"[..],
        b"V_QUICKTIME",
        b"V_REAL/RV40",
        b"V_UNCOMPRESSED",
        b"V_MPEG4/ISO/AVC",
        b"V_AV1",
        b"V_THEORA",
        b"S_VOBSUB",
        b"A_AAC",
    ] {
        let video = element(0xe0, &[number(0xb0, 64), number(0xba, 64)].concat());
        let track = element(
            0xae,
            &[
                number(0xd7, 1),
                number(0x73c5, 1),
                number(0x83, 1),
                element(0x86, codec),
                element(0x63a2, &[0xff; 90]),
                video,
            ]
            .concat(),
        );
        let name = String::from_utf8_lossy(codec).replace('/', "-").to_lowercase();
        corpus.verdict(format!("codec-{name}.mkv"), film(&[&element(TRACKS, &track), pictures]));
    }
}
