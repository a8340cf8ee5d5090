// Measures when each client shows each frame, on one clock.
//
// Every page records its frame callbacks (frame, expected display time by its own performance.now). The map from a
// page's performance.now to the test's clock is found by bracketing: the quickest of many round trips over the
// debugging pipe, good to about half a millisecond. Two clients are then compared frame by frame.

import type { Page } from '@playwright/test';

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

/** Finds the clock of a page. */
export async function mapClock(page: Page, tries = 60): Promise<ClockMap> {
  let best: ClockMap = { offsetMs: 0, boundMs: Number.POSITIVE_INFINITY };
  for (let at = 0; at < tries; at += 1) {
    const fromMs = performance.now();
    const pageMs = await page.evaluate(() => performance.now());
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
