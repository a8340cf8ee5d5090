// The port against the golden traces of crates/sync.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClockEstimator, PageClock, pingDelayUs, type Sample } from './clock';

interface Step {
  reset: boolean;
  sample: Sample;
  playing: boolean;
  taken: boolean;
  ask_us: number;
  server_us: number;
  bound_us: number | null;
  rtt_us: number;
  settled: boolean;
  steps: number;
}

const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../crates/sync/golden/clock.json'), 'utf8'),
) as { traces: Step[][]; ping_delays: [number, number, number][] };

describe('the clock', () => {
  it.each(golden.traces.map((steps, at) => ({ at, steps })))('gives what the reference gives, trace $at', ({ steps }) => {
    expect(steps.length).toBeGreaterThan(40);
    const clock = new ClockEstimator();
    steps.forEach((step, at) => {
      if (step.reset) clock.reset();
      expect(clock.add(step.sample, step.playing), `step ${at}`).toBe(step.taken);
      expect(clock.serverUs(step.ask_us), `step ${at}`).toBe(step.server_us);
      expect(clock.rttUs(), `step ${at}`).toBe(step.rtt_us);
      expect(clock.settled(), `step ${at}`).toBe(step.settled);
      expect(clock.steps, `step ${at}`).toBe(step.steps);
      if (step.bound_us === null) expect(clock.boundUs(step.ask_us)).toBeNull();
      else expect(Math.abs(clock.boundUs(step.ask_us)! - step.bound_us), `step ${at}`).toBeLessThan(1e-6);
    });
  });

  it('pings as often as the reference', () => {
    for (const [sent, sinceUs, delayUs] of golden.ping_delays) expect(pingDelayUs(sent, sinceUs)).toBe(delayUs);
  });
});

describe('the page clock', () => {
  const answer = (clock: PageClock, atMs: number, offsetUs: number) => {
    const clientUs = Math.round(atMs * 1000);
    const serverUs = clientUs + 10_000 + offsetUs;
    clock.onPong({ client_us: clientUs, received_us: serverUs, sent_us: serverUs }, atMs + 20, true);
  };

  it('knows nothing before the first answer', () => {
    const clock = new PageClock();
    clock.onConnected(0);
    expect(clock.serverUs(5)).toBeNull();
    expect(clock.boundUs(5)).toBeNull();
    expect(clock.rttUs()).toBe(0);
  });

  it('bursts after connecting, slows down, and bursts again when the device has slept', () => {
    const clock = new PageClock();
    clock.onConnected(1000);
    const gaps: number[] = [];
    let nowMs = 1000;
    for (let ping = 0; ping < 80; ping += 1) {
      const gapMs = clock.nextPingMs(nowMs);
      gaps.push(gapMs);
      nowMs += gapMs;
      answer(clock, nowMs, 1_790_000_000_000_000);
    }
    expect(gaps[0]).toBe(55);
    expect(gaps[20]).toBe(250);
    expect(gaps[40]).toBe(1000);
    expect(gaps.at(-1)).toBe(4000);
    expect(clock.serverUs(nowMs)).toBe(Math.round(nowMs * 1000) + 1_790_000_000_000_000);
    answer(clock, nowMs + 100, 1_790_000_005_000_000); // five seconds in which the page's clock stood still
    expect(Math.abs(clock.serverUs(nowMs + 130)! - (nowMs + 130) * 1000 - 1_790_000_005_000_000)).toBeLessThan(2);
    expect(clock.nextPingMs(nowMs + 130)).toBe(55);
  });
});
