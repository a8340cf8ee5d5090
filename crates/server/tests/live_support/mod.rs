//! Nodes with real sockets on loopback, a log whose answers a test can hold back or break, and clients that speak
//! `genlock.v1` and keep a replica as the page does.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use async_trait::async_trait;
use bus::{Bus, MemoryBus};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::codec::Encoding;
use protocol::command::*;
use protocol::frame::*;
use protocol::*;
use room::By;
use server::auth::cookie;
use server::clock::Clock;
use server::{AppState, Config};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::catalog::{PersonRow, SessionRow};
use store::event_log::{Appended, Batch, LogHead, StoredSnapshot};
use store::{EventLog, Store, StoreError, StoreResult};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Nothing that a test waits for takes this long unless it never comes.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn store_at(folder: &Path) -> Store {
    store::open(
        &format!("sqlite:{}", folder.join("genlock.sqlite").display()),
        &format!("file:{}", folder.join("media").display()),
    )
    .unwrap()
}

/// How a [`Faulty`] log behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As it should.
    None,
    /// Appends wait before they are written.
    Hold,
    /// Appends are written, but their answer is an error: the plug is pulled between commit and broadcast.
    CommitThenBreak,
    /// Nothing is written.
    Break,
    /// A fault of ours: the room's task dies.
    Die,
    /// The poll learns nothing: heads are not told.
    NoPoll,
}

/// A log that can be held back or broken.
pub struct Faulty {
    inner: Arc<dyn EventLog>,
    pub fault: watch::Sender<Fault>,
}

impl Faulty {
    /// Puts one in the way of a store.
    pub fn into(store: Store) -> (Store, Arc<Faulty>) {
        let faulty = Arc::new(Faulty { inner: store.log.clone(), fault: watch::Sender::new(Fault::None) });
        (Store { log: faulty.clone(), ..store }, faulty)
    }
}

#[async_trait]
impl EventLog for Faulty {
    async fn append(&self, batch: Batch) -> StoreResult<Appended> {
        let broken = StoreError::Backend { doing: "testing", reason: "the test says so".into() };
        let mut fault = self.fault.subscribe();
        let fault = *fault.wait_for(|fault| *fault != Fault::Hold).await.unwrap();
        match fault {
            Fault::Break => Err(broken),
            Fault::Die => panic!("the test says so"),
            Fault::CommitThenBreak => self.inner.append(batch).await.and(Err(broken)),
            Fault::None | Fault::Hold | Fault::NoPoll => self.inner.append(batch).await,
        }
    }
    async fn head(&self, channel: ChannelId) -> StoreResult<Option<LogHead>> {
        self.inner.head(channel).await
    }
    async fn heads(&self, channels: &[ChannelId]) -> StoreResult<Vec<(ChannelId, LogHead)>> {
        if *self.fault.borrow() == Fault::NoPoll {
            return Ok(Vec::new());
        }
        self.inner.heads(channels).await
    }
    async fn read(&self, channel: ChannelId, after: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        self.inner.read(channel, after, limit).await
    }
    async fn find_op(&self, channel: ChannelId, op: OpId) -> StoreResult<Option<Seq>> {
        self.inner.find_op(channel, op).await
    }
    async fn snapshot(&self, channel: ChannelId) -> StoreResult<Option<StoredSnapshot>> {
        self.inner.snapshot(channel).await
    }
    async fn put_snapshot(&self, channel: ChannelId, snapshot: StoredSnapshot) -> StoreResult<()> {
        self.inner.put_snapshot(channel, snapshot).await
    }
    async fn renew_epochs(&self, draw: Vec<Epoch>) -> StoreResult<()> {
        self.inner.renew_epochs(draw).await
    }
    async fn rebuild_derived(&self) -> StoreResult<()> {
        self.inner.rebuild_derived().await
    }
}

/// A node with its listener.
pub struct Node {
    pub state: AppState,
    pub host: String,
    _stop: oneshot::Sender<()>,
}

