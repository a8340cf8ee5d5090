// Fetches the storyboard of a version. It may not exist yet while the version is prepared.

import { LATER, LATER_HEADER, mediaUrl } from './media-address';

/** The storyboard's WebVTT with its full address; none while there is none. */
export async function fetchStoryboard(version: string, signal: AbortSignal): Promise<{ vtt: string; base: string } | null> {
  try {
    const response = await fetch(mediaUrl(version, 'storyboard.vtt'), { credentials: 'same-origin', headers: LATER_HEADER, signal });
    if (!response.ok || response.status === LATER) return null;
    return { vtt: await response.text(), base: new URL(response.url, window.location.href).href };
  } catch {
    return null; // a hover card without a picture still shows its time
  }
}
