// Whether the browser believes to have a network. A server on this machine answers all the same.

import { useSyncExternalStore } from 'react';

function subscribe(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

/** True while online. */
export const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);
