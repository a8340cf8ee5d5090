//! Jobs over real HTTP: who sees, stops and tries them again. No worker runs here; what one would do is done by hand.

mod pipeline;
mod support;

use pipeline::{create, newest, part};
use protocol::rest::{VersionState, VersionView};
use protocol::work::{JobList, JobView, JobWord};
use protocol::{ChannelId, Code, JobId, Visibility};
use serde_json::json;
use store::jobs::JobFailure;
use support::{Server, Visitor};

/// Uploads something that a probe would have to judge; answers its probe.
async fn upload(server: &Server, ada: &mut Visitor, channel: ChannelId) -> JobId {
    let film = b"\0\0\0\x18ftypisom and no more than that";
    let path = create(ada, channel, "film.mp4", film.len() as u64).await.header("location").to_owned();
    assert_eq!(part(ada, &path, 0, film).await.status, 204);
    let version = version_of(ada, channel).await.version;
    let jobs = server.state.store.jobs.jobs_of(version).await.expect("its jobs");
    assert_eq!(jobs.iter().map(|job| job.new.kind.as_str()).collect::<Vec<_>>(), ["probe"]);
    jobs[0].new.job
}

async fn version_of(visitor: &mut Visitor, channel: ChannelId) -> VersionView {
    newest(visitor, channel).await.versions.into_iter().next().expect("a version")
}

/// What a worker does whose tools are broken, until the job is dead.
async fn break_it(server: &Server, job: JobId) {
    let jobs = &server.state.store.jobs;
    let now = server.state.clock.now();
    let row = jobs.claim("broken", 1, now).await.expect("a store").expect("a job");
    assert_eq!(row.new.job, job);
    let failure = JobFailure::Retry {
        code: Code::EncodingFailed.number(),
        detail: "the tools are broken".to_owned(),
        run_at: now,
        tries_max: 1,
        alone: false,
    };
    assert!(jobs.fail(job, row.token, failure).await.expect("a store"));
}

async fn state_of(visitor: &mut Visitor, job: JobId) -> JobWord {
    let view: JobView = visitor.get(&format!("jobs/{job}")).await.ok(200);
    view.state
}

#[tokio::test]
async fn jobs_are_seen_by_their_audience_and_steered_by_those_who_manage_the_video() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let job = upload(&server, &mut ada, channel).await;
    let (retry, cancel) = (format!("jobs/{job}/retry"), format!("jobs/{job}/cancel"));

    let mut guest = server.visitor();
    let token = ada.invite(channel, json!({ "role": "guest" })).await;
    guest.accept(&token, "Bo").await;
    let mut stranger = server.visitor();
    let elsewhere = ada.channel("Elsewhere", Visibility::Private).await;
    let token = ada.invite(elsewhere, json!({ "role": "guest" })).await;
    stranger.accept(&token, "Mallory").await;
    let mut nobody = server.visitor();

    assert_eq!(state_of(&mut guest, job).await, JobWord::Waiting);
    stranger.get(&format!("jobs/{job}")).await.refused(404, Code::NotFound);
    nobody.get(&format!("jobs/{job}")).await.refused(401, Code::SignInNeeded);
    guest.get("jobs").await.refused(403, Code::Forbidden);
    nobody.get("jobs").await.refused(401, Code::SignInNeeded);
    for path in [&retry, &cancel] {
        guest.post(path, &json!({})).await.refused(403, Code::Forbidden);
        stranger.post(path, &json!({})).await.refused(404, Code::NotFound);
        nobody.post(path, &json!({})).await.refused(401, Code::SignInNeeded);
    }
    assert_eq!(state_of(&mut ada, job).await, JobWord::Waiting, "nothing of that did anything");

    // Only what is dead is tried again.
    assert_eq!(ada.post(&retry, &json!({})).await.status, 409);
    break_it(&server, job).await;
    let dead: JobList = ada.get("jobs?state=dead").await.ok(200);
    assert_eq!(dead.jobs.iter().map(|view| view.job).collect::<Vec<_>>(), [job]);
    assert_eq!(dead.jobs[0].reason.as_deref(), Some("the tools are broken"));
    assert_eq!(version_of(&mut ada, channel).await.state, VersionState::Failed);
    ada.post(&retry, &json!({})).await.done();
    assert_eq!(state_of(&mut ada, job).await, JobWord::Waiting);
    assert_ne!(version_of(&mut ada, channel).await.state, VersionState::Failed);

    ada.post(&cancel, &json!({})).await.done();
    assert_eq!(state_of(&mut ada, job).await, JobWord::Cancelled);
    assert_eq!(version_of(&mut ada, channel).await.state, VersionState::Cancelled);
    let waiting: JobList = ada.get("jobs?state=waiting").await.ok(200);
    assert_eq!(waiting.jobs, []);
    ada.get("jobs?state=odd").await.refused(422, Code::Invalid);
    ada.post(&format!("jobs/{}/cancel", JobId(uuid::Uuid::nil())), &json!({}))
        .await
        .refused(404, Code::NotFound);
}
