//! The task of one live connection: hello, then frames in and out until either side ends it. Small when idle: two small
//! buffers and a queue that is empty. Must never wait for anything but its own socket and the room's mailbox.

use super::limits::{Limits, Verdict};
use super::outbox::{Lane, Outbox, Outgoing};
use super::wire::{Payload, Socket, feed, message, op_of, payload, reject};
use crate::room_registry::{RoomHandle, RoomRegistry, SocketPlace};
use crate::room_task::Mail;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::codec::{DecodeError, Encoding};
use protocol::command::Command;
use protocol::fleeting::Fleeting;
use protocol::frame::{CommandFrame, Hello, PROTOCOL_VERSION, Ping, Pong};
use protocol::limits::CLIENT_FRAME_BYTES_MAX;
use protocol::{ChannelId, ClientFrame, Code, OpId, PersonId, ServerFrame, Timestamp};
use room::Refusal;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// How long a connection may be open without a hello.
const HELLO_PATIENCE: Duration = Duration::from_secs(10);
/// How long the other side has to answer a close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// Malformed frames of a connection; with the last it is closed.
const MALFORMED_MAX: u32 = 3;
/// When a command that found the mailbox full may come again, milliseconds.
const RETRY_MS: u32 = 500;
/// Read buffer of a connection, bytes: nearly every frame of a client fits, and idle ones cost little (the library's
/// default costs 128 KiB each).
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Frames are gathered up to this before they are written, bytes.
const WRITE_BUFFER_BYTES: usize = 2 * 1024;
/// Bound of the write buffer, bytes: two fragments and what was gathered, with room for headers.
const WRITE_BUFFER_BYTES_MAX: usize = 16 * 1024;

/// Whose connection it is, known before the upgrade.
pub(super) struct Visitor {
    pub(super) rooms: RoomRegistry,
    pub(super) channel: ChannelId,
    pub(super) person: PersonId,
    pub(super) token_hash: [u8; 32],
    pub(super) encoding: Encoding,
    pub(super) place: SocketPlace,
}

/// How a connection ended.
enum End {
    /// Its client said goodbye.
    Goodbye,
    /// It broke off.
    Lost,
    /// We close it.
    Close(u16, &'static str),
}

impl End {
    fn close(code: Code) -> End {
        End::Close(code.number(), code.sentence())
    }
}

/// Runs a connection to its end.
pub(super) async fn run(upgraded: Upgraded, visitor: Visitor) {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(CLIENT_FRAME_BYTES_MAX))
        .max_frame_size(Some(CLIENT_FRAME_BYTES_MAX));
    let mut socket =
        WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let end = match tokio::time::timeout(HELLO_PATIENCE, hello(&mut socket, visitor.encoding)).await {
        Ok(Ok(hello)) => enter(&mut socket, &visitor, hello).await,
        Ok(Err(end)) => end,
        Err(_elapsed) => refuse_first(&mut socket, visitor.encoding, Code::HelloExpected).await,
    };
    if let End::Close(code, reason) = end {
        let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from_static(reason) };
        let goodbye = async {
            if socket.close(Some(frame)).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        };
        // Whoever does not answer is cut; the kernel sends what it has.
        let _answered = tokio::time::timeout(CLOSE_PATIENCE, goodbye).await;
    }
    drop(visitor.place);
}

/// The first frame.
async fn hello(socket: &mut Socket, encoding: Encoding) -> Result<Hello, End> {
    loop {
        let message = match socket.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(end_of(&error)),
            None => return Err(End::Lost),
        };
        let payload = match message {
            Message::Close(_) => return Err(End::Goodbye),
            other => match payload(encoding, other) {
                Payload::Frame(bytes) => bytes,
                Payload::Control => continue,
                Payload::WrongKind => return Err(refuse_first(socket, encoding, Code::FrameMalformed).await),
            },
        };
        return match encoding.decode::<ClientFrame>(&payload) {
            Ok(ClientFrame::Hello(hello)) if hello.protocol == PROTOCOL_VERSION => Ok(hello),
            Ok(ClientFrame::Hello(_)) => Err(refuse_first(socket, encoding, Code::ProtocolUnsupported).await),
            Ok(_) | Err(DecodeError::UnknownTag(_)) => {
                Err(refuse_first(socket, encoding, Code::HelloExpected).await)
            }
            Err(_) => Err(refuse_first(socket, encoding, Code::FrameMalformed).await),
        };
    }
}

