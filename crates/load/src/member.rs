//! A member of a channel over its live connection: joins, says something, hears what comes.

use crate::populate::Seat;
use anyhow::{Context as _, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::codec::Encoding;
use protocol::command::{Command, MessageSend};
use protocol::frame::{CommandFrame, Hello, PROTOCOL_VERSION};
use protocol::{ClientFrame, ClientId, EventBody, OpId, ServerFrame};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A live connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A command that says something; `number` makes it another one than all others of this run.
pub fn message(number: u64) -> Result<CommandFrame> {
    let mut chance = [0; 10];
    chance[..8].copy_from_slice(&(number + 1).to_be_bytes());
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let op = OpId::v7(u64::try_from(now_ms)?, chance);
    Ok(CommandFrame { op, command: Command::MessageSend(MessageSend { text: "measured".into(), at: None }) })
}

/// Messages that a frame brings.
pub fn messages_in(frame: &ServerFrame) -> impl Iterator<Item = OpId> + '_ {
    let events = if let ServerFrame::Events(events) = frame { &events.events[..] } else { &[] };
    events.iter().filter(|event| matches!(event.body, EventBody::MessageSent(_))).map(|event| event.op)
}

/// Joins and reads the snapshot.
pub async fn join(base: &str, seat: &Seat) -> Result<Socket> {
    let mut request = format!("{}/api/v1/channels/{}/live", base.replace("http://", "ws://"), seat.channel)
        .into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("origin", base.parse()?);
    headers.insert("cookie", format!("genlock_loopback={}", seat.token).parse()?);
    headers.insert("sec-websocket-protocol", "genlock.v1".parse()?);
    let config =
        WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0).max_write_buffer_size(65_536);
    let (mut socket, _) =
        tokio_tungstenite::connect_async_with_config(request, Some(config), true).await.context("joining")?;
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        client: ClientId::parse(&format!("{:0>32}", &seat.token[48..])).context("an id")?,
        resume: None,
        shown: true,
    };
    send(&mut socket, &ClientFrame::Hello(hello)).await?;
    while !matches!(next(&mut socket).await?, ServerFrame::Snapshot(_)) {}
    Ok(socket)
}

/// Reads on, so that no queue of the server's fills up.
pub async fn read_on(mut socket: Socket) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// Sends a frame.
pub async fn send(socket: &mut Socket, frame: &ClientFrame) -> Result<()> {
    Ok(socket.send(Message::Binary(Encoding::MessagePack.encode(frame).into())).await?)
}

/// The next frame.
pub async fn next(socket: &mut Socket) -> Result<ServerFrame> {
    loop {
        if let Message::Binary(bytes) = socket.next().await.context("closed")?? {
            return Ok(Encoding::MessagePack.decode_trusted(&bytes)?);
        }
    }
}
