//! Foreign pages, foreign hosts, rubbish bodies and unknown addresses: each is refused with its number, and every answer
//! has the security headers.

mod support;

use protocol::rest::{InstanceView, SessionView};
use protocol::{Code, Visibility};
use reqwest::Method;
use serde_json::json;
use support::{Answer, PASSWORD, Server};

#[tokio::test]
async fn foreign_origins_are_refused() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let own = &server.base;
    let port = own.rsplit(':').next().expect("a port");
    let hostile = [
        "null".to_owned(),
        String::new(),
        "http://evil.example".to_owned(),
        format!("https://{}", server.host),
        format!("{own}.evil.example"),
        format!("http://evil.example:{port}"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1:1".to_owned(),
        format!("{own}/"),
        format!("http://x@{}", server.host),
        "file://".to_owned(),
        format!("{own}, http://evil.example"),
    ];
    for origin in &hostile {
        let request = ada
            .http
            .post(format!("{own}/api/v1/channels"))
            .header("cookie", ada.cookie.as_deref().expect("signed in"))
            .header("origin", origin)
            .json(&json!({ "name": "Forged", "visibility": "private" }));
        ada.send(request).await.refused(403, Code::OriginRefused);
        let request = ada
            .http
            .get(format!("{own}/api/v1/channels/{}/live", protocol::ChannelId::from_bytes([1; 16])))
            .header("cookie", ada.cookie.as_deref().expect("signed in"))
            .header("origin", origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        ada.send(request).await.refused(403, Code::OriginRefused);
    }
    // What only fetch metadata tells.
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)] {
        let request = ada
            .http
            .post(format!("{own}/api/v1/channels"))
            .header("cookie", ada.cookie.as_deref().expect("signed in"))
            .header("sec-fetch-site", site)
            .json(&json!({ "name": "By site", "visibility": "private" }));
        assert_eq!(ada.send(request).await.status, status, "{site}");
    }
}

#[tokio::test]
async fn foreign_hosts_are_refused_whatever_they_ask() {
    let server = Server::start().await;
    let mut visitor = server.visitor();
    for host in ["evil.example", "localhost.evil.example", "192.168.1.7:8080", "0x7f.1", "127.0.0.1.nip.io"] {
        for path in ["/api/v1/instance", "/", "/invite/abc", "/media/x/master.m3u8"] {
            let request = visitor.http.get(format!("{}{path}", server.base)).header("host", host);
            let problem = visitor.send(request).await.refused(403, Code::OriginRefused);
            assert!(problem.detail.expect("what was seen").contains(host));
        }
    }
    // Whoever watches the process asks by address.
    for path in ["/livez", "/readyz"] {
        let request = visitor.http.get(format!("{}{path}", server.base)).header("host", "10.0.0.1:8080");
        assert_eq!(visitor.send(request).await.status, 200);
    }
}

#[tokio::test]
async fn the_local_network_has_its_own_cookie() {
    let server = Server::with(|config| {
        config.lan = true;
        config.hosts = vec!["film.test".into()];
    })
    .await;
    server.owner().await;
    let mut visitor = server.visitor();
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let host = format!("film.test:{}", server.base.rsplit(':').next().expect("a port"));
    let sign_in = visitor
        .http
        .post(format!("{}/api/v1/session", server.base))
        .header("host", &host)
        .header("origin", format!("http://{host}"))
        .json(&body);
    let answer = visitor.send(sign_in).await;
    answer.ok::<SessionView>(200);
    assert!(answer.header("set-cookie").starts_with("genlock_lan="), "{}", answer.header("set-cookie"));
    let instance = visitor.http.get(format!("{}/api/v1/instance", server.base)).header("host", &host);
    let answer = visitor.send(instance).await;
    assert_eq!(answer.ok::<InstanceView>(200).mode, protocol::rest::CookieMode::Lan);
    assert_eq!(answer.header("cross-origin-opener-policy"), "", "browsers complain about it there");
    // On loopback the same server does not know it.
    assert_eq!(visitor.session().await.person, None);
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let server = Server::with(|config| config.public_url = Some("https://genlock.test".into())).await;
    server.owner().await;
    let mut visitor = server.visitor();
    let sign_in = |origin: &str| {
        visitor
            .http
            .post(format!("{}/api/v1/session", server.base))
            .header("host", "genlock.test")
            .header("origin", origin)
            .json(&json!({ "email": "ada@example.org", "password": PASSWORD }))
    };
    let (good, bad) = (sign_in("https://genlock.test"), sign_in("http://genlock.test"));
    visitor.send(bad).await.refused(403, Code::OriginRefused);
    let answer = visitor.send(good).await;
    answer.ok::<SessionView>(200);
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-genlock=") && set.contains("; Secure"), "{set}");
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}

