// Volume, mute, even loudness and the sound track of choice, as this browser left them, and what they mean for an element.

import type { AudioWish } from './media';

const KEY = 'genlock.sound';
const TRACK_KEY = 'genlock.audio';

/** How loud. */
export interface Sound {
  muted: boolean;
  /** 0 to 1. */
  volume: number;
  /** Loud tracks are turned down and quiet ones up, so that all are about as loud. */
  even: boolean;
}

/** As left last time; full, on and even at first. */
export function readSound(): Sound {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    const { muted, volume, even } = (stored ?? {}) as Partial<Sound>;
    const known = typeof volume === 'number' && volume >= 0 && volume <= 1;
    return { muted: muted === true, volume: known ? volume : 1, even: even !== false };
  } catch {
    return { muted: false, volume: 1, even: true };
  }
}

/** Kept for next time, where the browser lets us. */
export function writeSound(sound: Sound): void {
  keep(KEY, sound);
}

/** The sound track chosen last, on any video. */
export function readAudioWish(): AudioWish | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(TRACK_KEY) ?? 'null');
    const { name, language } = (stored ?? {}) as Partial<AudioWish>;
    return typeof name === 'string' ? { name, language: typeof language === 'string' ? language : null } : null;
  } catch {
    return null;
  }
}

/** Kept for next time. */
export function writeAudioWish({ name, language }: AudioWish): void {
  keep(TRACK_KEY, { name, language });
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows: then it is as at first.
  }
}

/**
 * A volume below half a step of a 16-bit sound card: silence, and yet the element keeps the card's clock. A muted
 * element, or one at volume 0, runs by a stand-in that loses time on a busy machine (docs/adr/0006).
 */
export const UNHEARD = 0.000_01;

/**
 * Sets an element. `soundless`: nothing of the sound is loaded; then muted costs nothing, and needs no gesture of the
 * person before it may play.
 */
export function applySound(video: HTMLMediaElement, { muted, volume }: Omit<Sound, 'even'>, soundless: boolean): void {
  if (!muted) {
    video.volume = volume;
    video.muted = false;
    return;
  }
  if (!soundless) video.volume = UNHEARD;
  // iPhones keep the volume to themselves: there it is muted.
  video.muted = soundless || Math.abs(video.volume - UNHEARD) > UNHEARD / 2;
}

/** Volumes this close are the same: browsers round. */
const SAME = 0.002;

/**
 * What an element lets a person hear; the volume of a muted one is the one they left. `applied` is what the element was
 * set to for it: any other volume was set by the browser's own controls, and is what the person wants.
 */
export function heardOf(video: HTMLMediaElement, left: Omit<Sound, 'even'>, applied: number = left.volume): Omit<Sound, 'even'> {
  const unheard = video.volume > 0 && video.volume <= UNHEARD * 1.5;
  const ours = unheard || Math.abs(video.volume - applied) < SAME;
  return { muted: video.muted || unheard, volume: ours ? left.volume : video.volume };
}
