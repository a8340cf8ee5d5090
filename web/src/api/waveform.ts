// Fetches the overview of a sound track's peaks. It does not exist before all of the sound is prepared.

import { LATER, LATER_HEADER, mediaUrl } from './media-address';

/** The object's bytes; none while there is none. */
export async function fetchWaveform(version: string, track: number, signal: AbortSignal): Promise<ArrayBuffer | null> {
  try {
    const response = await fetch(mediaUrl(version, track === 0 ? 'waveform.peaks' : `waveform-${track}.peaks`), { credentials: 'same-origin', headers: LATER_HEADER, signal });
    return response.ok && response.status !== LATER ? await response.arrayBuffer() : null;
  } catch {
    return null; // a rail without a waveform still works
  }
}
