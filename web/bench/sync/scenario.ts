// What is done in a room and what is read from it: steady play, jumps, starts, changes of speed, cold joins.

import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Page } from '@playwright/test';
import { press } from '../../e2e/support/people';
import {
  beyondBound, droppedSince, errorMs, frameDifferences, positionDifferences, quantiles, seeksOf, spread, togetherMs, wrongPixels,
  type ServerClock, type Spread, type Track,
} from './closeness';
import { FRAME_S, type Client, type Room } from './room';
import { Recorder, type Look } from './recorder';

/** After this everybody is expected to have settled, milliseconds: what the controller takes at most by design is counted. */
const SETTLE_MS = 8_000;
/** Watched after a jump, a start or a change of speed, milliseconds. */
const AFTER_MS = 5_000;
/** Looked at before, so that everybody's course of before is known, milliseconds. */
const BEFORE_MS = 400;
const JOIN_MS = 7_000;
/** Share of the processors that is busy above which nothing is begun, over so many milliseconds; how long is waited for less. */
const BUSY_MAX = 0.25;
const BUSY_OVER_MS = 2_000;
const CALM_PATIENCE_MS = 5 * 60_000;
/** Share of frames dropped by a client above which a run is not counted. */
export const DROPPED_MAX = 0.01;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Time that the processors have worked and have been, milliseconds. */
function worked(): { busyMs: number; allMs: number } {
  const times = cpus().map(({ times }) => times);
  const sum = (of: (own: (typeof times)[number]) => number): number => times.reduce((total, own) => total + of(own), 0);
  return { busyMs: sum((own) => own.user + own.nice + own.sys + own.irq), allMs: sum((own) => own.user + own.nice + own.sys + own.irq + own.idle) };
}

/** Waits until the machine does nothing else; answers with the share of it that is busy. The load of the last minute would be
 *  that of the part before. */
export async function calm(): Promise<number> {
  const untilMs = performance.now() + CALM_PATIENCE_MS;
  for (;;) {
    const before = worked();
    await pause(BUSY_OVER_MS);
    const after = worked();
    const busy = (after.busyMs - before.busyMs) / Math.max(1, after.allMs - before.allMs);
    if (busy <= BUSY_MAX) return Math.round(busy * 100) / 100;
    if (performance.now() > untilMs) throw new Error(`the machine does other work: ${String(Math.round(busy * 100))} % busy`);
  }
}

/** What everybody recorded since the last call. */
export async function takeAll(clients: readonly { nature: { name: string }; recorder: Recorder }[]): Promise<Track[]> {
  return await Promise.all(clients.map(async ({ nature, recorder }) => ({ name: nature.name, ...(await recorder.take()) })));
}

/** Steady play. */
export interface Steady {
  seconds: number;
  S: Spread;
  quantiles: number[];
  pairs: Record<string, Spread>;
  D: Spread;
  E: Record<string, Spread>;
  clock: Record<string, Spread>;
  /** Looks at the clock, and those at which the shown bound did not cover its error. */
  bound: { looks: number; broken: number };
  /** Largest change of speed of each, share; how many writes a second; seeks. */
  trims: Record<string, { largest: number; perSecond: number }>;
  seeks: number;
  pixels: { read: number; wrong: number; unread: number };
  /** Largest share of frames that a client dropped. */
  dropped: number;
}

/** Compares what was recorded from now for so many seconds. `ownMs`: by how much the measurement's own clocks can be wrong. */
export async function steady(clients: readonly Client[], seconds: number, clock: ServerClock, ownMs: number, speed = 1): Promise<Steady> {
  const before = await takeAll(clients);
  const fromMs = performance.now();
  await pause(seconds * 1_000);
  const tracks = await takeAll(clients);
  const pairs = positionDifferences(tracks, fromMs, performance.now(), speed);
  const all = [...pairs.values()].flat();
  const each = <T>(value: (track: Track) => T): Record<string, T> => Object.fromEntries(tracks.map((track) => [track.name, value(track)]));
  const bounds = tracks.flatMap(({ looks }) => beyondBound(looks, clock, ownMs));
  return {
    seconds,
    S: spread(all),
    quantiles: quantiles(all),
    pairs: Object.fromEntries([...pairs].map(([name, values]) => [name, spread(values)])),
    D: spread(frameDifferences(tracks, FRAME_S)),
    E: each(({ looks }) => spread(looks.flatMap((look) => (look.moving ? (errorMs(look, clock) ?? []) : [])))),
    clock: each(({ looks }) => spread(looks.flatMap(({ serverUs, atMs }) => (serverUs === null ? [] : (serverUs - clock(atMs)) / 1_000)))),
    bound: { looks: bounds.length, broken: bounds.filter((ms) => ms > 0).length },
    trims: each(({ rates }) => ({
      largest: Math.round(Math.max(0, ...rates.map(({ rate }) => Math.abs(rate / speed - 1))) * 100_000) / 100_000,
      perSecond: Math.round((rates.length / seconds) * 1_000) / 1_000,
    })),
    seeks: seeksOf(tracks),
    pixels: wrongPixels(tracks, 1 / FRAME_S),
    dropped: droppedSince(before, tracks),
  };
}

