// Where an element was seen to be between two looks of the controller.

import { median } from './drift';

/** Samples kept: a throttled tab looks once a second at most, so more than this would be a mistake. */
const SAMPLES_MAX = 64;

/** Positions with the time at which each was read. */
export class PositionSamples {
  private kept: { atMs: number; positionS: number }[] = [];

  add(atMs: number, positionS: number): void {
    if (this.kept.length === SAMPLES_MAX) this.kept.shift();
    this.kept.push({ atMs, positionS });
  }

  /** What was seen says nothing any more. */
  clear(): void {
    this.kept = [];
  }

  /** Takes all: the median of how far each was from where it should have been then, seconds; none of none. */
  takeErrorS(wantedS: (atMs: number) => number | null): number | null {
    const errors = this.kept.map(({ atMs, positionS }) => positionS - (wantedS(atMs) ?? positionS));
    this.kept = [];
    return errors.length > 0 ? median(errors) : null;
  }
}