impl Node {
    /// A node that hears of others by the poll alone.
    pub async fn on(store: Store, folder: &Path) -> Node {
        Node::on_bus(store, Arc::new(MemoryBus::new()), folder).await
    }

    /// A node that shares a bus with others.
    pub async fn on_bus(store: Store, bus: Arc<dyn Bus>, folder: &Path) -> Node {
        let state = AppState::on_bus(store, bus, Clock::start(), Config::local(folder.to_owned()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = state.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server::serve(serving, listener, stopped, Duration::from_secs(1)).await.unwrap();
        });
        Node { state, host, _stop: stop }
    }

    /// Somebody with an account (or a guest) and a session.
    pub async fn person(&self, text: &str, kind: PersonKind) -> Person {
        let now = self.state.clock.now();
        let person = PersonId::v7(self.state.now_ms(), rand::random());
        let name = DisplayName::parse(text).unwrap();
        let row = PersonRow {
            person,
            name: name.clone(),
            kind,
            email: (kind == PersonKind::User).then(|| format!("{person}@example.org")),
            password_hash: (kind == PersonKind::User).then(|| "none".to_owned()),
            instance_owner: false,
            created_at: now,
        };
        self.state.store.catalog.add_person(row, false).await.unwrap();
        let token = cookie::new_token();
        let session = SessionRow {
            token_hash: cookie::hash_token(&token),
            person,
            created_at: now,
            seen_at: now,
            expires_at: now.plus_ms(3_600_000),
        };
        self.state.store.catalog.add_session(session).await.unwrap();
        Person { person, name, kind, token }
    }

    /// A private channel with its owner.
    pub async fn channel(&self, owner: &Person) -> ChannelId {
        let channel = ChannelId::v7(self.state.now_ms(), rand::random());
        let create = ChannelCreate {
            name: "Films".into(),
            visibility: Visibility::Private,
            owner: owner.person,
            owner_name: owner.name.clone(),
        };
        self.system(channel, Command::ChannelCreate(create)).await;
        channel
    }

    pub async fn join(&self, channel: ChannelId, who: &Person, role: Role) {
        let join = MemberJoin { person: who.person, name: who.name.clone(), kind: who.kind, role };
        self.system(channel, Command::MemberJoin(join)).await;
    }

    pub async fn system(&self, channel: ChannelId, command: Command) -> Seq {
        self.state.rooms.command(channel, By::System(None), self.state.op(), command).await.unwrap()
    }

    pub async fn log(&self, channel: ChannelId) -> Vec<Event> {
        self.state.store.log.read(channel, 0, 100_000).await.unwrap()
    }

    pub async fn connect(
        &self,
        channel: ChannelId,
        who: &Person,
        encoding: Encoding,
    ) -> Result<Socket, Error> {
        let stream = TcpStream::connect(&self.host).await.unwrap();
        self.upgrade(stream, channel, Some(who), encoding).await
    }

    /// A connection whose receive buffer is as small as the kernel allows.
    pub async fn connect_narrow(&self, channel: ChannelId, who: &Person) -> Result<Socket, Error> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2_048).unwrap();
        let stream = socket.connect(self.host.parse().unwrap()).await.unwrap();
        self.upgrade(stream, channel, Some(who), Encoding::MessagePack).await
    }

    pub async fn upgrade(
        &self,
        stream: TcpStream,
        channel: ChannelId,
        who: Option<&Person>,
        encoding: Encoding,
    ) -> Result<Socket, Error> {
        let mut request =
            format!("ws://{}/api/v1/channels/{channel}/live", self.host).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", format!("http://{}", self.host).parse().unwrap());
        if let Some(who) = who {
            headers.insert("cookie", format!("genlock_loopback={}", who.token).parse().unwrap());
        }
        let protocol = match encoding {
            Encoding::MessagePack => "genlock.v1",
            Encoding::Json => "genlock.v1.json",
        };
        headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], protocol);
        Ok(Socket { socket, encoding })
    }

    /// A connection that has said hello, with its replica.
    pub async fn enter(&self, channel: ChannelId, who: &Person) -> Client {
        self.enter_as(channel, who, Encoding::MessagePack, None).await
    }

    pub async fn enter_as(
        &self,
        channel: ChannelId,
        who: &Person,
        encoding: Encoding,
        resume: Option<Position>,
    ) -> Client {
        let socket = self.connect(channel, who, encoding).await.unwrap();
        Client::enter(socket, resume).await
    }
}

