// Clips for the sync measurements, made once per run of the tests.

import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export const CLIP_RATE = { num: 25, den: 1 };

export interface Clips {
  withAudio: string;
  withoutAudio: string;
  frames: number;
}

/** A test picture of `seconds` at 25 frames per second, with and without a track of clicks. */
export async function makeClips(seconds: number): Promise<Clips> {
  const folder = await mkdtemp(path.join(tmpdir(), 'genlock-clips-'));
  const withAudio = path.join(folder, 'clip.mp4');
  const withoutAudio = path.join(folder, 'clip-silent.mp4');
  const run = promisify(execFile);
  await run('ffmpeg', [
    '-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${seconds}`,
    '-f', 'lavfi', '-i', `sine=frequency=440:beep_factor=4:sample_rate=48000:duration=${seconds}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '96k',
    '-movflags', '+faststart', withAudio,
  ]);
  await run('ffmpeg', ['-v', 'error', '-y', '-i', withAudio, '-an', '-c:v', 'copy', '-movflags', '+faststart', withoutAudio]);
  return { withAudio, withoutAudio, frames: seconds * 25 };
}
