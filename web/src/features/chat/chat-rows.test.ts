import { describe, expect, it } from 'vitest';
import type { ChatItem } from '@/sync/channel-store-messages';
import { AUTHOR_AGAIN_US, rowsOf } from './chat-rows';

const minute = 60_000_000;
const day = (at: number) => String(Math.floor(at / (24 * 60 * minute)));
const said = (seq: number, person: string, at: number): ChatItem => ({ kind: 'message', op: `m${seq}`, seq, at, person, name: person, text: 'x', frame: null });
const line = (seq: number, what: 'joined' | 'left', about: string, at = 0): ChatItem => ({ kind: 'system', op: `s${seq}`, seq, at, what, actor: null, about });
const shape = (items: ChatItem[]) => rowsOf(items, [], 'ada', day).map((row) => (row.kind === 'message' ? `${row.message.op}${row.first ? '*' : ''}` : row.kind === 'lines' ? row.lines.map(({ about }) => about).join('+') : row.kind));

describe('chat rows', () => {
  it('say the author once per three minutes, and again after somebody else', () => {
    expect(shape([said(1, 'ada', 0), said(2, 'ada', minute), said(3, 'ada', minute + AUTHOR_AGAIN_US), said(4, 'bo', 5 * minute), said(5, 'ada', 5 * minute)])).toEqual(['day', 'm1*', 'm2', 'm3*', 'm4*', 'm5*']);
  });

  it('merge people who join one after the other, and nothing else', () => {
    expect(shape([line(1, 'joined', 'bo'), line(2, 'joined', 'cy'), line(3, 'left', 'bo'), line(4, 'joined', 'di')])).toEqual(['day', 'bo+cy', 'bo', 'di']);
  });

  it('part the days', () => {
    expect(shape([said(1, 'ada', 0), said(2, 'ada', 25 * 60 * minute)])).toEqual(['day', 'm1*', 'day', 'm2*']);
  });
});
