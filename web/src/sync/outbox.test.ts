import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Code } from '../protocol/codes';
import type { Command } from '../protocol/types';
import { MOMENTARY_AGE_MS_MAX, Outbox, OUTBOX_ENTRIES_MAX, type OutboxEnv, type Refusal } from './outbox';
import { memoryOutboxStorage, openOutboxStorage, type OutboxStorage } from './outbox-storage';
import { openOutboxTabs, type OutboxTabs } from './outbox-tabs';

const say = (text: string): Command => ({ t: 'message.send', c: { text, at: null } });
const pause: Command = { t: 'playback.pause', c: { frame: 5 } };
const noTabs: OutboxTabs = { alive: async () => new Set(), close: () => {} };

/** The server: commits once per operation id, in order of arrival. */
class Server {
  readonly log: string[] = [];
  readonly arrived: { op: string; command: Command }[] = [];
  private readonly seen = new Set<string>();
  take(op: string, command: Command) {
    this.arrived.push({ op, command });
    if (this.seen.has(op)) return;
    this.seen.add(op);
    if (command.t === 'message.send') this.log.push(command.c.text);
  }
}

interface Tab {
  outbox: Outbox;
  refusals: Refusal[];
  sent: { op: string; command: Command }[];
  connected: boolean;
}

let channel = 0;
beforeEach(() => {
  channel += 1;
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

function tab(client: string, storage: OutboxStorage, options: { server?: Server; tabs?: OutboxTabs; person?: string } = {}): Tab {
  const made: Tab = { refusals: [], sent: [], connected: false, outbox: undefined as never };
  const env: OutboxEnv = {
    storage,
    tabs: options.tabs ?? noTabs,
    send(op, command) {
      if (!made.connected) return false;
      made.sent.push({ op, command });
      options.server?.take(op, command);
      return true;
    },
    unixMs: () => Date.now(),
    setTimer: (afterMs, run) => setTimeout(run, afterMs) as unknown as number,
    clearTimer: (timer) => clearTimeout(timer),
    onChange: () => {},
    onRefused: (refusal) => made.refusals.push(refusal),
  };
  made.outbox = new Outbox(`channel ${channel}`, options.person ?? 'ada', client, env);
  return made;
}
function up(t: Tab) {
  t.connected = true;
  t.outbox.goLive();
}
function down(t: Tab) {
  t.connected = false;
  t.outbox.goDown();
}
const texts = (t: Tab) => t.sent.map(({ command }) => (command.t === 'message.send' ? command.c.text : command.t));

/** Acks everything as it comes until nothing is left. */
function answerAll(t: Tab) {
  for (let answered = 0; answered < t.sent.length; answered += 1) t.outbox.onAnswered(t.sent[answered]!.op);
}

describe('outbox', () => {
  it('sends what was written offline once and in order, after a reload too', async () => {
    const storage = openOutboxStorage();
    const server = new Server();
    const first = tab('one', storage, { server });
    await first.outbox.open();
    for (let n = 0; n < 20; n += 1) first.outbox.give(say(`line ${n}`), 0);
    await vi.waitFor(async () => expect(await storage.load(`channel ${channel}`, 'ada')).toHaveLength(20));
    first.outbox.close(); // the page is reloaded
    const second = tab('two', openOutboxStorage(), { server });
    up(second);
    second.outbox.give(say('line 20'), 0); // must not overtake what is being read
    expect(second.sent).toEqual([]);
    await second.outbox.open();
    answerAll(second);
    expect(server.log).toEqual(Array.from({ length: 21 }, (_, n) => `line ${n}`));
    expect(second.outbox.list()).toEqual([]);
    await vi.waitFor(async () => expect(await storage.load(`channel ${channel}`, 'ada')).toEqual([]));
  });

  it('law 5: sends again what may have arrived, with the same operation id', async () => {
    const server = new Server();
    const t = tab('one', memoryOutboxStorage(), { server });
    await t.outbox.open();
    up(t);
    t.outbox.give(say('hello'), 0);
    down(t); // cut before the ack
    up(t);
    expect(t.sent).toHaveLength(2);
    expect(t.sent[0]!.op).toBe(t.sent[1]!.op);
    answerAll(t);
    up(t);
    expect(t.sent).toHaveLength(2);
    expect(server.log).toEqual(['hello']);
  });

  it('keeps the order when the server wants one of them later', async () => {
    const t = tab('one', memoryOutboxStorage());
    await t.outbox.open();
    up(t);
    for (const text of ['a', 'b', 'c']) t.outbox.give(say(text), 0);
    expect(texts(t)).toEqual(['a']);
    t.outbox.onReject({ op: t.sent[0]!.op, code: Code.RateLimited, message: '', retry_after_ms: 700 });
    expect(texts(t)).toEqual(['a']);
    vi.advanceTimersByTime(699);
    expect(texts(t)).toEqual(['a']);
    vi.advanceTimersByTime(2);
    expect(texts(t)).toEqual(['a', 'a']);
    answerAll(t);
    expect(texts(t)).toEqual(['a', 'a', 'b', 'c']);
  });

  it('sends playback beside waiting messages, at once', async () => {
    const t = tab('one', memoryOutboxStorage());
    await t.outbox.open();
    up(t);
    t.outbox.give(say('a'), 0);
    t.outbox.give(say('b'), 0);
    t.outbox.give(pause, 0);
    expect(texts(t)).toEqual(['a', 'playback.pause']);
  });

  it('drops playback after ten seconds without a connection, with a word, and never stores it', async () => {
    const storage = memoryOutboxStorage();
    const t = tab('one', storage);
    await t.outbox.open();
    t.outbox.give(pause, 0);
    t.outbox.give(say('kept'), 0);
    expect((await storage.load(`channel ${channel}`, 'ada')).map(({ command }) => command.t)).toEqual(['message.send']);
    vi.advanceTimersByTime(MOMENTARY_AGE_MS_MAX - 1);
    expect(t.outbox.list()).toHaveLength(2);
    vi.advanceTimersByTime(2);
    expect(t.refusals).toMatchObject([{ message: 'too_old', entry: { command: pause } }]);
    up(t);
    answerAll(t);
    expect(texts(t)).toEqual(['kept']);
  });

  it('sends playback of a short absence', async () => {
    const t = tab('one', memoryOutboxStorage());
    await t.outbox.open();
    t.outbox.give(pause, 0);
    vi.advanceTimersByTime(MOMENTARY_AGE_MS_MAX - 1);
    up(t);
    expect(texts(t)).toEqual(['playback.pause']);
  });

  it('takes a refused command back with its reason; a refused text waits for its author', async () => {
    const storage = memoryOutboxStorage();
    const t = tab('one', storage);
    await t.outbox.open();
    up(t);
    t.outbox.give(pause, 0);
    t.outbox.onReject({ op: t.sent[0]!.op, code: Code.Forbidden, message: 'no', retry_after_ms: null });
    expect(t.outbox.list()).toEqual([]);
    t.outbox.give(say('too long'), 0);
    const { op } = t.sent[1]!;
    t.outbox.onReject({ op, code: Code.MessageInvalid, message: 'no', retry_after_ms: null });
    expect(t.refusals.map(({ code }) => code)).toEqual([Code.Forbidden, Code.MessageInvalid]);
    expect(t.outbox.list()).toMatchObject([{ op, refused: { code: Code.MessageInvalid } }]);
    up(t);
    t.outbox.give(say('next'), 0); // a refused one does not hold up the rest
    expect(texts(t)).toEqual(['playback.pause', 'too long', 'next']);
    t.outbox.retry(op);
    answerAll(t);
    expect(t.sent.at(-1)).toMatchObject({ command: say('too long') });
    expect(t.sent.at(-1)!.op).not.toBe(op);
    expect(t.outbox.list()).toEqual([]);
  });

  it('is bounded, and says so', async () => {
    const t = tab('one', memoryOutboxStorage());
    await t.outbox.open();
    for (let n = 0; n < OUTBOX_ENTRIES_MAX; n += 1) t.outbox.give(say(`${n}`), 0);
    expect(t.outbox.give(say('one too many'), 0)).toBeNull();
    expect(t.refusals).toMatchObject([{ message: 'outbox_full' }]);
    expect(t.outbox.list()).toHaveLength(OUTBOX_ENTRIES_MAX);
  });

  it("does not send another person's words from the same browser", async () => {
    const storage = memoryOutboxStorage();
    const ada = tab('one', storage, { person: 'ada' });
    await ada.outbox.open();
    ada.outbox.give(say('by Ada'), 0);
    const grace = tab('two', storage, { person: 'grace' });
    up(grace);
    await grace.outbox.open();
    expect(grace.sent).toEqual([]);
  });

  it('leaves to an open tab what is its own, and takes over from a closed one', async () => {
    vi.useRealTimers();
    const storage = memoryOutboxStorage();
    const tabsOne = openOutboxTabs('one');
    const one = tab('one', storage, { tabs: tabsOne });
    await one.outbox.open();
    one.outbox.give(say('by the first tab'), 0);
    const two = tab('two', storage, { tabs: openOutboxTabs('two') });
    up(two);
    await two.outbox.open();
    expect(two.sent).toEqual([]);
    two.outbox.close();
    one.outbox.close();
    const three = tab('three', storage, { tabs: openOutboxTabs('three') });
    up(three);
    await three.outbox.open();
    expect(texts(three)).toEqual(['by the first tab']);
    three.outbox.close();
  });
});
