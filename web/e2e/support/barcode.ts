// Clips whose every frame carries its number, and reading that number from what a browser shows. The layout is that
// of crates/media/src/barcode.rs.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { targetFolder } from './instance';

export interface Clip {
  kind: 'h264-default' | 'irregular' | 'hevc10-mkv' | 'vp9-webm' | 'mpeg2-ts' | 'prores-mov' | 'h264-noaudio';
  rate: string;
  frames: number;
  size: string;
}

const endings = { 'h264-default': 'mp4', irregular: 'mp4', 'hevc10-mkv': 'mkv', 'vp9-webm': 'webm', 'mpeg2-ts': 'ts', 'prores-mov': 'mov', 'h264-noaudio': 'mp4' };

/** Path of a clip; made once and kept for later runs. */
export function barcodeClip(clip: Clip): string {
  const folder = path.join(tmpdir(), 'genlock-clips');
  mkdirSync(folder, { recursive: true });
  const name = `${clip.kind}-${clip.rate.replace('/', '_')}-${String(clip.frames)}-${clip.size}`;
  const file = path.join(folder, `${name}.${endings[clip.kind]}`);
  if (!existsSync(file)) {
    execFileSync(path.join(targetFolder, 'examples/barcode_clip'), [clip.kind, clip.rate, String(clip.frames), clip.size, file]);
  }
  return file;
}

/** A clip with noise over it, so that it has the bit rate of a camera; the numbers can still be read. */
export function heavyClip(clip: string, file: string, bits: string): string {
  const options = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '50', '-b:v', bits, '-minrate', bits, '-maxrate', bits, '-bufsize', bits];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-vf', 'noise=alls=14:allf=t', ...options, '-c:a', 'copy', file]);
  return file;
}

/** The number on the picture of an element; null if there is none to be read. Runs in the page and knows nothing around it. */
export function numberOn(video: HTMLVideoElement): number | null {
  if (video.videoWidth === 0) return null;
  const [width, height] = [video.videoWidth, video.videoHeight];
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0);
  const mean = (column: number, row: number): number => {
    const [cellWidth, cellHeight] = [width * 0.05, height * 0.1];
    const x = Math.round(width * 0.05 + (column + 0.25) * cellWidth);
    const y = Math.round(height * 0.05 + (row + 0.25) * cellHeight);
    const pixels = context.getImageData(x, y, Math.max(1, Math.round(cellWidth / 2)), Math.max(1, Math.round(cellHeight / 2))).data;
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4) sum += (pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0);
    return sum / (pixels.length / 4) / 3;
  };
  let number = 0;
  for (let column = 0; column < 18; column += 1) {
    const [upper, lower] = [mean(column, 0), mean(column, 1)];
    if (Math.abs(upper - lower) < 48) return null;
    if (column === 0 && upper < lower) return null;
    if (column === 17 && upper > lower) return null;
    if (column >= 1 && column <= 16) number = number * 2 + (upper > lower ? 1 : 0);
  }
  return number;
}

/** The number on the picture that the page's one video shows now; null if there is none to be read. */
export async function shownFrame(page: Page): Promise<number | null> {
  const video = await page.$('video');
  return video && (await video.evaluate(numberOn));
}

/** Waits until all pages show the same frame of a paused timeline, by the number on the picture. */
export async function expectSameFrame(pages: readonly Page[]): Promise<number> {
  let shown: (number | null)[] = [];
  await expect(async () => {
    shown = await Promise.all(pages.map(shownFrame));
    expect(shown[0]).not.toBeNull();
    expect(new Set(shown).size).toBe(1);
  }).toPass({ timeout: 15_000 });
  return shown[0] ?? -1;
}
