import { describe, expect, it } from 'vitest';
import { applySound, heardOf, UNHEARD } from './sound';

/** An element; `fixed`: the volume is the device's, as on iPhones. */
function element(fixed = false): HTMLMediaElement {
  let volume = 1;
  return {
    muted: false,
    get volume() { return volume; },
    set volume(value: number) { if (!fixed) volume = value; },
  } as HTMLMediaElement;
}

describe('what an element is set to', () => {
  const cases: [string, { muted: boolean; soundless: boolean; fixed: boolean }, { muted: boolean; volume: number }][] = [
    ['heard', { muted: false, soundless: false, fixed: false }, { muted: false, volume: 0.7 }],
    ['muted by hand keeps the clock of the sound card', { muted: true, soundless: false, fixed: false }, { muted: false, volume: UNHEARD }],
    ['muted with nothing loaded', { muted: true, soundless: true, fixed: false }, { muted: true, volume: 1 }],
    ['muted where the volume is fixed', { muted: true, soundless: false, fixed: true }, { muted: true, volume: 1 }],
  ];
  it.each(cases)('%s', (_, { muted, soundless, fixed }, expected) => {
    const video = element(fixed);
    applySound(video, { muted, volume: 0.7 }, soundless);
    expect({ muted: video.muted, volume: video.volume }).toEqual(expected);
    expect(heardOf(video, { muted, volume: 0.7 }).muted).toBe(muted);
  });

  it('the volume left before a mute is the one that comes back', () => {
    const video = element();
    applySound(video, { muted: true, volume: 0.3 }, false);
    expect(heardOf(video, { muted: true, volume: 0.3 })).toEqual({ muted: true, volume: 0.3 });
    video.volume = 0.6; // the browser's own controls
    expect(heardOf(video, { muted: true, volume: 0.3 })).toEqual({ muted: false, volume: 0.6 });
  });
});

describe('even loudness', () => {
  it('the volume that was set for it is not taken for the one that is wanted; a foreign one is', () => {
    const video = element();
    applySound(video, { muted: false, volume: 0.4 }, false);
    expect(heardOf(video, { muted: false, volume: 0.8 }, 0.4)).toEqual({ muted: false, volume: 0.8 });
    video.volume = 0.55;
    expect(heardOf(video, { muted: false, volume: 0.8 }, 0.4)).toEqual({ muted: false, volume: 0.55 });
  });
});
