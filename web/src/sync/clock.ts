// Estimates the server's clock from round trips: the port of crates/sync/src/clock.rs (reasons and proofs are there;
// clock.test.ts holds it to the same golden traces), and the page's clock on top of it.
//
// Offsets of the shown time step only where nobody notices or where it is proven wrong, else they slew.

import type { Pong } from '../protocol/types';
import type { ServerClock } from './channel-store-clock';
import { bound, fit, type Limits } from './corridor';

export const SAMPLES_MAX = 120;
const NEWEST = 3;
export const STEP_US = 20_000;
export const SLEW_PPM = 500;
export const SETTLED_SAMPLES = 8;
export const IMPROVED_STEP_US = 5_000;
export const RTT_MAX_US = 10_000_000;
export const BURST_PINGS = 18;
export const BURST_GAP_US = 55_000;
export const LATER_PINGS = 20;
export const LATER_GAP_US = 250_000;
export const YOUNG_US = 30_000_000;
export const YOUNG_GAP_US = 1_000_000;
export const STEADY_GAP_US = 4_000_000;
const RTT_WINDOW = 20;

/** One ping and its answer, whole microseconds. */
export interface Sample {
  client_sent_us: number;
  server_received_us: number;
  server_sent_us: number;
  client_received_us: number;
}

/** The estimator. Reads no clock. */
export class ClockEstimator {
  /** Offset of the first sample; all others are kept relative to it, so that they are small numbers. */
  private baseUs: number | null = null;
  private samples: Limits[] = [];
  /** How many of the newest are of this connection. */
  private freshCount = 0;
  private shownUs = 0;
  private shownAtUs = 0;
  private aimUs = 0;
  private slope = 0;
  private steppedHalfUs = 0;
  private isSettled = false;
  private stepCount = 0;

  /** Takes a sample. `playing`: whether a step would move a picture. False if the sample makes no sense. */
  add(sample: Sample, playing: boolean): boolean {
    const heldUs = sample.server_sent_us - sample.server_received_us;
    const rttUs = sample.client_received_us - sample.client_sent_us - heldUs;
    const newestUs = this.samples.at(-1)?.receivedUs ?? Number.NEGATIVE_INFINITY;
    if (heldUs < 0 || rttUs < 0 || rttUs > RTT_MAX_US || sample.client_received_us < newestUs) return false;
    const first = this.baseUs === null;
    this.baseUs ??= sample.server_received_us - sample.client_sent_us;
    const nowUs = sample.client_received_us;
    this.shownUs = this.offsetAt(nowUs);
    this.shownAtUs = nowUs;
    if (this.samples.length === SAMPLES_MAX) this.samples.shift();
    this.samples.push({
      sentUs: sample.client_sent_us,
      receivedUs: nowUs,
      ceilingUs: sample.server_received_us - sample.client_sent_us - this.baseUs,
      floorUs: sample.server_sent_us - sample.client_received_us - this.baseUs,
      rttUs,
    });
    this.freshCount = Math.min(this.freshCount + 1, SAMPLES_MAX);
    const fittedUs = this.fit(nowUs);
    const [floorUs, ceilingUs] = bound(this.fresh(), nowUs);
    const halfUs = (ceilingUs - floorUs) / 2;
    this.aimUs = Math.min(Math.max(fittedUs, floorUs), ceilingUs);
    const offUs = Math.abs(this.shownUs - (floorUs + ceilingUs) / 2);
    if (first || offUs > halfUs || this.mustStep(halfUs, playing)) {
      this.shownUs = this.aimUs;
      this.steppedHalfUs = halfUs;
      this.stepCount += 1;
    }
    if (this.freshCount >= SETTLED_SAMPLES) this.isSettled = true;
    return true;
  }

  /** The offset by all samples, after those are gone that the newest contradict; learns the slope. */
  private fit(nowUs: number): number {
    let [floorUs, ceilingUs] = bound(this.samples, nowUs);
    if (floorUs > ceilingUs) {
      // However fast the clocks drift: one was stopped or set.
      [floorUs, ceilingUs] = bound(this.samples.slice(-NEWEST), nowUs);
      this.keepNewest(floorUs > ceilingUs ? 1 : NEWEST);
      this.isSettled = false;
    }
    let found = fit(this.samples, nowUs);
    while (found.widthUs < 0 && this.samples.length > NEWEST) {
      // No line fits: the drift itself has changed.
      this.keepNewest(Math.max(Math.floor((this.samples.length * 3) / 4), NEWEST));
      found = fit(this.samples, nowUs);
    }
    this.slope = found.slope;
    return found.offsetUs;
  }

  private keepNewest(count: number): void {
    this.samples = this.samples.slice(-count);
    this.freshCount = Math.min(this.freshCount, this.samples.length);
  }

