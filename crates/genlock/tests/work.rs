//! Workers of their own beside one server: they share a film, none does twice what another did, and none is needed.

mod pipeline;
mod support;

use media::clip::ClipKind;
use pipeline::{Work, ask, clip, jobs, objects, token, until, until_jobs, upload};
use protocol::rest::VersionState;
use protocol::work::{JobView, JobWord};
use reqwest::Method;
use std::collections::BTreeSet;
use std::time::Instant;
use support::{PATIENCE, Server, create_channel, set_up};

fn runners(jobs: &[JobView], kind: &str) -> BTreeSet<String> {
    jobs.iter().filter(|job| job.kind == kind).filter_map(|job| job.runner.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn law_11_two_workers_share_one_film_and_nothing_is_done_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    let (one, two) = tokio::join!(Work::beside(&data, 1), Work::beside(&data, 1));
    assert_ne!(one.runner, two.runner);
    upload(&server, &ada, channel, "film.mp4", &clip(ClipKind::H264Default, 30 * 25, (426, 240))).await;
    until(&server.base, &ada, channel, "film.mp4", |version| version.state == VersionState::Ready).await;
    let all = until_jobs(&server.base, &ada, "everything done", |jobs| {
        jobs.iter().all(|job| job.state == JobWord::Done)
    })
    .await;
    let workers = BTreeSet::from([one.runner.clone(), two.runner.clone()]);
    assert_eq!(runners(&all, "chunk"), workers, "both made chunks");
    for job in &all {
        assert_eq!((job.attempts, job.permille), (1, 1000), "{job:?}");
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_followed_at_once_and_a_stopped_one_gives_its_claims_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    let first = Work::beside(&data, 1).await;
    upload(&server, &ada, channel, "film.mp4", &clip(ClipKind::H264NoAudio, 24 * 25, (426, 240))).await;
    let is_chunk = |job: &JobView| job.kind == "chunk" && job.state == JobWord::Running;
    until_jobs(&server.base, &ada, "a chunk in work", |jobs| jobs.iter().any(is_chunk)).await;
    first.stop().await;
    for job in jobs(&server.base, &ada).await {
        assert_ne!(job.state, JobWord::Running, "{job:?}");
        assert!(job.state == JobWord::Done || job.attempts == 0, "given back uncounted: {job:?}");
    }
    // Another one goes on; it is killed in the middle of a chunk, with a third one waiting.
    let second = Work::beside(&data, 1).await;
    let held = until_jobs(&server.base, &ada, "a chunk in work", |jobs| jobs.iter().any(is_chunk)).await;
    let held = held.into_iter().find(is_chunk).expect("seen");
    let third = Work::beside(&data, 1).await;
    assert_ne!(second.runner, third.runner, "never the name of one that lives");
    let dead = second.runner.clone();
    second.kill_nine().await;
    let began = Instant::now();
    until_jobs(&server.base, &ada, "its job in other hands", |jobs| {
        jobs.iter().any(|job| {
            job.job == held.job && (job.state == JobWord::Done || job.runner.as_ref() != Some(&dead))
        })
    })
    .await;
    println!("the killed worker's chunk was in other hands after {} ms", began.elapsed().as_millis());
    until(&server.base, &ada, channel, "film.mp4", |version| version.state == VersionState::Ready).await;
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_elsewhere_fetches_the_source_and_puts_the_same_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    let film = clip(ClipKind::H264Default, 9 * 25, (426, 240));

    // Without a right token nothing is told, and a person's session is none.
    for path in ["jobs/claim", "jobs/begin", "jobs/blobs?prefix=final", "jobs/bell?runner=x"] {
        let method = if path.contains('?') { Method::GET } else { Method::POST };
        let body = serde_json::json!({ "runner": "x", "release": "0", "weight_max": 1, "holding": [] });
        let answer =
            ask(&server.base, &ada, method.clone(), path).json(&body).send().await.expect("answered");
        assert_eq!(answer.status(), 401, "{path}");
        let answer = ask(&server.base, &ada, method, path).bearer_auth("wrong").json(&body).send().await;
        assert_eq!(answer.expect("answered").status(), 401, "{path}");
    }
    let given = token(&server, &ada).await;
    let secret = given.secret.clone().expect("told once");
    let elsewhere = folder.path().join("elsewhere");
    let remote = Work::elsewhere(&server.base, &secret, &elsewhere, 2).await.expect("it begins");
    upload(&server, &ada, channel, "remote.mp4", &film).await;
    let made =
        until(&server.base, &ada, channel, "remote.mp4", |version| version.state == VersionState::Ready)
            .await;
    assert_eq!(runners(&jobs(&server.base, &ada).await, "chunk"), BTreeSet::from([remote.runner.clone()]));
    remote.stop().await;

    // The same film by a worker that shares the folder, with other slots: the same objects, bit for bit.
    let beside = Work::beside(&data, 1).await;
    upload(&server, &ada, channel, "beside.mp4", &film).await;
    let shared =
        until(&server.base, &ada, channel, "beside.mp4", |version| version.state == VersionState::Ready)
            .await;
    let (one, other) = (objects(&data, made.version), objects(&data, shared.version));
    assert!(one.len() > 10, "{one:?}");
    assert_eq!(one, other);
    beside.stop().await;

    // A damaged object and one that is none of a version's are refused.
    let put = |key: String, digest: &'static str| {
        ada.http
            .put(format!("{}/api/v1/jobs/blobs/{key}", server.base))
            .bearer_auth(&secret)
            .header("genlock-sha256", digest)
            .body("x")
            .send()
    };
    let key = format!("final/{}/new.m4s", made.version);
    assert_eq!(put(key, "00").await.expect("answered").status(), 422);
    let right = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    for key in ["interim/x/y".to_owned(), format!("final/{}/original", made.version)] {
        assert_eq!(put(key, right).await.expect("answered").status(), 422);
    }
    // A withdrawn token opens nothing.
    let answer = ask(&server.base, &ada, Method::DELETE, &format!("tokens/{}", given.token)).send().await;
    assert_eq!(answer.expect("answered").status(), 204);
    let answer = ada
        .http
        .get(format!("{}/api/v1/jobs/blobs?prefix=final", server.base))
        .bearer_auth(&secret)
        .send()
        .await;
    assert_eq!(answer.expect("answered").status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_followed_to_its_end_and_its_progress_never_goes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    // Large enough that a chunk is seconds of work, on a fast machine too.
    upload(&server, &ada, channel, "film.mp4", &clip(ClipKind::H264NoAudio, 22 * 25, (1920, 1080))).await;
    let work = Work::beside(&data, 2).await;
    let seen = until_jobs(&server.base, &ada, "the last chunk", |jobs| {
        jobs.iter().any(|job| job.kind == "chunk" && job.part == Some(3))
    })
    .await;
    let job = seen.iter().find(|job| job.kind == "chunk" && job.part == Some(3)).expect("seen").job;
    let mut events =
        ask(&server.base, &ada, Method::GET, &format!("jobs/{job}/events")).send().await.expect("answered");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while let Some(piece) =
        tokio::time::timeout(PATIENCE * 10, events.chunk()).await.expect("in time").expect("whole")
    {
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    let told: Vec<JobView> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("a job"))
        .collect();
    let running: Vec<u32> =
        told.iter().filter(|job| job.state == JobWord::Running).map(|job| job.permille).collect();
    println!("{} events, shares {running:?}", told.len());
    assert!(running.is_sorted(), "{running:?}");
    assert!(running.iter().any(|share| *share > 0), "seen under way: {running:?}");
    assert_eq!(told.last().map(|job| (job.state, job.permille)), Some((JobWord::Done, 1000)));
    work.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_at_the_terminal_beside_a_server_and_without_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let make = async |email: &str, scope: &str| {
        let words = ["token", "create", "--email", email, "--scope", scope, "--name", "laptop", "--data-dir"];
        let made = tokio::process::Command::new(env!("CARGO_BIN_EXE_genlock"))
            .args(words)
            .arg(&data)
            .output()
            .await
            .expect("genlock runs");
        (made.status.success(), String::from_utf8_lossy(&made.stdout).trim().to_owned())
    };
    let (made, beside) = make("ada@example.org", "work").await;
    assert!(made && beside.len() == 43, "{beside}");
    assert!(!make("nobody@example.org", "work").await.0);
    assert!(!make("ada@example.org", "everything").await.0);
    let listed: Vec<protocol::work::TokenView> = pipeline::get(&server.base, &ada, "tokens").await;
    assert_eq!(listed.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(), ["laptop"]);
    assert_eq!(listed[0].secret, None, "told once");
    server.kill_nine().await;
    let (made, alone) = make("ada@example.org", "work").await;
    assert!(made && alone.len() == 43 && alone != beside, "{alone}");
    let server = Server::start(&data).await;
    for secret in [beside, alone] {
        let url = format!("{}/api/v1/jobs/blobs?prefix=final", server.base);
        let answer = ada.http.get(url).bearer_auth(secret).send().await.expect("answered");
        assert_eq!(answer.status(), 200);
    }
    let one: protocol::rest::SessionView = pipeline::get(&server.base, &ada, "session").await;
    assert!(one.instance_owner);
}
