import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelState, Command, Timeline } from '../protocol/types';
import { expectedTimeline, frameAt, framesIn, overlay, type Unanswered } from './optimistic';

const at = 1_800_000_000_000_000;
const video = { video: 'v', version: 'w', rate: { num: 24_000, den: 1_001 }, frames: 10_000 };
const paused: Timeline = { video, frame: 100, speed: { num: 1, den: 1 }, playing: false, anchor_us: at, revision: 4 };
const playing: Timeline = { ...paused, playing: true };
const later = at + 2_002_000; // 48 frames later

const give = (command: Command): Unanswered => ({ op: 'o', command, expectedUs: later });

describe('what a command is expected to do', () => {
  it.each<[string, Timeline, Command, Partial<Timeline>]>([
    ['play starts where it stands, ahead of now', paused, { t: 'playback.play', c: { frame: null } }, { playing: true, frame: 100, anchor_us: later }],
    ['play at the end begins again', { ...paused, frame: 9_999 }, { t: 'playback.play', c: { frame: null } }, { playing: true, frame: 0 }],
    ['pause keeps the frame that was seen', playing, { t: 'playback.pause', c: { frame: 147 } }, { playing: false, frame: 147 }],
    ['pause without one keeps the frame that should be', playing, { t: 'playback.pause', c: { frame: null } }, { playing: false, frame: 148 }],
    ['seek keeps on playing', playing, { t: 'playback.seek', c: { frame: 7 } }, { playing: true, frame: 7, anchor_us: later }],
    ['seek stays inside', paused, { t: 'playback.seek', c: { frame: 99_999 } }, { frame: 9_999 }],
    ['speed goes on from where it stands', playing, { t: 'playback.speed', c: { speed: { num: 2, den: 1 } } }, { frame: 148, speed: { num: 2, den: 1 }, anchor_us: later }],
  ])('%s', (_, timeline, command, expected) => {
    expect(expectedTimeline(timeline, command, later)).toMatchObject({ ...expected, revision: 5 });
  });

  it.each<[string, Timeline, Command]>([
    ['play while playing', playing, { t: 'playback.play', c: { frame: null } }],
    ['pause while paused', paused, { t: 'playback.pause', c: { frame: 3 } }],
    ['seek to where it stands', paused, { t: 'playback.seek', c: { frame: 100 } }],
    ['anything without a video', { ...paused, video: null }, { t: 'playback.play', c: { frame: null } }],
  ])('law 9: %s changes nothing', (_, timeline, command) => {
    expect(expectedTimeline(timeline, command, later)).toBe(timeline);
  });

  it('takes an entry out of the queue to play it, at speed one', () => {
    const entry = { item: 'i', video: 'n', version: 'm', title: 'Next', rate: { num: 25, den: 1 }, frames: 50, added_by: 'p' };
    const state: ChannelState = { channel: 'c', name: '', visibility: 'private', members: [], timeline: { ...playing, speed: { num: 2, den: 1 } }, control: 'everyone', presenter: null, queue: [entry], patience_ms: 2_000, wait: null };
    const shown = overlay(state, [give({ t: 'queue.play', c: { item: 'i' } })]);
    expect(shown.queue).toEqual([]);
    expect(shown.timeline).toMatchObject({ video: { video: 'n' }, frame: 0, speed: { num: 1, den: 1 }, playing: true });
    expect(overlay(state, [])).toBe(state);
  });
});

describe('frames', () => {
  it('are counted exactly over days, and never beyond the video', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500_000_000_000 }), (micros) => {
        const exact = (BigInt(micros) * 24_000n * 3n) / (1_001n * 2n * 1_000_000n);
        expect(framesIn(micros, video.rate, { num: 3, den: 2 })).toBe(Number(exact));
        expect(frameAt(playing, at + micros)).toBeLessThan(video.frames);
      }),
    );
    expect(frameAt(playing, at - 5_000_000)).toBe(100); // before the anchor
  });
});
