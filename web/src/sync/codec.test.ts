import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tagged } from '../protocol/layout';
import { CodecError, decodeAs, decodeFrame, encodeAs, encodeFrame } from './codec';
import { idFromBytes, idTimeMs, idToBytes, newId } from './ids';
import { encode as pack } from '@msgpack/msgpack';

interface Sample {
  name: string;
  type: string;
  json: { t: string; c: Record<string, unknown> };
  msgpack: string;
}

const folder = resolve(import.meta.dirname, '../../../crates/protocol/golden');
const samples: Sample[] = readdirSync(folder).map((file) => JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as Sample);

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('golden samples shared with the server', () => {
  it.each(samples)('$name reads and writes the same bytes', ({ type, json, msgpack }) => {
    expect(decodeAs(type, fromHex(msgpack))).toEqual(json);
    expect(toHex(encodeAs(type, json))).toBe(msgpack);
  });

  it('has a sample of every tag', () => {
    const seen = new Set<string>();
    for (const { type, json } of samples) {
      seen.add(`${type} ${json.t}`);
      if (json.t === 'command') seen.add(`Command ${(json.c.command as { t: string }).t}`);
      if (json.t === 'fleeting') seen.add(`Fleeting ${(json.c.value as { t: string }).t}`);
      if (json.t === 'events') for (const event of json.c.events as { body: { t: string } }[]) seen.add(`EventBody ${event.body.t}`);
    }
    const wanted = Object.entries(tagged).flatMap(([type, tags]) => Object.keys(tags).map((tag) => `${type} ${tag}`));
    expect(wanted.filter((tag) => !seen.has(tag))).toEqual([]);
  });
});

describe('a newer server', () => {
  it('may add fields at the end', () => {
    const bytes = pack(['beat', [[7, 9], 3, 1_000_000, 'something new']]);
    expect(decodeFrame(bytes)).toEqual({ t: 'beat', c: { head: { epoch: 7, seq: 9 }, revision: 3, server_us: 1_000_000 } });
  });

  it('may send events and frames of kinds not known here', () => {
    const op = idToBytes('0197c000-0000-7000-8000-000000000001');
    const bytes = pack(['events', [1, [[5, 9, null, op, ['board.opened', ['x']]]]]]);
    expect(decodeFrame(bytes)).toMatchObject({ t: 'events', c: { events: [{ seq: 5, body: { t: 'board.opened' } }] } });
    expect(decodeFrame(pack(['weather', [1]]))).toEqual({ t: 'weather', c: [1] });
  });

  it('cannot reach the prototype through a tag', () => {
    expect(decodeFrame(pack(['constructor', [1]]))).toEqual({ t: 'constructor', c: [1] });
  });
});

describe('rubbish', () => {
  it.each([
    ['no MessagePack', new Uint8Array([0xc1])],
    ['empty', new Uint8Array()],
    ['a number', pack(5)],
    ['a missing field', pack(['beat', [[7, 9]]])],
    ['an id of 15 bytes', pack(['ack', [new Uint8Array(15), 4]])],
    ['text in place of an id', pack(['ack', ['abc', 4]])],
  ])('%s is a CodecError', (_, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(CodecError);
  });

  it('is not sent either', () => {
    expect(() => encodeFrame({ t: 'ping', c: { client_us: 0.5 } })).toThrow(CodecError);
    expect(() => encodeFrame({ t: 'nope', c: {} } as never)).toThrow(CodecError);
  });
});

describe('ids', () => {
  it('sort in the order in which they were made, even when the clock is set back', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => newId(index < 10_000 ? 1_800_000_000_000 : 1_799_999_960_000));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('carry time, version and variant', () => {
    const now = Date.UTC(2020, 0, 1); // far before the ids above: a corrected clock is followed
    const id = newId(now);
    expect(idTimeMs(id)).toBe(now);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idFromBytes(idToBytes(id))).toBe(id);
  });
});