/// Says why, before the close.
async fn refuse_first(socket: &mut Socket, encoding: Encoding, code: Code) -> End {
    let frame = encoding.encode(&reject(None, &Refusal::of(code)));
    match tokio::time::timeout(CLOSE_PATIENCE, socket.send(message(encoding, frame.into()))).await {
        Ok(Ok(())) => End::close(Code::CloseMalformed),
        _ => End::Lost,
    }
}

/// From hello to the end, with a seat in the room.
async fn enter(socket: &mut Socket, visitor: &Visitor, hello: Hello) -> End {
    let room = match visitor.rooms.room(visitor.channel) {
        Ok(room) => room,
        Err(_full) => return End::Close(super::outbox::CLOSE_RESTART, Code::Unavailable.sentence()),
    };
    let outbox = Arc::new(visitor.rooms.outbox(visitor.person, visitor.token_hash, visitor.encoding));
    let session = outbox.session;
    if room.mailbox.send(Mail::Join { outbox: outbox.clone(), hello }).await.is_err() {
        return End::Lost;
    }
    let mut connection =
        Connection { outbox, room, rooms: &visitor.rooms, limits: Limits::new(Instant::now()), malformed: 0 };
    let end = connection.talk(socket).await;
    // Whoever was closed by us for a reason of their own is gone at once; the others may come back.
    let clean = matches!(end, End::Goodbye)
        || matches!(end, End::Close(code, _) if code != Code::CloseSlow.number() && code != super::outbox::CLOSE_RESTART);
    // The room takes it also while it drains; an error means that the room has ended.
    let _room_ended = connection.room.mailbox.send(Mail::Left { session, clean }).await;
    end
}

struct Connection<'a> {
    outbox: Arc<Outbox>,
    room: Arc<RoomHandle>,
    rooms: &'a RoomRegistry,
    limits: Limits,
    malformed: u32,
}

