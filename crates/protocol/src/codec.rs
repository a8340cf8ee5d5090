//! Bytes to frames and back: MessagePack for `genlock.v1`, JSON for `genlock.v1.json`. The same types either way.

use crate::limits::CLIENT_FRAME_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Which of the two subprotocols a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `genlock.v1`: arrays, binary ids.
    MessagePack,
    /// `genlock.v1.json`: objects, ids as text.
    Json,
}

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Larger than [`CLIENT_FRAME_BYTES_MAX`].
    #[error("frame of {0} bytes, {CLIENT_FRAME_BYTES_MAX} at most")]
    TooLarge(usize),
    /// A well-formed frame whose tag is not known here.
    #[error("unknown tag: {0}")]
    UnknownTag(String),
    /// Anything else.
    #[error("malformed frame: {0}")]
    Malformed(String),
}

impl Encoding {
    /// By the name of the WebSocket subprotocol.
    #[must_use]
    pub fn from_subprotocol(name: &str) -> Option<Encoding> {
        match name {
            "genlock.v1" => Some(Encoding::MessagePack),
            "genlock.v1.json" => Some(Encoding::Json),
            _ => None,
        }
    }

    /// Bytes of a value. Cannot fail for the types of this crate.
    #[must_use]
    pub fn encode<T: Serialize>(self, value: &T) -> Vec<u8> {
        match self {
            Encoding::MessagePack => rmp_serde::to_vec(value).expect("wire types always encode"),
            Encoding::Json => serde_json::to_vec(value).expect("wire types always encode"),
        }
    }

    /// A frame from untrusted bytes.
    ///
    /// # Errors
    /// [`DecodeError`] when too large, unknown or malformed.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        if bytes.len() > CLIENT_FRAME_BYTES_MAX {
            return Err(DecodeError::TooLarge(bytes.len()));
        }
        self.decode_trusted(bytes)
    }

    /// A value from bytes of our own (the server's frames, the log), without the size limit of clients.
    ///
    /// # Errors
    /// [`DecodeError`] when unknown or malformed.
    pub fn decode_trusted<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        let outcome = match self {
            Encoding::MessagePack => {
                let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
                // Nesting deeper than any frame of ours: refuse before the stack is used up.
                deserializer.set_max_depth(32);
                T::deserialize(&mut deserializer).map_err(|error| error.to_string())
            }
            Encoding::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        };
        outcome.map_err(|text| {
            if text.contains("unknown variant") {
                DecodeError::UnknownTag(text)
            } else {
                DecodeError::Malformed(text)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, MessageSend, PlaybackSpeed};
    use crate::frame::{ClientFrame, CommandFrame};
    use crate::ids::OpId;

    #[test]
    fn frames_are_arrays_with_binary_ids_and_return_as_they_were() {
        let frame = ClientFrame::Command(CommandFrame {
            op: OpId::from_bytes([7; 16]),
            command: Command::MessageSend(MessageSend { text: "hi".into(), at: None }),
        });
        let bytes = Encoding::MessagePack.encode(&frame);
        // ["command", [bin16, ["message.send", ["hi", nil]]]]
        assert_eq!(bytes[0], 0x92);
        assert_eq!(&bytes[10..12], &[0xc4, 16]);
        assert_eq!(Encoding::MessagePack.decode::<ClientFrame>(&bytes).unwrap(), frame);
        let json = Encoding::Json.encode(&frame);
        assert_eq!(Encoding::Json.decode::<ClientFrame>(&json).unwrap(), frame);
        let speed = Command::PlaybackSpeed(PlaybackSpeed { speed: timecode::Speed::new(3, 2).unwrap() });
        let bytes = Encoding::MessagePack.encode(&speed);
        assert_eq!(Encoding::MessagePack.decode::<Command>(&bytes).unwrap(), speed);
    }

    #[test]
    fn rubbish_is_told_apart() {
        assert!(matches!(Encoding::Json.decode::<ClientFrame>(br#"{"t":"command","c":{"op":"00000000-0000-7000-8000-000000000000","command":{"t":"nope","c":{}}}}"#), Err(DecodeError::UnknownTag(_))));
        assert!(matches!(
            Encoding::MessagePack.decode::<ClientFrame>(&[0xc1, 2, 3]),
            Err(DecodeError::Malformed(_))
        ));
        assert!(matches!(
            Encoding::MessagePack.decode::<ClientFrame>(&vec![0; CLIENT_FRAME_BYTES_MAX + 1]),
            Err(DecodeError::TooLarge(_))
        ));
        // A nesting bomb: arrays in arrays.
        assert!(Encoding::MessagePack.decode::<ClientFrame>(&[0x91; 60_000]).is_err());
        assert!(Encoding::Json.decode::<ClientFrame>(&[b'['; 60_000]).is_err());
    }
}
