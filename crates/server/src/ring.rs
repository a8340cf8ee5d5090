//! The last events of a channel in memory, encoded once per subprotocol, for fan-out and resume. Bounded in count and
//! bytes; what it no longer holds is read from the log. Called by the room's task only.

use bytes::{BufMut as _, Bytes, BytesMut};
use protocol::codec::Encoding;
use protocol::limits::RING_EVENTS_MAX;
use protocol::{Epoch, Event, Seq};
use std::collections::VecDeque;

/// Encoded bytes that a ring keeps at most, of one encoding: 1,024 usual events have 150 KB; a flood of longest
/// messages (16 KB each) is cut to the last sixty.
pub const RING_BYTES_MAX: usize = 1024 * 1024;

struct Entry {
    event: Event,
    packed: Option<Bytes>,
    json: Option<Bytes>,
    size: usize,
}

impl Entry {
    fn encoded(&mut self, encoding: Encoding) -> &Bytes {
        let place = match encoding {
            Encoding::MessagePack => &mut self.packed,
            Encoding::Json => &mut self.json,
        };
        place.get_or_insert_with(|| Bytes::from(encoding.encode(&self.event)))
    }
}

/// The last events of a channel, without a gap.
#[derive(Default)]
pub struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl Ring {
    /// Takes the next event. One that does not follow begins the ring anew.
    pub fn push(&mut self, event: Event) {
        if self.entries.back().is_some_and(|last| last.event.seq + 1 != event.seq) {
            self.clear();
        }
        let packed = Bytes::from(Encoding::MessagePack.encode(&event));
        let size = packed.len();
        self.bytes += size;
        self.entries.push_back(Entry { event, packed: Some(packed), json: None, size });
        while self.entries.len() > 1 && (self.entries.len() > RING_EVENTS_MAX || self.bytes > RING_BYTES_MAX)
        {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.size;
            }
        }
    }

    /// Forgets everything (the log has a new life).
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// The frame of everything after `after`, up to the head; none if the ring does not reach back that far. `head` is
    /// the room's, for the ring of a room that has just begun.
    pub fn after(&mut self, epoch: Epoch, head: Seq, after: Seq, encoding: Encoding) -> Option<Bytes> {
        if after >= head {
            return Some(compose(encoding, epoch, &[]));
        }
        let first = self.entries.front()?.event.seq;
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        let events: Vec<Bytes> =
            self.entries.iter_mut().skip(skip).map(|entry| entry.encoded(encoding).clone()).collect();
        Some(compose(encoding, epoch, &events))
    }
}

/// The frame of some events.
#[must_use]
pub fn events_frame(encoding: Encoding, epoch: Epoch, events: &[Event]) -> Bytes {
    let encoded: Vec<Bytes> = events.iter().map(|event| Bytes::from(encoding.encode(event))).collect();
    compose(encoding, epoch, &encoded)
}

/// `["events", [epoch, [event ...]]]` from encoded events. The test below holds it to what the codec writes.
fn compose(encoding: Encoding, epoch: Epoch, events: &[Bytes]) -> Bytes {
    let size = events.iter().map(|event| event.len() + 1).sum::<usize>() + 64;
    let mut frame = BytesMut::with_capacity(size);
    match encoding {
        Encoding::MessagePack => {
            frame.put_slice(b"\x92\xa6events\x92");
            frame.put_slice(&encoding.encode(&epoch));
            match u32::try_from(events.len()).expect("a ring holds fewer events than that") {
                count @ 0..=15 => frame.put_u8(0x90 | u8::try_from(count).expect("at most 15")),
                count @ 16..=0xffff => {
                    frame.put_u8(0xdc);
                    frame.put_u16(u16::try_from(count).expect("at most 65,535"));
                }
                count => {
                    frame.put_u8(0xdd);
                    frame.put_u32(count);
                }
            }
            events.iter().for_each(|event| frame.put_slice(event));
        }
        Encoding::Json => {
            frame.put_slice(format!("{{\"t\":\"events\",\"c\":{{\"epoch\":{epoch},\"events\":[").as_bytes());
            for (at, event) in events.iter().enumerate() {
                if at > 0 {
                    frame.put_u8(b',');
                }
                frame.put_slice(event);
            }
            frame.put_slice(b"]}}");
        }
    }
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::event::{EventBody, MessageSent};
    use protocol::frame::EventsFrame;
    use protocol::{OpId, ServerFrame, Timestamp};

    fn event(seq: Seq, text: &str) -> Event {
        Event {
            seq,
            at: Timestamp(1_800_000_000_000_000),
            actor: None,
            op: OpId::from_bytes([3; 16]),
            body: EventBody::MessageSent(MessageSent { text: text.to_owned(), at: None }),
        }
    }

    #[test]
    fn frames_are_what_the_codec_writes() {
        for encoding in [Encoding::MessagePack, Encoding::Json] {
            for (count, epoch) in [(0, 0), (1, 1 << 52), (15, 127), (16, 128), (300, 70_000), (1_024, 5)] {
                let mut ring = Ring::default();
                let events: Vec<Event> = (1..=count).map(|seq| event(seq, "Grüße \"x\"")).collect();
                events.iter().cloned().for_each(|event| ring.push(event));
                let frame = ring.after(epoch, count, 0, encoding).expect("holds all");
                let codec =
                    encoding.encode(&ServerFrame::Events(EventsFrame { epoch, events: events.clone() }));
                assert_eq!(frame, codec, "{encoding:?} {count}");
                assert_eq!(events_frame(encoding, epoch, &events), codec);
            }
        }
    }

    #[test]
    fn law_10_a_ring_is_bounded_in_count_and_bytes_and_says_when_it_does_not_reach_back() {
        let seqs = |ring: &mut Ring, head, after| {
            let frame = ring.after(7, head, after, Encoding::MessagePack)?;
            match Encoding::MessagePack.decode_trusted(&frame) {
                Ok(ServerFrame::Events(events)) => {
                    Some(events.events.iter().map(|event| event.seq).collect::<Vec<_>>())
                }
                other => panic!("{other:?}"),
            }
        };
        let mut ring = Ring::default();
        assert_eq!(seqs(&mut ring, 5, 5), Some(vec![]));
        assert_eq!(seqs(&mut ring, 5, 4), None);
        for seq in 1..=2_000 {
            ring.push(event(seq, "x"));
        }
        assert_eq!(seqs(&mut ring, 2_000, 1_998), Some(vec![1_999, 2_000]));
        assert_eq!(seqs(&mut ring, 2_000, 976).map(|seqs| seqs.len()), Some(1_024));
        assert_eq!(seqs(&mut ring, 2_000, 975), None);
        let long = "x".repeat(16_000);
        for seq in 2_001..=2_100 {
            ring.push(event(seq, &long));
        }
        assert!(ring.bytes <= RING_BYTES_MAX);
        assert_eq!(seqs(&mut ring, 2_100, 2_099), Some(vec![2_100]));
        // A hole begins it anew.
        ring.push(event(3_000, "x"));
        assert_eq!(seqs(&mut ring, 3_000, 2_099), None);
    }
}
