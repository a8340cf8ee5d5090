// A film of an hour whose frames carry their number at its head, around its middle and at its end. The rest is one piece
// over and over, copied, so that making it takes seconds.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { targetFolder } from './instance';

/** Length of a piece in seconds of the nominal rate; whole seconds of 1.001 s where the rate has that. */
const PIECE_S = 20;
/** Pieces of an hour. */
const PIECES = 180;

/** A made film. */
export interface HourClip {
  file: string;
  frames: number;
  /** Ranges of frames that carry their number, [first, end). */
  numbered: readonly (readonly [number, number])[];
}

/** Makes the film, or takes that of an earlier run. `rate`: `25` or `30000/1001`. */
export function hourClip(rate: string, size = '854x480'): HourClip {
  const [num, den] = rate.split('/').map(Number) as [number, number | undefined];
  const nominal = Math.round(num / (den ?? 1));
  const piece = PIECE_S * nominal;
  const places = [0, PIECES / 2, PIECES - 1];
  const clip = {
    frames: PIECES * piece,
    numbered: places.map((place) => [place * piece, (place + 1) * piece] as const),
  };
  const folder = path.join(tmpdir(), 'genlock-clips');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `hour-${rate.replace('/', '_')}-${size}.mp4`);
  if (existsSync(file)) return { ...clip, file };
  const work = mkdtempSync(path.join(folder, 'hour-'));
  // Without pictures that wait for later ones: then a piece begins at 0 and is as long as its frames.
  const made = (first: number): string => {
    const [raw, out] = [path.join(work, 'raw.mp4'), path.join(work, `${String(first)}.mp4`)];
    execFileSync(path.join(targetFolder, 'examples/barcode_clip'), ['h264-noaudio', rate, `${String(first)}+${String(piece)}`, size, raw]);
    const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-bf', '0', '-g', String(2 * nominal), '-threads', '2'];
    execFileSync('ffmpeg', ['-v', 'error', '-i', raw, ...encoder, '-video_track_timescale', String(num), out]);
    return out;
  };
  const numbered = places.map((place) => made(place * piece));
  const list = Array.from({ length: PIECES }, (_, at) => `file '${numbered[Math.max(0, places.indexOf(at))]!}'\n`).join('');
  writeFileSync(path.join(work, 'list'), list);
  const whole = path.join(work, 'whole.mp4');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'concat', '-safe', '0', '-i', path.join(work, 'list'), '-c', 'copy', '-video_track_timescale', String(num), whole]);
  renameSync(whole, file);
  rmSync(work, { recursive: true });
  return { ...clip, file };
}
