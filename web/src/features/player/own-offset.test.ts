import { beforeEach, describe, expect, it } from 'vitest';
import { readOffsetMs, within, writeOffsetMs } from './own-offset';

describe('the own offset', () => {
  beforeEach(() => { localStorage.clear(); });

  it.each([[0, 0], [12.4, 12], [-501, -500], [9_000, 500], [Number.NaN, 0], [Number.POSITIVE_INFINITY, 0]])('%d becomes %d', (wish, ms) => {
    expect(within(wish)).toBe(ms);
  });

  it('is kept by this browser, and rubbish in the store is none', () => {
    expect(readOffsetMs()).toBe(0);
    writeOffsetMs(-35);
    expect(readOffsetMs()).toBe(-35);
    localStorage.setItem('genlock.offset', 'soon');
    expect(readOffsetMs()).toBe(0);
  });
});
