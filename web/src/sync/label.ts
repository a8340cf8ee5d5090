// SMPTE time code: the port of crates/timecode (label.test.ts holds it to the same golden vectors). Frames are integers
// and rates fractions (law 7). A label numbers frames; it is not a time.

import type { Fraction } from '../protocol/types';

/** How the frames of a rate are numbered. */
export interface Numbering {
  /** Frame numbers per labelled second: the rate rounded, 24 for 23.976. */
  readonly nominal: number;
  /** Frame numbers left out at the start of each minute but every tenth: 0, or 2 per 30. */
  readonly dropped: number;
}

/** The label of one frame. */
export interface Label {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly frames: number;
  readonly dropFrame: boolean;
}

/** Why a text or label names no frame of a numbering. */
export type LabelError = 'malformed' | 'out_of_range' | 'dropped' | 'other_numbering';

/** Rates that cameras and programs make. */
const STANDARD: readonly Fraction[] = [
  [15, 1], [24_000, 1_001], [24, 1], [25, 1], [30_000, 1_001], [30, 1], [48, 1], [50, 1], [60_000, 1_001], [60, 1], [120_000, 1_001], [120, 1],
].map(([num, den]) => ({ num: num!, den: den! }));
/** How far a measured rate may lie from a standard one to be taken for it, in parts of ten thousand. */
const SNAP_PARTS = 4n;

/** The standard rate that a measured one is taken for; else itself. */
export function snapped(rate: Fraction): Fraction {
  const close = (standard: Fraction): boolean => {
    const [measured, exact] = [BigInt(rate.num) * BigInt(standard.den), BigInt(standard.num) * BigInt(rate.den)];
    const off = measured > exact ? measured - exact : exact - measured;
    return off * 10_000n <= exact * SNAP_PARTS;
  };
  return STANDARD.find(close) ?? rate;
}

/** Drop-frame or without gaps, as the source says; null for drop-frame at a rate that has none. */
export function numberingOf(rate: Fraction, dropFrame: boolean): Numbering | null {
  if (!dropFrame) return { nominal: Math.max(1, Math.round(rate.num / rate.den)), dropped: 0 };
  const { num, den } = snapped(rate);
  if (den !== 1_001) return null;
  if (num === 30_000) return { nominal: 30, dropped: 2 };
  return num === 60_000 ? { nominal: 60, dropped: 4 } : null;
}

/** Frames in ten minutes: the period of the pattern. */
function tenMinutesOf({ nominal, dropped }: Numbering): number {
  return nominal * 600 - dropped * 9;
}

/** Frames in a labelled day, after which labels repeat. */
export function dayOf(numbering: Numbering): number {
  return tenMinutesOf(numbering) * 144;
}

/** A frame number as one of the labelled day, backwards too. */
export function withinDay(numbering: Numbering, frame: number): number {
  const day = dayOf(numbering);
  return ((frame % day) + day) % day;
}

/** The label of a frame; frame 0 is `00:00:00:00`. */
export function labelOf(numbering: Numbering, frame: number): Label {
  const { nominal, dropped } = numbering;
  const within = withinDay(numbering, frame);
  const tenMinutes = tenMinutesOf(numbering);
  const [tens, inTen] = [Math.floor(within / tenMinutes), within % tenMinutes];
  // The first minute of ten is whole, the nine others lack `dropped` numbers.
  const first = nominal * 60;
  const gaps = inTen < first ? 0 : 1 + Math.floor((inTen - first) / (first - dropped));
  const number = tens * nominal * 600 + inTen + gaps * dropped;
  return {
    hours: Math.floor(number / (nominal * 3_600)),
    minutes: Math.floor(number / (nominal * 60)) % 60,
    seconds: Math.floor(number / nominal) % 60,
    frames: number % nominal,
    dropFrame: dropped > 0,
  };
}

/** The frame of a label, 0 to the day's frames less 1; or why it names none. */
export function frameOf({ nominal, dropped }: Numbering, label: Label): number | LabelError {
  if (label.dropFrame !== dropped > 0) return 'other_numbering';
  if (label.hours > 23 || label.minutes > 59 || label.seconds > 59 || label.frames >= nominal) return 'out_of_range';
  if (label.minutes % 10 !== 0 && label.seconds === 0 && label.frames < dropped) return 'dropped';
  const minutes = label.hours * 60 + label.minutes;
  return (minutes * 60 + label.seconds) * nominal + label.frames - dropped * (minutes - Math.floor(minutes / 10));
}

/** The label of a frame as text: `HH:MM:SS:FF`, `HH:MM:SS;FF` for drop-frame; three digits of frames above 100 in a second. */
export function labelText(numbering: Numbering, frame: number): string {
  const { hours, minutes, seconds, frames, dropFrame } = labelOf(numbering, frame);
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${dropFrame ? ';' : ':'}${String(frames).padStart(numbering.nominal > 100 ? 3 : 2, '0')}`;
}

const form = /^(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.])(\d{1,3})$/;

/** The frame that a text names; `;` or `.` before the frames asks for drop-frame. */
export function frameOfText(numbering: Numbering, text: string): number | LabelError {
  const [, hours, minutes, seconds, mark, frames] = form.exec(text) ?? [];
  if (frames === undefined) return 'malformed';
  return frameOf(numbering, {
    hours: Number(hours), minutes: Number(minutes), seconds: Number(seconds), frames: Number(frames), dropFrame: mark !== ':',
  });
}

/** At least two digits. */
export function two(value: number): string {
  return String(value).padStart(2, '0');
}
