// Whether a media query holds now.

import { useSyncExternalStore } from 'react';

/** From this width the panel stands beside the stage. */
export const WIDE = '(min-width: 900px)';

/** True while the query holds. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}