/** How long something took, milliseconds; those that did not get there are counted apart. */
export interface Taken extends Spread {
  never: number;
}

function taken(values: readonly (number | null)[]): Taken {
  const there = values.filter((value) => value !== null);
  return { ...spread(there), never: values.length - there.length };
}

/** Where a course began, seconds of media at server time 0: it changes with every jump. */
const origin = ({ wanted, serverUs }: Look): number | null =>
  wanted && serverUs !== null ? wanted.positionS - (serverUs / 1e6) * wanted.speed : null;

/** When a page followed another course than at first, milliseconds. */
function changedMs({ looks }: Track): number {
  const first = looks.find((look) => origin(look) !== null);
  const before = first ? origin(first) : null;
  const other = looks.find((look) => {
    const own = origin(look);
    return own !== null && before !== null && (look.wanted?.speed !== first?.wanted?.speed || Math.abs(own - before) > 0.5);
  });
  return other?.atMs ?? Number.POSITIVE_INFINITY;
}

/** Appends to the file that GENLOCK_BENCH_TRACE names, a line of JSON each: for whoever asks why something took its time. */
function trace(tracks: readonly Track[], pressedMs: number, fromMs: number, clock: ServerClock): void {
  const file = process.env.GENLOCK_BENCH_TRACE;
  if (!file) return;
  const lines = tracks.map((track) => ({
    name: track.name, seeks: track.seeks, rates: track.rates,
    errors: track.looks.map((look) => [Math.round(look.atMs - pressedMs), look.moving, errorMs(look, clock), look.wanted?.startsInMs]),
  }));
  appendFileSync(file, `${JSON.stringify({ pressedMs, fromMs, tracks: lines })}\n`);
}

/** Everybody's time from a press until they were together again. */
async function after(clients: readonly Client[], clock: ServerClock, act: () => Promise<void>, moved: boolean): Promise<(number | null)[]> {
  await takeAll(clients);
  await pause(BEFORE_MS);
  const pressedMs = performance.now();
  await act();
  await pause(AFTER_MS);
  const tracks = await takeAll(clients);
  const fromMs = moved ? Math.max(pressedMs, ...tracks.map(changedMs)) : pressedMs;
  trace(tracks, pressedMs, fromMs, clock);
  return tracks.map((track) => {
    const atMs = togetherMs(track, tracks, fromMs, clock);
    return atMs === null ? null : atMs - pressedMs;
  });
}

/** How long it takes to be together after each kind of change. */
export interface Changes {
  seek: Taken;
  play: Taken;
  speed: Taken;
}

export async function changes(room: Room, times: number, clock: ServerClock): Promise<Changes> {
  const { clients } = room;
  const presser = clients[0]!;
  const seeks: (number | null)[] = [];
  const plays: (number | null)[] = [];
  const speeds: (number | null)[] = [];
  for (let time = 0; time < times; time += 1) {
    seeks.push(...(await after(clients, clock, () => press(presser, 'ArrowRight'), true)));
  }
  for (let time = 0; time < times; time += 1) {
    await press(presser, 'k');
    await pause(2_000);
    plays.push(...(await after(clients, clock, () => press(presser, 'k'), false)));
  }
  for (let time = 0; time < times; time += 1) {
    speeds.push(...(await after(clients, clock, () => (time % 2 === 0 ? room.speed(5, 4) : room.speed(1, 1)), true)));
  }
  await room.speed(1, 1);
  return { seek: taken(seeks), play: taken(plays), speed: taken(speeds) };
}

/** Cold joins: from the page being asked for, and from there being data to play. */
export interface Joins {
  fromAsked: Taken;
  fromReady: Taken;
}

export async function joins(room: Room, times: number, clock: ServerClock): Promise<Joins> {
  const { clients } = room;
  const [fromAsked, fromReady]: (number | null)[][] = [[], []];
  for (let time = 0; time < times; time += 1) {
    for (const [at, client] of clients.entries()) {
      await forget(client.page);
      const askedMs = performance.now();
      await client.page.reload({ waitUntil: 'commit' });
      await client.page.locator('video').waitFor({ state: 'attached', timeout: 60_000 });
      client.recorder = await Recorder.of(client.page, client.throttle);
      await pause(JOIN_MS);
      const tracks = await takeAll(clients);
      const readyMs = tracks[at]!.ready[0]?.atMs;
      trace([tracks[at]!], askedMs, readyMs ?? askedMs, clock);
      const atMs = readyMs === undefined ? null : togetherMs(tracks[at]!, tracks, readyMs, clock);
      fromAsked!.push(atMs === null ? null : atMs - askedMs);
      fromReady!.push(atMs === null ? null : atMs - readyMs!);
    }
  }
  return { fromAsked: taken(fromAsked!), fromReady: taken(fromReady!) };
}

/** Nothing of the film is left in the browser's cache. */
async function forget(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  await session.detach();
}

/** From the film's start, everybody settled. */
export async function settle(room: Room): Promise<void> {
  await room.seek(0);
  await pause(SETTLE_MS);
}
