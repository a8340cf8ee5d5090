//! Uploads in parts of any order over real HTTP: resume, order, damage, mixing with tus, aborts.

mod pipeline;
mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use media::clip::ClipKind;
use pipeline::{clip, create, newest, part as tus_part, start_worker, tus};
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PIECE_BYTES};
use protocol::rest::VersionState;
use protocol::upload::{ByteRun, FilmOfSize, FilmsOfSize, PartTaken, UploadParts};
use protocol::{ChannelId, Code, Visibility};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::jobs::JobState;
use support::{Answer, Server, Visitor};
use timecode::FrameRate;

const PART: usize = UPLOAD_PART_BYTES as usize;
const PIECE: usize = UPLOAD_PIECE_BYTES as usize;

/// Bytes that look like a film at their beginning and never repeat.
fn film(bytes: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypisom".to_vec();
    let mut block = Sha256::digest(b"seed");
    while film.len() < bytes {
        film.extend_from_slice(&block);
        block = Sha256::digest(block);
    }
    film.truncate(bytes);
    film
}

/// A film of four seconds with free space behind it, so many bytes in all.
fn film_and_space(bytes: usize) -> Vec<u8> {
    let mut film = clip(ClipKind::H264Default, FrameRate::new(25, 1).expect("a rate"), 100, (320, 180));
    let space = u32::try_from(bytes - film.len()).expect("a small file");
    film.extend(space.to_be_bytes());
    film.extend(b"free");
    film.resize(bytes, 0);
    film
}

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

async fn begin(visitor: &mut Visitor, channel: ChannelId, bytes: usize) -> String {
    let made = create(visitor, channel, "film.mp4", bytes as u64).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.header("location").to_owned()
}

async fn put(visitor: &mut Visitor, path: &str, number: usize, bytes: &[u8]) -> Answer {
    let request = visitor
        .request(Method::PUT, &format!("{path}/parts/{number}"))
        .header("content-digest", digest(bytes))
        .body(bytes.to_vec());
    visitor.send(request).await
}

/// Sends a run of a part.
async fn put_run(
    visitor: &mut Visitor,
    path: &str,
    film: &[u8],
    number: usize,
    from: usize,
    to: usize,
) -> Answer {
    let whole = (film.len() - number * PART).min(PART);
    let bytes = film[number * PART + from..number * PART + to].to_vec();
    let request = visitor
        .request(Method::PUT, &format!("{path}/parts/{number}"))
        .header("content-range", format!("bytes {from}-{}/{whole}", to - 1))
        .body(bytes);
    visitor.send(request).await
}

async fn there(visitor: &mut Visitor, path: &str) -> UploadParts {
    visitor.get(&format!("{path}/parts")).await.ok(200)
}

fn part_of(film: &[u8], number: usize) -> &[u8] {
    &film[number * PART..(number * PART + PART).min(film.len())]
}

#[tokio::test]
async fn parts_come_in_any_order_and_the_last_one_ends_the_upload() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let film = film(2 * PART + 2 * PIECE + 77);
    let path = begin(&mut ada, channel, film.len()).await;
    let first = there(&mut ada, &path).await;
    assert_eq!((first.bytes, first.part_bytes, first.there.len()), (film.len() as u64, UPLOAD_PART_BYTES, 0));

    // The index at the end of the file first: two runs of the last part.
    let taken: PartTaken = put_run(&mut ada, &path, &film, 2, 2 * PIECE, 2 * PIECE + 77).await.ok(200);
    assert_eq!((taken.sha256, taken.complete), (None, false));
    let taken: PartTaken = put(&mut ada, &path, 0, part_of(&film, 0)).await.ok(200);
    assert_eq!(taken.sha256, Some(hex::encode(Sha256::digest(part_of(&film, 0)))));
    let list = there(&mut ada, &path).await;
    let end = film.len() as u64;
    assert_eq!(list.there, [ByteRun { from: 0, to: UPLOAD_PART_BYTES }, ByteRun { from: end - 77, to: end }]);
    let view = newest(&mut ada, channel).await.versions.remove(0);
    let permille = (UPLOAD_PART_BYTES + 77) * 1000 / end;
    assert_eq!((view.state, u64::from(view.permille)), (VersionState::Uploading, permille));

    // The same part again changes nothing; other bytes in its place are refused and change nothing either.
    let again: PartTaken = put(&mut ada, &path, 0, part_of(&film, 0)).await.ok(200);
    assert!(!again.complete);
    put(&mut ada, &path, 0, &vec![7; PART]).await.refused(409, Code::UploadChanged);
    assert_eq!(there(&mut ada, &path).await.there, list.there);
}

