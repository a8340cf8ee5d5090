// What one page shows and when, by its true clock: its position ten times a second, every frame callback, now and then the
// number on the picture itself, and whatever was done to the element.

import type { Page } from '@playwright/test';
import { numberOn } from '../../e2e/support/barcode';
import { mapClock } from '../../e2e/sync/measure';
import type { Throttle } from './natures';

/** One look at the element. Times on the measurement's clock, milliseconds. */
export interface Look {
  atMs: number;
  positionS: number;
  /** In motion as far as can be told: not paused, not seeking, with data. */
  moving: boolean;
  rate: number;
  /** What the page believes of the server's clock, and its bound; Unix microseconds, milliseconds. */
  serverUs: number | null;
  boundMs: number | null;
  /** What the page wants of the element: position, seconds; time until it moves, milliseconds; speed. */
  wanted: { positionS: number; startsInMs: number; speed: number; playing: boolean } | null;
}

/** What was recorded between two calls of `take`. */
export interface Recording {
  looks: Look[];
  /** Frames: when they were displayed, and their media time in seconds. */
  frames: { atMs: number; mediaS: number }[];
  /** Media time of a frame callback, and the number read from the picture then. */
  pixels: { mediaS: number; number: number | null }[];
  /** Rates written and seeks begun. */
  rates: { atMs: number; rate: number }[];
  seeks: { atMs: number }[];
  /** When there was data to play. */
  ready: { atMs: number }[];
  /** Frames decoded and dropped since the element was made. */
  totals: { frames: number; dropped: number };
}

interface Raw {
  looks: (number | boolean | null)[][];
  frames: [number, number][];
  pixels: [number, number | null][];
  rates: [number, number][];
  seeks: number[];
  ready: number[];
}

interface TruePage {
  __true: { nowMs: () => number; positionS: (video: HTMLVideoElement) => number };
  __raw?: Raw;
}

/** Looks at the element every so often, milliseconds. */
const LOOK_MS = 100;
/** Every so many frames the picture itself is read. */
const PIXELS_EVERY = 30;
/** Position and time of a look are read within this, milliseconds, or not at all: a slowed page may stand in between. */
const READ_MS = 0.4;
/** A picture is at hand up to this long before it is shown, milliseconds. */
const AHEAD_MS = 15;

/** Makes the next documents of a page record. */
export async function record(page: Page): Promise<void> {
  await page.addInitScript(`window.__numberOn = ${numberOn.toString()}`);
  await page.addInitScript(recorder, { LOOK_MS, PIXELS_EVERY, READ_MS, AHEAD_MS });
}

/** Runs in the page. */
function recorder(bounds: { LOOK_MS: number; PIXELS_EVERY: number; READ_MS: number; AHEAD_MS: number }): void {
  const own = window as unknown as TruePage & { __numberOn(video: HTMLVideoElement): number | null };
  const { nowMs, positionS } = own.__true;
  const raw: Raw = { looks: [], frames: [], pixels: [], rates: [], seeks: [], ready: [] };
  own.__raw = raw;
  let watched: HTMLVideoElement | null = null;
  let count = 0;
  const attach = (video: HTMLVideoElement): void => {
    watched = video;
    // What was read counts if the next picture came well after it was read: else it may have been that one.
    let reading: { row: [number, number | null]; readMs: number } | null = null;
    const next = (_: number, { expectedDisplayTime, presentationTime, mediaTime }: VideoFrameCallbackMetadata): void => {
      if (watched !== video) return;
      raw.frames.push([expectedDisplayTime, mediaTime]);
      if (reading && reading.readMs + bounds.AHEAD_MS < presentationTime) raw.pixels.push(reading.row);
      reading = null;
      count += 1;
      if (count % bounds.PIXELS_EVERY === 0) {
        const row: [number, number | null] = [mediaTime, own.__numberOn(video)];
        reading = { row, readMs: nowMs() };
      }
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    video.addEventListener('ratechange', () => raw.rates.push([nowMs(), video.playbackRate]));
    video.addEventListener('seeking', () => raw.seeks.push(nowMs()));
    video.addEventListener('canplay', () => raw.ready.push(nowMs()));
    if (video.readyState >= 3) raw.ready.push(nowMs());
  };
  setInterval(() => {
    const video = document.querySelector('video');
    if (!video) return;
    if (video !== watched) attach(video);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const fromMs = nowMs();
      const at = positionS(video);
      const toMs = nowMs();
      if (toMs - fromMs > bounds.READ_MS) continue;
      const moving = !video.paused && !video.seeking && video.readyState >= 3;
      const row: (number | boolean | null)[] = [(fromMs + toMs) / 2, at, moving, video.playbackRate];
      const askedMs = nowMs();
      const probe = window.__genlock?.sync?.probe();
      const answeredMs = nowMs();
      if (probe && answeredMs - askedMs < 4 * bounds.READ_MS) {
        const { serverUs, boundUs, wanted } = probe;
        row.push((askedMs + answeredMs) / 2, serverUs, boundUs);
        if (wanted) row.push(wanted.position_s, wanted.starts_in_ms, wanted.speed, wanted.playing);
      }
      raw.looks.push(row);
      return;
    }
  }, bounds.LOOK_MS);
}