impl Connection<'_> {
    async fn talk(&mut self, socket: &mut Socket) -> End {
        loop {
            if let Some((code, reason)) = self.outbox.closed() {
                return End::Close(code, reason);
            }
            let step = tokio::select! {
                biased;
                () = self.outbox.more() => self.drain(socket).await,
                received = socket.next() => match received {
                    Some(Ok(message)) => self.take(socket, message).await,
                    Some(Err(error)) => Err(end_of(&error)),
                    None => Err(End::Lost),
                },
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Sends what waits; gives way to a close.
    async fn drain(&self, socket: &mut Socket) -> Result<(), End> {
        let outbox = &self.outbox;
        let lacks_presence = tokio::select! {
            biased;
            () = outbox.closing() => return Ok(()),
            sent = send_all(socket, outbox) => sent.map_err(|_| End::Lost)?,
        };
        if lacks_presence {
            self.post(Mail::PresenceWanted { session: outbox.session });
        }
        Ok(())
    }

    /// Hands something to the room that may be left out.
    fn post(&self, mail: Mail) -> bool {
        self.room.mailbox.try_send(mail).is_ok()
    }

    async fn take(&mut self, socket: &mut Socket, message: Message) -> Result<(), End> {
        let received_us = self.rooms.clock().now();
        if self.outbox.heard(received_us.unix_ms().unsigned_abs()) {
            self.post(Mail::Heard { session: self.outbox.session });
        }
        let verdict = self.limits.frame(Instant::now());
        let bytes = match message {
            Message::Close(goodbye) => {
                let clean =
                    goodbye.is_none_or(|frame| matches!(frame.code, CloseCode::Normal | CloseCode::Away));
                // The library has prepared the answer.
                let _gone = tokio::time::timeout(CLOSE_PATIENCE, socket.flush()).await;
                return Err(if clean { End::Goodbye } else { End::Lost });
            }
            other => match payload(self.outbox.encoding, other) {
                Payload::Frame(bytes) => bytes,
                Payload::Control if verdict == Verdict::Close => {
                    return Err(End::close(Code::CloseRateLimited));
                }
                Payload::Control => return Ok(()),
                Payload::WrongKind => return self.malformed("a frame of the wrong kind"),
            },
        };
        if verdict != Verdict::Take {
            return self.too_fast(verdict, op_of(self.outbox.encoding, &bytes));
        }
        match self.outbox.encoding.decode::<ClientFrame>(&bytes) {
            Ok(ClientFrame::Ping(ping)) => self.pong(socket, ping, received_us).await,
            Ok(ClientFrame::Command(CommandFrame { op, command })) => self.command(op, command),
            Ok(ClientFrame::Fleeting(frame)) => {
                if let Fleeting::Sync(report) = &frame.value {
                    self.rooms.measure(report);
                }
                // Latest value counts; one that does not fit is left out.
                self.post(Mail::Fleeting { session: self.outbox.session, value: frame.value });
                Ok(())
            }
            Ok(ClientFrame::Catchup(catchup)) => {
                // Unanswered, the next beat makes the client ask again.
                self.post(Mail::Catchup { session: self.outbox.session, from: catchup.from });
                Ok(())
            }
            Ok(ClientFrame::Hello(_)) => self.malformed("a second hello"),
            Err(DecodeError::UnknownTag(_)) => {
                self.refuse(op_of(self.outbox.encoding, &bytes), &Refusal::of(Code::CommandUnknown));
                Ok(())
            }
            Err(DecodeError::TooLarge(_)) => Err(End::close(Code::CloseTooLarge)),
            Err(DecodeError::Malformed(why)) => self.malformed(&why),
        }
    }

    fn command(&mut self, op: OpId, command: Command) -> Result<(), End> {
        if matches!(command, Command::MessageSend(_)) {
            let verdict = self.limits.chat();
            if verdict != Verdict::Take {
                return self.too_fast(verdict, Some(op));
            }
        }
        if !self.post(Mail::Command { session: self.outbox.session, op, command }) {
            self.refuse(Some(op), &Refusal::later(Code::LogUnavailable, RETRY_MS));
        }
        Ok(())
    }

    /// Answers at once, before what waits: the client measures with it.
    async fn pong(&self, socket: &mut Socket, ping: Ping, received_us: Timestamp) -> Result<(), End> {
        let encoding = self.outbox.encoding;
        let pong = Pong { client_us: ping.client_us, received_us, sent_us: self.rooms.clock().now() };
        let frame = encoding.encode(&ServerFrame::Pong(pong));
        tokio::select! {
            biased;
            () = self.outbox.closing() => Ok(()),
            sent = socket.send(message(encoding, frame.into())) => sent.map_err(|_| End::Lost),
        }
    }

    fn refuse(&self, op: Option<OpId>, refusal: &Refusal) {
        let frame = self.outbox.encoding.encode(&reject(op, refusal));
        self.outbox.push(Lane::Durable, frame.into());
    }

    fn too_fast(&self, verdict: Verdict, op: Option<OpId>) -> Result<(), End> {
        if verdict == Verdict::Close {
            return Err(End::close(Code::CloseRateLimited));
        }
        self.refuse(op, &Refusal::later(Code::RateLimited, 1_000));
        Ok(())
    }

    fn malformed(&mut self, why: &str) -> Result<(), End> {
        if self.malformed == 0 {
            let why: String = why.chars().take(200).collect();
            tracing::warn!(session = %self.outbox.session, why, "a client sends what cannot be understood");
        }
        self.malformed += 1;
        self.refuse(None, &Refusal::of(Code::FrameMalformed));
        if self.malformed >= MALFORMED_MAX {
            self.outbox.close_after(Code::CloseMalformed);
        }
        Ok(())
    }
}

/// Sends everything that waits, gathered, with one flush at the end. True if presence was left out meanwhile.
async fn send_all(socket: &mut Socket, outbox: &Outbox) -> Result<bool, Error> {
    loop {
        while let Some((outgoing, lane)) = outbox.next() {
            let size = match outgoing {
                Outgoing::Ping => {
                    socket.feed(Message::Ping(Bytes::new())).await?;
                    0
                }
                Outgoing::Frame(bytes) => {
                    let size = bytes.len();
                    feed(socket, outbox.encoding, bytes).await?;
                    size
                }
            };
            outbox.sent(lane, size);
        }
        socket.flush().await?;
        if outbox.is_empty() {
            return Ok(outbox.drained());
        }
    }
}

/// How a read error ends the connection.
fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::close(Code::CloseTooLarge),
        Error::Utf8(_) => End::close(Code::CloseMalformed),
        _ => End::Lost,
    }
}
