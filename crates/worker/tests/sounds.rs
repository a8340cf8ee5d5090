//! Sound alone through the real worker: real ffmpeg in the real sandbox.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use media::Plan;
use protocol::Code;
use protocol::VersionId;
use protocol::rest::VersionState;
use support::{Rig, plan_of, sound};

async fn ready(rig: &Rig, bytes: &[u8], name: &str) -> (VersionId, Plan) {
    let version = rig.uploaded(bytes, name).await;
    let row = rig.until(version, |row| matches!(row.state, VersionState::Ready | VersionState::Failed)).await;
    assert_eq!(row.state, VersionState::Ready, "{name}: {:?}", row.failure);
    let plan = plan_of(&row);
    for object in plan.objects() {
        let stat = rig.store.blobs.stat(&plan.key(version, &object)).await.unwrap();
        assert!(stat.is_some_and(|stat| stat.bytes > 0), "{name}: {object}");
    }
    (version, plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn sounds_become_ready_with_every_object() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(2);
    for (name, seconds, options, cover, frames) in [
        ("podcast.mp3", "9.01", "-c:a libmp3lame -b:a 96k", Some("mjpeg"), 226..=228),
        ("album.m4a", "5", "-c:a aac", Some("png"), 125..=126),
        ("memo.m4a", "3", "-c:a aac -ac 1 -ar 22050", None, 75..=77),
        ("take.wav", "5", "-c:a pcm_s24le", None, 125..=125),
        ("telephone.wav", "5", "-c:a pcm_mulaw -ar 8000 -ac 1", None, 125..=125),
        ("song.flac", "5", "-c:a flac", Some("mjpeg"), 125..=125),
        ("voice.opus", "5", "-c:a libopus", None, 125..=126),
        ("song.ogg", "5", "-c:a libvorbis", None, 125..=126),
        ("radio.mp4", "5", "-c:a aac -ac 6", None, 125..=126),
        ("click.mp3", "0.05", "-c:a libmp3lame", None, 2..=4),
    ] {
        let ending = name.rsplit_once('.').unwrap().1;
        let (_, plan) = ready(&rig, &sound(seconds, ending, options, cover), name).await;
        assert!(frames.contains(&plan.frames), "{name}: {} frames", plan.frames);
        let drawn = plan.picture.drawn.unwrap();
        assert_eq!(drawn.cover.is_some(), cover.is_some(), "{name}");
    }
    worker.stop().await;
}

/// The bytes of a sound with a cover whose picture is spoilt from a place on.
fn spoilt(codec: &str, from: usize) -> Vec<u8> {
    let mut bytes = sound("3", "mp3", "-c:a libmp3lame", Some(codec));
    let magic: &[u8] = if codec == "png" { b"\x89PNG" } else { b"\xff\xd8\xff" };
    let start = bytes.windows(magic.len()).position(|four| four == magic).unwrap() + from;
    // Up to where the sound begins: all in the first frame of the tag.
    let size = bytes[6..10].iter().fold(0_usize, |sum, byte| sum << 7 | usize::from(*byte)) + 10;
    bytes[start..size].fill(0);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_that_cannot_be_decoded_is_left_out() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(2);
    for (codec, from) in [("png", 0), ("png", 40), ("mjpeg", 3), ("mjpeg", 200), ("mjpeg", 640)] {
        let name = format!("{codec}-{from}.mp3");
        let (_, plan) = ready(&rig, &spoilt(codec, from), &name).await;
        println!("{name}: {:?}", plan.picture.drawn);
        assert!(plan.frames >= 75, "{name}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_picture_nor_sound_is_refused() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(2);
    let cases: [(&str, Vec<u8>, Code); 4] = [
        (
            "tag.mp3",
            [b"ID3\x04\0\0\0\0\x08\0".to_vec(), vec![0; 1024], vec![0x5a; 8000]].concat(),
            Code::FileNotVideo,
        ),
        (
            "empty.wav",
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0"
                .to_vec(),
            Code::FileDamaged,
        ),
        ("head.flac", sound("3", "flac", "-c:a flac", None)[..200].to_vec(), Code::FileDamaged),
        ("noise.ogg", [b"OggS\0\x02".to_vec(), vec![0x5a; 8000]].concat(), Code::FileDamaged),
    ];
    for (name, bytes, code) in cases {
        let version = rig.uploaded(&bytes, name).await;
        let row =
            rig.until(version, |row| matches!(row.state, VersionState::Ready | VersionState::Failed)).await;
        let (number, detail) = row.failure.unwrap_or_default();
        println!("{name}: {detail} ({number})");
        assert!(
            number == code.number() || number == Code::FileNotVideo.number(),
            "{name}: {number} {detail}"
        );
        assert!(detail.ends_with('.') && !detail.contains("ffmpeg"), "{name}: {detail}");
    }
    worker.stop().await;
}
