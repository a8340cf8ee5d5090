// A place in a long film is the same frame however it is reached: at the head, in the middle and at the end of an hour, at
// every broadcast rate, in every quality, read from pixels, while the film is still being prepared. The long form takes
// 500 frames of each film; it prints a line for each.

import { expect, test, type Page } from '@playwright/test';
import type { Command } from '../src/protocol/types';
import { barcodeClip, shownFrame } from './support/barcode';
import { command } from './support/commands';
import { hourClip } from './support/hour-clip';
import { Instance } from './support/instance';
import { createChannel, newPerson, setUp, upload } from './support/people';

const long = process.env.GENLOCK_LONG === '1';
/** Frames to be looked at in each film. */
const SAMPLES = long ? 500 : 18;
const RATES = ['24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60'] as const;

/** What tells which picture of the source stands at a frame (`/media/{version}/frames.json`). */
interface FrameTable { frames: number; frame_runs: [step: number, count: number][] }

/** Whole numbers below `below`, by chance from a seed. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const seek = (frame: number): Command => ({ t: 'playback.seek', c: { frame } });

async function qualities(page: Page): Promise<string[]> {
  await page.getByRole('button', { name: /Quality/ }).click();
  const names = await page.getByRole('menuitemradio').allTextContents();
  await page.keyboard.press('Escape');
  return names.filter((name) => !name.startsWith('Auto'));
}

async function choose(page: Page, quality: string): Promise<void> {
  await page.getByRole('button', { name: /Quality/ }).click();
  await page.getByRole('menuitemradio', { name: quality, exact: true }).click();
}

/** Looks at `samples` frames out of `ranges` in each quality in turn; `picture` is the number that a frame carries. */
async function look(page: Page, channel: string, name: string, ranges: readonly (readonly [number, number])[], picture: (frame: number) => number): Promise<void> {
  const seed = Number(process.env.GENLOCK_SEED ?? Date.now() % 100_000);
  const next = chance(seed);
  const names = await qualities(page);
  expect(names.length).toBeGreaterThan(0);
  // While a film is prepared a quality that is not there yet is stood in for by the lowest: told by what was seen.
  const seen = new Map<string, number>();
  for (const quality of names) {
    await choose(page, quality);
    for (let at = 0; at < Math.ceil(SAMPLES / names.length); at += 1) {
      const [first, end] = ranges[at % ranges.length]!;
      // The ends of a range are its seams; the last frame of the film is one of them.
      const frame = at < ranges.length ? end - 1 : at < 2 * ranges.length ? first : first + next(end - first);
      const where = `seed ${String(seed)}, ${name}, ${quality}, frame ${String(frame)}`;
      await command(page, channel, seek(frame));
      // By the pixels, and by what the page says of itself.
      await expect
        .poll(async () => [await shownFrame(page), await page.evaluate(() => window.__genlock!.sync!.probe().shownFrame)], { message: where, timeout: 60_000, intervals: [30] })
        .toEqual([picture(frame) % 65_536, frame]);
      const height = await page.evaluate(() => document.querySelector('video')!.videoHeight);
      const what = `${quality} as ${String(height)}p`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  }
  const counts = [...seen].map(([what, count]) => `${String(count)} in ${what}`).join(', ');
  console.log(`${name}: ${counts}: every one right (seed ${String(seed)})`);
}

/** A channel in which the film is watched, standing still. */
async function watching(instance: Instance, page: Page, channel: string): Promise<void> {
  await expect(page.getByText(/playable now|Ready/).first()).toBeVisible({ timeout: 240_000 });
  await page.goto(channel);
  await page.getByRole('button', { name: 'Choose a video' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Play/ }).first().click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  expect(instance.base).not.toBe('');
}

for (const rate of long ? RATES : (['30000/1001'] as const)) {
  test(`an hour at ${rate}: the frame asked for is the frame shown`, async ({ browser }) => {
    test.setTimeout(long ? 3_600_000 : 300_000);
    const film = hourClip(rate);
    const instance = await Instance.start(['--no-sample']);
    try {
      const ada = await newPerson(browser);
      await setUp(ada, instance);
      const channel = await createChannel(ada, 'An hour');
      await upload(ada, channel, film.file);
      await watching(instance, ada.page, channel);
      await look(ada.page, channel, `an hour at ${rate}`, film.numbered, (frame) => frame);
    } finally {
      await instance.stop();
    }
  });
}

test('a screen recording without a rate: the frame asked for is the frame shown', async ({ browser }) => {
  test.skip(!long, 'the long form only: its ways are those of the others');
  test.setTimeout(3_600_000);
  const instance = await Instance.start(['--no-sample']);
  try {
    const ada = await newPerson(browser);
    const { page } = ada;
    await setUp(ada, instance);
    const channel = await createChannel(ada, 'Recorded');
    await upload(ada, channel, barcodeClip({ kind: 'irregular', rate: '30', frames: 1_800, size: '1280x720' }));
    await watching(instance, page, channel);
    const table = await page.evaluate(async () => {
      const source = performance.getEntriesByType('resource').map((entry) => /\/media\/([0-9a-f-]{36})\//.exec(entry.name)?.[1]).find(Boolean);
      return await (await fetch(`/media/${source!}/frames.json`)).json() as FrameTable;
    });
    const places = table.frame_runs.flatMap(([step, count]) => Array<number>(count).fill(step));
    let at = 0;
    const pictures = places.map((step) => (at += step));
    const picture = (frame: number) => pictures.findLastIndex((place) => place <= frame);
    const third = Math.floor(table.frames / 3);
    await look(page, channel, 'a screen recording', [[0, third], [third, 2 * third], [2 * third, table.frames]], picture);
  } finally {
    await instance.stop();
  }
});
