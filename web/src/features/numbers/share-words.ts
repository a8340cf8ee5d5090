// Times and shares of the page of live numbers, in words.

import { language } from '@/i18n/t';
import type { Spread } from '@/protocol/types';

/** Milliseconds with as many digits as say something: `0.42`, `3.1`, `120`. */
export function millis(us: number): string {
  const ms = us / 1_000;
  const digits = ms < 1 ? 2 : ms < 10 ? 1 : 0;
  return ms.toLocaleString(language, { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

/** Per cent of a whole; what is there is never called nothing, what lacks something never everything. */
export function percent(count: number, of: number): string {
  if (of === 0) return '0';
  const share = (count / of) * 100;
  if (count > 0 && share < 0.1) return '< 0.1';
  if (count < of && share > 99.9) return '> 99.9';
  return share.toLocaleString(language, { maximumFractionDigits: share < 10 ? 1 : 0 });
}

/** The bars from the first to the last that has something, with the limit below each. */
export function filled(spread: Spread): { fromUs: number; upToUs: number | null; count: number }[] {
  const bars = spread.bars.map((bar, at) => ({
    fromUs: spread.bars[at - 1]?.up_to_us ?? 0,
    upToUs: bar.up_to_us,
    count: bar.count,
  }));
  const first = bars.findIndex((bar) => bar.count > 0);
  if (first < 0) return [];
  return bars.slice(first, bars.findLastIndex((bar) => bar.count > 0) + 1);
}
