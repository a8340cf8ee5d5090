//! Files that are something else: texts that name other files, pictures, programs, archives, mixtures of two kinds.

use super::{BAIT, Corpus, Dice};

pub fn add(corpus: &mut Corpus, url: &str, file: &str) {
    texts(corpus, url, file);
    others(corpus);
    pictures(corpus);
    mixtures(corpus, url, file);
}

fn texts(corpus: &mut Corpus, url: &str, file: &str) {
    let hls = |target: &str| {
        format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXT-X-KEY:METHOD=AES-128,URI=\"{target}\"\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"
        )
    };
    for (name, target) in [("file", file), ("http", url), ("relative", "../genlock-bait.ts")] {
        for ending in ["mp4", "mkv", "ts"] {
            corpus.refused(format!("hls-{name}.{ending}"), hls(target));
        }
    }
    let dash = format!(
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period><AdaptationSet><Representation \
         id=\"1\"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    );
    corpus.refused("dash.mp4", dash);
    corpus.refused("ffconcat.mp4", format!("ffconcat version 1.0\nfile '{file}'\n"));
    corpus.refused("ffconcat-http.mkv", format!("ffconcat version 1.0\nfile {url}\n"));
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\"><image x:href=\"{url}\"/></svg>"
    );
    corpus.refused("svg.mp4", svg);
    let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap_or("9");
    corpus.refused("sdp.ts", format!("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"));
    corpus.refused("m3u.mp4", format!("{url}\n{file}\n"));
    corpus.refused("pls.mkv", format!("[playlist]\nFile1={url}\nNumberOfEntries=1\n"));
    corpus.refused("smil.mp4", format!("<smil><body><video src=\"{url}\"/></body></smil>"));
    corpus.refused("html.mp4", format!("<!doctype html><script src=\"{url}\"></script>"));
    corpus.refused("filter-script.ts", format!("movie={file}[out]"));
    corpus.refused("json.mkv", format!("{{\"url\":\"{url}\"}}"));
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(hls(url).encode_utf16().flat_map(u16::to_le_bytes)).collect();
    corpus.refused("utf16-hls.mp4", wide);
    corpus.refused("blank-hls.mp4", format!("{}{}", " \n".repeat(3_000), hls(file)));
    corpus.refused("mark-hls.ts", format!("\u{feff}{}", hls(url)));
    corpus.refused("long-line.mp4", "#EXTM3U".to_owned() + &"a".repeat(2_000_000));
}

fn others(corpus: &mut Corpus) {
    corpus.refused("empty.mp4", "");
    corpus.refused("one-byte.mp4", [0]);
    corpus.refused("three-bytes.mkv", [0x1a, 0x45, 0xdf]);
    corpus.refused("zeros.mp4", vec![0; 1 << 20]);
    corpus.refused("ones.ts", vec![0xff; 1 << 20]);
    let mut dice = Dice::new(1);
    corpus.refused("chance.mp4", (0..1 << 20).map(|_| dice.next() as u8).collect::<Vec<u8>>());
    let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    program.resize(4_096, 0x90);
    corpus.refused("program.mp4", program);
    for (name, head) in [
        ("windows.mp4", &b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"[..]),
        ("pdf.mp4", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
        ("zip.mp4", b"PK\x03\x04\x14\0\0\0\x08\0"),
        ("gzip.mkv", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ("xz.ts", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"),
        ("zstd.mp4", b"\x28\xb5\x2f\xfd\x04\x58"),
        ("seven-zip.mp4", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("wasm.mp4", b"\0asm\x01\0\0\0"),
        ("avi.mp4", b"RIFF\0\x10\0\0AVI LIST"),
        ("wav.mp4", b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"),
        ("flv.mp4", b"FLV\x01\x05\0\0\0\x09\0\0\0\0"),
        ("ogg.mkv", b"OggS\0\x02\0\0\0\0\0\0\0\0"),
        ("mp3.mp4", b"ID3\x04\0\0\x7f\x7f\x7f\x7f"),
        ("mxf.mp4", b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\0"),
        ("asf.mp4", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"),
        ("real.mp4", b".RMF\0\0\0\x12\0\0"),
        ("program-stream.ts", b"\0\0\x01\xba\x44\0\x04\0\x04\x01"),
        ("h264-bare.mp4", b"\0\0\0\x01\x67\x64\0\x1f\xac\xd9\x40\x50\x05\xbb\x01"),
    ] {
        corpus.refused(name, [head, &[0x55; 2_000]].concat());
    }
}

fn pictures(corpus: &mut Corpus) {
    let png = |width: u32, height: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\x20\0IDAT\x78\x9c");
        bytes.resize(8_192, 0);
        bytes
    };
    corpus.refused("png-bomb.mp4", png(30_000, 30_000));
    corpus.refused("png-huge.mkv", png(0x7fff_ffff, 0x7fff_ffff));
    corpus.refused(
        "jpeg.mp4",
        [&b"\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xc0\0\x11\x08\xff\xff\xff\xff"[..], &[0; 4_096]].concat(),
    );
    corpus.refused("gif.mp4", [&b"GIF89a\xff\xff\xff\xff\xf7\0\0"[..], &[0; 4_096]].concat());
    corpus.refused("tiff.mp4", [&b"II*\0\x08\0\0\0\xff\xff"[..], &[0xff; 4_096]].concat());
    corpus.refused(
        "bmp.mp4",
        [&b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f"[..], &[0; 999]].concat(),
    );
}

/// Files that are of two kinds at once.
fn mixtures(corpus: &mut Corpus, url: &str, file: &str) {
    let hls = format!("#EXTM3U\n#EXTINF:5,\n{url}\n{file}\n{BAIT}\n#EXT-X-ENDLIST\n");
    let boxed =
        |kind: &[u8; 4], body: &[u8]| [&((body.len() + 8) as u32).to_be_bytes()[..], kind, body].concat();
    corpus.refused("free-and-hls.mp4", boxed(b"free", hls.as_bytes()));
    corpus.refused(
        "hls-in-mdat.mp4",
        [boxed(b"ftyp", b"isom\0\0\x02\0isom"), boxed(b"mdat", hls.as_bytes())].concat(),
    );
    corpus.refused("matroska-and-hls.mkv", [&[0x1a, 0x45, 0xdf, 0xa3, 0x80][..], hls.as_bytes()].concat());
    let mut stream = hls.clone().into_bytes();
    stream.resize(188 * 64, b' ');
    stream.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
    corpus.refused("stream-and-hls.ts", stream);
    corpus.refused(
        "heif.mp4",
        [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), boxed(b"meta", &[0xff; 600])].concat(),
    );
    corpus.refused(
        "avif-sequence.mp4",
        [boxed(b"ftyp", b"avis\0\0\0\0avifavis"), boxed(b"moov", &[0; 64])].concat(),
    );
}
