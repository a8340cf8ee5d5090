// Even loudness: how loud a track is played, from its measured loudness. By the volume of the element alone: its sound
// is never routed through anything else, so that its clock stays its own (docs/adr).

import type { LoudnessView } from '@/protocol/types';

/** Where all tracks are brought to, LUFS: loud enough for a laptop, and most films lie below it. */
export const TARGET_LUFS = -18;

/**
 * The element's volume (0 to 1) for a person's volume. A track louder than the target is turned down; a quieter one is
 * turned up as far as the person's volume leaves room and its true peak allows, so that nothing ever clips.
 */
export function evenVolume(volume: number, loudness: LoudnessView | undefined): number {
  const integrated = loudness?.integrated_lufs ?? null;
  if (integrated === null) return volume;
  const wanted = 10 ** ((TARGET_LUFS - integrated) / 20);
  const peak = loudness?.true_peak_dbtp ?? 0;
  const most = Math.max(1, 10 ** (-peak / 20));
  return Math.min(1, Math.max(0, volume * Math.min(wanted, most)));
}
