//! tus 1.0 over real HTTP: the protocol's rules, rights, limits, and every kind of rubbish.

mod pipeline;
mod support;

use media::clip::ClipKind;
use pipeline::{clip, create, metadata, newest, part, start_worker, tus, until, upload};
use protocol::rest::{InstanceView, MediaLayer, MediaToolsView, VersionState, VideoView};
use protocol::{Code, Visibility};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use support::Server;
use timecode::FrameRate;

fn film() -> FrameRate {
    FrameRate::new(24_000, 1001).expect("a rate")
}

#[tokio::test]
async fn the_server_says_what_it_speaks_and_refuses_other_versions() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let answer = ada.send(ada.request(Method::OPTIONS, "uploads")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("tus-version"), "1.0.0");
    assert_eq!(
        answer.header("tus-extension"),
        "creation,creation-with-upload,termination,expiration,checksum"
    );
    assert_eq!(answer.header("tus-checksum-algorithm"), "sha256");
    assert_eq!(answer.header("tus-max-size"), server.state.config.upload_bytes_max.to_string());
    let answer = ada.send(ada.request(Method::POST, "uploads").header("tus-resumable", "0.2.2")).await;
    answer.refused(412, Code::TusVersion);
    assert_eq!(answer.header("tus-version"), "1.0.0");
}

#[tokio::test]
async fn parts_follow_each_other_and_the_offset_is_what_is_safe() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let bytes = [&b"\0\0\0\x18ftypisom"[..], &[7; 300_000]].concat();
    let made = create(&mut ada, channel, "a film.mp4", bytes.len() as u64).await;
    assert_eq!((made.status, made.header("upload-offset")), (201, "0"));
    assert!(made.header("upload-expires").ends_with(" GMT"));
    let path = made.header("location").to_owned();
    let view = newest(&mut ada, channel).await;
    assert_eq!((view.title.as_str(), view.versions[0].state), ("a film", VersionState::Pending));
    assert_eq!(view.versions[0].upload.map(|id| format!("/api/v1/uploads/{id}")), Some(path.clone()));

    let answer = part(&mut ada, &path, 0, &bytes[..100_000]).await;
    assert_eq!((answer.status, answer.header("upload-offset")), (204, "100000"));
    let view = newest(&mut ada, channel).await;
    assert_eq!((view.versions[0].state, view.versions[0].permille), (VersionState::Uploading, 333));
    let answer = part(&mut ada, &path, 5, &bytes[5..]).await;
    answer.refused(409, Code::UploadOffset);
    assert_eq!(answer.header("upload-offset"), "100000");
    part(&mut ada, &path, 100_000, &[1; 300_000]).await.refused(413, Code::TooLarge);
    let wrong_kind = tus(&ada, Method::PATCH, &path).header("upload-offset", 100_000).body("x");
    ada.send(wrong_kind).await.refused(415, Code::Malformed);

    let head = ada.send(tus(&ada, Method::HEAD, &path)).await;
    assert_eq!((head.status, head.header("upload-offset")), (200, "100000"));
    assert_eq!(head.header("upload-length"), bytes.len().to_string());
    assert_eq!(head.header("cache-control"), "no-store");
    assert!(head.header("upload-metadata").starts_with("filename "));

    let answer = part(&mut ada, &path, 100_000, &bytes[100_000..]).await;
    assert_eq!(answer.status, 204);
    let view = newest(&mut ada, channel).await;
    assert_eq!(view.versions[0].state, VersionState::Uploaded);
    let row =
        server.state.store.catalog.version(view.versions[0].version).await.expect("read").expect("there").0;
    assert_eq!(row.sha256, Some(media::source_hash(&bytes)), "the hash of both parts together");
    let stored = server.data.path().join("media/final").join(row.version.to_string()).join("original");
    assert!(std::fs::read(stored).expect("in its final place") == bytes);
    // Asking again after the end, and sending nothing more, is fine.
    let head = ada.send(tus(&ada, Method::HEAD, &path)).await;
    assert_eq!(head.header("upload-offset"), bytes.len().to_string());
    assert_eq!(part(&mut ada, &path, bytes.len() as u64, b"").await.status, 204);
}

