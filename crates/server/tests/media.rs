//! Media over real HTTP: who gets it, in which parts, how long it may be kept, and what happens before it exists.

mod pipeline;
mod support;

use media::clip::ClipKind;
use pipeline::{clip, start_worker, until, upload};
use protocol::rest::VersionState;
use protocol::{Code, Visibility};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use support::{Server, Visitor};
use timecode::FrameRate;

fn film() -> FrameRate {
    FrameRate::new(25, 1).expect("a rate")
}

/// Lines of a playlist that name something.
fn uris(playlist: &str) -> Vec<String> {
    playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// The value of an attribute in a playlist.
fn attribute(playlist: &str, tag: &str, name: &str) -> Option<String> {
    let line = playlist.lines().find(|line| line.starts_with(tag))?;
    let (_, rest) = line.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}

async fn bytes(visitor: &Visitor, path: &str) -> (u16, Vec<u8>) {
    let response = visitor.request(Method::GET, path).send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.bytes().await.expect("a body").to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_the_playlists_name_is_there_for_members_and_for_nobody_else() {
    let server = Server::start().await;
    let worker = start_worker(&server).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    upload(&mut ada, channel, "film.mp4", &clip(ClipKind::H264Default, film(), 130, (640, 480))).await;
    let (_, version) = until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    assert_eq!((version.permille, version.playable_s), (1000, 5));
    assert_eq!(version.renditions, ["480p", "360p"]);
    assert_eq!(version.complete, version.renditions);
    let root = format!("/media/{}", version.version);

    let master = ada.get(&format!("{root}/master.m3u8")).await;
    assert_eq!(master.status, 200);
    assert_eq!(master.header("content-type"), "application/vnd.apple.mpegurl");
    assert_eq!(master.header("cache-control"), "private, no-cache");
    let mut playlists = uris(&master.body);
    assert_eq!(playlists.len(), 2, "{}", master.body);
    playlists.extend(attribute(&master.body, "#EXT-X-MEDIA:", "URI"));
    let mut segments = Vec::new();
    for playlist in &playlists {
        let answer = ada.get(&format!("{root}/{playlist}")).await;
        assert_eq!(answer.status, 200, "{playlist}");
        let folder = playlist.rsplit_once('/').expect("a folder").0;
        let init = attribute(&answer.body, "#EXT-X-MAP:", "URI").expect("an init segment");
        for uri in std::iter::once(init).chain(uris(&answer.body)) {
            segments.push(format!("{root}/{folder}/{uri}"));
        }
    }
    // 130 frames are 3 segments of 50; the source's one group is copied as one; the sound has 2 of 4 s.
    assert_eq!(segments.len(), (1 + 1) + (1 + 3) + 1 + 2);
    for segment in &segments {
        let (status, body) = bytes(&ada, segment).await;
        let kind: &[u8] = if segment.ends_with("init.mp4") { b"ftyp" } else { b"moof" };
        assert_eq!((status, &body[4..8]), (200, kind), "{segment}");
    }
    let frames = ada.get(&format!("{root}/frames.json")).await;
    assert_eq!((frames.status, frames.header("content-type")), (200, "application/json"));
    let table: media::FrameTable = serde_json::from_str(&frames.body).expect("a frame table");
    assert_eq!((table.frames, table.pictures, table.hidden, table.moved_us_max), (130, 130, 0, 0));
    let (status, poster) = bytes(&ada, &format!("{root}/poster.jpg")).await;
    assert_eq!((status, &poster[..2]), (200, &[0xff, 0xd8][..]));
    let vtt = ada.get(&format!("{root}/storyboard.vtt")).await.body;
    let sheet = vtt
        .lines()
        .find(|line| line.contains(".webp"))
        .expect("a cue")
        .split('#')
        .next()
        .expect("a name")
        .to_owned();
    let (status, sheet) = bytes(&ada, &format!("{root}/{sheet}")).await;
    assert_eq!((status, &sheet[..4]), (200, &b"RIFF"[..]));

    // Nobody else gets anything, not even the word that it exists.
    let mut stranger = server.visitor();
    let token = ada.invite(channel, json!({ "role": "guest" })).await;
    let elsewhere = ada.channel("Elsewhere", Visibility::Private).await;
    let other_token = ada.invite(elsewhere, json!({ "role": "guest" })).await;
    stranger.accept(&other_token, "Mallory").await;
    let nobody = server.visitor();
    for path in segments.iter().chain([&format!("{root}/master.m3u8"), &format!("{root}/poster.jpg")]) {
        assert_eq!(bytes(&stranger, path).await.0, 404, "{path}");
        assert_eq!(bytes(&nobody, path).await.0, 401, "{path}");
    }
    let absent = format!("/media/{}/master.m3u8", protocol::VersionId::from_bytes([1; 16]));
    stranger.get(&absent).await.refused(404, Code::NotFound);
    // Nor does another site's page.
    let foreign = ada.http.get(format!("{}{}", server.base, segments[1]));
    let foreign = foreign.header("cookie", ada.cookie.clone().expect("signed in"));
    let foreign = foreign.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "no-cors");
    assert_eq!(foreign.send().await.expect("an answer").status(), 403);

    // A right that is taken away is cut within a second.
    let mut grace = server.visitor();
    let accepted = grace.accept(&token, "Grace").await;
    let person = accepted.session.person.expect("a guest").person;
    assert_eq!(bytes(&grace, &segments[1]).await.0, 200);
    ada.delete(&format!("channels/{channel}/members/{person}")).await.done();
    let removed = Instant::now();
    while bytes(&grace, &segments[1]).await.0 == 200 {
        // The grant lasts 0.9 s; the rest is for a busy machine.
        assert!(removed.elapsed() < Duration::from_secs(3), "still served");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bytes(&grace, &segments[1]).await.0, 404);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_tags_and_heads_are_answered_as_the_standard_says() {
    let server = Server::start().await;
    let worker = start_worker(&server).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    upload(&mut ada, channel, "film.mp4", &clip(ClipKind::H264NoAudio, film(), 60, (320, 180))).await;
    let (_, version) = until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    let root = format!("/media/{}", version.version);
    let master = ada.get(&format!("{root}/master.m3u8")).await;
    let folder = uris(&master.body)[0].rsplit_once('/').expect("a folder").0.to_owned();
    let path = format!("{root}/{folder}/0.m4s");
    let (_, whole) = bytes(&ada, &path).await;

    let head = ada.send(ada.request(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.header("content-length").to_owned()), (200, whole.len().to_string()));
    assert_eq!(head.header("content-type"), "video/mp4");
    assert_eq!(head.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert_eq!(head.header("x-content-type-options"), "nosniff");
    assert_eq!(head.header("cross-origin-resource-policy"), "same-origin");
    let etag = head.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 30);

    let part = ada.request(Method::GET, &path).header("range", "bytes=4-7").send().await.expect("an answer");
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 4-7/{}", whole.len()));
    assert_eq!(part.bytes().await.expect("a body"), &whole[4..8]);
    let outside = ada.request(Method::GET, &path).header("range", "bytes=99999999-");
    let outside = ada.send(outside).await;
    assert_eq!(
        (outside.status, outside.header("content-range").to_owned()),
        (416, format!("bytes */{}", whole.len()))
    );
    let known = ada.send(ada.request(Method::GET, &path).header("if-none-match", &etag)).await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    let known = ada
        .send(
            ada.request(Method::GET, &format!("{root}/master.m3u8"))
                .header("if-none-match", master.header("etag")),
        )
        .await;
    assert_eq!(known.status, 304);
    for nothing in ["..%2f..%2fgenlock.sqlite", "x/360p/0.m4s", &format!("{folder}/999.m4s"), "original"] {
        assert_eq!(ada.get(&format!("{root}/{nothing}")).await.status, 404, "{nothing}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_asked_for_is_made_before_its_turn() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    // 46 s: chunks of 1, 2, 5, 5, 5, 1, 2, 1 and 1 segments.
    upload(&mut ada, channel, "film.mp4", &clip(ClipKind::Mpeg2Ts, film(), 46 * 25, (640, 480))).await;
    // Nobody has looked at it yet. Other players are told so by an error, who prefers it by "later".
    let (_, version) = until(&mut ada, channel, |version| version.state == VersionState::Uploaded).await;
    let root = format!("/media/{}", version.version);
    let master = format!("{root}/master.m3u8");
    let plain = ada.get(&master).await;
    assert_eq!((plain.status, plain.header("retry-after")), (503, "1"));
    let later = ada.send(ada.request(Method::GET, &master).header("prefer", "respond-async")).await;
    let by_query = ada.get(&format!("{root}/poster.jpg?prefer=respond-async")).await;
    for later in [later, by_query] {
        assert_eq!((later.status, later.body.as_str(), later.header("retry-after")), (202, "", "1"));
        assert_eq!(later.header("preference-applied"), "respond-async");
        assert_eq!(later.header("cache-control"), "no-store");
    }
    let worker = start_worker(&server).await;
    let (_, version) = until(&mut ada, channel, |version| version.state == VersionState::Playable).await;
    let master = ada.get(&master).await;
    let low = uris(&master.body).into_iter().find(|uri| uri.contains("360p")).expect("the lowest");
    let folder = low.rsplit_once('/').expect("a folder").0.to_owned();
    let playlist = ada.get(&format!("{root}/{low}")).await.body;
    assert_eq!(uris(&playlist).len(), 23, "the playlist is complete from the beginning");
    assert!(playlist.contains("#EXT-X-ENDLIST"));
    // The last segment, long before its turn: perhaps told to come back, then there.
    let began = Instant::now();
    loop {
        let request = ada.request(Method::GET, &format!("{root}/{folder}/22.m4s"));
        let response = request.send().await.expect("an answer");
        if response.status() == 200 {
            break;
        }
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
        let problem: protocol::rest::Problem = response.json().await.expect("a problem");
        assert_eq!(problem.code, Code::SegmentPending.number());
        assert!(began.elapsed() < Duration::from_secs(90), "never made");
    }
    let jobs = server.state.store.jobs.jobs_of(version.version).await.expect("jobs");
    let low_of_last =
        jobs.iter().find(|job| job.new.key == "chunk:8:low").expect("a job of its own for who waits");
    // Its objects are served as they are stored, a moment before the job is noted as done.
    assert!(matches!(low_of_last.state, store::jobs::JobState::Running | store::jobs::JobState::Done));
    let earlier_waits =
        jobs.iter().any(|job| job.new.key == "chunk:3:all" && job.state != store::jobs::JobState::Done);
    assert!(earlier_waits, "the chunks before it are made later");
    until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_are_added_changed_taken_away_and_put_back_by_those_who_may() {
    let server = Server::start().await;
    let worker = start_worker(&server).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    upload(&mut ada, channel, "film.mp4", &clip(ClipKind::H264Default, film(), 60, (320, 240))).await;
    let (video, version) = until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    let path = format!("videos/{}/captions", video.video);
    let root = format!("/media/{}", version.version);
    let srt = "1\n00:00:00,500 --> 00:00:01,000\nHello <b onclick=x>there</b> & all\n";
    let body = |text: &str| json!({ "language": "eng", "label": "", "is_default": true, "text": text });

    // A line that cannot be read is named; nothing is kept of it.
    let wrong = ada.post(&path, &body("1\n00:00:02,000 --> 00:00:01,000\nback\n")).await;
    let problem: protocol::rest::Problem = serde_json::from_str(&wrong.body).expect("a problem");
    assert_eq!((wrong.status, problem.code), (422, Code::CaptionsMalformed.number()));
    assert_eq!(problem.detail.as_deref(), Some("line 2: it ends before it begins"));

    let view: protocol::rest::VideoView = ada.post(&path, &body(srt)).await.ok(201);
    let added = view.versions[0].captions[0].clone();
    assert_eq!(
        (added.language.as_deref(), added.is_default, added.embedded, added.cues),
        (Some("en"), true, false, 1)
    );
    let vtt = ada.get(&format!("{root}/captions/{}.vtt", added.caption)).await;
    assert_eq!(vtt.header("content-type"), "text/vtt; charset=utf-8");
    assert_eq!(vtt.body, "WEBVTT\n\n00:00:00.500 --> 00:00:01.000\nHello <b>there</b> &amp; all\n");
    let master = ada.get(&format!("{root}/master.m3u8")).await.body;
    assert!(
        master.contains("TYPE=SUBTITLES,GROUP-ID=\"captions\",LANGUAGE=\"en\",NAME=\"English\",DEFAULT=YES"),
        "{master}"
    );
    let playlist = attribute(&master, "#EXT-X-MEDIA:TYPE=SUBTITLES", "URI").expect("a playlist");
    assert!(ada.get(&format!("{root}/{playlist}")).await.body.contains(&format!("{}.vtt", added.caption)));
    let keys = attribute(&master, "#EXT-X-I-FRAME-STREAM-INF:", "URI").expect("a list of key frames");
    assert!(ada.get(&format!("{root}/{keys}")).await.body.contains("#EXT-X-I-FRAMES-ONLY"));
    let (status, peaks) = bytes(&ada, &format!("{root}/waveform.peaks")).await;
    assert_eq!((status, &peaks[..5]), (200, &b"GLPK\x01"[..]));

    let one = format!("{path}/{}", added.caption);
    let named: protocol::rest::VideoView =
        ada.patch(&one, &json!({ "language": null, "label": " Notes ", "is_default": false })).await.ok(200);
    assert_eq!(named.versions[0].captions[0].label, "Notes");
    assert_eq!(ada.delete(&one).await.status, 204);
    assert_eq!(bytes(&ada, &format!("{root}/captions/{}.vtt", added.caption)).await.0, 404);
    let back: protocol::rest::VideoView = ada.post(&format!("{one}/restore"), &json!({})).await.ok(200);
    assert_eq!(back.versions[0].captions.len(), 1);

    // A guest reads them and changes nothing; a stranger does not even learn that they exist.
    let mut guest = server.visitor();
    let token = ada.invite(channel, json!({ "role": "guest" })).await;
    guest.accept(&token, "Bo").await;
    assert_eq!(bytes(&guest, &format!("{root}/captions/{}.vtt", added.caption)).await.0, 200);
    assert_eq!(guest.post(&path, &body(srt)).await.status, 403);
    assert_eq!(guest.delete(&one).await.status, 403);
    let poster = format!("videos/{}/poster", video.video);
    assert_eq!(guest.put(&poster, &json!({ "frame": 3 })).await.status, 403);
    let mut stranger = server.visitor();
    let elsewhere = ada.channel("Elsewhere", Visibility::Private).await;
    let other = ada.invite(elsewhere, json!({ "role": "guest" })).await;
    stranger.accept(&other, "Mallory").await;
    assert_eq!(stranger.delete(&one).await.status, 404);
    assert_eq!(bytes(&stranger, &format!("{root}/captions/{}.vtt", added.caption)).await.0, 404);

    // A poster of choice.
    assert_eq!(ada.put(&poster, &json!({ "frame": 60 })).await.status, 422);
    let before = bytes(&ada, &format!("{root}/poster.jpg")).await.1;
    assert_eq!(ada.put(&poster, &json!({ "frame": 42 })).await.status, 202);
    let began = Instant::now();
    while pipeline::newest(&mut ada, channel).await.versions[0].poster_frame != Some(42) {
        assert!(began.elapsed() < Duration::from_secs(300), "the poster was not made");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    // A grant in memory is at most a second old.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_ne!(bytes(&ada, &format!("{root}/poster.jpg")).await.1, before);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_watched_is_made_ahead_in_its_lowest_rendition_before_it_gets_sharper() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    // 36 s: chunks of 1, 2, 5, 5, 5 segments.
    upload(&mut ada, channel, "film.mp4", &clip(ClipKind::Mpeg2Ts, film(), 36 * 24, (854, 480))).await;
    let worker = start_worker(&server).await;
    let (_, version) = until(&mut ada, channel, |version| version.state == VersionState::Playable).await;
    let root = format!("/media/{}", version.version);
    let master = ada.get(&format!("{root}/master.m3u8")).await;
    let low = uris(&master.body).into_iter().find(|uri| uri.contains("360p")).expect("the lowest");
    let folder = low.rsplit_once('/').expect("a folder").0.to_owned();
    // A player at the head asks for one segment after the other, and again for one that is not there yet.
    for segment in 0..18 {
        let path = format!("{root}/{folder}/{segment}.m4s");
        let began = Instant::now();
        while bytes(&ada, &path).await.0 != 200 {
            assert!(began.elapsed() < Duration::from_secs(120), "{segment} was never made");
        }
    }
    let jobs = server.state.store.jobs.jobs_of(version.version).await.expect("jobs");
    let state = |key: &str| jobs.iter().find(|job| job.new.key == key).map(|job| job.state);
    for chunk in 1..5 {
        let made = state(&format!("chunk:{chunk}:low"));
        // Its objects are served as they are stored, a moment before the job is noted as done.
        assert!(
            matches!(made, Some(store::jobs::JobState::Running | store::jobs::JobState::Done)),
            "{chunk}: {made:?}"
        );
    }
    until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    let top = uris(&master.body).into_iter().find(|uri| uri.contains("480p")).expect("the best");
    let folder = top.rsplit_once('/').expect("a folder").0.to_owned();
    for segment in 0..18 {
        assert_eq!(
            bytes(&ada, &format!("{root}/{folder}/{segment}.m4s")).await.0,
            200,
            "in the end all is there"
        );
    }
    worker.stop().await;
}
