// The port against the golden vectors of crates/timecode, and through whole days of frames.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fraction } from '../protocol/types';
import { dayOf, frameOf, frameOfText, labelOf, labelText, numberingOf, snapped, type Label, type Numbering } from './label';

type Labels = readonly (readonly [frame: number, text: string])[];
/** What a case has beside its error, or in place of it. */
interface Case {
  readonly rate: Fraction;
  readonly drop_frame: boolean;
  readonly text: string;
  readonly error?: string;
}
interface Golden {
  readonly numberings: readonly (Case & { readonly nominal: number; readonly day: number; readonly labels: Labels })[];
  readonly texts: readonly (Case & { readonly frame?: number })[];
  readonly starts: readonly (Case & { readonly counted: Fraction; readonly start_frame: number; readonly labels: Labels })[];
  readonly snaps: readonly { readonly measured: Fraction; readonly snapped: Fraction }[];
}

const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../crates/timecode/golden/timecode.json'), 'utf8'),
) as Golden;

const numbering = (num: number, den: number, dropFrame: boolean): Numbering => numberingOf({ num, den }, dropFrame)!;

describe('the golden vectors', () => {
  it.each(golden.numberings)('labels at $rate, drop-frame $drop_frame', ({ rate, drop_frame, error, nominal, day, labels }) => {
    const made = numberingOf(rate, drop_frame);
    if (made === null) {
      expect(error).toBe('no_drop_frame');
      return;
    }
    expect([made.nominal, dayOf(made)]).toEqual([nominal, day]);
    for (const [frame, text] of labels) {
      expect(labelText(made, frame)).toBe(text);
      expect(frameOfText(made, text)).toBe(frame - Math.floor(frame / day) * day);
    }
  });

  it('texts that name a frame, and why others do not', () => {
    for (const { rate, drop_frame, text, frame, error } of golden.texts) {
      expect(frameOfText(numberingOf(rate, drop_frame)!, text), `${text} at ${rate.num}/${rate.den}`).toBe(frame ?? error);
    }
    expect(new Set(golden.texts.map(({ error }) => error ?? 'frame'))).toEqual(
      new Set(['frame', 'malformed', 'out_of_range', 'dropped', 'other_numbering']),
    );
  });

  it('start time codes', () => {
    const good = golden.starts.filter(({ error }) => error === undefined);
    expect(good.length).toBeGreaterThan(10);
    for (const { rate, counted, drop_frame, text, start_frame, labels } of good) {
      const made = numberingOf(rate, drop_frame)!;
      if (numberingOf(counted, false)!.nominal === made.nominal) expect(frameOfText(made, text)).toBe(start_frame);
      for (const [frame, label] of labels) expect(labelText(made, start_frame + frame)).toBe(label);
    }
  });

  it('measured rates', () => {
    expect(golden.snaps.length).toBeGreaterThan(100);
    for (const { measured, snapped: standard } of golden.snaps) expect(snapped(measured)).toEqual(standard);
  });
});

/** Steps the fields as a clock would. True if every frame has the label that comes next, and each label its frame. */
function countsThroughADay(made: Numbering): { frames: number; wrong: number | null } {
  let next: Label = { hours: 0, minutes: 0, seconds: 0, frames: 0, dropFrame: made.dropped > 0 };
  let frame = 0;
  for (; next.hours < 24; frame += 1) {
    const { hours, minutes, seconds, frames, dropFrame } = labelOf(made, frame);
    const same = hours === next.hours && minutes === next.minutes && seconds === next.seconds && frames === next.frames;
    if (!same || dropFrame !== next.dropFrame || frameOf(made, next) !== frame) return { frames: frame, wrong: frame };
    next = after(next, made);
  }
  return { frames: frame, wrong: null };
}

function after(label: Label, { nominal, dropped }: Numbering): Label {
  if (label.frames + 1 < nominal) return { ...label, frames: label.frames + 1 };
  if (label.seconds < 59) return { ...label, frames: 0, seconds: label.seconds + 1 };
  const hour = label.minutes === 59;
  const minutes = hour ? 0 : label.minutes + 1;
  return { ...label, hours: label.hours + (hour ? 1 : 0), minutes, seconds: 0, frames: minutes % 10 === 0 ? 0 : dropped };
}

describe('every frame of a day has one label of its own', () => {
  it.each([
    ['29.97 drop-frame', numbering(30_000, 1_001, true), 2_589_408],
    ['29.97', numbering(30_000, 1_001, false), 2_592_000],
    ['59.94 drop-frame', numbering(60_000, 1_001, true), 5_178_816],
    ['23.976', numbering(24_000, 1_001, false), 2_073_600],
    ['25', numbering(25, 1, false), 2_160_000],
  ])('at %s', (_, made, day) => {
    expect(countsThroughADay(made)).toEqual({ frames: day, wrong: null });
    expect(dayOf(made)).toBe(day);
    // As text too; a prime, so that every field is met.
    for (let frame = 0; frame < day; frame += 97) {
      if (frameOfText(made, labelText(made, frame)) !== frame) expect.fail(`frame ${frame}`);
    }
  }, 60_000);
});
