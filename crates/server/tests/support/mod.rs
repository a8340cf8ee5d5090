//! A real server on a free port of loopback with its own data folder, and visitors that speak HTTP to it.

#![allow(dead_code, reason = "each test file uses its part")]

use protocol::rest::{
    ChannelView, CreateChannel, InviteAccepted, InviteView, Problem, SessionView, SetupDone,
};
use protocol::{ChannelId, Code, Visibility};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::auth::setup;
use server::clock::Clock;
use server::{AppState, Config};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The owner's password in tests.
pub const PASSWORD: &str = "correct horse battery";

/// A running server; ends when dropped.
pub struct Server {
    pub base: String,
    pub host: String,
    pub state: AppState,
    pub setup_token: String,
    pub data: TempDir,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// With the settings of loopback.
    pub async fn start() -> Server {
        Server::with(|_| {}).await
    }

    /// With changed settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Server {
        let data = tempfile::tempdir().expect("a folder");
        let store = store::open(
            &format!("sqlite:{}", data.path().join("genlock.sqlite").display()),
            &format!("file:{}", data.path().join("media").display()),
        )
        .expect("the stores open");
        let mut config = Config::local(data.path().to_owned());
        change(&mut config);
        let clock = Clock::start();
        let setup_token =
            setup::renew(store.catalog.as_ref(), clock.now()).await.expect("a token").expect("no owner yet");
        let state = AppState::new(store, clock, config);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("bound").to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = state.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server::serve(serving, listener, stopped, Duration::from_secs(1)).await.expect("serves");
        });
        Server { base: format!("http://{host}"), host, state, setup_token, data, _stop: stop }
    }

    /// Somebody without a session.
    pub fn visitor(&self) -> Visitor {
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Visitor { http, base: self.base.clone(), cookie: None }
    }

    /// The owner of the instance.
    pub async fn owner(&self) -> Visitor {
        let mut ada = self.visitor();
        let done: SetupDone = ada.post("setup", &self.setup_body()).await.ok(201);
        assert!(done.session.instance_owner);
        ada
    }

    /// What the setup page sends.
    pub fn setup_body(&self) -> Value {
        json!({ "token": self.setup_token, "name": "Ada", "email": "Ada@Example.org", "password": PASSWORD,
                "sample_channel": false })
    }
}

/// A browser's worth of state: a session cookie.
pub struct Visitor {
    pub http: reqwest::Client,
    pub base: String,
    pub cookie: Option<String>,
}

impl Visitor {
    /// A request as the page sends it.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            format!("{}/api/v1/{path}", self.base)
        };
        let mut request = self.http.request(method, url).header("origin", &self.base);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        request
    }

    /// Sends a request; a cookie in the answer replaces the present one.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("the server answers");
        if let Some(set) = response.headers().get("set-cookie") {
            let pair = set.to_str().expect("ascii").split(';').next().expect("a pair").to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("text") }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Makes a channel.
    pub async fn channel(&mut self, name: &str, visibility: Visibility) -> ChannelId {
        let body = CreateChannel { name: name.into(), visibility };
        let view: ChannelView = self.post("channels", &json!(body)).await.ok(201);
        view.channel
    }

    /// Makes an invite and tells its token.
    pub async fn invite(&mut self, channel: ChannelId, body: Value) -> String {
        let view: InviteView = self.post(&format!("channels/{channel}/invites"), &body).await.ok(201);
        view.token.expect("told once")
    }

    /// Comes in by an invite as a guest.
    pub async fn accept(&mut self, token: &str, name: &str) -> InviteAccepted {
        self.post(&format!("invites/{token}/accept"), &json!({ "name": name })).await.ok(201)
    }

    /// Who the server takes this visitor for.
    pub async fn session(&mut self) -> SessionView {
        self.get("session").await.ok(200)
    }
}

/// An answer, read whole.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Answer {
    /// The body of a success.
    pub fn ok<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status, status, "{}", self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A success without a body.
    pub fn done(&self) {
        assert_eq!((self.status, self.body.as_str()), (204, ""));
    }

    /// The problem document of a refusal; its parts must agree.
    pub fn refused(&self, status: u16, code: Code) -> Problem {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body));
        assert_eq!(problem.code, code.number(), "{problem:?}");
        assert_eq!(problem.kind, format!("urn:genlock:code:{}", code.number()));
        assert_eq!(problem.title, code.sentence());
        assert_eq!(problem.status, status);
        problem
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ascii"))
    }
}
