// The theme: dark, light or as the system has it. Kept in this browser; `public/theme.js` applies it before the first
// paint with the same words.

import { create } from 'zustand';

/** What a person may wish. */
export type Theme = 'dark' | 'light' | 'system';

const KEY = 'genlock.theme';
const systemLight = window.matchMedia('(prefers-color-scheme: light)');

function stored(): Theme {
  try {
    const word = localStorage.getItem(KEY);
    return word === 'light' || word === 'system' ? word : 'dark';
  } catch {
    return 'dark';
  }
}

function apply(theme: Theme): void {
  const light = theme === 'light' || (theme === 'system' && systemLight.matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', light ? '#FFFFFF' : '#0E1014');
}

/** The wish, and how to change it. */
export const useTheme = create<{ theme: Theme; setTheme: (theme: Theme) => void }>((set) => ({
  theme: stored(),
  setTheme: (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is switched off: the theme holds for this page.
    }
    apply(theme);
    set({ theme });
  },
}));

systemLight.addEventListener('change', () => apply(useTheme.getState().theme));
