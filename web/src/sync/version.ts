// The version of the wire protocol that this page speaks (crates/protocol, PROTOCOL_VERSION).

export const PROTOCOL_VERSION = 1;