  private fresh(): Limits[] {
    return this.samples.slice(this.samples.length - this.freshCount);
  }

  private mustStep(halfUs: number, playing: boolean): boolean {
    const differenceUs = Math.abs(this.aimUs - this.shownUs);
    if (!this.isSettled) {
      // The end of a burst is the best moment there is. Before it, the offset of before a reset may be better.
      return this.freshCount >= SETTLED_SAMPLES || halfUs < this.steppedHalfUs;
    }
    return (
      !playing ||
      differenceUs > STEP_US ||
      (differenceUs > IMPROVED_STEP_US && this.steppedHalfUs > 2 * halfUs)
    );
  }

  /** A new connection: what was measured before bounds nothing more, but serves the estimate until it is contradicted. */
  reset(): void {
    this.freshCount = 0;
    this.isSettled = false;
  }

  /** Server time at a client time, microseconds; none before the first sample. */
  serverUs(clientUs: number): number | null {
    if (this.baseUs === null) return null;
    return clientUs + this.baseUs + Math.floor(this.offsetAt(clientUs) + 0.5);
  }

  /** The most that `serverUs` can be wrong, microseconds; none without samples of this connection. */
  boundUs(clientUs: number): number | null {
    if (this.freshCount === 0) return null;
    const [floorUs, ceilingUs] = bound(this.fresh(), clientUs);
    const shownUs = this.offsetAt(clientUs);
    return Math.max(ceilingUs - shownUs, shownUs - floorUs);
  }

  /** Round trip that nine of ten recent pings kept, microseconds; none without samples. */
  rttUs(): number | null {
    const trips = this.fresh().slice(-RTT_WINDOW).map((kept) => kept.rttUs).sort((a, b) => a - b);
    return trips[Math.ceil((trips.length * 9) / 10) - 1] ?? null;
  }

  /** How fast the server's clock runs away from the page's, parts per million, as far as is known. */
  driftPpm(): number {
    return this.slope * 1_000_000;
  }

  /** Whether a burst has been digested since the last reset. */
  settled(): boolean {
    return this.isSettled;
  }

  /** How often the shown time has been stepped. */
  get steps(): number {
    return this.stepCount;
  }

  /** The shown offset: on its way to the line, along the line. */
  private offsetAt(clientUs: number): number {
    const elapsedUs = Math.max(0, clientUs - this.shownAtUs);
    const reachUs = (elapsedUs * SLEW_PPM) / 1_000_000;
    return this.shownUs + Math.min(Math.max(this.aimUs - this.shownUs, -reachUs), reachUs) + elapsedUs * this.slope;
  }
}

/** Time from one ping to the next, microseconds. `sent`: pings since the join or reset; `sinceUs`: time since then. */
export function pingDelayUs(sent: number, sinceUs: number): number {
  if (sent < BURST_PINGS) return BURST_GAP_US;
  if (sent < BURST_PINGS + LATER_PINGS) return LATER_GAP_US;
  return sinceUs < YOUNG_US ? YOUNG_GAP_US : STEADY_GAP_US;
}

/** The server's clock of one page: the estimator fed by the socket's pings. */
export class PageClock implements ServerClock {
  private readonly estimator = new ClockEstimator();
  private pings = 0;
  private sinceMs = 0;

  /** `grainUs`: the smallest step of the page's clock; what it hides is part of the bound. */
  constructor(private readonly grainUs = 0) {}

  onConnected(nowMs: number): void {
    this.estimator.reset();
    this.restart(nowMs);
  }

  nextPingMs(nowMs: number): number {
    const delayUs = pingDelayUs(this.pings, (nowMs - this.sinceMs) * 1000);
    this.pings += 1;
    return delayUs / 1000;
  }

  onPong(pong: Pong, receivedMs: number, playing: boolean): void {
    const settled = this.estimator.settled();
    this.estimator.add(
      {
        client_sent_us: pong.client_us,
        server_received_us: pong.received_us,
        server_sent_us: pong.sent_us,
        client_received_us: Math.round(receivedMs * 1000),
      },
      playing,
    );
    // The estimate was thrown away (the device slept, the server's clock moved): burst again.
    if (settled && !this.estimator.settled()) this.restart(receivedMs);
  }

  serverUs(nowMs: number): number | null {
    return this.estimator.serverUs(Math.round(nowMs * 1000));
  }

  rttUs(): number {
    return this.estimator.rttUs() ?? 0;
  }

  /** The most that `serverUs` can be wrong, microseconds; none without a recent answer. */
  boundUs(nowMs: number): number | null {
    const boundUs = this.estimator.boundUs(Math.round(nowMs * 1000));
    return boundUs === null ? null : boundUs + this.grainUs;
  }

  private restart(nowMs: number): void {
    this.pings = 0;
    this.sinceMs = nowMs;
  }
}
