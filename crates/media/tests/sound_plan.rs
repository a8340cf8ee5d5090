//! Sound alone, as far as it is arithmetic: what the probe says of it, the frames that cover it to its last sample, the
//! plan with its one drawn rendition. Without ffmpeg.
#![allow(clippy::unwrap_used, reason = "tests")]

use media::playlist::Beside;
use media::*;
use proptest::prelude::*;
use protocol::Code;
use timecode::FrameRate;

/// A stream of sound in ffprobe's words; `more` are further members.
fn sound(number: u32, time_base: &str, more: &str) -> String {
    format!(
        r#"{{"index":{number},"codec_name":"aac","codec_type":"audio","sample_rate":"48000","channels":2,"time_base":"{time_base}"{more}}}"#
    )
}

/// A cover in ffprobe's words.
fn cover(number: u32, codec: &str, (width, height): (u32, u32)) -> String {
    format!(
        r#"{{"index":{number},"codec_name":"{codec}","codec_type":"video","width":{width},"height":{height},"time_base":"1/90000","disposition":{{"attached_pic":1}}}}"#
    )
}

fn answer(streams: &[String], format: &str) -> Result<ProbeAnswer, MediaRefusal> {
    ProbeAnswer::read(&format!(r#"{{"streams":[{}],"format":{{{format}}}}}"#, streams.join(",")))
}

const MP4: &str = r#""format_name":"mov,mp4,m4a,3gp,3g2,mj2""#;

/// Packets of 1,024 samples at 48 kHz from `start` on.
fn packets(start: i64, count: i64, last_duration: &str) -> PacketIndex {
    let line = |at: i64| {
        let duration = if at + 1 == count { last_duration } else { "1024" };
        format!("{},{duration},300,{},K_\n", start + at * 1024, 100 + at * 300)
    };
    PacketIndexReader::read(&(0..count).map(line).collect::<String>()).unwrap()
}

fn facts(streams: &[String], index: &PacketIndex) -> SourceFacts {
    answer(streams, MP4).unwrap().facts(index, 1_000_000).unwrap()
}

#[test]
fn frames_cover_the_sound_to_its_last_sample() {
    for (start, count, last, frames) in [
        (0, 1, "2400", 2),  // 50 ms
        (0, 1, "1", 1),     // one sample
        (0, 15, "1024", 8), // 15 x 1,024 are 8 x 1,920
        (0, 15, "1025", 9), // and one sample more is one frame more
        (4800, 15, "1024", 8),
        (0, 16, "N/A", 9), // of a packet without a length: as long as the others
    ] {
        let found =
            facts(&[sound(0, "1/48000", &format!(r#","start_pts":{start}"#))], &packets(start, count, last));
        assert_eq!(found.video.frames, frames, "{start} {count} {last}");
        assert_eq!((found.video.grid.origin_pts, found.audio_offset_us), (start, Some(0)));
        assert_eq!(found.rate(), FrameRate::new(25, 1).unwrap());
    }
}

#[test]
fn what_is_drawn_is_not_in_the_file() {
    let found = facts(&[sound(0, "1/48000", "")], &packets(0, 100, "1024"));
    let view = found.view();
    assert_eq!((view.video_codec, view.width, view.height, view.bit_depth), (None, 0, 0, 0));
    assert_eq!((view.audio_codec.as_deref(), view.frames), (Some("AAC"), 54));
    let table = FrameTable::of(&found, &packets(0, 100, "1024"));
    assert_eq!((table.pictures, table.hidden, table.moved_us_max), (0, 0, 0));
    assert_eq!(table.picture_of_frames().len(), 54);
}

#[test]
fn the_longest_track_counts_from_where_the_first_one_begins() {
    let streams = [
        sound(0, "1/48000", r#","start_pts":9600,"duration":"1.0","disposition":{"default":1}"#),
        sound(1, "1/48000", r#","start_pts":4800,"duration":"2.0""#),
        sound(2, "1/1000", r#","start_pts":50,"duration":"0.5""#),
    ];
    let read = answer(&streams, MP4).unwrap();
    assert_eq!(read.index_stream(), 1);
    let found = read.facts(&packets(4800, 94, "768"), 1_000_000).unwrap();
    // From 50 ms to 2.1 s.
    assert_eq!((found.video.grid.origin_pts, found.video.frames), (2400, 52));
    assert_eq!((found.audio[0].stream, found.audio_offset_us), (0, Some(150_000)));
}

#[test]
fn covers_that_can_be_drawn() {
    for (streams, drawn) in [
        (vec![cover(1, "mjpeg", (600, 600))], Some(1)),
        (vec![cover(1, "png", (3000, 3000))], Some(1)),
        // The first that can be.
        (vec![cover(1, "gif", (600, 600)), cover(2, "png", (4, 4)), cover(3, "mjpeg", (64, 32))], Some(3)),
        (vec![cover(1, "mjpeg", (10_000, 10_000))], None),
        (vec![cover(1, "mjpeg", (4000, 100))], None),
        (vec![cover(1, "bmp", (600, 600))], None),
        (Vec::new(), None),
    ] {
        let mut all = vec![sound(0, "1/48000", "")];
        all.extend(streams);
        let found = facts(&all, &packets(0, 10, "1024"));
        assert_eq!(found.video.drawn, Some(Drawn { cover: drawn }), "{all:?}");
    }
}

#[test]
fn refusals_of_what_has_neither() {
    let film =
        r#"{"index":0,"codec_name":"gif","codec_type":"video","width":64,"height":64,"time_base":"1/25"}"#;
    let unknown = r#"{"index":0,"codec_type":"video","width":64,"height":64,"time_base":"1/25"}"#;
    for (streams, word) in [
        (vec![], "neither a moving picture nor sound"),
        (vec![cover(0, "mjpeg", (600, 600))], "neither a moving picture nor sound"),
        // Sound beside a picture that cannot be shown is not sound alone.
        (vec![film.to_owned(), sound(1, "1/48000", "")], "coded in a way"),
        (vec![unknown.to_owned(), sound(1, "1/48000", "")], "coded in a way"),
        (vec![sound(0, "1/48000", "").replace("48000\",\"ch", "4000\",\"ch")], "its sound is coded"),
        (vec![sound(0, "1/0", "")], "its sound is coded"),
    ] {
        let refusal = answer(&streams, MP4).unwrap_err();
        assert_eq!(refusal.code, Code::FileNotVideo, "{refusal}");
        assert!(refusal.message.contains(word), "{refusal}");
    }
}

#[test]
fn lengths_that_headers_promise() {
    let streams = [sound(0, "1/48000", r#","duration":"60.0""#)];
    let short = packets(0, 100, "1024");
    for (format, code) in [
        ("mov,mp4,m4a,3gp,3g2,mj2", Some(Code::FileDamaged)),
        ("wav", Some(Code::FileDamaged)),
        // The length of an MP3 without a header is a guess.
        ("mp3", None),
    ] {
        let read = answer(&streams, &format!(r#""format_name":"{format}""#)).unwrap();
        let found = read.facts(&short, 1_000_000);
        assert_eq!(found.err().map(|refusal| refusal.code), code, "{format}");
    }
    let long = packets(0, 100, "99999999999999");
    let refusal = answer(&streams, r#""format_name":"mp3""#).unwrap().facts(&long, 1_000_000).unwrap_err();
    assert_eq!(refusal.code, Code::MediaTooLarge);
}

#[test]
fn one_small_rendition_and_everything_else_of_a_film() {
    let found = facts(&[sound(0, "1/48000", "")], &packets(0, 5000, "1024"));
    let plan = Plan::new(&found, &packets(0, 5000, "1024"), "source", "build");
    assert_eq!(plan.rendition_names(), ["540p"]);
    assert!(plan.copy.is_none() && plan.chunks() > 5 && plan.audio.is_some());
    let master = plan.master_playlist("540p", &Beside::default());
    assert!(master.contains("RESOLUTION=960x540,FRAME-RATE=25.000,AUDIO=\"audio\""), "{master}");
    let objects = plan.objects();
    for wanted in
        [ObjectRef::Poster, ObjectRef::Frames, ObjectRef::KeyFrames, ObjectRef::Waveform { track: 0 }]
    {
        assert!(objects.contains(&wanted), "{wanted}");
    }
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    // A film's plan, and with it its name, says nothing of drawing.
    let text = serde_json::to_string(&found.video).unwrap();
    assert!(text.contains(r#""drawn":{"cover":null}"#));
    let film = serde_json::to_value(media::facts::VideoFacts { drawn: None, ..found.video }).unwrap();
    assert!(film.get("drawn").is_none());
}

proptest! {
    #[test]
    fn any_length_is_covered_and_no_more(
        samples in 1_i64..100_000_000, start in -100_000_i64..100_000_000, base in prop::sample::select(vec![1000_i64, 44_100, 48_000, 90_000, 14_112_000]),
    ) {
        let index = PacketIndexReader::read(&format!("{start},{samples},300,100,K_\n")).unwrap();
        let stream = sound(0, &format!("1/{base}"), &format!(r#","start_pts":{start}"#));
        let read = answer(&[stream], r#""format_name":"matroska,webm""#).unwrap();
        match read.facts(&index, 1_000_000) {
            Ok(found) => {
                prop_assert!(found.video.frames * base >= samples * 25, "to the last sample");
                prop_assert!((found.video.frames - 1) * base < samples * 25, "no frame of nothing");
                let plan = Plan::new(&found, &index, "source", "build");
                let audio = plan.audio.as_ref().unwrap();
                prop_assert!(i64::from(audio.aac_frames) * 1024 >= found.video.frames * 1920);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal.code, Code::MediaTooLarge);
                prop_assert!(samples > 8 * 3600 * base);
            }
        }
    }
}
