// Bytes to frames and back for the subprotocol `genlock.v1`: MessagePack arrays in the order of the generated
// layout, ids as 16 bytes. Used by the socket only. Decoding is lenient towards a newer server (more fields, tags
// not known here), encoding is strict.

import { decode as unpack, encode as pack } from '@msgpack/msgpack';
import { structs, tagged } from '../protocol/layout';
import type { ClientFrame, ServerFrame } from '../protocol/types';
import { idFromBytes, idToBytes } from './ids';

/** Bytes that are no frame. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

interface Codec {
  /** Typed value to what MessagePack packs. */
  encode(value: unknown, at: string): unknown;
  /** What MessagePack unpacked to typed value. */
  decode(raw: unknown, at: string): unknown;
}

/** Codecs by shape, made once: a frame must not parse the layout again. */
const codecs = new Map<string, Codec>();

function codecOf(shape: string): Codec {
  const known = codecs.get(shape);
  if (known) return known;
  const made = make(shape);
  codecs.set(shape, made);
  return made;
}

function make(shape: string): Codec {
  const rest = shape.slice(1);
  switch (shape[0]) {
    case 'i':
      return idCodec;
    case 'v':
      return plainCodec;
    case '[':
      return listCodec(rest);
    case '?':
      return optionalCodec(rest);
    case 's':
      return structCodec(rest);
    case 't':
      return taggedCodec(rest);
    default:
      throw new CodecError(`unknown shape ${shape}`);
  }
}

const idCodec: Codec = {
  encode(value, at) {
    if (typeof value !== 'string') throw new CodecError(`${at}: an id is text`);
    return idToBytes(value);
  },
  decode(raw, at) {
    if (!(raw instanceof Uint8Array) || raw.length !== 16) throw new CodecError(`${at}: an id has 16 bytes`);
    return idFromBytes(raw);
  },
};

const plainCodec: Codec = {
  encode(value, at) {
    if (typeof value === 'number') {
      // The wire knows whole numbers only; a float would be refused by the server with a less clear word.
      if (!Number.isSafeInteger(value)) throw new CodecError(`${at}: ${value} is not a whole number`);
      return value;
    }
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((item, index) => plainCodec.encode(item, `${at}[${index}]`));
    throw new CodecError(`${at}: missing`);
  },
  decode(raw, at) {
    if (raw === undefined || raw === null) throw new CodecError(`${at}: missing`);
    return raw;
  },
};

function listCodec(inner: string): Codec {
  const item = lazy(inner);
  return {
    encode(value, at) {
      if (!Array.isArray(value)) throw new CodecError(`${at}: not a list`);
      return value.map((entry, index) => item().encode(entry, `${at}[${index}]`));
    },
    decode(raw, at) {
      if (!Array.isArray(raw)) throw new CodecError(`${at}: not a list`);
      return raw.map((entry, index) => item().decode(entry, `${at}[${index}]`));
    },
  };
}

function optionalCodec(inner: string): Codec {
  const content = lazy(inner);
  return {
    encode: (value, at) => (value === null || value === undefined ? null : content().encode(value, at)),
    decode: (raw, at) => (raw === null || raw === undefined ? null : content().decode(raw, at)),
  };
}

function structCodec(name: string): Codec {
  const fields = structs[name];
  if (!fields) throw new CodecError(`unknown struct ${name}`);
  const places = fields.map(([field, shape]) => ({ field, codec: lazy(shape) }));
  return {
    encode(value, at) {
      if (typeof value !== 'object' || value === null) throw new CodecError(`${at}: not a ${name}`);
      const record = value as Record<string, unknown>;
      return places.map(({ field, codec }) => codec().encode(record[field], `${at}.${field}`));
    },
    decode(raw, at) {
      if (!Array.isArray(raw)) throw new CodecError(`${at}: not a ${name}`);
      const record: Record<string, unknown> = {};
      // Fields past those known here come from a newer server and are left alone.
      places.forEach(({ field, codec }, index) => {
        record[field] = codec().decode(raw[index], `${at}.${field}`);
      });
      return record;
    },
  };
}

function taggedCodec(name: string): Codec {
  const shapes = tagged[name];
  if (!shapes) throw new CodecError(`unknown enum ${name}`);
  return {
    encode(value, at) {
      const { t, c } = value as { t: string; c: unknown };
      const shape = Object.hasOwn(shapes, t) ? shapes[t] : undefined;
      if (!shape) throw new CodecError(`${at}: unknown tag ${t}`);
      return [t, codecOf(shape).encode(c, `${at}.${t}`)];
    },
    decode(raw, at) {
      if (!Array.isArray(raw) || raw.length < 2 || typeof raw[0] !== 'string') throw new CodecError(`${at}: not a ${name}`);
      const [t, content] = raw as [string, unknown];
      const shape = Object.hasOwn(shapes, t) ? shapes[t] : undefined;
      // A tag of a newer server: kept with its raw content; whoever switches over tags passes it by.
      if (!shape) return { t, c: content };
      return { t, c: codecOf(shape).decode(content, `${at}.${t}`) };
    },
  };
}

/** Types contain each other, so a codec is looked up when it is first needed. */
function lazy(shape: string): () => Codec {
  let codec: Codec | undefined;
  return () => (codec ??= codecOf(shape));
}

/** Bytes of a value of the named type. */
export function encodeAs(type: string, value: unknown): Uint8Array<ArrayBuffer> {
  const shape = tagged[type] ? `t${type}` : `s${type}`;
  // Copied out of the packer's shared buffer, which the next call writes over.
  return new Uint8Array(pack(codecOf(shape).encode(value, type)));
}

/** Value of the named type from bytes. */
export function decodeAs(type: string, bytes: Uint8Array): unknown {
  const shape = tagged[type] ? `t${type}` : `s${type}`;
  let raw: unknown;
  try {
    raw = unpack(bytes);
  } catch (error) {
    throw new CodecError(`not MessagePack: ${String(error)}`);
  }
  return codecOf(shape).decode(raw, type);
}

/** Bytes of a frame to send. Throws {@link CodecError} on a value that the wire cannot carry. */
export function encodeFrame(frame: ClientFrame): Uint8Array<ArrayBuffer> {
  return encodeAs('ClientFrame', frame);
}

/** A frame of the server. Throws {@link CodecError} on bytes that are none. */
export function decodeFrame(bytes: Uint8Array): ServerFrame {
  return decodeAs('ServerFrame', bytes) as ServerFrame;
}
