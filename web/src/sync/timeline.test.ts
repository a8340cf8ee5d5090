// Positions against the golden samples of crates/sync, which come from the room's own `Timeline::frame_at`.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Timeline } from '../protocol/types';
import { frameAt } from './optimistic';
import { courseOf, frameOfS, leadsInto, microsUntil, middleOfS, startOfS, wantedAt, type Course, type Wanted } from './timeline';

interface Case {
  timeline: Timeline;
  now_us: number;
  frame: number;
  wanted: Wanted;
  ends_at: number | null;
  middle_s: number;
}

const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../crates/sync/golden/course.json'), 'utf8'),
) as { cases: Case[]; pairs: { from: Course; to: Course; leads: boolean }[] };

describe('positions', () => {
  it('are those of the room and of the reference', () => {
    expect(golden.cases.length).toBeGreaterThan(200);
    golden.cases.forEach(({ timeline, now_us, frame, wanted, ends_at, middle_s }, at) => {
      expect(frameAt(timeline, now_us), `case ${at}`).toBe(frame);
      const course = courseOf(timeline)!;
      const got = wantedAt(course, now_us);
      expect(got.playing, `case ${at}`).toBe(wanted.playing);
      expect(got.revision).toBe(wanted.revision);
      for (const key of ['position_s', 'starts_in_ms', 'speed', 'frame_s', 'end_s'] as const) {
        expect(Math.abs(got[key] - wanted[key]), `case ${at} ${key}`).toBeLessThan(1e-6);
      }
      if (ends_at !== null) {
        expect(timeline.anchor_us + microsUntil(course.frames - course.frame, course.rate, course.speed)).toBe(ends_at);
      }
      expect(Math.abs(middleOfS(course.frame, course.rate) - middle_s)).toBeLessThan(1e-9);
    });
  });

  it('find the frame of a presentation time that a container has rounded', () => {
    const rate = { num: 24_000, den: 1_001 };
    for (let frame = 0; frame < 200_000; frame += 977) {
      const roundedS = Math.round(startOfS(frame, rate) * 90_000) / 90_000;
      expect(frameOfS(roundedS, rate)).toBe(frame);
      expect(Math.floor((middleOfS(frame, rate) * rate.num) / rate.den)).toBe(frame);
    }
  });

  it('say which changes are seamless', () => {
    for (const { from, to, leads } of golden.pairs) expect(leadsInto(from, to)).toBe(leads);
    expect(new Set(golden.pairs.map(({ leads }) => leads)).size).toBe(2);
  });

  it('do not follow a wait that ends sooner than was said', () => {
    const standing = { frame: 100, rate: { num: 25, den: 1 }, frames: 1_000, speed: { num: 1, den: 1 }, playing: true, anchor_us: 5_000_000, revision: 1 };
    expect(leadsInto(standing, { ...standing, anchor_us: 3_200_000, revision: 2 })).toBe(false);
    expect(leadsInto({ ...standing, anchor_us: 3_200_000 }, { ...standing, anchor_us: 3_200_000, revision: 2 })).toBe(true);
  });

  it('are none without a video', () => {
    expect(courseOf({ video: null, frame: 0, speed: { num: 1, den: 1 }, playing: false, anchor_us: 0, revision: 0 })).toBeNull();
  });
});
