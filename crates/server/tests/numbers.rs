//! What the instance is doing, over real HTTP: who may read it, and in which form.

mod support;

use protocol::rest::LiveNumbers;
use protocol::work::TokenView;
use protocol::{Code, Visibility};
use reqwest::Method;
use serde_json::json;
use support::{Server, Visitor};

async fn token(ada: &mut Visitor, scope: &str) -> String {
    let made: TokenView =
        ada.post("tokens", &json!({ "name": "watch", "scope": scope, "email": null })).await.ok(201);
    made.secret.expect("told once")
}

#[tokio::test]
async fn numbers_are_for_owners_and_for_programs_with_a_token_for_them() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Films", Visibility::Private).await;
    let invite = ada.invite(channel, json!({ "role": "guest" })).await;
    let mut guest = server.visitor();
    guest.accept(&invite, "Bo").await;

    let numbers: LiveNumbers = ada.get("instance/numbers").await.ok(200);
    assert_eq!((numbers.connections, numbers.sync.error.count), (0, 0));
    assert_eq!(numbers.sync.error.p50_us, None, "of nothing there is no median");
    let mut nobody = server.visitor();
    for (who, status, code) in [(&mut nobody, 401, Code::SignInNeeded), (&mut guest, 403, Code::Forbidden)] {
        who.get("instance/numbers").await.refused(status, code);
        let metrics = who.request(Method::GET, "/metrics");
        who.send(metrics).await.refused(status, code);
    }

    let (work, metrics) = (token(&mut ada, "work").await, token(&mut ada, "metrics").await);
    let with = |secret: &str, path: &str| nobody.request(Method::GET, path).bearer_auth(secret);
    let (refused, allowed, page) =
        (with(&work, "/metrics"), with(&metrics, "/metrics"), with(&metrics, "instance/numbers"));
    let others = with(&metrics, "tokens");
    nobody.send(refused).await.refused(403, Code::Forbidden);
    nobody.send(others).await.refused(403, Code::Forbidden);
    let _numbers: LiveNumbers = nobody.send(page).await.ok(200);
    let answer = nobody.send(allowed).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = answer.body;
    for line in [
        "# TYPE genlock_sync_error_seconds histogram",
        "genlock_sync_error_seconds_count 0",
        "genlock_rooms 1",
        "genlock_connections 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing:\n{text}");
    }
    assert!(text.contains("genlock_server_info{version="), "{text}");
}