#[tokio::test]
async fn a_finished_upload_has_every_byte_in_place_and_the_hash_over_its_parts() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let film = film(2 * PART + 2 * PIECE + 77);
    let path = begin(&mut ada, channel, film.len()).await;
    put_run(&mut ada, &path, &film, 2, 2 * PIECE, 2 * PIECE + 77).await.ok::<PartTaken>(200);
    put(&mut ada, &path, 1, part_of(&film, 1)).await.ok::<PartTaken>(200);
    // What was counted never changes.
    let mut changed = part_of(&film, 1).to_vec();
    changed[5 * PIECE] ^= 1;
    put(&mut ada, &path, 1, &changed).await.refused(409, Code::UploadChanged);
    put(&mut ada, &path, 0, part_of(&film, 0)).await.ok::<PartTaken>(200);
    let last: PartTaken = put_run(&mut ada, &path, &film, 2, 0, 2 * PIECE).await.ok(200);
    assert_eq!(last.sha256, Some(hex::encode(Sha256::digest(part_of(&film, 2)))), "hashed from two requests");
    assert!(last.complete);
    let list = there(&mut ada, &path).await;
    assert_eq!((list.complete, list.hash), (true, Some(hex::encode(media::source_hash(&film)))));
    let stored = server.data.path().join(format!("media/final/{}/original", list.version));
    assert!(std::fs::read(stored).expect("in its final place") == film);
    assert_eq!(newest(&mut ada, channel).await.versions[0].state, VersionState::Uploaded);
    // Sending a part again after the end is fine.
    let again: PartTaken = put(&mut ada, &path, 1, part_of(&film, 1)).await.ok(200);
    assert!(again.complete);

    // The same film again is told, by the other way too.
    let path = begin(&mut ada, channel, film.len()).await;
    for number in 0..3 {
        put(&mut ada, &path, number, part_of(&film, number)).await.ok::<PartTaken>(200);
    }
    let twin = there(&mut ada, &path).await;
    assert_eq!(twin.same_as.map(|same| (same.video, same.title)), Some((list.video, "film".to_owned())));
}

#[tokio::test]
async fn who_may_upload_is_told_the_films_of_a_size_and_nobody_else_is() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let other = ada.channel("Others", Visibility::Private).await;
    let film = film(PIECE + 5);
    let ask =
        |channel: ChannelId, bytes: usize| format!("/api/v1/channels/{channel}/videos/same?bytes={bytes}");
    let path = begin(&mut ada, channel, film.len()).await;
    let none: FilmsOfSize = ada.get(&ask(channel, film.len())).await.ok(200);
    assert_eq!(none.films, [], "not one that is still coming");
    put(&mut ada, &path, 0, &film).await.ok::<PartTaken>(200);
    let there = there(&mut ada, &path).await;
    let found: FilmsOfSize = ada.get(&ask(channel, film.len())).await.ok(200);
    let expected = FilmOfSize {
        video: there.video,
        version: there.version,
        title: "film".to_owned(),
        hash: hex::encode(media::source_hash(&film)),
    };
    assert_eq!(found.films, [expected]);
    for (channel, bytes) in [(channel, film.len() + 1), (other, film.len())] {
        let found: FilmsOfSize = ada.get(&ask(channel, bytes)).await.ok(200);
        assert_eq!(found.films, []);
    }
    ada.get(&format!("/api/v1/channels/{channel}/videos/same")).await.refused(422, Code::Invalid);
    server.visitor().get(&ask(channel, film.len())).await.refused(401, Code::SignInNeeded);
    let mut stranger = server.visitor();
    let token = ada.invite(other, json!({ "role": "guest" })).await;
    stranger.accept(&token, "Mallory").await;
    stranger.get(&ask(channel, film.len())).await.refused(404, Code::NotFound);
    stranger.get(&ask(other, film.len())).await.refused(403, Code::Forbidden);
}

