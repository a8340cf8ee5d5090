// The chat's items as rows to draw: author once per three minutes, days apart, lines about joining merged. Pure.

import type { ChatItem, ChatMessage, SystemLine } from '@/sync/channel-store-messages';
import type { OutboxEntry } from '@/sync/outbox';

/** The author is said again after this time, microseconds (product.md). */
export const AUTHOR_AGAIN_US = 3 * 60 * 1_000_000;

/** One row. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'message'; readonly key: string; readonly message: ChatMessage; readonly first: boolean }
  | { readonly kind: 'lines'; readonly key: string; readonly lines: readonly SystemLine[] }
  | { readonly kind: 'unsent'; readonly key: string; readonly entry: OutboxEntry; readonly first: boolean };

/** Rows of items and, below them, of my messages on their way. `dayOf` names the day of a time. */
export function rowsOf(items: readonly ChatItem[], unsent: readonly OutboxEntry[], me: string, dayOf: (atUs: number) => string): Row[] {
  const rows: Row[] = [];
  let author: { person: string; at: number } | null = null;
  let day: string | null = null;
  for (const item of items) {
    const itsDay = dayOf(item.at);
    if (itsDay !== day) {
      rows.push({ kind: 'day', key: `day ${itsDay}`, at: item.at });
      day = itsDay;
      author = null;
    }
    if (item.kind === 'system') {
      author = null;
      const last = rows.at(-1);
      if (last?.kind === 'lines' && item.what === 'joined' && last.lines.every(({ what }) => what === 'joined')) {
        rows[rows.length - 1] = { ...last, lines: [...last.lines, item] };
      } else rows.push({ kind: 'lines', key: item.op, lines: [item] });
      continue;
    }
    rows.push({ kind: 'message', key: item.op, message: item, first: !continues(author, item.person, item.at) });
    author = { person: item.person, at: item.at };
  }
  for (const entry of unsent) {
    const at = entry.createdMs * 1_000;
    rows.push({ kind: 'unsent', key: entry.op, entry, first: !continues(author, me, at) });
    author = { person: me, at };
  }
  return rows;
}

function continues(author: { person: string; at: number } | null, person: string, at: number): boolean {
  return author !== null && author.person === person && at - author.at < AUTHOR_AGAIN_US;
}