/** A page that is being recorded. */
export class Recorder {
  private constructor(
    readonly page: Page,
    private readonly throttle: Throttle,
    private offsetMs = 0,
    /** The most that its clock can be wrong, milliseconds. */
    public boundMs = Number.POSITIVE_INFINITY,
  ) {}

  /** For a page whose document is there. */
  static async of(page: Page, throttle: Throttle): Promise<Recorder> {
    const recorder = new Recorder(page, throttle);
    await recorder.findClock();
    return recorder;
  }

  /** Finds the page's clock, at full speed; a later look is kept if it is the better one. */
  async findClock(): Promise<void> {
    await this.throttle.set(false);
    const { offsetMs, boundMs } = await mapClock(this.page, 200, () => (window as unknown as TruePage).__true.nowMs());
    await this.throttle.set(true);
    if (boundMs < this.boundMs) [this.offsetMs, this.boundMs] = [offsetMs, boundMs];
  }

  /** Takes what was recorded since the last call. */
  async take(): Promise<Recording> {
    const raw = await this.page.evaluate(() => {
      const { __raw: own } = window as unknown as TruePage;
      const video = document.querySelector('video');
      const quality = video?.getVideoPlaybackQuality();
      const lists = {
        looks: own?.looks.splice(0) ?? [], frames: own?.frames.splice(0) ?? [], pixels: own?.pixels.splice(0) ?? [],
        rates: own?.rates.splice(0) ?? [], seeks: own?.seeks.splice(0) ?? [], ready: own?.ready.splice(0) ?? [],
      };
      return { ...lists, totals: { frames: quality?.totalVideoFrames ?? 0, dropped: quality?.droppedVideoFrames ?? 0 } };
    });
    const at = (ms: number): number => ms + this.offsetMs;
    return {
      looks: raw.looks.map((row) => {
        const [nowMs, positionS, moving, rate, probedMs, serverUs, boundUs, wantedS, startsInMs, speed, playing] =
          row as [number, number, boolean, number, number?, (number | null)?, (number | null)?, number?, number?, number?, boolean?];
        const look: Look = { atMs: at(nowMs), positionS, moving, rate, serverUs: null, boundMs: null, wanted: null };
        if (probedMs === undefined) return look;
        // Everything as of the moment at which the position was read.
        const sinceMs = nowMs - probedMs;
        look.serverUs = serverUs === undefined || serverUs === null ? null : serverUs + sinceMs * 1_000;
        look.boundMs = boundUs === undefined || boundUs === null ? null : boundUs / 1_000;
        if (wantedS !== undefined && speed !== undefined) {
          const moves = playing === true && startsInMs === 0;
          look.wanted = {
            positionS: wantedS + (moves ? (sinceMs / 1_000) * speed : 0), startsInMs: startsInMs ?? 0, speed, playing: playing === true,
          };
        }
        return look;
      }),
      frames: raw.frames.map(([ms, mediaS]) => ({ atMs: at(ms), mediaS })),
      pixels: raw.pixels.map(([mediaS, number]) => ({ mediaS, number })),
      rates: raw.rates.map(([ms, rate]) => ({ atMs: at(ms), rate })),
      seeks: raw.seeks.map((ms) => ({ atMs: at(ms) })),
      ready: raw.ready.map((ms) => ({ atMs: at(ms) })),
      totals: raw.totals,
    };
  }
}
