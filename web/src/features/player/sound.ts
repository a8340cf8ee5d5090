// Volume and mute as this browser left them, and what they mean for an element.

const KEY = 'genlock.sound';

/** How loud. */
export interface Sound {
  muted: boolean;
  /** 0 to 1. */
  volume: number;
}

/** As left last time; full and on at first. */
export function readSound(): Sound {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    const { muted, volume } = (stored ?? {}) as Partial<Sound>;
    const known = typeof volume === 'number' && volume >= 0 && volume <= 1;
    return { muted: muted === true, volume: known ? volume : 1 };
  } catch {
    return { muted: false, volume: 1 };
  }
}

/** Kept for next time, where the browser lets us. */
export function writeSound(sound: Sound): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(sound));
  } catch {
    // Private windows: then it is as loud as at first.
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
export function applySound(video: HTMLMediaElement, { muted, volume }: Sound, soundless: boolean): void {
  if (!muted) {
    video.volume = volume;
    video.muted = false;
    return;
  }
  if (!soundless) video.volume = UNHEARD;
  // iPhones keep the volume to themselves: there it is muted.
  video.muted = soundless || Math.abs(video.volume - UNHEARD) > UNHEARD / 2;
}

/** What an element lets a person hear; the volume of a muted one is the one they left. */
export function heardOf(video: HTMLMediaElement, left: Sound): Sound {
  const unheard = video.volume > 0 && video.volume <= UNHEARD * 1.5;
  return { muted: video.muted || unheard, volume: unheard ? left.volume : video.volume };
}