#[tokio::test]
async fn a_part_with_a_wrong_checksum_does_not_count() {
    use base64::Engine as _;
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let bytes = [&b"\0\0\0\x18ftypisom"[..], &[9; 5_000]].concat();
    let path = create(&mut ada, channel, "x.mp4", bytes.len() as u64).await.header("location").to_owned();
    let with_checksum = |visitor: &support::Visitor, checksum: &str| {
        tus(visitor, Method::PATCH, &path)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", 0)
            .header("upload-checksum", checksum.to_owned())
            .body(bytes.clone())
    };
    let right = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&bytes));
    let wrong = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(b"else"));
    ada.send(with_checksum(&ada, &format!("sha256 {wrong}"))).await.refused(460, Code::UploadChecksum);
    let head = ada.send(tus(&ada, Method::HEAD, &path)).await;
    assert_eq!(head.header("upload-offset"), "0");
    ada.send(with_checksum(&ada, "md5 AAAA")).await.refused(400, Code::Malformed);
    let answer = ada.send(with_checksum(&ada, &format!("sha256 {right}"))).await;
    assert_eq!((answer.status, answer.header("upload-offset").to_owned()), (204, bytes.len().to_string()));
    let view = newest(&mut ada, channel).await;
    let row =
        server.state.store.catalog.version(view.versions[0].version).await.expect("read").expect("there").0;
    assert_eq!(row.sha256, Some(media::source_hash(&bytes)));
}

#[tokio::test]
async fn uploads_belong_to_whoever_began_them_and_need_the_right() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let path = create(&mut ada, channel, "x.mp4", 1_000).await.header("location").to_owned();
    let token = ada.invite(channel, json!({ "role": "guest" })).await;
    let mut guest = server.visitor();
    guest.accept(&token, "Grace").await;
    create(&mut guest, channel, "y.mp4", 1_000).await.refused(403, Code::Forbidden);
    assert_eq!(guest.send(tus(&guest, Method::HEAD, &path)).await.status, 404);
    part(&mut guest, &path, 0, b"mine").await.refused(404, Code::UploadUnknown);
    guest.send(tus(&guest, Method::DELETE, &path)).await.refused(404, Code::UploadUnknown);
    let mut nobody = server.visitor();
    create(&mut nobody, channel, "z.mp4", 1_000).await.refused(401, Code::SignInNeeded);
    part(&mut nobody, &path, 0, b"mine").await.refused(401, Code::SignInNeeded);
    // Ending it is for good.
    assert_eq!(ada.send(tus(&ada, Method::DELETE, &path)).await.status, 204);
    assert_eq!(ada.send(tus(&ada, Method::HEAD, &path)).await.status, 404);
    assert_eq!(newest(&mut ada, channel).await.versions[0].state, VersionState::Cancelled);
    let unknown = protocol::ChannelId::from_bytes([7; 16]);
    create(&mut ada, unknown, "z.mp4", 1_000).await.refused(404, Code::NotFound);
}

#[tokio::test]
async fn sizes_and_names_have_limits_with_an_answer() {
    let server = Server::with(|config| config.upload_bytes_max = 1_000_000).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let problem = create(&mut ada, channel, "empty.mp4", 0).await.refused(422, Code::FileEmpty);
    assert_eq!(problem.title, "The file is empty. Choose another one.");
    create(&mut ada, channel, "large.mp4", 1_000_001).await.refused(413, Code::MediaTooLarge);
    let deferred = tus(&ada, Method::POST, "uploads")
        .header("upload-defer-length", 1)
        .header("upload-metadata", metadata(&[("channel", &channel.to_string())]));
    ada.send(deferred).await.refused(400, Code::Malformed);
    let nowhere = tus(&ada, Method::POST, "uploads").header("upload-length", 10);
    ada.send(nowhere).await.refused(422, Code::Invalid);
    let broken = tus(&ada, Method::POST, "uploads")
        .header("upload-length", 10)
        .header("upload-metadata", "channel %%");
    ada.send(broken).await.refused(400, Code::Malformed);
    assert_eq!(create(&mut ada, channel, &format!("{}.mp4", "n".repeat(10_000)), 10).await.status, 201);
    let view = newest(&mut ada, channel).await;
    assert_eq!((view.title.len(), view.versions[0].filename.len()), (80, 255));
}

