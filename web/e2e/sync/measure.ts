// Measures when each client shows each frame, on one clock.
//
// Every page records its frame callbacks (frame, expected display time by its own performance.now). The map from a
// page's performance.now to the test's clock is found by bracketing: the quickest of many round trips over the
// debugging pipe, good to about half a millisecond. Two clients are then compared frame by frame.

import { loadavg, cpus } from 'node:os';
import { expect, type Page } from '@playwright/test';

/** One frame as shown, time by the test's clock, milliseconds. */
export interface Shown {
  atMs: number;
  mediaS: number;
}

/** Frames of one client. */
export interface Track {
  name: string;
  shown: Shown[];
}

/** From a page's performance.now to the test's. */
export interface ClockMap {
  offsetMs: number;
  /** Half of the quickest round trip: the most that the map can be wrong. */
  boundMs: number;
}

interface Recorded {
  recorded?: [number, number][];
}

/** Starts to record the frame callbacks of the page's one video. */
export async function record(page: Page): Promise<void> {
  await page.evaluate(() => {
    const video = document.querySelector('video')!;
    const rows: [number, number][] = [];
    (globalThis as Recorded).recorded = rows;
    const next = (_: number, { expectedDisplayTime, mediaTime }: VideoFrameCallbackMetadata) => {
      rows.push([expectedDisplayTime, mediaTime]);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
}

/** Finds the clock of a page. `read` reads it there. */
export async function mapClock(page: Page, tries = 60, read = (): number => performance.now()): Promise<ClockMap> {
  let best: ClockMap = { offsetMs: 0, boundMs: Number.POSITIVE_INFINITY };
  for (let at = 0; at < tries; at += 1) {
    const fromMs = performance.now();
    const pageMs = await page.evaluate(read);
    const toMs = performance.now();
    const boundMs = (toMs - fromMs) / 2;
    if (boundMs < best.boundMs) best = { offsetMs: (fromMs + toMs) / 2 - pageMs, boundMs };
  }
  return best;
}

/** Takes what was recorded since the last call. */
export async function take(page: Page, name: string, map: ClockMap): Promise<Track> {
  const rows = await page.evaluate(() => (globalThis as Recorded).recorded?.splice(0) ?? []);
  return { name, shown: rows.map(([atMs, mediaS]) => ({ atMs: atMs + map.offsetMs, mediaS })) };
}

/** Between two clients, for each frame that both have shown: by how much later the second one did, milliseconds.
 *  `closeMs` tells a frame shown twice (after a seek back) from the same showing. */
export function displayDifferences(a: Track, b: Track, frameS: number, closeMs = 2_000): number[] {
  const byFrame = new Map<number, number[]>();
  for (const { atMs, mediaS } of a.shown) {
    const frame = Math.round(mediaS / frameS);
    byFrame.set(frame, [...(byFrame.get(frame) ?? []), atMs]);
  }
  const differences: number[] = [];
  for (const { atMs, mediaS } of b.shown) {
    const others = byFrame.get(Math.round(mediaS / frameS)) ?? [];
    const nearest = others.reduce<number | null>(
      (best, other) => (best === null || Math.abs(atMs - other) < Math.abs(atMs - best) ? other : best), null);
    if (nearest !== null && Math.abs(atMs - nearest) < closeMs) differences.push(atMs - nearest);
  }
  return differences;
}

/** For each frame of a client: by how much it was shown after the timeline wanted it, milliseconds. */
export function lateness(track: Track, positionS: (atMs: number) => number, speed: number): number[] {
  return track.shown.map(({ atMs, mediaS }) => ((positionS(atMs) - mediaS) * 1000) / speed);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? Number.NaN;
}

/** p50, p95 and the largest of the absolute values. */
export function summary(values: readonly number[]): { count: number; p50: number; p95: number; max: number } {
  const sizes = values.map(Math.abs);
  return { count: sizes.length, p50: percentile(sizes, 0.5), p95: percentile(sizes, 0.95), max: Math.max(...sizes) };
}

/** A client under measurement. */
export interface Watched {
  name: string;
  page: Page;
  map: ClockMap;
}

/** Starts to measure a client whose page has its video. */
export async function watched(name: string, page: Page): Promise<Watched> {
  await record(page);
  const map = await mapClock(page);
  console.log(`${name}: clock known to ${map.boundMs.toFixed(2)} ms`);
  expect(map.boundMs, 'the debugging pipe is quick enough to measure by').toBeLessThan(5);
  return { name, page, map };
}

/** Records all clients for a while. */
export async function trackAll(clients: readonly Watched[], watchMs: number): Promise<Track[]> {
  await Promise.all(clients.map(({ page, name, map }) => take(page, name, map)));
  await new Promise((resolve) => setTimeout(resolve, watchMs));
  return await Promise.all(clients.map(({ page, name, map }) => take(page, name, map)));
}

/** Differences of every pair, p95 of the worst; prints what it sees. `leastPerS`: frames per second that a pair must
 *  have in common to be worth comparing. */
export function comparePairs(phase: string, tracks: readonly Track[], frameS: number, watchMs: number, leastPerS: number): number {
  let worst = 0;
  for (const [at, a] of tracks.entries()) {
    for (const b of tracks.slice(at + 1)) {
      const { count, p50, p95, max } = summary(displayDifferences(a, b, frameS));
      console.log(`${phase}: ${a.name} and ${b.name} p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} max ${max.toFixed(1)} ms, ${count} frames`);
      expect(count, `${phase}: frames that both have shown`).toBeGreaterThan((watchMs / 1000) * leastPerS);
      worst = Math.max(worst, p95);
    }
  }
  return worst;
}

/** Whether other work holds the processors: then a measurement says more about them than about us. */
export function hostBusy(): boolean {
  return (loadavg()[0] ?? 0) > 3 * cpus().length;
}

/** The load, in words. */
export function hostLoad(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${cpus().length} processors`;
}
