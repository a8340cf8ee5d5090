// How coarse the page's clock is: browsers round it against fingerprinting, to between 5 and 1,000 microseconds.

/** Longest look, milliseconds. */
const LOOK_MS = 8;
/** Steps that are looked at; the smallest is the grain. */
const STEPS = 6;
/** Assumed where no step was seen. */
const COARSEST_US = 1_000;

/** The smallest step of `performance.now()`, microseconds. Takes a few milliseconds at most. */
export function clockGrainUs(now: () => number = () => performance.now()): number {
  const beganMs = now();
  let [lastMs, leastMs, steps] = [beganMs, Number.POSITIVE_INFINITY, 0];
  // The bound on turns is for a clock that stands still.
  for (let turn = 0; turn < 1_000_000 && steps < STEPS && lastMs - beganMs < LOOK_MS; turn += 1) {
    const atMs = now();
    if (atMs <= lastMs) continue;
    leastMs = Math.min(leastMs, atMs - lastMs);
    lastMs = atMs;
    steps += 1;
  }
  return Math.min(leastMs * 1_000, COARSEST_US);
}
