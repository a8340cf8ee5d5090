//! Frames of ours as messages of the socket, and messages of the socket as bytes of a frame. Called by [`super::socket`].

use bytes::Bytes;
use futures_util::SinkExt as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::codec::Encoding;
use protocol::frame::Reject;
use protocol::{OpId, ServerFrame};
use room::Refusal;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, Utf8Bytes};
use tokio_tungstenite::tungstenite::{Error, Message};

/// A larger message goes out in fragments of this size, bytes: the library keeps the largest write's buffer for ever.
const FRAGMENT_BYTES: usize = 2 * 1024;

/// A live connection.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Hands a frame to the socket, in fragments where it is large.
pub(super) async fn feed(socket: &mut Socket, encoding: Encoding, mut bytes: Bytes) -> Result<(), Error> {
    if bytes.len() <= FRAGMENT_BYTES {
        return socket.feed(message(encoding, bytes)).await;
    }
    let mut kind = match encoding {
        Encoding::MessagePack => Data::Binary,
        Encoding::Json => Data::Text,
    };
    while !bytes.is_empty() {
        let fragment = bytes.split_to(FRAGMENT_BYTES.min(bytes.len()));
        let frame = Frame::message(fragment, OpCode::Data(kind), bytes.is_empty());
        socket.feed(Message::Frame(frame)).await?;
        kind = Data::Continue;
    }
    Ok(())
}

/// A message of the subprotocol's kind.
pub(super) fn message(encoding: Encoding, bytes: Bytes) -> Message {
    match encoding {
        Encoding::MessagePack => Message::Binary(bytes),
        Encoding::Json => Message::Text(Utf8Bytes::try_from(bytes).expect("our JSON is UTF-8")),
    }
}

/// What a message carries.
pub(super) enum Payload {
    Frame(Bytes),
    Control,
    WrongKind,
}

/// What a message carries, for a connection of this encoding.
pub(super) fn payload(encoding: Encoding, message: Message) -> Payload {
    match (encoding, message) {
        (Encoding::MessagePack, Message::Binary(bytes)) => Payload::Frame(bytes),
        (Encoding::Json, Message::Text(text)) => Payload::Frame(text.into()),
        (_, Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => Payload::Control,
        (_, Message::Text(_) | Message::Binary(_)) => Payload::WrongKind,
    }
}

/// The frame of a refusal.
pub(super) fn reject(op: Option<OpId>, refusal: &Refusal) -> ServerFrame {
    ServerFrame::Reject(Reject {
        op,
        code: refusal.code.number(),
        message: refusal.sentence(),
        retry_after_ms: refusal.retry_after_ms,
    })
}

/// The operation id of a command frame whose command is not known or not wanted, so that its sender can be told.
pub(super) fn op_of(encoding: Encoding, bytes: &[u8]) -> Option<OpId> {
    #[derive(Deserialize)]
    struct Tagged {
        t: String,
        c: Content,
    }
    #[derive(Deserialize)]
    struct Content {
        op: OpId,
        #[serde(rename = "command")]
        _command: IgnoredAny,
    }
    let Tagged { t, c } = encoding.decode(bytes).ok()?;
    (t == "command").then_some(c.op)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ClientFrame;
    use protocol::codec::DecodeError;
    use protocol::command::{Command, MessageSend};
    use protocol::frame::CommandFrame;

    #[test]
    fn the_operation_of_an_unknown_command_is_found() {
        let op = OpId::from_bytes([7; 16]);
        let command = Command::MessageSend(MessageSend { text: "x".into(), at: None });
        let frame = ClientFrame::Command(CommandFrame { op, command });
        for encoding in [Encoding::MessagePack, Encoding::Json] {
            let known = encoding.encode(&frame);
            // The same with another command tag of the same length.
            let at = known.windows(12).position(|part| part == b"message.send").expect("the tag is in it");
            let mut unknown = known.clone();
            unknown[at..at + 12].copy_from_slice(b"message.sing");
            assert!(matches!(encoding.decode::<ClientFrame>(&unknown), Err(DecodeError::UnknownTag(_))));
            assert_eq!(op_of(encoding, &unknown), Some(op));
            assert_eq!(op_of(encoding, &known), Some(op));
            assert_eq!(op_of(encoding, b"\x92\xa4ping\x91\x01"), None);
        }
    }
}
