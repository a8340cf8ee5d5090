// How far this device runs ahead of the timeline, as this browser left it: for screens and headphones that are late, which
// no browser can measure.

const KEY = 'genlock.offset';
/** Largest offset to either side, milliseconds: Bluetooth is late by up to 300. */
export const OFFSET_MS_MAX = 500;
/** Step of the control, milliseconds: finer is not to be heard. */
export const OFFSET_STEP_MS = 5;

/** As left last time; none at first. */
export function readOffsetMs(): number {
  try {
    return within(Number(localStorage.getItem(KEY) ?? 0));
  } catch {
    return 0;
  }
}

/** Kept for next time, where the browser lets us. */
export function writeOffsetMs(offsetMs: number): void {
  try {
    localStorage.setItem(KEY, String(offsetMs));
  } catch {
    // Private windows: it holds for this page.
  }
}

/** The nearest offset that may be. */
export function within(offsetMs: number): number {
  if (!Number.isFinite(offsetMs)) return 0;
  return Math.min(Math.max(Math.round(offsetMs), -OFFSET_MS_MAX), OFFSET_MS_MAX);
}
