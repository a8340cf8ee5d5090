// Estimates the server's clock from round trips: the port of crates/sync/src/clock.rs (reasons and proofs are there;
// clock.test.ts holds it to the same golden traces), and the page's clock on top of it.
//
// Offsets of the shown time step only where nobody notices or where it is proven wrong, else they slew.

import type { Pong } from '../protocol/types';
import type { ServerClock } from './channel-store-clock';

export const SAMPLES_MAX = 120;
export const AGEING_PPM = 50;
export const STEP_US = 20_000;
export const SLEW_PPM = 500;
export const SETTLED_SAMPLES = 8;
export const IMPROVED_STEP_US = 5_000;
export const RTT_MAX_US = 10_000_000;
export const BURST_PINGS = 18;
export const BURST_GAP_US = 55_000;
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

interface Kept {
  atUs: number;
  forwardUs: number;
  backwardUs: number;
  rttUs: number;
}

/** The estimator. Reads no clock. */
export class ClockEstimator {
  /** Offset of the first sample; all others are kept relative to it, so that they are small numbers. */
  private baseUs: number | null = null;
  private samples: Kept[] = [];
  private shownUs = 0;
  private shownAtUs = 0;
  private aimUs = 0;
  private halfUs = 0;
  private steppedHalfUs = 0;
  private isSettled = false;
  private stepCount = 0;

  /** Takes a sample. `playing`: whether a step would move a picture. False if the sample makes no sense. */
  add(sample: Sample, playing: boolean): boolean {
    const heldUs = sample.server_sent_us - sample.server_received_us;
    const rttUs = sample.client_received_us - sample.client_sent_us - heldUs;
    const newestUs = this.samples.at(-1)?.atUs ?? Number.NEGATIVE_INFINITY;
    if (heldUs < 0 || rttUs < 0 || rttUs > RTT_MAX_US || sample.client_received_us < newestUs) return false;
    const first = this.baseUs === null;
    this.baseUs ??= sample.server_received_us - sample.client_sent_us;
    const nowUs = sample.client_received_us;
    this.shownUs = this.offsetAt(nowUs);
    this.shownAtUs = nowUs;
    if (this.samples.length === SAMPLES_MAX) this.samples.shift();
    this.samples.push({
      atUs: nowUs,
      forwardUs: sample.server_received_us - sample.client_sent_us - this.baseUs,
      backwardUs: sample.client_received_us - sample.server_sent_us + this.baseUs,
      rttUs,
    });
    let [aimUs, halfUs] = this.interval(nowUs);
    if (halfUs < 0) {
      // No offset explains both old and new: a clock was stopped or stepped. Only the newest counts.
      this.samples = this.samples.slice(-1);
      this.isSettled = false;
      [aimUs, halfUs] = this.interval(nowUs);
    }
    this.aimUs = aimUs;
    this.halfUs = halfUs;
    if (first || this.mustStep(playing)) {
      this.shownUs = aimUs;
      this.steppedHalfUs = halfUs;
      this.stepCount += 1;
    }
    if (this.samples.length >= SETTLED_SAMPLES) this.isSettled = true;
    return true;
  }

  private mustStep(playing: boolean): boolean {
    const differenceUs = Math.abs(this.aimUs - this.shownUs);
    if (differenceUs > this.halfUs) return true; // proven wrong
    if (!this.isSettled) {
      // The end of a burst is the best moment there is. Before it, the offset of before a reset may be better.
      return this.samples.length >= SETTLED_SAMPLES || this.halfUs < this.steppedHalfUs;
    }
    return (
      !playing ||
      differenceUs > STEP_US ||
      (differenceUs > IMPROVED_STEP_US && this.steppedHalfUs > 2 * this.halfUs)
    );
  }

  /** The network, the server or the visibility changed: forget the samples, keep the time until better is known. */
  reset(): void {
    this.samples = [];
    this.isSettled = false;
  }

  /** Server time at a client time, microseconds; none before the first sample. */
  serverUs(clientUs: number): number | null {
    if (this.baseUs === null) return null;
    return clientUs + this.baseUs + Math.floor(this.offsetAt(clientUs) + 0.5);
  }

  /** The most that `serverUs` can be wrong, microseconds; none without samples. */
  boundUs(clientUs: number): number | null {
    if (this.samples.length === 0) return null;
    const [aimUs, halfUs] = this.interval(clientUs);
    return halfUs + Math.abs(this.offsetAt(clientUs) - aimUs);
  }

  /** Round trip that nine of ten recent pings kept, microseconds; none without samples. */
  rttUs(): number | null {
    const trips = this.samples.slice(-RTT_WINDOW).map((kept) => kept.rttUs).sort((a, b) => a - b);
    return trips[Math.ceil((trips.length * 9) / 10) - 1] ?? null;
  }

  /** Whether a burst has been digested since the last reset. */
  settled(): boolean {
    return this.isSettled;
  }

  /** How often the shown time has been stepped. */
  get steps(): number {
    return this.stepCount;
  }

  private offsetAt(clientUs: number): number {
    const reachUs = (Math.max(0, clientUs - this.shownAtUs) * SLEW_PPM) / 1_000_000;
    return this.shownUs + Math.min(Math.max(this.aimUs - this.shownUs, -reachUs), reachUs);
  }

  /** Middle and half length of the interval that holds the offset. */
  private interval(nowUs: number): [number, number] {
    let forwardUs = Number.POSITIVE_INFINITY;
    let backwardUs = Number.POSITIVE_INFINITY;
    for (const kept of this.samples) {
      const ageingUs = (Math.max(0, nowUs - kept.atUs) * AGEING_PPM) / 1_000_000;
      forwardUs = Math.min(forwardUs, kept.forwardUs + ageingUs);
      backwardUs = Math.min(backwardUs, kept.backwardUs + ageingUs);
    }
    return [(forwardUs - backwardUs) / 2, (forwardUs + backwardUs) / 2];
  }
}

/** Time from one ping to the next, microseconds. `sent`: pings since the join or reset; `sinceUs`: time since then. */
export function pingDelayUs(sent: number, sinceUs: number): number {
  if (sent < BURST_PINGS) return BURST_GAP_US;
  return sinceUs < YOUNG_US ? YOUNG_GAP_US : STEADY_GAP_US;
}

/** The server's clock of one page: the estimator fed by the socket's pings. */
export class PageClock implements ServerClock {
  private readonly estimator = new ClockEstimator();
  private pings = 0;
  private sinceMs = 0;

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
    return this.estimator.boundUs(Math.round(nowMs * 1000));
  }

  private restart(nowMs: number): void {
    this.pings = 0;
    this.sinceMs = nowMs;
  }
}
