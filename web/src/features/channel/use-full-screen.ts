// Full screen of one element, with the controls hidden after a while without a movement.

import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** The controls hide after this time in full screen, milliseconds (product.md). */
const IDLE_MS = 2_500;

/** The element's full screen. */
export interface FullScreen {
  readonly on: boolean;
  /** Nobody has moved for a while. */
  readonly idle: boolean;
  toggle(): void;
}

/** Full screen of `element`; on an iPhone, where only a video may fill the screen, that of its video. */
export function useFullScreen(element: RefObject<HTMLElement | null>): FullScreen {
  const [on, setOn] = useState(false);
  const [idle, setIdle] = useState(false);
  const timer = useRef<number | null>(null);

  useEffect(() => {
    const changed = () => setOn(document.fullscreenElement !== null && document.fullscreenElement === element.current);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, [element]);

  useEffect(() => {
    if (!on) return undefined;
    const wake = () => {
      setIdle(false);
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setIdle(true), IDLE_MS);
    };
    wake();
    const events = ['pointermove', 'pointerdown', 'keydown'] as const;
    for (const event of events) window.addEventListener(event, wake);
    return () => {
      for (const event of events) window.removeEventListener(event, wake);
      if (timer.current !== null) clearTimeout(timer.current);
      setIdle(false);
    };
  }, [on]);

  const toggle = useCallback(() => {
    const target = element.current;
    if (!target) return;
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (document.fullscreenEnabled) void target.requestFullscreen().catch(() => {});
    else target.querySelector<HTMLVideoElement & { webkitEnterFullscreen?: () => void }>('video')?.webkitEnterFullscreen?.();
  }, [element]);

  return { on, idle, toggle };
}