#[tokio::test]
async fn rubbish_has_a_number_and_every_answer_its_headers() {
    let server = Server::start().await;
    let mut ada = server.owner().await;
    let channel = ada.channel("Dailies", Visibility::Private).await;
    let mut answers: Vec<Answer> = Vec::new();
    let post = |ada: &support::Visitor, kind: &str, body: String| {
        ada.request(Method::POST, "channels").header("content-type", kind).body(body)
    };
    let table = [
        (post(&ada, "application/json", "{".into()), 400, Code::Malformed),
        (post(&ada, "application/json", String::new()), 400, Code::Malformed),
        (post(&ada, "application/json", "[]".into()), 422, Code::Malformed),
        (
            post(&ada, "application/json", "{\"name\":5,\"visibility\":\"private\"}".into()),
            422,
            Code::Malformed,
        ),
        (
            post(&ada, "application/json", "{\"name\":\"x\",\"visibility\":\"secret\"}".into()),
            422,
            Code::Malformed,
        ),
        (
            post(&ada, "application/json", format!("{{\"name\":\"{}\"", "x".repeat(300_000))),
            413,
            Code::TooLarge,
        ),
        (post(&ada, "text/plain", "{}".into()), 415, Code::Malformed),
        (post(&ada, "application/x-www-form-urlencoded", "name=x".into()), 415, Code::Malformed),
        (ada.request(Method::PUT, "channels"), 405, Code::MethodNotAllowed),
        (ada.request(Method::DELETE, "instance"), 405, Code::MethodNotAllowed),
        (ada.request(Method::GET, "nothing"), 404, Code::NotFound),
        (ada.request(Method::GET, "channels/not-an-id"), 404, Code::NotFound),
        (ada.request(Method::GET, &format!("channels/{channel}/nothing")), 404, Code::NotFound),
        (ada.request(Method::GET, &format!("channels/{channel}/messages?before=-1")), 422, Code::Invalid),
        (ada.request(Method::GET, "/api/v2/channels"), 404, Code::NotFound),
        (ada.request(Method::GET, "/api"), 404, Code::NotFound),
        (ada.request(Method::POST, "/"), 405, Code::MethodNotAllowed),
        (ada.request(Method::GET, "/assets/gone-1234.js"), 404, Code::NotFound),
    ];
    for (request, status, code) in table {
        let answer = ada.send(request).await;
        answer.refused(status, code);
        answers.push(answer);
    }
    for path in ["/", "/c/anything", "instance", "session", "/livez", "/readyz"] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        answers.push(answer);
    }
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("x-request-id").len(), 16);
        assert_eq!(answer.header("strict-transport-security"), "", "only over TLS");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
             img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; \
             manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
    }
}

#[tokio::test]
async fn the_page_is_served_at_every_address_of_its_own() {
    let server = Server::start().await;
    let mut visitor = server.visitor();
    let index = visitor.get("/").await;
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(index.header("cache-control"), "no-cache");
    for path in ["/index.html", "/setup?token=x", "/invite/abc", "/c/1/2/3", "/login.php"] {
        assert_eq!(visitor.get(path).await.body, index.body, "{path}");
    }
    let again = visitor.request(Method::GET, "/").header("if-none-match", index.header("etag"));
    let again = visitor.send(again).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let api = visitor.get("instance").await;
    assert_eq!(api.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_draining_server_is_not_ready_but_alive() {
    let server = Server::start().await;
    let mut visitor = server.visitor();
    assert_eq!(visitor.get("/readyz").await.status, 200);
    server.state.drain().await;
    visitor.get("/readyz").await.refused(503, Code::Unavailable);
    assert_eq!(visitor.get("/livez").await.status, 200);
}

#[tokio::test]
async fn behind_a_proxy_tries_are_counted_by_visitor() {
    let server = Server::with(|config| config.public_url = Some("https://genlock.test".into())).await;
    let mut visitor = server.visitor();
    let guess = |number: u32, forwarded: &str| {
        visitor
            .http
            .get(format!("{}/api/v1/invites/guess{number}", server.base))
            .header("host", "genlock.test")
            .header("x-forwarded-for", forwarded)
    };
    // What the visitor claims comes first, what the proxy has seen comes last.
    let requests: Vec<_> =
        (0..21).map(|number| guess(number, &format!("10.0.0.{number}, 203.0.113.5"))).collect();
    let other = guess(99, "203.0.113.5, 203.0.113.6");
    let mut last = 0;
    for request in requests {
        last = visitor.send(request).await.status;
    }
    assert_eq!(last, 429);
    visitor.send(other).await.refused(404, Code::InviteUnknown);
}
