// Frames as people read them: time code from where the source's begins, frame numbers or a clock; and back from what people
// type. Whole numbers only (law 7).

import type { Fraction } from '../protocol/types';
import { frameOfText, labelText, numberingOf, two, withinDay } from './label';

/** How positions are written. */
export const TIME_STYLES = ['timecode', 'frames', 'clock'] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

/** The time code of a source, as the source says and never guessed from its rate. */
export interface SourceTimecode {
  /** Number of the first frame in it. */
  readonly startFrame: number;
  readonly dropFrame: boolean;
}

/** How the positions of one video are written; `timecode` is null until its source is known. */
export interface TimeWriting {
  readonly style: TimeStyle;
  readonly timecode: SourceTimecode | null;
}

/** What stands in place of a time code that is not known yet. */
const UNKNOWN = '--:--:--:--';

/** `M:SS` or `H:MM:SS` of whole seconds. */
export function clockOfSeconds(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds from the start at which a frame begins. */
export function secondsOf(frame: number, rate: Fraction): number {
  return (frame * rate.den) / rate.num;
}

/** A second that shows this frame in every player: its middle, so that no rounding reaches a neighbour. */
export function middleSecondsOf(frame: number, rate: Fraction): number {
  return ((2 * frame + 1) * rate.den) / (2 * rate.num);
}

/** The frame shown at a media time. */
export function frameOfSeconds(seconds: number, rate: Fraction): number {
  // A hair ahead: a media time that should be exactly on a frame's start may come out just before it.
  return Math.max(0, Math.floor((seconds * rate.num) / rate.den + 1e-4));
}

/** A position as it is written; frames count from 0. */
export function timeOf(frame: number, rate: Fraction, { style, timecode }: TimeWriting): string {
  return written(frame, rate, style, timecode, timecode?.startFrame ?? 0);
}

/** A length as it is written; its time code counts from 0. */
export function lengthOf(frames: number, rate: Fraction, { style, timecode }: TimeWriting): string {
  return written(frames, rate, style, timecode, 0);
}

/** A position as a clock. */
export function clockOf(frame: number, rate: Fraction): string {
  return clockOfSeconds(secondsOf(frame, rate));
}

function written(frame: number, rate: Fraction, style: TimeStyle, timecode: SourceTimecode | null, startFrame: number): string {
  if (style === 'clock') return clockOf(frame, rate);
  if (style === 'frames') return String(Math.floor(frame));
  const numbering = timecode && numberingOf(rate, timecode.dropFrame);
  return numbering ? labelText(numbering, startFrame + Math.floor(frame)) : UNKNOWN;
}

/** A piece of text, or a time in it. */
export type TextPiece = { readonly text: string; readonly frame: null } | { readonly text: string; readonly frame: number };

// H:MM:SS:FF, H:MM:SS or M:SS, not inside a longer number or a word.
const timePattern = /(?<![\d:.,\p{L}])(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:[:;](\d{2,3}))?)?(?![\d:;\p{L}])/gu;

/** The text cut at the times in it that lie within the video. A clock counts from its start, a time code from the source's. */
export function piecesOf(text: string, rate: Fraction, frames: number, timecode: SourceTimecode | null): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(timePattern)) {
    const frame = frameOfMatch(match, rate, timecode);
    if (frame === null || frame >= frames) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), frame: null });
    pieces.push({ text: match[0], frame });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), frame: null });
  return pieces;
}

function frameOfMatch(match: RegExpMatchArray, rate: Fraction, timecode: SourceTimecode | null): number | null {
  const [label, first, second, third, frames] = match;
  if (frames === undefined) {
    const seconds = third === undefined ? Number(first) * 60 + Number(second) : Number(first) * 3_600 + Number(second) * 60 + Number(third);
    return Math.ceil((seconds * rate.num) / rate.den);
  }
  const numbering = timecode && numberingOf(rate, timecode.dropFrame);
  const named = numbering && frameOfText(numbering, label);
  // What comes after midnight comes after what was before it.
  return timecode && numbering && typeof named === 'number' ? withinDay(numbering, named - timecode.startFrame) : null;
}