/// A person with a session's cookie.
#[derive(Clone)]
pub struct Person {
    pub person: PersonId,
    pub name: DisplayName,
    pub kind: PersonKind,
    pub token: String,
}

/// A socket that speaks frames.
pub struct Socket {
    pub socket: WebSocketStream<TcpStream>,
    pub encoding: Encoding,
}

/// What a socket received.
#[allow(clippy::large_enum_variant, reason = "a test's value")]
#[derive(Debug)]
pub enum Received {
    Frame(ServerFrame),
    Closed(u16),
    Broken,
}

impl Socket {
    pub async fn send(&mut self, frame: ClientFrame) {
        let bytes = self.encoding.encode(&frame);
        self.raw(bytes).await;
    }

    pub async fn raw(&mut self, bytes: Vec<u8>) {
        let message = match self.encoding {
            Encoding::MessagePack => Message::Binary(bytes.into()),
            Encoding::Json => Message::Text(String::from_utf8(bytes).unwrap().into()),
        };
        // A connection that has been closed says so when it is read.
        let _ = self.socket.send(message).await;
    }

    pub async fn received(&mut self) -> Received {
        loop {
            let next =
                tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server says something");
            let bytes = match next {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Text(text))) => text.into(),
                Some(Ok(Message::Close(Some(close)))) => return Received::Closed(close.code.into()),
                Some(Ok(Message::Close(None))) => return Received::Closed(1005),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Received::Broken,
            };
            return Received::Frame(self.encoding.decode_trusted(&bytes).unwrap());
        }
    }

    /// Reads until it is closed, and tells the code and the rejects before.
    pub async fn closed(&mut self) -> (u16, Vec<u16>) {
        let mut rejects = Vec::new();
        loop {
            match self.received().await {
                Received::Closed(code) => return (code, rejects),
                Received::Frame(ServerFrame::Reject(reject)) => rejects.push(reject.code),
                Received::Frame(_) => {}
                Received::Broken => panic!("broken without a close frame"),
            }
        }
    }
}

/// A client: a socket with the replica that the page keeps.
pub struct Client {
    pub socket: Socket,
    pub welcome: Welcome,
    pub state: room::State,
    /// Events applied, in order.
    pub events: Vec<Event>,
    pub snapshots: usize,
    pub answers: Vec<(OpId, Result<Seq, u16>)>,
    pub presence: Vec<PresentPerson>,
    pub count: u32,
    pub fleetings: Vec<protocol::fleeting::FleetingFrom>,
    pub beats: Vec<Beat>,
    pub pongs: Vec<Pong>,
    pub drained: bool,
}

impl Client {
    pub async fn enter(mut socket: Socket, resume: Option<Position>) -> Client {
        socket.send(hello(resume)).await;
        let welcome = match socket.received().await {
            Received::Frame(ServerFrame::Welcome(welcome)) => welcome,
            other => panic!("{other:?}"),
        };
        let empty = room::State::empty(ChannelId::from_bytes([0; 16]));
        let mut client = Client {
            socket,
            welcome,
            state: empty,
            events: Vec::new(),
            snapshots: 0,
            answers: Vec::new(),
            presence: Vec::new(),
            count: 0,
            fleetings: Vec::new(),
            beats: Vec::new(),
            pongs: Vec::new(),
            drained: false,
        };
        if let Some(from) = resume.filter(|_| client.welcome.resumed) {
            client.state.head = from.seq;
        }
        client.until(|client| client.count > 0).await;
        client
    }

