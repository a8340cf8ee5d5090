// Captions of the version on the stage: fetched when they are wanted, and the wish kept in this browser.

import { useQuery } from '@tanstack/react-query';
import { create } from 'zustand';
import { fetchCaptions } from '@/api/captions';
import type { CaptionView } from '@/protocol/types';
import { chosenCaptions, cuesOf, isCaptionWish, type CaptionCue, type CaptionWish } from './captions';

const KEY = 'genlock.captions';
const none: readonly CaptionCue[] = [];

function kept(): CaptionWish {
  try {
    const text = localStorage.getItem(KEY) ?? '';
    return isCaptionWish(text) ? text : '';
  } catch {
    return '';
  }
}

/** What I wish to read; mine alone, and for every video. */
export const useCaptionWish = create<{ wish: CaptionWish; choose: (wish: CaptionWish) => void }>((set) => ({
  wish: kept(),
  choose: (wish) => {
    try {
      localStorage.setItem(KEY, wish);
    } catch {
      // Private windows: it holds for this page.
    }
    set({ wish });
  },
}));

/** The cues to show, of the captions that fulfil my wish. */
export function useCaptions(version: string | null, captions: readonly CaptionView[]): readonly CaptionCue[] {
  const wish = useCaptionWish((state) => state.wish);
  const chosen = chosenCaptions(captions, wish);
  const { data } = useQuery({
    queryKey: ['captions', version, chosen?.caption],
    queryFn: async ({ signal }) => cuesOf(await fetchCaptions(version ?? '', chosen?.caption ?? '', signal)),
    enabled: version !== null && chosen !== null,
    staleTime: Infinity,
    retry: 3,
  });
  return chosen === null ? none : (data ?? none);
}
