import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelState, Event, EventBody, Position, QueueItem, Timeline } from '../protocol/types';
import { apply, emptyReplica, onEvents, onHead, onSnapshot, type Replica } from './replica';

const id = (last: number) => `0197c000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
const EPOCH = 77;

const idle: Timeline = { video: null, frame: 0, speed: { num: 1, den: 1 }, playing: false, anchor_us: 0, revision: 0 };
const fresh: ChannelState = { channel: id(1), name: 'Film club', visibility: 'private', members: [], timeline: idle, control: 'everyone', presenter: null, queue: [], patience_ms: 2_000, wait: null };
const entry = (item: number): QueueItem => ({ item: id(item), video: id(item + 100), version: id(item + 200), title: `clip ${item}`, rate: { num: 25, den: 1 }, frames: 100, added_by: id(2) });

const person = fc.integer({ min: 10, max: 14 }).map(id);
const item = fc.integer({ min: 20, max: 25 });
const body: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ t: fc.constant('member.joined' as const), c: fc.record({ person, name: fc.constantFrom('Ada', 'Grace'), kind: fc.constant('user' as const), role: fc.constantFrom('member' as const, 'viewer' as const) }) }),
  fc.record({ t: fc.constant('member.removed' as const), c: fc.record({ person }) }),
  fc.record({ t: fc.constant('message.sent' as const), c: fc.record({ text: fc.string(), at: fc.constant(null) }) }),
  item.map((n): EventBody => ({ t: 'queue.added', c: { entry: entry(n) } })),
  item.map((n): EventBody => ({ t: 'queue.removed', c: { item: id(n) } })),
  fc.tuple(item, fc.option(item)).map(([n, before]): EventBody => ({ t: 'queue.moved', c: { item: id(n), before: before === null ? null : id(before) } })),
  item.map((n): EventBody => ({ t: 'video.removed', c: { video: id(n + 100) } })),
  fc.tuple(fc.nat(99), fc.boolean(), fc.option(item)).map(
    ([frame, playing, n]): EventBody => ({
      t: 'timeline.set',
      c: { timeline: { ...idle, video: { video: id(120), version: id(220), rate: { num: 25, den: 1 }, frames: 100 }, frame, playing, revision: 5 }, cause: 'seek', item: n === null ? null : id(n), wait: null },
    }),
  ),
);
const standing = (revision: number, wait: { until_us: number } | null): EventBody => ({
  t: 'timeline.set',
  c: {
    timeline: { ...idle, video: { video: id(120), version: id(220), rate: { num: 25, den: 1 }, frames: 100 }, playing: true, revision },
    cause: wait ? 'wait' : 'resume',
    item: null,
    wait: wait && { people: [id(2)], reason: 'buffering', from_us: 1_000, until_us: wait.until_us, revision },
  },
});
const log = fc.array(body, { minLength: 1, maxLength: 40 }).map((bodies) => bodies.map((b, index): Event => ({ seq: index + 1, at: 1_000 * (index + 1), actor: id(2), op: id(1_000 + index), body: b })));

const start = (): Replica => onSnapshot(emptyReplica, { at: { epoch: EPOCH, seq: 0 }, state: fresh }).replica;
const inOrder = (events: readonly Event[]) => events.reduce(apply, fresh);

const golden = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../crates/room/golden/replay.json'), 'utf8')) as {
  start: ChannelState;
  steps: { event: Event; state: ChannelState }[];
};

describe('replica and room', () => {
  it.each(golden.steps.map(({ event, state: after }, index) => ({ index, tag: event.body.t, event, after })))('agree after event $index, $tag', ({ index, event, after }) => {
    const before = index === 0 ? golden.start : golden.steps[index - 1]!.state;
    expect(apply(before, event)).toEqual(after);
  });
});

describe('a wait', () => {
  const after = (...bodies: EventBody[]) =>
    bodies.reduce((state, body, index) => apply(state, { seq: index + 1, at: 2_000 + index, actor: null, op: id(1_000 + index), body }), fresh).wait;

  it('stands until its time, or until anything else is done to the timeline', () => {
    expect(after(standing(5, { until_us: 9_000 }))).toMatchObject({ until_us: 9_000, revision: 5 });
    expect(after(standing(5, { until_us: 9_000 }), standing(6, null))).toMatchObject({ until_us: 2_001, revision: 5 });
    expect(after(standing(5, { until_us: 1_500 }), standing(6, null))).toMatchObject({ until_us: 1_500 });
    expect(after(standing(5, { until_us: 9_000 }), { t: 'video.removed', c: { video: id(120) } })).toMatchObject({ until_us: 2_001 });
    expect(after(standing(5, { until_us: 9_000 }), { t: 'patience.set', c: { patience_ms: 0 } })).toMatchObject({ until_us: 9_000 });
  });
});

describe('replica', () => {
  it('law 3 and 6: whatever is lost, doubled or out of order, catching up ends in the state of the log', () => {
    // What the network does to the stream: pieces of it, any of them, in any order, any number of times, with
    // heads in beats between them.
    const pieces = fc.array(fc.record({ from: fc.nat(40), length: fc.integer({ min: 1, max: 6 }), head: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(log, pieces, (events, chaos) => {
        let replica = start();
        let highest = 0;
        const ask = (catchup: Position | null) => {
          // The server's answer to catchup: the tail from there. It may be cut short like anything else.
          if (catchup) replica = onEvents(replica, { epoch: EPOCH, events: events.slice(catchup.seq, catchup.seq + 3) }).replica;
        };
        for (const { from, length, head } of chaos) {
          const step = head ? onHead(replica, { epoch: EPOCH, seq: Math.min(from, events.length) }) : onEvents(replica, { epoch: EPOCH, events: events.slice(from, from + length) });
          replica = step.replica;
          ask(step.catchup);
          const { seq } = replica.position!;
          expect(seq).toBeGreaterThanOrEqual(highest); // never backwards
          highest = seq;
          // At every moment it is the state of some prefix of the log.
          expect(replica.state).toEqual(inOrder(events.slice(0, seq)));
        }
        // Then beats go on until nothing is missing.
        for (let beats = 0; beats < events.length + 1; beats += 1) ask(onHead(replica, { epoch: EPOCH, seq: events.length }).catchup);
        expect(replica.position).toEqual({ epoch: EPOCH, seq: events.length });
        expect(replica.state).toEqual(inOrder(events));
      }),
      { numRuns: 300 },
    );
  });

  it('tells each new event once', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(40), { maxLength: 30 }), (events, order) => {
        let replica = start();
        const told: number[] = [];
        for (const from of [...order, 0]) {
          const step = onEvents(replica, { epoch: EPOCH, events: events.slice(from) });
          replica = step.replica;
          told.push(...step.applied.map(({ seq }) => seq));
        }
        expect(told).toEqual(events.map(({ seq }) => seq));
      }),
    );
  });

  it('asks for a gap from the last place without one, after using what came before it', () => {
    const [one, two, , four] = [1, 2, 3, 4].map((seq): Event => ({ seq, at: seq, actor: null, op: id(seq), body: { t: 'member.removed', c: { person: id(10) } } }));
    const step = onEvents(start(), { epoch: EPOCH, events: [one!, two!, four!] });
    expect(step.applied).toHaveLength(2);
    expect(step.catchup).toEqual({ epoch: EPOCH, seq: 2 });
  });

  it('law 3: never applies events of another epoch; takes its snapshot whatever its seq', () => {
    const ahead = onSnapshot(emptyReplica, { at: { epoch: EPOCH, seq: 50 }, state: fresh }).replica;
    const other: Event = { seq: 51, at: 1, actor: null, op: id(5), body: { t: 'channel.updated', c: { name: 'wrong', visibility: 'public' } } };
    const step = onEvents(ahead, { epoch: 78, events: [other] });
    expect(step.replica).toBe(ahead);
    expect(step.catchup).toEqual({ epoch: EPOCH, seq: 50 });
    expect(onHead(ahead, { epoch: 78, seq: 1 }).catchup).toEqual({ epoch: EPOCH, seq: 50 });
    const taken = onSnapshot(ahead, { at: { epoch: 78, seq: 3 }, state: { ...fresh, name: 'restored' } });
    expect(taken).toMatchObject({ reset: true, replica: { position: { epoch: 78, seq: 3 }, state: { name: 'restored' } } });
  });

  it('does not go back to an older snapshot of the same epoch', () => {
    const ahead = onSnapshot(emptyReplica, { at: { epoch: EPOCH, seq: 50 }, state: fresh }).replica;
    expect(onSnapshot(ahead, { at: { epoch: EPOCH, seq: 49 }, state: { ...fresh, name: 'old' } }).replica).toBe(ahead);
  });

  it('waits for the snapshot before events', () => {
    const step = onEvents(emptyReplica, { epoch: EPOCH, events: [] });
    expect(step).toMatchObject({ replica: emptyReplica, catchup: null });
  });

  it('passes events of a newer server by without losing the count', () => {
    const strange = { seq: 1, at: 1, actor: null, op: id(5), body: { t: 'board.opened', c: ['x'] } } as unknown as Event;
    const step = onEvents(start(), { epoch: EPOCH, events: [strange] });
    expect(step.replica).toEqual({ position: { epoch: EPOCH, seq: 1 }, state: fresh });
  });
});
