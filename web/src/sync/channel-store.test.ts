import { beforeEach, describe, expect, it } from 'vitest';
import { Code } from '../protocol/codes';
import type { ChannelState, Event, EventBody, MessagePage, ServerFrame, Timeline, TimelineCause } from '../protocol/types';
import { Channel, type Act } from './channel-store';
import type { ServerClock } from './channel-store-clock';
import { memoryOutboxStorage, type OutboxStorage } from './outbox-storage';
import { FakeEnv } from './socket-fake';

const id = (last: number) => `0197c000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
const me = id(2);
const other = id(3);
const EPOCH = 7;
const T0 = 1_800_000_000_000_000;

const video = { video: id(40), version: id(50), rate: { num: 25, den: 1 }, frames: 1_500 };
const paused: Timeline = { video, frame: 100, speed: { num: 1, den: 1 }, playing: false, anchor_us: T0, revision: 4 };
const state: ChannelState = {
  channel: id(1),
  name: 'Film club',
  visibility: 'private',
  members: [
    { person: me, name: 'Ada', kind: 'user', role: 'owner', joined_at: 0 },
    { person: other, name: 'Grace', kind: 'user', role: 'member', joined_at: 0 },
  ],
  timeline: paused,
  control: 'everyone',
  presenter: null,
  queue: [],
  patience_ms: 2_000,
  wait: null,
};

/** The server's clock, known exactly: the page's zero is T0. */
const exactClock = (env: FakeEnv): ServerClock => ({
  onConnected: () => {},
  nextPingMs: () => 1_000,
  onPong: () => {},
  serverUs: () => T0 + env.ms * 1_000,
  rttUs: () => 20_000,
});

let env: FakeEnv;
let storage: OutboxStorage;
let channel: Channel;
let page: MessagePage;
let asked: (number | null)[];

beforeEach(() => {
  env = new FakeEnv();
  storage = memoryOutboxStorage();
  page = { messages: [], more: false };
  asked = [];
  channel = make();
});

function make(): Channel {
  return new Channel({
    channel: id(1),
    person: me,
    personName: 'Ada',
    client: id(9),
    url: 'ws://here',
    env,
    clock: exactClock(env),
    storage,
    tabs: { alive: async () => new Set(), close: () => {} },
    loadMessages: async (_, before) => {
      asked.push(before);
      return page;
    },
    loadTitle: async (wanted) => `title of ${wanted}`,
  });
}

const welcome = (seq: number): ServerFrame => ({
  t: 'welcome',
  c: { session: id(8), person: me, role: 'owner', head: { epoch: EPOCH, seq }, server_us: T0, beat_ms: 5_000, resumed: false, server_version: '1' },
});
const events = (...list: Event[]): ServerFrame => ({ t: 'events', c: { epoch: EPOCH, events: list } });
const event = (seq: number, body: EventBody, actor: string | null = other, op = id(10_000 + seq)): Event => ({ seq, at: T0 + env.ms * 1_000, actor, op, body });
const timelineSet = (timeline: Timeline, cause: TimelineCause): EventBody => ({ t: 'timeline.set', c: { timeline, cause, item: null, wait: null } });
const view = () => channel.store.getState();

async function enter(seq = 10) {
  channel.open();
  env.socket.accept();
  env.socket.deliver(welcome(seq), { t: 'snapshot', c: { at: { epoch: EPOCH, seq }, state } });
  await settled();
}
/** Lets promises already resolved take effect. */
async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
const sentCommands = () => env.sockets.flatMap((socket) => socket.commands());

describe('a channel', () => {
  it('1,000 remote playback changes make no command', async () => {
    await enter();
    const causes: TimelineCause[] = ['play', 'pause', 'seek', 'speed', 'load'];
    const acts: Act[] = [];
    channel.store.subscribe(({ act }, before) => {
      if (act && act !== before.act) acts.push(act);
    });
    for (let n = 1; n <= 1_000; n += 1) {
      const cause = causes[n % causes.length]!;
      const timeline = { ...paused, playing: cause === 'play', frame: n, speed: { num: cause === 'speed' ? 3 : 1, den: 2 }, revision: 4 + n };
      env.socket.deliver(events(event(10 + n, timelineSet(timeline, cause))));
      expect(view().state!.timeline).toEqual(timeline);
      env.pass(7);
      if (n % 100 === 0) env.socket.deliver({ t: 'beat', c: { head: { epoch: EPOCH, seq: 10 + n }, revision: 4 + n, server_us: T0 } });
    }
    expect(acts).toHaveLength(1_000);
    expect(sentCommands()).toEqual([]);
    expect(env.socket.sent.filter(({ t }) => t !== 'ping').map(({ t }) => t)).toEqual(['hello']);
  });

  it('shows my play at once and settles without a flicker, whichever of ack and event comes first', async () => {
    await enter();
    const seen: boolean[] = [];
    channel.store.subscribe(({ state: now }) => seen.push(now!.timeline.playing));
    for (const ackFirst of [true, false]) {
      seen.length = 0;
      const seq = ackFirst ? 11 : 13;
      channel.play();
      expect(view().state!.timeline.playing).toBe(true);
      expect(view().state!.timeline.anchor_us).toBeGreaterThan(channel.nowUs()); // starts together, not now
      const { op } = sentCommands().at(-1)!;
      const ack: ServerFrame = { t: 'ack', c: { op, seq } };
      const happened = events(event(seq, timelineSet({ ...paused, playing: true, anchor_us: T0 + 9, revision: seq }, 'play'), me, op));
      env.socket.deliver(...(ackFirst ? [ack, happened] : [happened, ack]));
      expect(seen).not.toContain(false);
      expect(view().state!.timeline).toMatchObject({ playing: true, revision: seq, anchor_us: T0 + 9 });
      if (ackFirst) expect(view().act).toBeNull(); // my own is not told to me
      env.socket.deliver(events(event(seq + 1, timelineSet({ ...paused, revision: seq + 1 }, 'pause'))));
      expect(view().state!.timeline.playing).toBe(false);
    }
    expect(view().act?.name).toBe('Grace'); // never my own
  });

  it('takes its event for the answer when the ack is lost', async () => {
    await enter();
    channel.pause(120);
    channel.play();
    const { op } = sentCommands().at(-1)!;
    env.socket.deliver(events(event(11, timelineSet({ ...paused, playing: true, revision: 5 }, 'play'), me, op)));
    env.socket.deliver(events(event(12, timelineSet({ ...paused, frame: 7, revision: 6 }, 'pause'))));
    expect(view().state!.timeline).toMatchObject({ playing: false, frame: 7 });
    env.socket.cut();
    env.pass(0);
    env.socket.accept();
    env.socket.deliver(welcome(12));
    expect(env.socket.commands().map((sent) => sent.op)).not.toContain(op);
  });

  it('takes a refused pause back with the reason', async () => {
    await enter();
    env.socket.deliver(events(event(11, timelineSet({ ...paused, playing: true, revision: 5 }, 'play'))));
    channel.pause(140);
    expect(view().state!.timeline).toMatchObject({ playing: false, frame: 140 });
    const { op } = sentCommands()[0]!;
    env.socket.deliver({ t: 'reject', c: { op, code: Code.Forbidden, message: 'You do not have the right.', retry_after_ms: null } });
    expect(view().state!.timeline.playing).toBe(true);
    expect(view().notice).toMatchObject({ code: Code.Forbidden, message: 'You do not have the right.', command: { t: 'playback.pause' } });
  });

  it('keeps my wish on top while others press as well, and ends in the one state of the log', async () => {
    await enter();
    channel.pause(120);
    channel.seek(300);
    env.socket.deliver(events(event(11, timelineSet({ ...paused, playing: true, revision: 5 }, 'play'))));
    expect(view().state!.timeline).toMatchObject({ playing: false, frame: 300 });
    const [first, second] = sentCommands();
    const final = { ...paused, frame: 300, playing: false, revision: 7 };
    env.socket.deliver(events(event(12, timelineSet({ ...paused, frame: 120, revision: 6 }, 'pause'), me, first!.op), event(13, timelineSet(final, 'seek'), me, second!.op)));
    expect(view().state!.timeline).toEqual(final);
  });

  it('shows my message as pending, then once, whichever of ack, event and history brings it', async () => {
    await enter();
    channel.say('hello', null);
    expect(view().unsent).toHaveLength(1);
    const { op } = sentCommands()[0]!;
    env.socket.deliver({ t: 'ack', c: { op, seq: 11 } });
    expect(view().unsent).toEqual([]);
    expect(view().items).toMatchObject([{ kind: 'message', op, text: 'hello', name: 'Ada' }]);
    env.socket.deliver(events(event(11, { t: 'message.sent', c: { text: 'hello', at: null } }, me, op)));
    page = { messages: [{ op, seq: 11, at: T0, author: { person: me, name: 'Ada', kind: 'user' }, text: 'hello', frame: null }], more: false };
    env.socket.deliver({ t: 'snapshot', c: { at: { epoch: EPOCH, seq: 20 }, state } });
    await settled();
    expect(view().items).toHaveLength(1);
  });

  it('sends what was said offline once and in order after the connection returns', async () => {
    await enter();
    env.socket.cut();
    for (const text of ['one', 'two', 'three']) channel.say(text, null);
    expect(view().unsent).toHaveLength(3);
    env.pass(0);
    env.socket.accept();
    env.socket.deliver(welcome(10));
    let seq = 10;
    for (let answered = 0; answered < 3; answered += 1) {
      const { op, command } = env.socket.commands()[answered]!;
      seq += 1;
      env.socket.deliver({ t: 'ack', c: { op, seq } }, events(event(seq, { t: 'message.sent', c: command.c as { text: string; at: null } }, me, op)));
    }
    expect(env.socket.commands()).toHaveLength(3);
    expect(view().items.map((item) => item.kind === 'message' && item.text)).toEqual(['one', 'two', 'three']);
    expect(view().unsent).toEqual([]);
  });

  it('law 6: a lost last event is found by the beat and asked for once', async () => {
    await enter();
    const beat: ServerFrame = { t: 'beat', c: { head: { epoch: EPOCH, seq: 12 }, revision: 4, server_us: T0 } };
    env.socket.deliver(beat, beat);
    expect(env.socket.sent.filter(({ t }) => t === 'catchup')).toEqual([{ t: 'catchup', c: { from: { epoch: EPOCH, seq: 10 } } }]);
    env.pass(5_000);
    env.socket.deliver(beat); // the answer was lost as well
    expect(env.socket.sent.filter(({ t }) => t === 'catchup')).toHaveLength(2);
  });

  it('resumes from its position; a new epoch replaces everything', async () => {
    await enter();
    env.socket.cut();
    env.pass(0);
    env.socket.accept();
    expect(env.socket.sent[0]).toMatchObject({ t: 'hello', c: { resume: { epoch: EPOCH, seq: 10 } } });
    env.socket.deliver(welcome(3), { t: 'snapshot', c: { at: { epoch: 99, seq: 3 }, state: { ...state, name: 'Restored' } } });
    expect(view().state!.name).toBe('Restored');
    await settled();
    expect(asked).toEqual([null, null]);
  });

  it('on my own, nothing is sent and nothing of the others moves me', async () => {
    await enter();
    env.socket.deliver(events(event(11, timelineSet({ ...paused, playing: true, revision: 5 }, 'play'))));
    channel.goOnMyOwn();
    channel.pause(130);
    channel.seek(700);
    env.socket.deliver(events(event(12, timelineSet({ ...paused, frame: 900, revision: 6 }, 'seek'))));
    expect(channel.timeline()).toMatchObject({ playing: false, frame: 700 });
    expect(sentCommands()).toEqual([]);
    channel.returnToOthers();
    expect(channel.timeline()).toMatchObject({ frame: 900 });
  });

  it('my own position ends when another video is watched', async () => {
    await enter();
    channel.goOnMyOwn();
    env.socket.deliver(events(event(11, timelineSet({ ...paused, video: { ...video, version: id(51) }, revision: 5 }, 'load'))));
    expect(view().own).toBeNull();
  });

  it('says in the chat who came and what is watched, once', async () => {
    await enter();
    const joined = { t: 'member.joined' as const, c: { person: id(5), name: 'Lin', kind: 'guest' as const, role: 'guest' as const } };
    const renamed: EventBody = { t: 'member.joined', c: { ...joined.c, name: 'Lin T.' } };
    env.socket.deliver(events(event(11, joined, null)), events(event(11, joined, null)), events(event(12, renamed, null)));
    expect(view().items).toMatchObject([{ kind: 'system', what: 'joined', about: 'Lin' }]);
    expect(channel.nameOf(id(5))).toBe('Lin T.');
  });

  it('shows what a guest has said under the name of the account made of them', async () => {
    await enter();
    const guest = { person: id(5), name: 'Lin', kind: 'guest' as const, role: 'guest' as const };
    const said: EventBody = { t: 'message.sent', c: { text: 'hello', at: null } };
    env.socket.deliver(events(event(11, { t: 'member.joined', c: guest }, null), event(12, said, id(5))));
    expect(view().items).toMatchObject([{ what: 'joined' }, { text: 'hello', name: 'Lin' }]);
    const account: EventBody = { t: 'member.joined', c: { ...guest, name: 'Lin Torres', kind: 'user' } };
    env.socket.deliver(events(event(13, account, null), event(14, said, id(5))));
    expect(view().items).toMatchObject([{ what: 'joined' }, { name: 'Lin Torres' }, { name: 'Lin Torres' }]);
  });

  it('learns the title of what somebody has chosen', async () => {
    await enter();
    env.socket.deliver(events(event(11, timelineSet({ ...paused, revision: 5 }, 'load'))));
    await settled();
    expect(view().items).toMatchObject([{ what: 'loaded', about: video.video, actor: other }]);
    expect(view().titles[video.video]).toBe(`title of ${video.video}`);
  });

  it('does not tell old acts after a reconnect as if they were new', async () => {
    await enter();
    env.socket.deliver(events({ ...event(11, timelineSet({ ...paused, revision: 5 }, 'pause')), at: T0 - 60_000_000 }));
    expect(view().act).toBeNull();
  });

  it('tells typing once while keys are struck, and its end', async () => {
    await enter();
    for (let key = 0; key < 10; key += 1) {
      channel.setTyping(true);
      env.pass(300);
    }
    env.pass(5_000);
    const typing = env.socket.sent.flatMap((frame) => (frame.t === 'fleeting' && frame.c.value.t === 'typing' ? [frame.c.value.c.on] : []));
    expect(typing).toEqual([true, false]);
  });

  it('merges presence and what flies by', async () => {
    await enter();
    const grace = { person: other, name: 'Grace', kind: 'user' as const, role: 'member' as const, state: 'here' as const, typing: false, sync: null };
    env.socket.deliver({ t: 'presence', c: { full: true, people: [grace], gone: [], count: 1 } });
    env.socket.deliver({ t: 'fleetings', c: { values: [{ person: other, value: { t: 'typing', c: { on: true } } }] } });
    expect(view().presence.people).toMatchObject([{ name: 'Grace', typing: true }]);
    env.socket.deliver({ t: 'presence', c: { full: false, people: [], gone: [other], count: 0 } });
    expect(view().presence).toEqual({ people: [], count: 0 });
  });
});
