// How close clients were, from what each recorded. S: difference of two media positions at one instant. D: difference of the
// times at which two clients displayed the same frame. E: position against the server's timeline. All as milliseconds of time,
// not of media.

import { displayDifferences, percentile } from '../../e2e/sync/measure';
import type { Look, Recording } from './recorder';

/** Instants at which positions are compared, milliseconds. */
const EVERY_MS = 100;
/** Looks further apart say nothing about the time between them, milliseconds. */
const GAP_MAX_MS = 400;
/** A client is together with the others within this, for so long; milliseconds. */
const TOGETHER_MS = 10;
const HELD_MS = 1_000;

/** Sizes of values: median, percentiles and the largest, to a hundredth. */
export interface Spread {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  const sizes = values.map(Math.abs);
  const at = (share: number): number => Math.round((sizes.length > 0 ? percentile(sizes, share) : 0) * 100) / 100;
  return { count: sizes.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Shares of a distribution that are published for the plot. */
const QUANTILES = Array.from({ length: 41 }, (_, at) => Math.min(at / 40, 0.999));

/** Quantiles of the sizes of values, to a hundredth. */
export function quantiles(values: readonly number[]): number[] {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  return QUANTILES.map((share) => Math.round((sizes[Math.floor(share * sizes.length)] ?? 0) * 100) / 100);
}

/** Largest share of frames that a client dropped since `before`. */
export const droppedSince = (before: readonly Track[], tracks: readonly Track[]): number =>
  Math.max(...tracks.map(({ totals }, at) => {
    const { frames, dropped } = before[at]!.totals;
    return (totals.dropped - dropped) / Math.max(1, totals.frames - frames);
  }));

/** Seeks of all clients. */
export const seeksOf = (tracks: readonly Track[]): number => tracks.reduce((sum, { seeks }) => sum + seeks.length, 0);

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The server's clock by the measurement's, microseconds. */
export type ServerClock = (atMs: number) => number;

/** A client's name and what it recorded. */
export interface Track extends Recording {
  name: string;
}

/** Where an element was at an instant, seconds; none where it did not move or nobody looked. */
function positionAt(looks: readonly Look[], atMs: number): number | null {
  const after = looks.findIndex((look) => look.atMs >= atMs);
  const [a, b] = [looks[after - 1], looks[after]];
  if (!a || !b || !a.moving || !b.moving || b.atMs - a.atMs > GAP_MAX_MS) return null;
  return a.positionS + ((b.positionS - a.positionS) * (atMs - a.atMs)) / (b.atMs - a.atMs);
}

/** S of every pair by its names, at instants from `fromMs` to `toMs`. */
export function positionDifferences(tracks: readonly Track[], fromMs: number, toMs: number, speed = 1): Map<string, number[]> {
  const pairs = new Map<string, number[]>();
  for (let atMs = fromMs; atMs <= toMs; atMs += EVERY_MS) {
    const positions = tracks.map(({ looks }) => positionAt(looks, atMs));
    for (const [i, a] of positions.entries()) {
      for (const [j, b] of positions.entries()) {
        if (j <= i || a === null || b === null) continue;
        const name = `${tracks[i]!.name}, ${tracks[j]!.name}`;
        pairs.set(name, [...(pairs.get(name) ?? []), ((b - a) * 1_000) / speed]);
      }
    }
  }
  return pairs;
}

/** D of every pair. */
export function frameDifferences(tracks: readonly Track[], frameS: number): number[] {
  return tracks.flatMap((a, at) =>
    tracks.slice(at + 1).flatMap((b) => displayDifferences({ name: a.name, shown: a.frames }, { name: b.name, shown: b.frames }, frameS)));
}

/** E of a look; none where it is not known what is wanted. */
export function errorMs(look: Look, clock: ServerClock): number | null {
  const { wanted, serverUs } = look;
  if (!wanted || serverUs === null) return null;
  const behindMs = (clock(look.atMs) - serverUs) / 1_000;
  const begunMs = wanted.startsInMs > 0 ? Math.max(0, behindMs - wanted.startsInMs) : behindMs;
  const movesMs = wanted.playing ? begunMs : 0;
  return ((look.positionS - wanted.positionS) * 1_000) / wanted.speed - movesMs;
}

/** By how much the shown bound failed to cover the clock's true error, of every look: above 0 it did not. Milliseconds. */
export const beyondBound = (looks: readonly Look[], clock: ServerClock, ownMs: number): number[] =>
  looks.flatMap((look) =>
    look.serverUs === null || look.boundMs === null ? [] : [Math.abs(look.serverUs - clock(look.atMs)) / 1_000 - look.boundMs - ownMs]);

/** When, after `fromMs`, a client was in motion and within 10 ms of the middle of all for a second; none if never.
 *  Milliseconds of the measurement's clock. */
export function togetherMs(track: Track, all: readonly Track[], fromMs: number, clock: ServerClock): number | null {
  const others = all.filter(({ name }) => name !== track.name).map(({ looks }) => looks.filter(({ moving }) => moving));
  let sinceMs: number | null = null;
  for (const look of track.looks) {
    if (look.atMs < fromMs) continue;
    const own = look.moving && look.wanted?.startsInMs === 0 ? errorMs(look, clock) : null;
    const near = others.flatMap((looks) => {
      const other = looks.find(({ atMs }) => atMs >= look.atMs);
      const error = other && other.atMs - look.atMs < GAP_MAX_MS ? errorMs(other, clock) : null;
      return error === null ? [] : [error];
    });
    const apart = own === null ? Number.POSITIVE_INFINITY : Math.abs(own - (near.length > 0 ? median([...near, own]) : 0));
    if (apart > TOGETHER_MS) sinceMs = null;
    else sinceMs ??= look.atMs;
    if (sinceMs !== null && look.atMs - sinceMs >= HELD_MS) return sinceMs;
  }
  return null;
}

/** Pictures whose number is not that of the frame that the callback named. */
export const wrongPixels = (tracks: readonly Track[], rate: number): { read: number; wrong: number; unread: number } => {
  const all = tracks.flatMap(({ pixels }) => pixels);
  return {
    read: all.length,
    wrong: all.filter(({ mediaS, number }) => number !== null && number !== Math.round(mediaS * rate)).length,
    unread: all.filter(({ number }) => number === null).length,
  };
};
