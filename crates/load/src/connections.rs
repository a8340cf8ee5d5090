//! Memory per connected person: real sessions, real membership, hello answered, presence kept.

use crate::populate::{Seat, populate};
use crate::print_line;
use crate::process::Server;
use anyhow::{Context as _, Result};
use clap::Args;
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::codec::Encoding;
use protocol::command::{Command, MessageSend};
use protocol::frame::{CommandFrame, Hello, PROTOCOL_VERSION};
use protocol::{ClientFrame, ClientId, EventBody, OpId, ServerFrame};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// People connected at once; one file descriptor each, here and in the server.
    #[arg(long, default_value_t = 2_000)]
    people: usize,
    /// People in one channel.
    #[arg(long, default_value_t = 20)]
    per_channel: usize,
    /// Seconds of quiet before memory is read.
    #[arg(long, default_value_t = 15)]
    settle_s: u64,
    /// Messages broadcast in each of the first ten channels.
    #[arg(long, default_value_t = 5)]
    messages: usize,
}

/// Runs the measurement and prints it.
pub async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let seats = populate(folder.path(), options.people, options.per_channel).await?;
    let server = Server::start(folder.path()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = server.resident_bytes()?;
    print_line(&format!("idle: {:.1} MiB resident", mebibytes(idle)));

    let begun = Instant::now();
    let mut readers = Vec::with_capacity(seats.len());
    for chunk in seats.chunks(64) {
        let joined =
            futures_util::future::try_join_all(chunk.iter().map(|seat| join(&server.base, seat))).await?;
        // Reading on, so that no queue of the server's fills up.
        readers.extend(joined.into_iter().map(|socket| tokio::spawn(read_on(socket))));
    }
    let connect_s = begun.elapsed().as_secs_f64();
    let cpu_before = server.cpu_seconds()?;
    tokio::time::sleep(Duration::from_secs(options.settle_s)).await;
    let full = server.resident_bytes()?;
    print_line(&format!(
        "{} people in channels of {}: {:.1} MiB resident, {:.2} KiB per person, joined in {connect_s:.1} s, {:.2} CPU ms per person and minute at rest",
        seats.len(),
        options.per_channel,
        mebibytes(full),
        (full.saturating_sub(idle)) as f64 / 1024.0 / seats.len() as f64,
        (server.cpu_seconds()? - cpu_before) * 1000.0 / seats.len() as f64 / (options.settle_s as f64 / 60.0),
    ));
    broadcast(&server, &seats, options).await?;
    for reader in readers {
        reader.abort();
    }
    Ok(())
}

/// Says something in the first channels and measures until a listener there has it, by that listener's clock.
async fn broadcast(server: &Server, seats: &[Seat], options: &Options) -> Result<()> {
    let mut delays_ms = Vec::new();
    for (number, seat) in seats.iter().step_by(options.per_channel).take(10).enumerate() {
        let mut socket = join(&server.base, seat).await?;
        for message in 0..options.messages {
            let mut chance = [0; 10];
            chance[..8].copy_from_slice(&((number * options.messages + message) as u64 + 1).to_be_bytes());
            let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
            let op = OpId::v7(u64::try_from(now_ms)?, chance);
            let command = Command::MessageSend(MessageSend { text: "measured".into(), at: None });
            let begun = Instant::now();
            send(&mut socket, &ClientFrame::Command(CommandFrame { op, command })).await?;
            loop {
                if let ServerFrame::Events(events) = next(&mut socket).await?
                    && events
                        .events
                        .iter()
                        .any(|event| event.op == op && matches!(event.body, EventBody::MessageSent(_)))
                {
                    break;
                }
            }
            delays_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    delays_ms.sort_by(f64::total_cmp);
    let at = |share: f64| delays_ms[((delays_ms.len() - 1) as f64 * share) as usize];
    print_line(&format!(
        "message to committed and seen: p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms of {}",
        at(0.5),
        at(0.95),
        at(1.0),
        delays_ms.len()
    ));
    Ok(())
}

async fn join(base: &str, seat: &Seat) -> Result<Socket> {
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

async fn read_on(mut socket: Socket) {
    while let Some(Ok(_)) = socket.next().await {}
}

async fn send(socket: &mut Socket, frame: &ClientFrame) -> Result<()> {
    Ok(socket.send(Message::Binary(Encoding::MessagePack.encode(frame).into())).await?)
}

async fn next(socket: &mut Socket) -> Result<ServerFrame> {
    loop {
        if let Message::Binary(bytes) = socket.next().await.context("closed")?? {
            return Ok(Encoding::MessagePack.decode_trusted(&bytes)?);
        }
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