#[tokio::test]
async fn without_ffmpeg_or_sandbox_uploads_say_so() {
    let server = Server::with(|config| {
        config.media_problem = Some("Uploads are off because of this and that.".to_owned());
        config.media_problem_code = Some(Code::SandboxMissing);
    })
    .await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let problem = create(&mut ada, channel, "x.mp4", 10).await.refused(503, Code::SandboxMissing);
    assert_eq!(problem.detail.as_deref(), Some("Uploads are off because of this and that."));
}

#[tokio::test]
async fn what_the_operator_has_accepted_is_told_to_everybody_and_the_rest_to_owners() {
    let tools = MediaToolsView {
        problem: None,
        ffmpeg: Some("ffmpeg version 5.1".to_owned()),
        holes_note: None,
        holes: Vec::new(),
        level: Some("open".to_owned()),
        layers: vec![MediaLayer { name: "seccomp".to_owned(), there: false }],
        lacks: Vec::new(),
    };
    let server = Server::with({
        let tools = tools.clone();
        |config| {
            config.media_notice = Some("Uploaded files are not walled off.".to_owned());
            config.media_tools = Some(tools);
        }
    })
    .await;
    let mut ada = server.owner().await;
    let view: InstanceView = ada.get("instance").await.ok(200);
    assert_eq!(view.media_notice.as_deref(), Some("Uploaded files are not walled off."));
    let seen: MediaToolsView = ada.get("instance/media").await.ok(200);
    assert_eq!(seen, tools);
    let mut nobody = server.visitor();
    nobody.get("instance/media").await.refused(401, Code::SignInNeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_gets_a_sentence_and_a_number_and_nothing_hangs() {
    let server = Server::start().await;
    let worker = start_worker(&server).await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let whole = clip(ClipKind::H264Default, film(), 30, (320, 180));
    let text = b"This is a text that somebody has named .mp4.\n".repeat(40);
    let playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n".to_vec();
    // The first bytes say it at once.
    for (name, bytes) in [("text.mp4", &text), ("playlist.mp4", &playlist)] {
        let path = create(&mut ada, channel, name, bytes.len() as u64).await.header("location").to_owned();
        let problem = part(&mut ada, &path, 0, bytes).await.refused(422, Code::FileNotVideo);
        assert!(problem.detail.expect("what it is").starts_with("The file is not a video: it is a"));
        let view = newest(&mut ada, channel).await.versions.remove(0);
        let failure = view.failure.expect("told in the library too");
        assert_eq!((view.state, failure.code, failure.retry), (VersionState::Failed, 3002, None), "{name}");
        assert_eq!(ada.send(tus(&ada, Method::HEAD, &path)).await.status, 404);
    }
    // Sent byte by byte at first, only the probe sees it.
    let path = create(&mut ada, channel, "slow.mp4", text.len() as u64).await.header("location").to_owned();
    assert_eq!(part(&mut ada, &path, 0, &text[..10]).await.status, 204);
    assert_eq!(part(&mut ada, &path, 10, &text[10..]).await.status, 204);
    let (_, view) = until(&mut ada, channel, |version| version.state == VersionState::Failed).await;
    assert_eq!(view.failure.expect("a reason").code, Code::FileNotVideo.number());
    // Half a file.
    upload(&mut ada, channel, "half.mp4", &whole[..whole.len() / 2]).await;
    let (_, view) = until(&mut ada, channel, |version| version.state == VersionState::Failed).await;
    let failure = view.failure.expect("a reason");
    assert_eq!((failure.code, failure.retry), (Code::FileDamaged.number(), None));
    assert!(failure.message.starts_with("The file is damaged or cut short"), "{}", failure.message);
    // And a good one still goes through.
    upload(&mut ada, channel, "good.mp4", &whole).await;
    until(&mut ada, channel, |version| version.state == VersionState::Ready).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_are_renamed_removed_put_back_and_given_versions() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let bytes = [&b"\0\0\0\x18ftypisom"[..], &[9; 500]].concat();
    upload(&mut ada, channel, "first.mp4", &bytes).await;
    let video = newest(&mut ada, channel).await.video;
    let view: VideoView =
        ada.patch(&format!("videos/{video}"), &json!({ "title": " A name " })).await.ok(200);
    assert_eq!(view.title, "A name");
    ada.patch(&format!("videos/{video}"), &json!({ "title": "" })).await.refused(422, Code::Invalid);
    let second = tus(&ada, Method::POST, "uploads").header("upload-length", bytes.len()).header(
        "upload-metadata",
        metadata(&[("filename", "b.mov"), ("channel", &channel.to_string()), ("video", &video.to_string())]),
    );
    // Creation with the bytes at once.
    let second = second.header("content-type", "application/offset+octet-stream").body(bytes.clone());
    let answer = ada.send(second).await;
    assert_eq!((answer.status, answer.header("upload-offset").to_owned()), (201, bytes.len().to_string()));
    let view: VideoView = ada.get(&format!("videos/{video}")).await.ok(200);
    assert_eq!(view.versions.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(view.versions[0].state, VersionState::Uploaded);

    let token = ada.invite(channel, json!({ "role": "guest" })).await;
    let mut guest = server.visitor();
    guest.accept(&token, "Grace").await;
    guest.delete(&format!("videos/{video}")).await.refused(403, Code::Forbidden);
    ada.delete(&format!("videos/{video}")).await.done();
    ada.get(&format!("videos/{video}")).await.refused(404, Code::NotFound);
    let empty: protocol::rest::VideoList = ada.get(&format!("channels/{channel}/videos")).await.ok(200);
    assert!(empty.videos.is_empty());
    let back: VideoView = ada.post(&format!("videos/{video}/restore"), &json!({})).await.ok(200);
    assert_eq!(back.title, "A name");
    assert_eq!(newest(&mut ada, channel).await.video, video);
    ada.post(&format!("videos/{video}/cancel"), &json!({})).await.done();
    let view = newest(&mut ada, channel).await;
    assert!(view.versions.iter().all(|version| version.state == VersionState::Cancelled));
    server.visitor().get(&format!("videos/{video}")).await.refused(401, Code::SignInNeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_hangs_is_superseded_and_what_it_brought_counts() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let bytes = [&b"\0\0\0\x18ftypisom"[..], &[5; 200_000]].concat();
    let path = create(&mut ada, channel, "x.mp4", bytes.len() as u64).await.header("location").to_owned();
    // Half of it, then silence on an open connection: a laptop that was closed.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let hanging = tus(&ada, Method::PATCH, &path)
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", 0)
        .body(reqwest::Body::wrap_stream(stream));
    let hanging = tokio::spawn(hanging.send());
    sender.send(Ok(bytes[..100_000].to_vec())).await.expect("the request takes it");
    // The page is opened again: it asks, and goes on from what is safe.
    let began = std::time::Instant::now();
    let mut offset = 0;
    while offset == 0 {
        let head = ada.send(tus(&ada, Method::HEAD, &path)).await;
        assert_eq!(head.status, 200);
        offset = head.header("upload-offset").parse().expect("a number");
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "nothing arrived");
        if hanging.is_finished() {
            break;
        }
    }
    let answer = part(&mut ada, &path, offset as u64, &bytes[offset..]).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    let view = newest(&mut ada, channel).await;
    let row =
        server.state.store.catalog.version(view.versions[0].version).await.expect("read").expect("there").0;
    assert_eq!(row.sha256, Some(media::source_hash(&bytes)));
    drop(sender);
}
