// Frames as people read them: `HH:MM:SS:FF` (drop-frame with `;`) or a clock, and back from what people type. Whole
// numbers only (law 7). Drop-frame after SMPTE ST 12-1: at 29.97 and 59.94 the first two (four) labels of each minute
// are left out, except of each tenth minute, so that the label follows the clock.

import type { Fraction } from '../protocol/types';

/** How positions are written. */
export type TimeStyle = 'timecode' | 'clock';

/** Frames counted per second of time code: 24 for 23.976. */
export function nominalRate(rate: Fraction): number {
  return Math.max(1, Math.round(rate.num / rate.den));
}

/** Whether labels may drop: 29.97 and 59.94. */
export function canDrop(rate: Fraction): boolean {
  return rate.den === 1001 && (rate.num === 30_000 || rate.num === 60_000);
}

/** `HH:MM:SS:FF` of a frame. Hours go on beyond 99. */
export function labelOf(frame: number, rate: Fraction, dropFrame = false): string {
  const perSecond = nominalRate(rate);
  const drop = dropFrame && canDrop(rate);
  const counted = Math.max(0, Math.floor(frame)) + (drop ? droppedBefore(Math.floor(frame), perSecond) : 0);
  const frames = counted % perSecond;
  const seconds = Math.floor(counted / perSecond);
  const digits = perSecond > 100 ? 3 : 2;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${drop ? ';' : ':'}${String(frames).padStart(digits, '0')}`;
}

/** Labels left out before this frame. */
function droppedBefore(frame: number, perSecond: number): number {
  const dropPerMinute = perSecond / 15;
  const perMinute = perSecond * 60 - dropPerMinute;
  const perTenMinutes = perMinute * 10 + dropPerMinute;
  const tens = Math.floor(frame / perTenMinutes);
  const rest = frame % perTenMinutes;
  const minutes = rest < dropPerMinute ? 0 : Math.floor((rest - dropPerMinute) / perMinute);
  return dropPerMinute * (9 * tens + minutes);
}

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

/** A frame as shown in the given style. */
export function timeOf(frame: number, rate: Fraction, style: TimeStyle, dropFrame = false): string {
  return style === 'timecode' ? labelOf(frame, rate, dropFrame) : clockOfSeconds(secondsOf(frame, rate));
}

/** A piece of text, or a time in it. */
export type TextPiece = { readonly text: string; readonly frame: null } | { readonly text: string; readonly frame: number };

// H:MM:SS:FF, H:MM:SS or M:SS, not inside a longer number or a word.
const timePattern = /(?<![\d:.,\p{L}])(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:[:;](\d{2,3}))?)?(?![\d:;\p{L}])/gu;

/** The text cut at the times in it that lie within the video. */
export function piecesOf(text: string, rate: Fraction, frames: number, dropFrame = false): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(timePattern)) {
    const frame = frameOfMatch(match, rate, dropFrame);
    if (frame === null || frame >= frames) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), frame: null });
    pieces.push({ text: match[0], frame });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), frame: null });
  return pieces;
}

function frameOfMatch(match: RegExpMatchArray, rate: Fraction, dropFrame: boolean): number | null {
  const [, first, second, third, frames] = match;
  if (third === undefined) return Math.ceil(((Number(first) * 60 + Number(second)) * rate.num) / rate.den);
  const seconds = Number(first) * 3600 + Number(second) * 60 + Number(third);
  if (frames === undefined) return Math.ceil((seconds * rate.num) / rate.den);
  const perSecond = nominalRate(rate);
  if (Number(frames) >= perSecond) return null;
  const counted = seconds * perSecond + Number(frames);
  if (!dropFrame || !canDrop(rate)) return counted;
  const minutes = Math.floor(seconds / 60);
  // A label that is left out names no frame.
  if (seconds % 60 === 0 && minutes % 10 !== 0 && Number(frames) < perSecond / 15) return null;
  return counted - (perSecond / 15) * (minutes - Math.floor(minutes / 10));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
