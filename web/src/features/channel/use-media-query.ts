// Whether a media query holds now.

import { useSyncExternalStore } from 'react';

/** A phone held sideways: the stage fills the height, the panel stands beside it. */
export const SIDEWAYS = '(orientation: landscape) and (max-height: 500px) and (max-width: 1023px)';
/** From this width the panel stands beside the stage. */
export const WIDE = '(min-width: 900px) and (min-height: 501px), (min-width: 1024px)';

/** From this width the stage has gutters and every control has its place. */
export const ROOMY = '(min-width: 1280px)';

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