    pub fn position(&self) -> Position {
        Position { epoch: self.welcome.head.epoch, seq: self.state.head }
    }

    /// Reads one frame; false when the connection has ended.
    pub async fn step(&mut self) -> Result<(), Received> {
        let frame = match self.socket.received().await {
            Received::Frame(frame) => frame,
            ended => return Err(ended),
        };
        match frame {
            ServerFrame::Snapshot(snapshot) => {
                assert!(snapshot.at.seq >= self.state.head, "never back in time");
                self.snapshots += 1;
                self.state = room::State::from_wire(snapshot.state, snapshot.at.seq, Timestamp(0));
            }
            ServerFrame::Events(frame) => {
                for event in frame.events {
                    if event.seq <= self.state.head {
                        continue; // seen
                    }
                    assert_eq!(event.seq, self.state.head + 1, "no gap");
                    // A resumed replica of a test has no state before; only what it got is looked at.
                    self.state.apply(&event);
                    self.events.push(event);
                }
            }
            ServerFrame::Ack(ack) => self.answers.push((ack.op, Ok(ack.seq))),
            ServerFrame::Reject(reject) => {
                self.answers.push((reject.op.unwrap_or(OpId::from_bytes([0; 16])), Err(reject.code)));
            }
            ServerFrame::Presence(frame) => {
                if frame.full {
                    self.presence.clear();
                }
                self.presence.retain(|present| {
                    !frame.gone.contains(&present.person)
                        && !frame.people.iter().any(|other| other.person == present.person)
                });
                self.presence.extend(frame.people);
                self.count = frame.count;
            }
            ServerFrame::Fleetings(frame) => self.fleetings.extend(frame.values),
            ServerFrame::Beat(beat) => self.beats.push(beat),
            ServerFrame::Pong(pong) => self.pongs.push(pong),
            ServerFrame::Drain(_) => self.drained = true,
            ServerFrame::Welcome(welcome) => panic!("{welcome:?}"),
        }
        Ok(())
    }

    /// Reads until something holds.
    pub async fn until(&mut self, mut holds: impl FnMut(&Client) -> bool) {
        let waited = async {
            while !holds(self) {
                if let Err(ended) = self.step().await {
                    panic!("{ended:?}");
                }
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.expect("it comes to hold");
    }

    /// Reads until the connection is closed; the code.
    pub async fn until_closed(&mut self) -> u16 {
        loop {
            match self.step().await {
                Ok(()) => {}
                Err(Received::Closed(code)) => return code,
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    /// Sends a command and reads until it is answered.
    pub async fn ask(&mut self, op: OpId, command: Command) -> Result<Seq, u16> {
        let before = self.answers.len();
        self.socket.send(wish(op, command)).await;
        self.until(|client| client.answers[before..].iter().any(|(id, _)| *id == op)).await;
        self.answers[before..].iter().find(|(id, _)| *id == op).unwrap().1
    }

    pub async fn reached(&mut self, seq: Seq) {
        self.until(|client| client.state.head >= seq).await;
    }

    pub fn texts(&self) -> Vec<String> {
        texts(&self.events)
    }
}

pub fn texts(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match &event.body {
        EventBody::MessageSent(sent) => Some(sent.text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

pub fn hello(resume: Option<Position>) -> ClientFrame {
    let client = ClientId::from_bytes(rand::random());
    ClientFrame::Hello(Hello { protocol: PROTOCOL_VERSION, client, resume, shown: true })
}

pub fn wish(op: OpId, command: Command) -> ClientFrame {
    ClientFrame::Command(CommandFrame { op, command })
}

pub fn say(text: impl Into<String>) -> Command {
    Command::MessageSend(MessageSend { text: text.into(), at: None })
}

pub fn new_op() -> OpId {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    OpId::v7(now.as_millis() as u64, rand::random())
}
