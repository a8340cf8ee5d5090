// Unlike clients, and what is done to a page before its own scripts run: another clock, a slower start, no leave to make
// sound. Identical clients on one machine would be together by themselves.

import type { CDPSession, Page } from '@playwright/test';

/** What makes a client unlike the others. */
export interface Nature {
  name: string;
  /** What is added to the page's clock, milliseconds. */
  clockMs: number;
  /** How much faster than the truth it runs, millionths. */
  driftPpm: number;
  /** By how much `play()` is delayed, milliseconds. */
  playDelayMs: number;
  /** The browser refuses sound without a gesture. */
  refusesSound: boolean;
  /** Nothing with sound is loaded. */
  withoutSound: boolean;
  /** How much slower the page's scripts run. */
  slowed: number;
  /** The player is made to believe that it is elsewhere, milliseconds. */
  shiftMs: number;
  /** The frame callback names the next frame instead of the one that is shown. */
  misnames: boolean;
}

const PLAIN = { playDelayMs: 0, refusesSound: false, withoutSound: false, slowed: 1, shiftMs: 0, misnames: false };
const DAY_MS = 86_400_000;

export const NATURES: readonly Nature[] = [
  { ...PLAIN, name: 'sound', clockMs: 0.37 * DAY_MS, driftPpm: 100 },
  { ...PLAIN, name: 'muted', clockMs: 12_345.678, driftPpm: -80, refusesSound: true },
  { ...PLAIN, name: 'no sound track', clockMs: DAY_MS, driftPpm: 35, withoutSound: true },
  { ...PLAIN, name: 'slow', clockMs: 777.7, driftPpm: -100, playDelayMs: 120, slowed: 2 },
];

/** Two clients of which one is shifted. */
export const shifted = (shiftMs: number): readonly Nature[] => [
  { ...PLAIN, name: 'sound', clockMs: 5_000, driftPpm: 50 },
  { ...PLAIN, name: 'shifted', clockMs: 9_000, driftPpm: -50, shiftMs },
];

/** Two clients of which one misnames its frames. */
export const misnamed: readonly Nature[] = shifted(0).map((nature, at) => ({ ...nature, misnames: at === 1 }));

/** Makes the next documents of a page so. What measures reads the true clock and the true position: `window.__true`. */
export async function become(page: Page, nature: Nature): Promise<void> {
  await page.addInitScript(disguise, nature);
}

/** Slows a page's scripts, or lets them run as they can: its clock is read at full speed. */
export class Throttle {
  private constructor(
    private readonly session: CDPSession,
    private readonly rate: number,
  ) {}

  static async of(page: Page, { slowed }: Nature): Promise<Throttle> {
    return new Throttle(await page.context().newCDPSession(page), slowed);
  }

  async set(on: boolean): Promise<void> {
    if (this.rate > 1) await this.session.send('Emulation.setCPUThrottlingRate', { rate: on ? this.rate : 1 });
  }
}

/** Runs in the page, before its own scripts. */
function disguise({ clockMs, driftPpm, playDelayMs, refusesSound, shiftMs, misnames }: Nature): void {
  const media = HTMLMediaElement.prototype;
  const position = Object.getOwnPropertyDescriptor(media, 'currentTime')!;
  const trueNow = performance.now.bind(performance);
  (window as unknown as { __true: object }).__true = {
    nowMs: trueNow,
    positionS: (video: HTMLVideoElement) => position.get!.call(video) as number,
  };
  performance.now = () => trueNow() * (1 + driftPpm / 1e6) + clockMs;
  if (shiftMs !== 0) {
    Object.defineProperty(media, 'currentTime', {
      get(this: HTMLMediaElement) { return (position.get!.call(this) as number) + shiftMs / 1_000; },
      set(this: HTMLMediaElement, value: number) { position.set!.call(this, value - shiftMs / 1_000); },
    });
  }
  if (misnames) {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with their element below
    const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (this: HTMLVideoElement, callback) {
      return requestVideoFrameCallback.call(this, (now, data) => callback(now, { ...data, mediaTime: data.mediaTime + 0.04 }));
    };
  }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with their element below
  const { play, pause } = media;
  const pauses = new WeakMap<HTMLMediaElement, number>();
  media.pause = function (this: HTMLMediaElement) {
    pauses.set(this, (pauses.get(this) ?? 0) + 1);
    pause.call(this);
  };
  media.play = async function (this: HTMLMediaElement) {
    if (refusesSound && !this.muted) throw new DOMException('play() failed: no gesture yet.', 'NotAllowedError');
    if (playDelayMs > 0 && this.paused) {
      const paused = pauses.get(this) ?? 0;
      await new Promise((resolve) => setTimeout(resolve, playDelayMs));
      if ((pauses.get(this) ?? 0) !== paused) throw new DOMException('interrupted by pause()', 'AbortError');
    }
    await play.call(this);
  };
}
