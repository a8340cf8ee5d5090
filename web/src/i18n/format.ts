// Sizes, lengths and times in words.

import { language, t } from './t';

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `18 MB`: two figures that matter, steps of 1,000. */
export function bytes(count: number): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits, minimumFractionDigits: 0 })} ${units[unit]!}`;
}

/** `1:02:03` or `2:03`: a length by the clock. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `40 s`, `12 min`, `1 h 5 min`: how long something will take. */
export function span(seconds: number): string {
  if (seconds < 55) return t('unit.seconds', { count: Math.max(1, Math.ceil(seconds / 5) * 5) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('unit.minutes', { count: Math.max(1, minutes) });
  return t('unit.hoursMinutes', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60],
];

/** `5 minutes ago`, `in 6 days`; within a minute `just now`. Both in Unix milliseconds. */
export function ago(atMs: number, nowMs: number = Date.now()): string {
  const seconds = (atMs - nowMs) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return t('ago.now');
}

const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

/** `Nov 22, 2026, 3:04 PM`, in the person's own zone. */
export const dateTime = (atMs: number): string => dates.format(atMs);
