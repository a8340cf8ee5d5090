// Days and times of day as the chat says them, in the device's own time zone.

import { language, t } from '@/i18n/t';

const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
const dayWithYear = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric' });

/** A name for the day of a server time, equal for times of the same day. */
export function dayKey(atUs: number): string {
  return new Date(atUs / 1_000).toDateString();
}

/** The day in words. */
export function dayWords(atUs: number, now: Date = new Date()): string {
  const date = new Date(atUs / 1_000);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return t('chat.today');
  if (date.toDateString() === yesterday.toDateString()) return t('chat.yesterday');
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayWithYear.format(date);
}

/** The time of day. */
export function timeWords(atUs: number): string {
  return time.format(new Date(atUs / 1_000));
}
