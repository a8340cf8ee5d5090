//! A real `genlock serve` as a child process, and a client that speaks the real protocol to it.

#![allow(dead_code, reason = "each test file uses its part")]

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::codec::Encoding;
use protocol::frame::{Hello, PROTOCOL_VERSION};
use protocol::rest::{CreateChannel, SetupDone, SetupRequest, SignInRequest};
use protocol::{ChannelId, ClientFrame, ClientId, OpId, Position, ServerFrame, Visibility};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long any one state may take to come; only ever reached when something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub struct Server {
    pub child: Child,
    pub base: String,
    pub setup_token: Option<String>,
}

impl Server {
    /// Starts `genlock serve` on a free port of loopback and waits until it says where it listens.
    pub async fn start(data: &Path) -> Server {
        Server::start_at(data, "127.0.0.1:0").await
    }

    /// As [`Server::start`] on an address; for a server that comes back where it was.
    pub async fn start_at(data: &Path, address: &str) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_genlock"))
            .args(["serve", "--listen", address, "--no-worker"])
            .arg("--data-dir")
            .arg(data)
            .env_remove("PORT")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("genlock starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (mut base, mut setup_token) = (None, None);
        // "Ready" is the last line of the greeting.
        while let Ok(Ok(Some(line))) = tokio::time::timeout(PATIENCE, lines.next_line()).await {
            if let Some(at) = line.find("setup?token=") {
                setup_token = Some(line[at + "setup?token=".len()..].trim().to_owned());
            }
            if base.is_none()
                && let Some(at) = line.find("http://127.0.0.1:")
            {
                base = Some(line[at..].split(['/', ' ']).take(3).collect::<Vec<_>>().join("/"));
            }
            if line.contains("Ready") {
                break;
            }
        }
        // Keeps the pipe empty, so that the server never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Server { child, base: base.expect("the greeting names the address"), setup_token }
    }

    /// Pulls the plug.
    pub async fn kill_nine(mut self) {
        self.child.kill().await.expect("the child was running");
    }
}

/// Somebody with a session.
pub struct Person {
    pub http: reqwest::Client,
    pub cookie: String,
}

/// Sends what a card of the page sends, without a session; the answer, and the person whose session it begins.
async fn begin_session(
    server: &Server,
    path: &str,
    fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) -> (reqwest::Response, Person) {
    let http = reqwest::Client::new();
    let request = http.post(format!("{}/api/v1/{path}", server.base)).header("origin", &server.base);
    let answer = fill(request).send().await.expect("the server answers");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let set = answer.headers()["set-cookie"].to_str().expect("ascii");
    let cookie = set.split(';').next().expect("a value").to_owned();
    (answer, Person { http, cookie })
}

/// Makes the first owner by the setup link.
pub async fn set_up(server: &Server) -> Person {
    let request = SetupRequest {
        token: server.setup_token.clone().expect("a new instance prints a setup link"),
        name: "Ada".into(),
        email: "ada@example.org".into(),
        password: "correct horse battery".into(),
        sample_channel: false,
    };
    let (answer, person) = begin_session(server, "setup", |post| post.json(&request)).await;
    let _: SetupDone = answer.json().await.expect("setup body");
    person
}

/// Signs the owner in again.
pub async fn sign_in(server: &Server) -> Person {
    let body = SignInRequest { email: "ada@example.org".into(), password: "correct horse battery".into() };
    begin_session(server, "session", |post| post.json(&body)).await.1
}

/// Makes a private channel.
pub async fn create_channel(server: &Server, person: &Person, name: &str) -> ChannelId {
    let body = CreateChannel { name: name.into(), visibility: Visibility::Private };
    let answer = person
        .http
        .post(format!("{}/api/v1/channels", server.base))
        .header("origin", &server.base)
        .header("cookie", &person.cookie)
        .json(&body)
        .send()
        .await
        .expect("create answers");
    assert!(answer.status().is_success(), "create channel: {}", answer.status());
    answer.json::<protocol::rest::ChannelView>().await.expect("channel body").channel
}

/// A live connection.
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    /// Connects and says hello.
    pub async fn connect(
        server: &Server,
        person: &Person,
        channel: ChannelId,
        resume: Option<Position>,
    ) -> Live {
        let url = format!("{}/api/v1/channels/{channel}/live", server.base.replace("http://", "ws://"));
        let mut request = url.into_client_request().expect("a url");
        let headers = request.headers_mut();
        headers.insert("origin", server.base.parse().expect("ascii"));
        headers.insert("cookie", person.cookie.parse().expect("ascii"));
        headers.insert("sec-websocket-protocol", "genlock.v1".parse().expect("ascii"));
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("the upgrade is accepted");
        let mut live = Live { socket };
        live.send(&ClientFrame::Hello(Hello {
            protocol: PROTOCOL_VERSION,
            client: ClientId::from_bytes([9; 16]),
            resume,
            shown: true,
        }))
        .await;
        live
    }

    /// Sends a frame; a dead connection is fine, its outcome is then unknown.
    pub async fn send(&mut self, frame: &ClientFrame) -> bool {
        self.socket.send(Message::Binary(Encoding::MessagePack.encode(frame).into())).await.is_ok()
    }

    /// The next frame; none when the connection is dead.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("the server speaks within its beat")
            {
                Some(Ok(Message::Binary(bytes))) => {
                    return Some(
                        Encoding::MessagePack.decode_trusted(&bytes).expect("the server's frames decode"),
                    );
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// An operation id of this time and this number.
pub fn operation(number: u64) -> OpId {
    let now_ms =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&number.to_be_bytes());
    OpId::v7(u64::try_from(now_ms).expect("fits"), chance)
}
