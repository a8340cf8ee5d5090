import { describe, expect, it } from 'vitest';
import type { Timeline, Wait } from '@/protocol/types';
import { waitShown } from './wait-words';

const timeline: Timeline = { video: null, frame: 100, speed: { num: 1, den: 1 }, playing: true, anchor_us: 12_000_000, revision: 7 };
const wait: Wait = { people: ['ada'], reason: 'buffering', from_us: 10_000_000, until_us: 12_000_000, revision: 7 };

describe('the badge', () => {
  it('names who is waited for, with full seconds counting down to the end', () => {
    for (const [nowUs, seconds] of [[10_000_000, 2], [10_500_000, 2], [11_000_001, 1], [11_999_999, 1]] as const) {
      expect(waitShown(wait, timeline, 'me', nowUs)).toEqual({ what: 'people', people: ['ada'], seconds });
    }
  });

  it.each([
    ['its time is over', wait, timeline, 'me', 12_000_000],
    ['somebody has done something else', wait, { ...timeline, revision: 8 }, 'me', 11_000_000],
    ['it is me who buffers', wait, timeline, 'ada', 11_000_000],
    ['nobody can play, me neither', { ...wait, reason: 'nobody' as const }, timeline, 'me', 11_000_000],
    ['nobody waits', null, timeline, 'me', 11_000_000],
    ['there is no timeline', wait, null, 'me', 11_000_000],
  ])('says nothing when %s', (_, given, course, me, nowUs) => {
    expect(waitShown(given, course, me, nowUs)).toBeNull();
  });

  it('says that the next part is being made, to everybody', () => {
    expect(waitShown({ ...wait, reason: 'preparing' }, timeline, 'ada', 11_000_000)).toEqual({ what: 'preparing' });
  });
});
