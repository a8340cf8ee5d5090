// Volume and mute as this browser left them.

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
