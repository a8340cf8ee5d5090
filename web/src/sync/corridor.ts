// What round trips allow the offset between two clocks to be: the port of crates/sync/src/corridor.rs, where reasons stand.

export const DRIFT_MAX_PPM = 550;
const SEARCH_STEPS = 24;
const SLACK_US = 50;
const SLACK_SHARE = 1 / 16;
const SLOPE_FROM_US = 5_000_000;
const SLOPE_WHOLE_US = 30_000_000;

/** One round trip, as limits of the offset, microseconds. */
export interface Limits {
  sentUs: number;
  receivedUs: number;
  ceilingUs: number;
  floorUs: number;
  rttUs: number;
}

/** A line that fits. */
export interface Fit {
  offsetUs: number;
  slope: number;
  widthUs: number;
}

/** Floor and ceiling of the offset, whatever the drift is. */
export function bound(samples: readonly Limits[], nowUs: number): [number, number] {
  const share = DRIFT_MAX_PPM / 1_000_000;
  let floorUs = Number.NEGATIVE_INFINITY;
  let ceilingUs = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    ceilingUs = Math.min(ceilingUs, sample.ceilingUs + Math.abs(nowUs - sample.sentUs) * share);
    floorUs = Math.max(floorUs, sample.floorUs - Math.abs(nowUs - sample.receivedUs) * share);
  }
  return [floorUs, ceilingUs];
}

/** The line in the middle of the corridor. Needs a sample. */
export function fit(samples: readonly Limits[], nowUs: number): Fit {
  const most = DRIFT_MAX_PPM / 1_000_000;
  let [low, high] = [-most, most];
  for (let step = 0; step < 2 * SEARCH_STEPS; step += 1) {
    const third = (high - low) / 3;
    const [first, second] = [low + third, high - third];
    if (width(samples, nowUs, first) < width(samples, nowUs, second)) low = first;
    else high = second;
  }
  const best = (low + high) / 2;
  const widthUs = width(samples, nowUs, best);
  const enoughUs = widthUs - slackUs(samples);
  const between = (edge(samples, nowUs, enoughUs, best, -most) + edge(samples, nowUs, enoughUs, best, most)) / 2;
  const slope = between * belief(samples);
  const [floorUs, ceilingUs] = edges(samples, nowUs, slope);
  return { offsetUs: (floorUs + ceilingUs) / 2, slope, widthUs };
}

function edges(samples: readonly Limits[], nowUs: number, slope: number): [number, number] {
  let floorUs = Number.NEGATIVE_INFINITY;
  let ceilingUs = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    ceilingUs = Math.min(ceilingUs, sample.ceilingUs + (nowUs - sample.sentUs) * slope);
    floorUs = Math.max(floorUs, sample.floorUs + (nowUs - sample.receivedUs) * slope);
  }
  return [floorUs, ceilingUs];
}

function width(samples: readonly Limits[], nowUs: number, slope: number): number {
  const [floorUs, ceilingUs] = edges(samples, nowUs, slope);
  return ceilingUs - floorUs;
}

function edge(samples: readonly Limits[], nowUs: number, enoughUs: number, best: number, end: number): number {
  if (width(samples, nowUs, end) >= enoughUs) return end;
  let [wide, narrow] = [best, end];
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const middle = (wide + narrow) / 2;
    if (width(samples, nowUs, middle) >= enoughUs) wide = middle;
    else narrow = middle;
  }
  return wide;
}

function slackUs(samples: readonly Limits[]): number {
  const trips = samples.map((sample) => sample.rttUs).sort((a, b) => a - b);
  const spreadUs = trips[Math.floor((trips.length * 9) / 10)]! - trips[0]!;
  return SLACK_US + spreadUs * SLACK_SHARE;
}

function belief(samples: readonly Limits[]): number {
  const spanUs = samples.at(-1)!.receivedUs - samples[0]!.receivedUs;
  return Math.min(Math.max((spanUs - SLOPE_FROM_US) / (SLOPE_WHOLE_US - SLOPE_FROM_US), 0), 1);
}
