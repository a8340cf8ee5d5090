// A choice kept in this browser: a text out of a set, or a number within bounds.

import { useCallback, useState } from 'react';

function read(key: string): string | null {
  try {
    return localStorage.getItem(`genlock.${key}`);
  } catch {
    return null;
  }
}

/** The kept text, if `valid` takes it; else `initial`. */
export function usePreference<V extends string>(key: string, initial: V, valid: (text: string) => text is V): [V, (value: V) => void] {
  const [value, setValue] = useState<V>(() => {
    const kept = read(key);
    return kept !== null && valid(kept) ? kept : initial;
  });
  const set = useCallback(
    (next: V) => {
      setValue(next);
      try {
        localStorage.setItem(`genlock.${key}`, next);
      } catch {
        // Private windows: it holds for this page.
      }
    },
    [key],
  );
  return [value, set];
}
