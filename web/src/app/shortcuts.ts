// Single-key shortcuts: none fires inside a text field, on a focused control its own keys come first, and all can be
// switched off (WCAG 2.1.4).

import { useEffect, useRef } from 'react';
import { create } from 'zustand';

const KEY = 'genlock.shortcuts';

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

/** Whether single keys act, and the sheet that lists them. */
export const useShortcutSettings = create<{
  enabled: boolean;
  setEnabled: (enabled: boolean) => void;
  sheetOpen: boolean;
  setSheetOpen: (open: boolean) => void;
}>((set) => ({
  enabled: stored(),
  setEnabled: (enabled) => {
    try {
      localStorage.setItem(KEY, enabled ? 'on' : 'off');
    } catch {
      // Storage is switched off: it holds for this page.
    }
    set({ enabled });
  },
  sheetOpen: false,
  setSheetOpen: (sheetOpen) => set({ sheetOpen }),
}));

/** Controls that take letters, or space and arrows, themselves. */
const writes = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';
const actsOnSpaceAndArrows =
  'button, a[href], summary, [role="slider"], [role="tab"], [role="menuitem"], [role="menuitemradio"], [role="radio"], [role="option"], [role="switch"], [role="checkbox"]';
const ownKeys = new Set([' ', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']);

/** Whether this key press belongs to the control that has the focus. */
export function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest(writes)) return true;
  if (target.closest('[role="dialog"], [role="alertdialog"], [role="menu"]')) return true;
  return ownKeys.has(event.key) && target.closest(actsOnSpaceAndArrows) !== null;
}

/**
 * Binds single keys while the component is mounted, by `event.key` (letters in lower case; `<`, `>` and `?` as typed).
 * Presses with Ctrl, Alt or Meta are never taken.
 */
export function useShortcuts(bindings: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const enabled = useShortcutSettings((state) => state.enabled);
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || belongsToControl(event)) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [enabled]);
}