#[tokio::test]
async fn tus_and_parts_are_not_mixed_on_one_upload() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let film = film(PIECE + 5);
    let parts = begin(&mut ada, channel, film.len()).await;
    put_run(&mut ada, &parts, &film, 0, 0, PIECE).await.ok::<PartTaken>(200);
    tus_part(&mut ada, &parts, 0, &film).await.refused(409, Code::UploadWay);
    assert_eq!(ada.send(tus(&ada, Method::HEAD, &parts)).await.status, 409);
    let by_tus = begin(&mut ada, channel, film.len()).await;
    assert_eq!(tus_part(&mut ada, &by_tus, 0, &film[..100]).await.status, 204);
    put(&mut ada, &by_tus, 0, &film).await.refused(409, Code::UploadWay);
    ada.get(&format!("{by_tus}/parts")).await.refused(409, Code::UploadWay);
    assert_eq!(tus_part(&mut ada, &by_tus, 100, &film[100..]).await.status, 204);
    // Whoever ends an upload in parts need not speak tus.
    ada.delete(&parts).await.done();
    ada.get(&format!("{parts}/parts")).await.refused(404, Code::UploadUnknown);
}

#[tokio::test]
async fn damaged_and_badly_cut_parts_are_refused_and_do_not_count() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let film = film(PART + 3 * PIECE);
    let path = begin(&mut ada, channel, film.len()).await;
    let wrong = ada
        .request(Method::PUT, &format!("{path}/parts/0"))
        .header("content-digest", digest(b"else"))
        .body(part_of(&film, 0).to_vec());
    ada.send(wrong).await.refused(422, Code::UploadChecksum);
    assert_eq!(there(&mut ada, &path).await.there, []);
    put(&mut ada, &path, 0, &film[..PART - 1]).await.refused(400, Code::Malformed);
    put(&mut ada, &path, 2, b"beyond").await.refused(422, Code::Invalid);
    put_run(&mut ada, &path, &film, 1, 5, PIECE).await.refused(400, Code::Malformed);
    put_run(&mut ada, &path, &film, 1, 0, PIECE + 1).await.refused(400, Code::Malformed);
    for (name, value) in [("content-digest", "sha-256=nothing"), ("content-range", "bytes 0-1/2")] {
        let bad =
            ada.request(Method::PUT, &format!("{path}/parts/1")).header(name, value).body(vec![0; 3 * PIECE]);
        ada.send(bad).await.refused(400, Code::Malformed);
    }
    assert_eq!(there(&mut ada, &path).await.there, []);
    put(&mut ada, &path, 0, part_of(&film, 0)).await.ok::<PartTaken>(200);
    let token = ada.invite(channel, serde_json::json!({ "role": "member" })).await;
    let mut bo = server.visitor();
    bo.accept(&token, "Bo").await;
    put(&mut bo, &path, 1, part_of(&film, 1)).await.refused(404, Code::UploadUnknown);
    server.visitor().get(&format!("{path}/parts")).await.refused(401, Code::SignInNeeded);
    // A text is refused by its first bytes, and leaves nothing.
    let text = begin(&mut ada, channel, 2_000).await;
    put(&mut ada, &text, 0, &"just a text ".repeat(200).as_bytes()[..2_000])
        .await
        .refused(422, Code::FileNotVideo);
    ada.get(&format!("{text}/parts")).await.refused(404, Code::UploadUnknown);
}

#[tokio::test]
async fn the_quota_is_reserved_when_an_upload_begins() {
    let server = Server::with(|config| config.quota_bytes = Some(3_000)).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let path = begin(&mut ada, channel, 2_000).await;
    let problem = create(&mut ada, channel, "more.mp4", 1_001).await.refused(507, Code::QuotaUsedUp);
    assert!(problem.detail.expect("how much").contains("2000 of 3000 bytes"));
    begin(&mut ada, channel, 1_000).await;
    // What is given up is free again.
    ada.send(tus(&ada, Method::DELETE, &path)).await.done();
    begin(&mut ada, channel, 2_000).await;
    create(&mut ada, channel, "more.mp4", 1).await.refused(507, Code::QuotaUsedUp);
}

#[tokio::test(flavor = "multi_thread")]
async fn aborted_uploads_leave_no_byte_behind() {
    let seed = std::env::var("GENLOCK_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        std::time::UNIX_EPOCH.elapsed().map_or(1, |since| u64::from(since.subsec_nanos()))
    });
    println!("seed {seed}");
    let mut chance = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = move |end: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % end as u64).expect("small")
    };
    let server = Server::start().await;
    let worker = start_worker(&server).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let film = film_and_space(PART + 3 * PIECE + 99);
    let rounds = if std::env::var_os("GENLOCK_LONG").is_some() { 300 } else { 12 };
    let mut prepared = 0;
    for round in 0..rounds {
        let path = begin(&mut ada, channel, film.len()).await;
        match round % 3 {
            // By tus, cut anywhere.
            0 => {
                let cut = below(film.len() - 1) + 1;
                assert_eq!(tus_part(&mut ada, &path, 0, &film[..cut]).await.status, 204);
            }
            // All of the film and not of its file: it is being prepared.
            1 => {
                put(&mut ada, &path, 0, part_of(&film, 0)).await.ok::<PartTaken>(200);
                let version = newest(&mut ada, channel).await.versions[0].version;
                let wanted = 1 + below(3);
                loop {
                    let jobs = server.state.store.jobs.jobs_of(version).await.expect("read");
                    if jobs.iter().filter(|job| job.state != JobState::Waiting).count() >= wanted {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                prepared += 1;
            }
            _ => {
                let number = below(2);
                let bytes = part_of(&film, number);
                let cut = below(bytes.len());
                // The connection breaks in the middle of the part.
                let broken = futures_util::stream::iter([
                    Ok(bytes[..cut].to_vec()),
                    Err(std::io::Error::other("the plug is pulled")),
                ]);
                let request = ada
                    .request(Method::PUT, &format!("{path}/parts/{number}"))
                    .header("content-length", bytes.len())
                    .body(reqwest::Body::wrap_stream(broken));
                let _ = request.send().await;
            }
        }
        match round % 4 {
            // Left to the sweep.
            0 => {}
            1 => {
                let video = newest(&mut ada, channel).await.video;
                ada.post(&format!("videos/{video}/cancel"), &serde_json::json!({})).await.done();
            }
            _ => assert_eq!(ada.send(tus(&ada, Method::DELETE, &path)).await.status, 204, "round {round}"),
        }
    }
    assert!(prepared > 0);
    worker.stop().await;
    // The sweep, two days later and once more after what was given up has waited.
    for days in [3, 4] {
        let now = server.state.clock.now().plus_ms(days * 24 * 3_600 * 1_000);
        while !server.state.store.catalog.stale_uploads(now).await.expect("read").is_empty() {
            desk::sweep_uploads(&server.state.store, now).await.expect("sweeps");
        }
    }
    let media = server.data.path().join("media");
    let mut left = Vec::new();
    let mut folders = vec![media.join("interim"), media.join("final"), media.join("tmp")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path())
            } else {
                left.push(entry.path())
            }
        }
    }
    assert!(left.is_empty(), "seed {seed}: {left:?}");
    assert_eq!(server.state.store.catalog.reserved_bytes().await.expect("read"), 0);
}
